"""A look at the data before any fit: what they hold, and which questions they can answer.

The reproducibility of a perturbation is the correlation over genes and times, without the perturbed
genes, of its mean shift from the control between random halves of the cells:

    r = corr(mean(c₁) − mean(w₁), mean(c₂) − mean(w₂))

with halves c₁, c₂ of its cells and w₁, w₂ of the control's at the same times; the mean over twenty
splits. A prediction of the shift cannot be expected to correlate with the measured
one better than √(2r/(1 + r)) does with itself (Spearman 1910; Brown 1910), the ceiling. Where r is
near 0 there is nothing to predict.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from hillflow.data import Cells, Snapshots
from hillflow.data.checks import COORDINATES
from hillflow.data.times import format_time
from hillflow.errors import UnsupportedError, listing
from hillflow.findings import Finding
from hillflow.interventions import Intervention
from hillflow.show import Block, Facts, Shown, Table

SPLITS = 20
REPRODUCIBLE, WEAK = 0.6, 0.3
NO_EFFECT = "no reproducible effect"  # of a perturbation whose halves of cells disagree
FEW_CELLS = 50  # of a population, for couplings and means
COLUMNS = ("perturbation", "times", "cells", "reproducibility", "ceiling", "shift", "verdict")


@dataclass(frozen=True)
class DataCheck(Shown):
    """What data hold, and what they can answer.

    Attributes
    ----------
    facts
        Label and value of each property.
    populations
        Cells by condition (rows) and time (columns).
    perturbations
        A row for each: ``perturbation``, ``times`` that it shares with the control, ``cells``,
        ``reproducibility`` (r), its ``ceiling``, ``shift`` (root mean square over genes, in
        standard deviations of the control) and the ``verdict``.
    answers
        A row for each question: ``question``, ``answer`` (yes, hardly, no) and ``why``.
    noted
        Findings.
    """

    facts: dict[str, str]
    populations: pd.DataFrame = field(repr=False)
    perturbations: pd.DataFrame = field(repr=False)
    answers: pd.DataFrame
    noted: tuple[Finding, ...] = field(default=(), repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What should be changed, or known, before a fit."""
        return self.noted

    def blocks(self) -> Iterator[Block]:
        """Facts, populations, perturbations and answers."""
        yield Facts(list(self.facts.items()))
        heads = ("condition", *map(str, self.populations.columns))
        rows = [(str(name), *map(int, row)) for name, row in self.populations.iterrows()]
        yield Table(heads, rows, "Cells by condition and time")
        if len(self.perturbations):
            shown = self.perturbations.to_dict("records")
            heads = tuple("r" if name == "reproducibility" else name for name in COLUMNS)
            yield Table(
                heads, [tuple(_short(row[name]) for name in COLUMNS) for row in shown],
                "Perturbations: does the effect come back in the other half of the cells?",
            )  # fmt: skip
        rows = [tuple(row) for row in self.answers.itertuples(index=False)]
        yield Table(tuple(self.answers.columns), rows, "What these data can answer")

    def to_json(self) -> dict[str, object]:
        """As plain JSON values."""
        known = self.perturbations.astype(object).where(self.perturbations.notna(), None)
        return {
            "facts": self.facts,
            "populations": self.populations.to_dict(orient="index"),
            "perturbations": known.to_dict(orient="records"),
            "answers": self.answers.to_dict(orient="records"),
        }


def check_data(data: Cells, *, seed: int = 0) -> DataCheck:
    """Look at snapshots before any fit.

    Parameters
    ----------
    data
        The cells.
    seed
        Seed of the random halves.

    Returns
    -------
    DataCheck
        Cost: twenty splits of each population, O(cells · genes) each.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.evaluate.data_check import check_data
    >>> adata = hf.simulate("toggle", cells=60, times=[0, 1, 2], knockouts="A")
    >>> found = check_data(hf.Snapshots.from_anndata(adata))
    >>> found.answers["answer"].tolist()
    ['yes', 'yes', 'yes', 'hardly']
    """
    if not isinstance(data, Snapshots):
        raise UnsupportedError(
            "snapshots", f"series of {len(data)} units, whose repeats are not cells",
            "look at series with their own tools; hillflow.fit(…, series=…) says what it finds",
        )  # fmt: skip
    perturbations = _perturbations(data, seed)
    return DataCheck(
        _facts(data), data.describe(), perturbations, _answers(data, perturbations),
        tuple(_findings(data, perturbations)),
    )  # fmt: skip


def reproducibility(
    populations: Sequence[tuple[np.ndarray, np.ndarray]],
    random: np.random.Generator,
    splits: int = SPLITS,
) -> float:
    """Mean over random splits of the correlation of two halves' mean shifts; NaN if undefined.

    Parameters
    ----------
    populations
        Perturbed and control cells at each time, [cells, genes] each.
    random, splits
        Source and number of the splits.
    """
    found = []
    for _ in range(splits):
        halves = [
            [a.mean(axis=0) - w.mean(axis=0)
             for a, w in zip(_halves(own, random), _halves(wild, random), strict=True)]
            for own, wild in populations
        ]  # fmt: skip
        shifts = [np.concatenate(one) for one in zip(*halves, strict=True)]
        if shifts and all(shift.std() > 0 for shift in shifts):
            found.append(np.corrcoef(shifts[0], shifts[1])[0, 1])
    return float(np.mean(found)) if found else float("nan")


