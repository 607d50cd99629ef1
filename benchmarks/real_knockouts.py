"""Knockouts of human stem cells, each left out: is what it does predicted from the other cells?

Control and twelve CRISPR knockouts on days 2 to 5, 103 genes (Ishikawa et al. 2023). First the
reproducibility of each knockout, as `hillflow.check` has it: the correlation of its mean shift from
the control, over genes and days without its own gene, between random halves of the cells, and the
ceiling that it sets for a prediction. Those without a reproducible effect are labelled and not
scored.

Each of the others is left out and predicted: `r` is the correlation of the predicted shift with the
measured one over the same genes and days, `of_ceiling` its share of the ceiling, `mae` the mean
error. "no effect" has r 0, as every prediction that is the same for all genes. "mean of the others"
are the shifts of all other knockouts, measured from the same control cells as the one left out,
whose noise it shares. "mRNA" is minus the correlation with the gene among control cells; "network"
minus the gene's edges in the network in closed form of the other cells, and "network of this
regulator" the same with no other regulator: these three are the same on every day and have no
scale. "fit" is the default fit of `hillflow.fit` to the other cells, which moves the control cells
with the gene at 0 from the first day on; on the first day itself no other gene is moved.
"cells" is `hillflow.knockout` of the other cells, without a fit, and "slopes" its part that comes
from cells with less of the gene, without the mean of the others by their cells.

`later` asks less: the cells of days 2 and 3 of the knockout are given, and its shift on day 5 is
predicted. "persistence" is its shift on day 3; "fit" moves its own cells of day 3 and those of the
control, and takes the difference; "cells" is again `hillflow.knockout` of the cells that are given.

At the end, the intervals of such guesses: what share of the measured shifts of each knockout lies
within the 95 % interval that the errors of the other knockouts make.
"""

from __future__ import annotations

import time
from typing import Any

import anndata
import numpy as np
from numpy.typing import NDArray

import hillflow as hf
from benchmarks.reference_data import data_file
from benchmarks.table import Claim, Table
from hillflow.activities import mrna_associations
from hillflow.causal.by_association import Associations, left_out_tests
from hillflow.causal.expected_knockouts import expected_knockouts
from hillflow.data import Snapshots, leave_out_condition
from hillflow.evaluate.data_check import check_data
from hillflow.evaluate.left_out import knockouts_established
from hillflow.interventions import Intervention

Array = NDArray[np.float64]
CONTROL = Intervention.control()
SHARE = 0.6  # of the ceiling, wanted
MOST_OUTSIDE = 0.07
OTHERS, FIT, CELLS = "mean of the others", "fit", "cells"


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("real_knockouts", quick, seed)
    adata = anndata.read_h5ad(data_file("hipsc_renge/expression.h5ad"))
    cells = Snapshots.from_anndata(adata)
    found = check_data(cells, seed=seed).perturbations.to_dict("records")
    for row in found:
        table.add(
            knockout=row["perturbation"], cells=row["cells"], halves_r=row["reproducibility"],
            ceiling=row["ceiling"], verdict=row["verdict"],
        )  # fmt: skip
    scorable = [row for row in found if row["verdict"] == "reproducible"]
    for row in scorable[:1] if quick else scorable:
        name, ceiling = row["perturbation"], row["ceiling"]
        scores = table.once(
            lambda name=name: scored(cells, name, quick, seed),  # type: ignore[misc]
            knockout=name,
        )
        for method, one in scores.items():
            table.add(
                left_out=name, method=method, r=one["r"], of_ceiling=one["r"] / ceiling,
                mae=one["mae"], cpu_seconds=one["cpu_seconds"],
            )  # fmt: skip
        for method, what in ((FIT, "by the fit"), (CELLS, "from cells, without a fit")):
            share = scores[method]["r"] / ceiling
            text = f"{name}: share of the ceiling {what}"
            table.claims.append(Claim(text, share, SHARE, at_least=True))
        errors = [scores[method]["mae"] for method in (CELLS, "no effect")]
        table.claims.append(Claim(f"{name}, from cells: mean error, beside no effect", *errors))
        ends = table.once(
            lambda name=name: later(cells, name, quick, seed),  # type: ignore[misc]
            later=name,
        )
        for method, one in ends.items():
            table.add(later=name, method=method, **one)
        for method in (FIT, CELLS):
            text = f"{name}, day 5 from days 2 and 3: mean error of {method}, beside persistence"
            table.claims.append(Claim(text, ends[method]["mae"], ends["persistence"]["mae"]))
    tests, _ = left_out_tests(Associations(cells))
    for row in tests.to_dict("records"):
        table.add(guessed=row["perturbation"], r=row["r"], covered=row["covered"])
    covered = float(tests["covered"].mean())
    text = "share of measured shifts outside the 95 % intervals of guesses from cells"
    table.claims.append(Claim(text, 1 - covered, MOST_OUTSIDE))
    return table


