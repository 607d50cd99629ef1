"""Pairs of perturbations predicted from a screen at one time: better than adding two shifts?

`simulated` is a screen of a scale-free network of 100 genes, run to rest: control, knockouts of the
eight genes with most targets, and all their pairs. All pairs are left out together. `norman_pairs`
is CRISPR activation in K562 cells (Norman et al. 2019), about 100 cells of each of 34 conditions
and 500 genes; all but one of the activated genes are not among them and enter as inputs
(`hillflow.data.activated`). Each pair whose genes were also activated alone is left out in turn,
while the other pairs stay.

"no effect" is the mean of the control, "sum of the two shifts" adds the shifts of the two single
perturbations to it, from 0 on. "fit" is the default fit of `hillflow.fit` to the other cells, which
shifts the control cells; "fit, rest state" is the same with ``absolute=True``, whose mean is the
state in which the field rests: of 'hill', or of 'linear' where there are inputs. "other field" is
the rest state of the one of these that is not the default. `mae` is the mean error over genes
without the perturbed ones and the inputs, `r` the correlation of the predicted with the measured
shift from the control, whose sampling error all rows but the rest states share with it.

`beyond` is how far a pair is from the sum of its shifts: the root mean square over genes of the
difference, in standard errors of the sum's (1 for a pair that is additive). The λ of the method was
chosen on KLF1+MAP2K6 and MAPK1+TGFBR2 (`chosen_on`), and so were its steps and the field for
inputs; 'hill' for measured genes was chosen on the simulated screen of seed 0.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import anndata
import numpy as np
from numpy.typing import NDArray

import hillflow as hf
from benchmarks.reference_data import data_file
from benchmarks.table import Claim, Table
from hillflow.data import Snapshots, leave_out_condition
from hillflow.interventions import Intervention
from hillflow.systems import ScaleFree, simulate

Array = NDArray[np.float64]
CONTROL = Intervention.control()
NONE, SUM, FIT, REST, OTHER = (
    "no effect", "sum of the two shifts", "fit", "fit, rest state", "other field, rest state",
)  # fmt: skip
CHOSEN_ON = ("KLF1+MAP2K6", "MAPK1+TGFBR2")
AT_REST = 60.0  # hours after which the simulated cells no longer change on average


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("screens_at_rest", quick, seed)
    effort = 0.02 if quick else 1.0
    for name, cells in (("simulated", simulated(quick, seed)), ("norman_pairs", norman())):
        pairs = pairs_of_singles(cells)
        groups = (
            [pairs] if name == "simulated" else [[pair] for pair in pairs[: 1 if quick else 99]]
        )
        scores: list[dict[str, Any]] = []
        for group in groups:
            scores += table.once(
                lambda cells=cells, group=group: scored(cells, group, effort, seed),  # type: ignore[misc]
                data=name, left_out=[pair.name for pair in group],
            )  # fmt: skip
        mean = add(table, name, scores)
        text = f"{name}: mean error of the rest state, beside the sum of the two shifts"
        table.claims.append(Claim(text, mean[REST], mean[SUM]))
        apart = sorted(scores, key=lambda one: -one["beyond"])[: max(1, len(scores) // 2)]
        error = {
            method: float(np.mean([one["methods"][method]["mae"] for one in apart]))
            for method in (REST, SUM)
        }
        text = f"{name}: the same of the half of the pairs that are farthest from additive"
        table.claims.append(Claim(text, error[REST], error[SUM]))
    return table


def add(table: Table, name: str, scores: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Rows of each pair, if they are few, and of the mean; the mean error of each method."""
    few = len(scores) <= 10
    for one in scores if few else ():
        for method, score in one["methods"].items():
            table.add(
                data=name, pair=one["pair"], beyond=one["beyond"], method=method,
                mae=score["mae"], r=score["r"], chosen_on=one["pair"] in CHOSEN_ON,
            )  # fmt: skip
    error = {}
    for method in scores[0]["methods"]:
        own = [one["methods"][method] for one in scores]
        error[method] = float(np.mean([score["mae"] for score in own]))
        table.add(
            data=name, mean_of_pairs=len(own), method=method, mae=error[method],
            r=float(np.mean([score["r"] for score in own])),
            cpu_seconds=float(sum(score["cpu_seconds"] for score in own)),
        )  # fmt: skip
    return error


