"""Knockouts guessed from cells without a law, with how well that guesses the measured ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from hillflow.causal.by_association import (
    GUESSABLE,
    Associations,
    half_width,
    left_out_tests,
)
from hillflow.causal.knockout_result import save_tables
from hillflow.causal.show_knockouts import short_name
from hillflow.data import Snapshots
from hillflow.errors import InputError, InterventionError, UnsupportedError
from hillflow.findings import Finding
from hillflow.interventions import Intervention
from hillflow.show import Block, Shown, Table

MOST_ROWS = 20
_TESTED = {
    "reproducibility": "halves r", "r": "r", "ceiling": "ceiling", "error": "error",
    "no_effect": "no effect", "mean_of_others": "others",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class ExpectedKnockouts(Shown):
    """Shifts that are expected by association, see `hillflow.causal.by_association`.

    Attributes
    ----------
    genes, times, time_unit
        Those of the cells, at times with control cells.
    interventions
        In the order of the request.
    control, spread
        Mean of the control, [times, genes]; its standard deviations, [genes].
    shifts, low, high
        Expected shifts from the control and their 95 % intervals, [interventions, times, genes];
        intervals are NaN where fewer than five other perturbations were measured, and of the
        perturbed genes, which change by what the perturbation says.
    since
        The time of its own cells that a shift starts from, [interventions, times]; NaN without.
    measured
        Measured shifts, [interventions, times, genes], NaN where there are none.
    tests
        Each measured perturbation guessed without its own cells, see `left_out_tests`.
    noted
        Findings.

    Examples
    --------
    >>> import hillflow as hf
    >>> cells = hf.simulate("toggle", cells=50, times=[0, 1, 2], knockouts="B")
    >>> guessed = hf.knockout(cells, "A")
    >>> guessed.ranking["perturbation"].tolist()
    ['A=knockout']
    """

    genes: tuple[str, ...]
    times: tuple[float, ...]
    time_unit: str
    interventions: tuple[Intervention, ...]
    control: np.ndarray = field(repr=False)
    spread: np.ndarray = field(repr=False)
    shifts: np.ndarray = field(repr=False)
    low: np.ndarray = field(repr=False)
    high: np.ndarray = field(repr=False)
    since: np.ndarray = field(repr=False)
    measured: np.ndarray = field(repr=False)
    tests: pd.DataFrame = field(repr=False)
    noted: tuple[Finding, ...] = field(default=(), repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be known to read the guesses."""
        return self.noted

    @cached_property
    def effects(self) -> pd.DataFrame:
        """A row per perturbation, gene and time: ``control_mean, delta, low, high, …``.

        ``own_cells_at`` is the time of the perturbation's own cells that were used, always
        earlier; ``measured_delta`` is what was measured at the time itself.
        """
        count, times, genes = self.shifts.shape
        control = np.broadcast_to(self.control, self.shifts.shape)
        columns = {
            "perturbation": np.repeat([one.name for one in self.interventions], times * genes),
            "gene": np.tile(np.array(self.genes, dtype=object), count * times),
            "time": np.tile(np.repeat(self.times, genes), count),
            "control_mean": control.ravel(), "delta": self.shifts.ravel(),
            "low": self.low.ravel(), "high": self.high.ravel(),
            "own_cells_at": np.repeat(self.since.ravel(), genes),
            "measured_delta": self.measured.ravel(),
        }  # fmt: skip
        return pd.DataFrame(columns)

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """A row per perturbation, the largest effect at the last time first.

        ``effect`` is the length of the shift of all other genes in standard deviations of the
        control, ``strongest`` the gene that shifts most, ``outside`` the number of genes whose
        interval leaves 0 out (NaN without intervals), ``measured_effect`` and
        ``measured_correlation`` what was measured.
        """
        rows = []
        for k, one in enumerate(self.interventions):
            others = np.array([gene not in one.perturbed for gene in self.genes])
            shift, measured = (each[k, -1] / self.spread for each in (self.shifts, self.measured))
            shift = np.where(others, shift, 0.0)
            sure = (self.low[k, -1] > 0) | (self.high[k, -1] < 0)
            with_intervals = not np.isnan(self.low[k, -1, others]).any()
            known = others.any() and not np.isnan(measured[others]).any()
            alike = known and min(shift[others].std(), measured[others].std()) > 0
            rows.append({
                "perturbation": one.name, "effect": float(np.linalg.norm(shift)),
                "strongest": self.genes[int(np.abs(shift).argmax())] if shift.any() else "",
                "outside": float((sure & others).sum()) if with_intervals else np.nan,
                "measured_effect": float(np.linalg.norm(measured[others])) if known else np.nan,
                "measured_correlation":
                    float(np.corrcoef(shift[others], measured[others])[0, 1]) if alike else np.nan,
            })  # fmt: skip
        table = pd.DataFrame(rows).sort_values("effect", ascending=False, kind="stable")
        return table.reset_index(drop=True)

    def blocks(self) -> Iterator[Block]:
        """The guesses by size, and how well the measured perturbations were guessed."""
        last = f"{self.times[-1]:g} {self.time_unit}".strip()
        short = {one.name: short_name(one) for one in self.interventions}
        rows = [
            (short[row["perturbation"]], self._known_from(row["perturbation"]),
             f"{row['effect']:.3g}", row["strongest"],
             _number(row["outside"]),
             _number(row["measured_effect"]),
             _number(row["measured_correlation"]))
            for row in self.ranking.head(MOST_ROWS).to_dict("records")
        ]  # fmt: skip
        more = len(self.interventions) - MOST_ROWS
        yield Table(
            ("perturbation", "own cells", "effect", "strongest", "sure", "measured", "r"),
            rows, f"Expected at {last}, in standard deviations of the control",
            (f"and {more:,} more; " if more > 0 else "")
            + "sure: other genes whose interval leaves out 0; r: with the measured shift",
        )  # fmt: skip
        if len(self.tests):
            known = {name: head for name, head in _TESTED.items() if name in self.tests}
            tested = [
                (
                    short_name(Intervention.parse(row["perturbation"])),
                    *(_number(row[name]) for name in known),
                )
                for row in self.tests.head(MOST_ROWS).to_dict("records")
            ]
            yield Table(
                ("perturbation", *known.values()), tested,
                "Measured perturbations, each guessed without its own cells",
                "halves r: of the shift in one half of its cells with that in the other; r: of the "
                "guess with the measured shift; errors: mean absolute, of the guess, of no effect, "
                "and of the mean of the other perturbations",
            )  # fmt: skip

    def _known_from(self, name: str) -> str:
        """The time of the own cells that the shift at the last time starts from."""
        at = self.since[[one.name for one in self.interventions].index(name), -1]
        return "–" if np.isnan(at) else f"at {at:g} {self.time_unit}".strip()

    def save(self, path: str | Path) -> tuple[Path, ...]:
        """Write the effects to `path`, a .csv file, and the ranking beside it."""
        return save_tables(self.effects, self.ranking, Path(path))

    def to_json(self) -> dict[str, object]:
        """The ranking and the tests as plain JSON values."""
        return {
            name: table.astype(object).where(table.notna(), None).to_dict("records")
            for name, table in (("perturbations", self.ranking), ("tests", self.tests))
        }

    def __len__(self) -> int:
        return len(self.interventions)