def _halves(x: np.ndarray, random: np.random.Generator) -> list[np.ndarray]:
    return [x[rows].astype(float) for rows in np.array_split(random.permutation(len(x)), 2)]


def _perturbations(data: Snapshots, seed: int) -> pd.DataFrame:
    random, control, rows = np.random.default_rng(seed), Intervention.control(), []
    for condition in data.conditions:
        if condition.is_control:
            continue
        kept = np.array([gene not in condition.perturbed for gene in data.genes])
        shared, sizes, cells = [], [], 0
        for time in data.times:
            own, wild = (data.x[data.rows(time, one)][:, kept] for one in (condition, control))
            if min(len(own), len(wild)) < 4 or kept.sum() < 3:
                continue
            cells += len(own)
            shared.append((own, wild))
            spread = wild.std(axis=0)
            shift = (own.mean(axis=0) - wild.mean(axis=0)) / np.where(spread > 0, spread, 1)
            sizes.append(np.sqrt(np.mean(shift[spread > 0] ** 2)) if (spread > 0).any() else 0.0)
        r = reproducibility(shared, random)
        ceiling = np.sqrt(2 * r / (1 + r)) if r > 0 else 0.0 if r <= 0 else float("nan")
        size = float(np.mean(sizes)) if sizes else float("nan")
        rows.append((condition.name, len(shared), cells, r, ceiling, size, _verdict(r)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _verdict(r: float) -> str:
    if not np.isfinite(r):
        return "not to be said: no time with the control, or fewer than 3 other genes"
    if r >= REPRODUCIBLE:
        return "reproducible"
    return "weak" if r >= WEAK else NO_EFFECT


def _facts(data: Snapshots) -> dict[str, str]:
    x = data.x
    times = ", ".join(format_time(float(t), data.time_unit) for t in data.times)
    named = {"counts": "counts", "log1p": "log(1 + …)", "coordinates": "coordinates"}
    scale = named.get(data.scale, "not declared")
    facts = {
        "Cells × genes": f"{len(data):,} × {len(data.genes):,}",
        "Times": times,
        "Conditions": f"{len(data.conditions):,}",
        "Values": f"{scale}; {x.min():.3g} to {x.max():.3g}, {np.mean(x == 0):.0%} zero",
    }
    if data.scale == "counts":
        total = x.sum(axis=1)
        low, middle, high = np.quantile(total, [0.05, 0.5, 0.95])
        facts["Counts a cell"] = f"median {middle:,.0f} (5 to 95 %: {low:,.0f} to {high:,.0f})"
    if data.batch is not None:
        facts["Batches"] = f"{len(np.unique(data.batch)):,}"
    if data.labels is not None:
        facts["Cell types"] = f"{len(np.unique(data.labels)):,}"
    return facts


def _answers(data: Snapshots, perturbations: pd.DataFrame) -> pd.DataFrame:
    times, good = len(data.times), int((perturbations["verdict"] == "reproducible").sum())
    unknown = int(perturbations["reproducibility"].isna().sum())
    usable = good + unknown
    knocked = f"{good} of {len(perturbations)} perturbations with an effect that comes back"
    rows = [
        ("How do cells move?", "yes" if times > 1 else "no", f"{times} times"),
        ("Which law moves them?", "yes" if times > 2 else "hardly" if times == 2 else "no",
         f"{times} times" + ("" if times > 2 else "; three or more tell speed from level")),
        ("Who regulates whom?", "yes" if usable and times > 1 else "hardly",
         knocked if len(perturbations) else "no perturbations: genes that change together cannot "
         "be told apart"),
        ("What would a knockout do?", "yes" if good > 1 else "hardly",
         f"{knocked}; two or more to check predictions with" if len(perturbations)
         else "no perturbation to check a prediction with"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["question", "answer", "why"])


def _findings(data: Snapshots, perturbations: pd.DataFrame) -> Iterator[Finding]:
    small = [
        f"{population.condition.name} at {format_time(population.time, data.time_unit)}"
        for population in data.populations() if len(population) < FEW_CELLS
    ]  # fmt: skip
    if small:
        yield Finding(
            "check.few-cells",
            f"fewer than {FEW_CELLS} cells in {listing(small)}: means and couplings are uncertain",
        )
    lost = perturbations[perturbations["verdict"] == NO_EFFECT]["perturbation"]
    if len(lost):
        yield Finding(
            "check.no-reproducible-effect",
            f"no reproducible effect of {listing(lost)}: halves of its cells disagree, so there is "
            "nothing to predict",
        )
    if data.scale not in ("counts", COORDINATES) and data.x.max() > 50:
        yield Finding(
            "check.not-logged",
            f"values up to {data.x.max():,.0f}: are these logged? Couplings and regressions of "
            "unlogged values follow the few highest genes",
        )
    if data.batch is not None:
        of_time = [np.unique(data.batch[data.rows(time)]) for time in data.times]
        if len(np.unique(data.batch)) > 1 and all(len(one) == 1 for one in of_time):
            yield Finding(
                "check.batch-is-time",
                "each time is one batch: what changes with time cannot be told from what changes "
                "with the batch",
            )


def _short(value: object) -> object:
    if not isinstance(value, float):
        return value
    return "–" if np.isnan(value) else f"{value:.2f}"