def simulated(quick: bool, seed: int) -> Snapshots:
    """A scale-free network at rest, under knockouts of the genes with most targets."""
    system = ScaleFree(genes=100, seed=seed)
    targets = system.network().edges["source"].value_counts(sort=False).sort_index()
    genes = targets.sort_values(ascending=False, kind="stable").index[: 3 if quick else 8]
    removed = [*genes, *(f"{a}+{b}" for k, a in enumerate(genes) for b in genes[k + 1 :])]
    knockouts = [Intervention.parse(one) for one in removed]
    adata = simulate(system, [0, AT_REST], 20 if quick else 100, knockouts, seed=seed).to_anndata()
    return Snapshots.from_anndata(adata[adata.obs["time"] == AT_REST].copy())


def norman() -> Snapshots:
    """The pairs of Norman et al., with the activated genes as inputs."""
    adata = anndata.read_h5ad(data_file("norman_pairs/expression.h5ad"))
    return Snapshots.from_anndata(adata, kind="activation")


def pairs_of_singles(cells: Snapshots) -> list[Intervention]:
    """The pairs whose two perturbations were also measured alone."""
    known = set(cells.conditions)
    return [
        pair for pair in cells.conditions
        if len(pair) == 2 and all(Intervention((action,)) in known for action in pair)
    ]  # fmt: skip


def scored(
    cells: Snapshots, pairs: Sequence[Intervention], effort: float, seed: int
) -> list[dict[str, Any]]:
    """Errors of each method on each pair, all of which are left out together."""
    training = leave_out_condition(cells, *pairs).train
    fits, seconds = {}, {}
    for which in (FIT, OTHER):
        field = None
        if which == OTHER:
            field = "hill" if fits[FIT].field.name == "linear" else "linear"
        start = time.process_time()
        fits[which] = hf.fit(training, field=field, seed=seed, effort=effort).fit
        seconds[which] = (time.process_time() - start) / len(pairs)
    control = mean(training, CONTROL)
    rows = []
    for pair in pairs:
        alone = [Intervention((action,)) for action in pair]
        total = sum((mean(training, one) - control for one in alone), control)
        guesses = {
            NONE: (control, 0.0),
            SUM: (np.maximum(total, 0), 0.0),
            FIT: (mean(fits[FIT].predict(training, pair)), seconds[FIT]),
            REST: (mean(fits[FIT].predict(training, pair, absolute=True)), seconds[FIT]),
            OTHER: (mean(fits[OTHER].predict(training, pair, absolute=True)), seconds[OTHER]),
        }
        left_out = {*pair.genes, *cells.inputs}
        kept = np.array([gene not in left_out for gene in cells.genes])
        measured = mean(cells, pair)
        rows.append({
            "pair": "+".join(pair.genes),
            "beyond": beyond_the_sum(cells, [pair, *alone, CONTROL], kept),
            "methods": {
                method: score(guess[kept], measured[kept], control[kept])
                | {"cpu_seconds": cpu_seconds}
                for method, (guess, cpu_seconds) in guesses.items()
            },
        })  # fmt: skip
    return rows


def score(guess: Array, measured: Array, control: Array) -> dict[str, float]:
    """Mean error, and correlation of the shifts; 0 without one."""
    shift = guess - control
    r = np.corrcoef(shift, measured - control)[0, 1] if shift.std() > 0 else 0.0
    return {"mae": float(np.abs(guess - measured).mean()), "r": float(r)}


def beyond_the_sum(
    cells: Snapshots, conditions: Sequence[Intervention], kept: NDArray[np.bool_]
) -> float:
    """Root mean square of δ(AB) − δ(A) − δ(B) over genes, in its standard errors."""
    groups = [cells.x[cells.rows(None, one)][:, kept].astype(float) for one in conditions]
    pair, a, b, control = (group.mean(axis=0) for group in groups)
    error = sum(group.var(axis=0, ddof=1) / len(group) for group in groups)
    squares = (pair - a - b + control)[error > 0] ** 2 / error[error > 0]
    return float(np.sqrt(squares.mean()))


def mean(cells: Snapshots, condition: Intervention | None = None) -> Array:
    """Mean of the cells of a condition, [genes]; of all without one."""
    rows = np.arange(len(cells)) if condition is None else cells.rows(None, condition)
    average: Array = cells.x[rows].mean(axis=0, dtype=float)
    return average