def expected_knockouts(
    cells: Snapshots, interventions: Sequence[Intervention | str] | None = None
) -> ExpectedKnockouts:
    """Guess perturbations from cells by association, and test that on those that were measured.

    Parameters
    ----------
    cells
        Snapshots with control cells.
    interventions
        Knockouts, knockdowns, overexpressions, clamps or cut outgoing edges of genes of the cells;
        None, the knockout of every gene.

    Returns
    -------
    ExpectedKnockouts
        No cell of a perturbation at the predicted time or later shapes its prediction.
        Cost: see `hillflow.causal.by_association`.
    """
    if not isinstance(cells, Snapshots):
        raise UnsupportedError(
            "snapshots, whose cells differ", f"series of {len(cells)} units",
            "fit them (hillflow.fit), and simulate the run",
        )  # fmt: skip
    if not any(one.is_control for one in cells.conditions):
        raise InputError(
            "control cells, which a perturbation is compared with", "none",
            "name their label with control=… (--control)",
        )  # fmt: skip
    wanted = _read(cells, interventions)
    found = Associations(cells)
    tests, errors = left_out_tests(found)
    guesses = [found.expected(one) for one in wanted]
    shifts = np.stack([guess for guess, _ in guesses])
    width = np.stack([half_width(found, errors, one) for one in wanted])[..., None] * found.spread
    own = np.array([[gene in one.perturbed for gene in cells.genes] for one in wanted])
    width = np.where(own[:, None, :], np.nan, width)  # they are what the perturbation says
    return ExpectedKnockouts(
        cells.genes, found.times, cells.time_unit, tuple(wanted), found.control, found.spread,
        shifts, shifts - width, shifts + width, np.stack([since for _, since in guesses]),
        np.stack([found.shift(one) for one in wanted]), tests,
    )  # fmt: skip


def _read(cells: Snapshots, given: Sequence[Intervention | str] | None) -> list[Intervention]:
    if given is None:
        return [Intervention.knockout(gene) for gene in cells.genes]
    read = [Intervention.parse(one) if isinstance(one, str) else one for one in given]
    for one in read:
        one.check(cells.genes, "the cells")
        if one.is_control or any(action.kind not in GUESSABLE for action in one):
            raise InterventionError(
                f"one of {', '.join(GUESSABLE)}, without a fit", one.name or "the control",
                "fit the cells (hillflow.fit, `hillflow fit`) and perturb the run",
            )  # fmt: skip
    return list(dict.fromkeys(read))


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3g}"