def scored(cells: Snapshots, name: str, quick: bool, seed: int) -> dict[str, dict[str, Any]]:
    """Of each method: correlation with the measured shift, mean error, and what it took."""
    knockout = Intervention.parse(name)
    gene, training = knockout.genes[0], leave_out_condition(cells, knockout).train
    kept = np.array([one not in knockout.genes for one in cells.genes])
    measured = shift(cells, cells, knockout)[:, kept]
    others = [one for one in training.conditions if not one.is_control]
    place = cells.genes.index(gene)

    def by_mrna() -> Array:
        return -mrna_associations(cells.x[cells.rows(None, CONTROL)], [place])[0]

    def by_network(regulators: tuple[str, ...] | None) -> Array:
        network = hf.graph(training, regulators=regulators, bootstraps=0, seed=seed)
        return -network.matrix().loc[gene, list(cells.genes)].to_numpy()

    def by_fit() -> Array:
        fitted = hf.fit(training, seed=seed, effort=0.002 if quick else 1.0).fit
        absent = knockout.established() if knockouts_established(training) else knockout
        return shift(fitted.predict(training, absent), training, absent)

    def by_cells() -> Array:
        return expected_knockouts(training, [knockout]).shifts[0]

    def by_slopes() -> Array:
        return Associations(training).by_slopes(knockout)

    def by_others() -> Array:
        return np.mean([shift(training, training, one) for one in others], axis=0)

    methods = {
        "no effect": (lambda: np.zeros(len(cells.genes)), True),
        OTHERS: (by_others, True),
        "slopes": (by_slopes, True),
        CELLS: (by_cells, True),
        "mRNA": (by_mrna, False),
        "network": (lambda: by_network(None), False),
        "network of this regulator": (lambda: by_network((gene,)), False),
        FIT: (by_fit, True),
    }
    rows = {}
    for method, (predict, scaled) in methods.items():
        start = time.process_time()
        guess = np.broadcast_to(predict(), (len(cells.times), len(cells.genes)))[:, kept]
        r = np.corrcoef(guess.ravel(), measured.ravel())[0, 1] if guess.std() > 0 else 0.0
        rows[method] = {
            "r": float(r), "mae": float(np.abs(guess - measured).mean()) if scaled else None,
            "cpu_seconds": time.process_time() - start,
        }  # fmt: skip
    return rows


def later(cells: Snapshots, name: str, quick: bool, seed: int) -> dict[str, dict[str, Any]]:
    """Scores of the shift on the last day, from the cells of the knockout's first days."""
    knockout = Intervention.parse(name)
    _, second, *late = cells.times
    unseen = np.concatenate([cells.rows(day, knockout) for day in late])
    training = cells.take(np.setdiff1d(np.arange(len(cells)), unseen))
    kept = np.array([one not in knockout.genes for one in cells.genes])
    measured = shift(cells, cells, knockout)[-1, kept]
    start = time.process_time()
    fit = hf.fit(training, seed=seed, effort=0.002 if quick else 1.0).fit
    ends = [
        fit.simulate(training.x[training.rows(second, one)], [second, *late], one, seed=seed)[-1]
        for one in (knockout, CONTROL)
    ]
    moved = ends[0].mean(axis=0, dtype=float) - ends[1].mean(axis=0, dtype=float)
    guesses = {
        "persistence": shift(cells, cells, knockout)[1, kept],
        FIT: moved[kept],
        CELLS: expected_knockouts(training, [knockout]).shifts[0, -1, kept],
    }
    return {
        method: {
            "r": float(np.corrcoef(guess, measured)[0, 1]),
            "mae": float(np.abs(guess - measured).mean()),
            "cpu_seconds": time.process_time() - start if method == FIT else 0.0,
        }
        for method, guess in guesses.items()
    }  # fmt: skip


def shift(cells: Snapshots, control: Snapshots, condition: Intervention) -> Array:
    """Mean of a condition less that of the control at each time, [times, genes].

    0 at the first time of a prediction, where cells have not moved yet.
    """
    shifts = np.zeros((len(control.times), len(control.genes)))
    for row, at in zip(shifts, control.times, strict=True):
        if at in cells.times:
            own, wild = cells.rows(at, condition), control.rows(at, CONTROL)
            row[:] = cells.x[own].mean(axis=0, dtype=float)
            row -= control.x[wild].mean(axis=0, dtype=float)
    return shifts
