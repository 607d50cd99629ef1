"""Knockouts that no fit has seen, predicted from wild-type cells at every later time.

Protocol: cells as log(1 + x), as in `networks`; leave one knockout out at all its times, fit the
wild type and the other knockouts, move the measured wild-type cells of each later time by the
model's difference (`Fit.predict`). The other knockouts lack their gene at the first time, so
this one is taken to as well (`knockouts_established`). MAE: mean over genes of |mean of the
prediction − mean of the truth|; W2: exact, at equal n. Beside it, for the same cells: the wild type
with the knocked-out gene at 0, the wild type as it is, and the cells of all other knockouts of that
time. Knockouts are also shown in halves, by how far the truth is from the wild type.

The prediction is the mean over fits of two kinds of field, three `linear` and three `sparse`, which
err differently; it is cautious, each gene moving less by twice what the fits differ in; and the
wild type's means are pooled with those knockouts that do not differ (`pooled_control`), since a
small effect is no larger than what a few wild-type cells leave open. `plain mean` is the same
without caution, `not pooled` without pooling, and `pooling alone` has no model in it: the pooled
wild type with the gene at 0, to which a model should add something. Claims are beside the best of
the last three rows.

Fields and caution were first chosen on li, cn5, fn4 and our own fork, then, with hsc's smaller half
still missed, the amount of caution and pooling on 37 knockouts of li, cn5, fn4 and ten published
systems in the benchmark's regime. `eight published` are fresh cells of eight of them, by another
simulator (`asynchronous_systems`), three knockouts each. hsc and tf were not unseen: earlier
recipes were scored on the files as they are (MAE .111 and .117 on hsc, best baseline .108; .296 and
.305 on tf, .297), and the last one on this protocol (.0574 and .159, baseline .0591 and .164).
`cpu_seconds_a_fit` are those of all six fits of a prediction.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.asynchronous_systems import PUBLISHED
from benchmarks.networks import system_cells
from benchmarks.table import Claim, Table
from hillflow.data import Snapshots, leave_out_condition, pooled_control
from hillflow.evaluate.left_out import knockouts_established
from hillflow.evaluate.population_baselines import control_with_gene_set
from hillflow.interventions import Intervention
from hillflow.model import Fit
from hillflow.train import Setting, train
from hillflow.transport import w2

SYSTEMS, METHOD, MEMBERS = ("hsc", "tf"), "network", {"linear": 3, "sparse": 3}
CONTROL = Intervention.control()
KEPT = 0.8  # of the cells of each population, drawn anew by each seed
DRAWN = 3  # knockouts of each of the eight
PARTS = ("plain mean", "not pooled", "pooling alone")
BASELINES = ("wild type with the gene at 0", "no change", "other knockouts")
EVERY = ("hillflow", *PARTS, *BASELINES)


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("held_out_knockouts", quick, seed)
    for data, case in cases(quick, seed).items():
        every = [
            table.once(
                lambda one=one: measured(*one, quick),  # type: ignore[misc]
                system=one[0], knockout=one[1], seed=one[2],
            )
            for one in case
        ]  # fmt: skip
        _summarize(table, data, every, quick)
    return table


def cases(quick: bool, seed: int) -> dict[str, list[tuple[str, str, int]]]:
    """System, knockout and seed of every prediction, by the rows of the table they go into."""
    if quick:
        return {"fn4": [("fn4", _knockouts("fn4", seed)[0], seed)]}
    found = {
        system: [(system, name, s) for s in range(seed, seed + 5) for name in _knockouts(system, s)]
        for system in SYSTEMS
    }
    drawn = np.random.default_rng(seed)
    found["eight published"] = [
        (system, str(name), seed)
        for system in PUBLISHED
        for name in drawn.permutation(_knockouts(system, seed))[:DRAWN]
    ]
    return found


def _knockouts(system: str, seed: int) -> list[str]:
    cells, _ = system_cells(system, seed)
    return [one.name for one in cells.conditions if not one.is_control]


def _summarize(table: Table, data: str, every: list[dict[str, Any]], quick: bool) -> None:
    effect = np.array([one["effect"] for one in every])
    halves = {"all": effect >= 0}
    if not quick:
        halves |= {"larger half": effect > np.median(effect),
                   "smaller half": effect <= np.median(effect)}  # fmt: skip
    for name, inside in halves.items():
        for method in EVERY:
            scores = np.array([one["scores"][method] for one in every])[inside]
            table.add(
                data=data, knockouts=name, method=method, mae=float(scores[:, 0].mean()),
                mae_sd=float(scores[:, 0].std()), w2=float(scores[:, 1].mean()),
                predictions=int(inside.sum()),
                cpu_seconds_a_fit=float(np.mean([one["cpu_seconds"] for one in every])),
            )  # fmt: skip
        for place, score in enumerate(("MAE", "W2")):
            of = {m: float(np.mean([one["scores"][m][place] for one in every], where=inside))
                  for m in ("hillflow", *BASELINES)}  # fmt: skip
            least = min(of[m] for m in BASELINES)
            text = f"{data}, {name}: {score} of knockouts never seen, beside the best baseline"
            table.claims.append(Claim(text, of["hillflow"], least))


def measured(system: str, name: str, seed: int, quick: bool) -> dict[str, Any]:
    """Scores of every method for one knockout, and how far the truth is from the wild type."""
    cells = _drawn(system_cells(system, seed)[0], seed)
    knockout = Intervention.parse(name)
    training = leave_out_condition(cells, knockout).train
    start = time.process_time()
    setting = Setting(effort=0.1 if quick else 1.0)
    fits = [
        train(field, training, METHOD, members=members, seed=seed, setting=setting)
        for field, members in MEMBERS.items()
    ]
    models = Fit.of(*fits)
    seconds = time.process_time() - start
    absent = knockout.established() if knockouts_established(training) else knockout
    pooled = pooled_control(training)
    found = {
        "hillflow": models.predict(pooled, absent, cautious=True),
        "plain mean": models.predict(pooled, absent),
        "not pooled": models.predict(training, absent, cautious=True),
    }
    scores: dict[str, list[list[float]]] = {method: [] for method in EVERY}
    effects = []
    for at in cells.times[1:]:
        truth = cells.x[cells.rows(at, knockout)]
        wild = cells.x[cells.rows(at, CONTROL)]
        others = [one for one in training.conditions if not one.is_control]
        guesses = {
            **{name: one.x[one.rows(at, absent)] for name, one in found.items()},
            "pooling alone": control_with_gene_set(pooled, knockout, at),
            "wild type with the gene at 0": control_with_gene_set(training, knockout, at),
            "no change": wild,
            "other knockouts": np.concatenate(
                [training.x[training.rows(at, one)] for one in others]
            ),
        }
        for method, guess in guesses.items():
            scores[method].append(_scores(guess, truth, seed))
        effects.append(np.abs(truth.mean(0) - wild.mean(0)).mean())
    return {
        "effect": float(np.mean(effects)), "cpu_seconds": seconds,
        "scores": {m: np.mean(found, axis=0).tolist() for m, found in scores.items()},
    }  # fmt: skip


def _scores(guess: np.ndarray, truth: np.ndarray, seed: int) -> list[float]:
    """MAE of the mean, with all cells; W2 at equal n."""
    random = np.random.default_rng(seed)
    n = min(len(guess), len(truth))
    pair = [x[random.choice(len(x), n, replace=False)].astype(float) for x in (guess, truth)]
    return [float(np.abs(guess.mean(0) - truth.mean(0)).mean()), float(w2(*pair))]


def _drawn(cells: Snapshots, seed: int) -> Snapshots:
    random = np.random.default_rng(seed)
    rows = [random.choice(p.rows, int(KEPT * len(p)), replace=False) for p in cells.populations()]
    return cells.take(np.sort(np.concatenate(rows)))
