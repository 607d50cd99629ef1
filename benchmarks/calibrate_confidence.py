"""What stability is worth: confidences fitted to, and judged on, systems with a known network.

Ensembles are fitted to simulated systems, with and without knockouts, and a logistic map from
the features of `hillflow.causal.confidence` to "this edge is real" is fitted to all of them: its
numbers are the constants of that module. The reliability rows judge such maps on systems they
were not fitted to (leave one system out). Every system has the same say, whatever its size.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.table import Claim, Table
from hillflow.causal.confidence import COEFFICIENTS, INTERCEPT, stability
from hillflow.causal.probe import probe, rows_to_probe
from hillflow.causal.readouts import READOUTS, choose_readout
from hillflow.data import Snapshots
from hillflow.networks.stability import FEATURES
from hillflow.systems import SYSTEMS, build_system, simulate
from hillflow.train import Setting, train

SYSTEM_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("toggle", {}),
    ("repressilator", {}),
    ("six-gene", {}),
    ("hematopoiesis", {}),
    ("scale-free", {"genes": 8, "regulators": 4, "seed": 1}),
    ("scale-free", {"genes": 15, "seed": 2}),
    ("scale-free", {"genes": 30, "seed": 3}),
    ("linear", {"genes": 8, "seed": 1}),
)
FIELDS = ("hill", "linear", "sparse")
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
CELLS, MEMBERS, EFFORT, MOST_KNOCKOUTS = 200, 5, 0.1, 10


@dataclass(frozen=True)
class Case:
    """One ensemble: features of its pairs without self-pairs, [pairs, 3], and what is true."""

    system: str
    field: str
    perturbed: bool
    features: np.ndarray
    truth: np.ndarray

    @property
    def weight(self) -> np.ndarray:
        """Of each pair, so that large systems count a little more, and not by their pairs."""
        return np.full(len(self.truth), len(self.truth) ** -0.5)


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("calibrate_confidence", quick, seed)
    systems = SYSTEM_OPTIONS[:3] if quick else SYSTEM_OPTIONS
    cases = []
    for name, options in systems:
        for perturbed in (False, True):
            for field in ("linear",) if quick else FIELDS:
                if not _fits(name, options, field):
                    continue
                case = {"system": name, "perturbed": perturbed, "field": field, **options}
                found = table.once(
                    lambda n=name, o=options, p=perturbed, f=field: _measure(n, o, p, f, seed),
                    **case,
                )
                cases.append(_case(found, name, options, perturbed, field))
                print(f"{name} {options} {field} {perturbed}: {found['cpu']:.0f} s", flush=True)
    judge(table, cases, FIELDS)
    compare(table, fitted(cases), INTERCEPT, COEFFICIENTS)
    return table


def _fits(name: str, options: dict[str, Any], field: str) -> bool:
    """Linear levels may be negative; a network a target of 30 genes takes too long here."""
    if name == "linear":
        return field == "linear"
    return field != "sparse" or options.get("genes", 0) < 30


def _measure(
    name: str, options: dict[str, Any], perturbed: bool, field: str, seed: int
) -> dict[str, Any]:
    start = time.process_time()
    system = build_system(name, **options)
    genes = list(system.genes)
    absent = "clamp:0" if name == "linear" else "ko"
    knockouts = [f"{gene}={absent}" for gene in genes[:MOST_KNOCKOUTS]] if perturbed else []
    data = simulate(system, SYSTEMS[name].times, CELLS, knockouts, seed=seed)
    cells = Snapshots.from_anndata(data.to_anndata())
    ensemble = train(field, cells, members=MEMBERS, seed=seed, setting=Setting(effort=EFFORT))
    rows = rows_to_probe(cells, 600)
    readout = READOUTS[choose_readout(ensemble[0].field)[0]]
    weights = np.stack(
        [readout.read(probe(model, cells.x[rows], cells.time[rows])) for model in ensemble]
    )
    truth = np.zeros((len(genes),) * 2, dtype=bool)
    for source, target in data.network.pairs():
        truth[genes.index(target), genes.index(source)] = True
    others = ~np.eye(len(genes), dtype=bool)
    features = stability(weights, np.ones_like(truth)).features(others)
    return {
        "features": features.round(5).tolist(),
        "truth": truth[others].astype(int).tolist(),
        "cpu": time.process_time() - start,
    }


def _case(
    found: dict[str, Any], name: str, options: dict[str, Any], perturbed: bool, field: str
) -> Case:
    system = f"{name} {options['genes']}" if "genes" in options else name
    features, truth = np.array(found["features"]), np.array(found["truth"], dtype=bool)
    return Case(system, field, perturbed, features, truth)


def fitted(cases: list[Case]) -> LogisticRegression:
    """The map by maximum likelihood (a faint ridge keeps separable systems finite)."""
    return LogisticRegression(C=100.0, max_iter=1000).fit(
        np.concatenate([case.features for case in cases]),
        np.concatenate([case.truth for case in cases]),
        sample_weight=np.concatenate([case.weight for case in cases]),
    )


def judge(table: Table, cases: list[Case], fields: tuple[str, ...]) -> None:
    """Confidences of each system from a map fitted to the others, level by level."""
    predicted: list[tuple[Case, np.ndarray]] = []
    for system in dict.fromkeys(case.system for case in cases):
        model = fitted([case for case in cases if case.system != system])
        left_out = [case for case in cases if case.system == system]
        predicted += [(case, model.predict_proba(case.features)[:, 1]) for case in left_out]
    parts = {"all": lambda case: True}
    parts |= {field: lambda case, f=field: case.field == f for field in fields}
    parts |= {
        "without knockouts": lambda case: not case.perturbed,
        "with knockouts": lambda case: case.perturbed,
    }
    parts |= {c.system: lambda case, s=c.system: case.system == s for c in cases}
    for part, belongs in parts.items():
        chosen = [(case.truth, p) for case, p in predicted if belongs(case)]
        if not chosen:
            continue
        truth, p = (np.concatenate(both) for both in zip(*chosen, strict=True))
        for level in LEVELS:
            called = p >= level
            share = float(truth[called].mean()) if called.any() else None
            row = {"cases": part, "level": level, "edges": int(called.sum()), "true": share}
            expected = float(p[called].mean()) if called.any() else None
            table.add(**row, mean_confidence=expected)
            if part == "all" and level in (0.8, 0.9) and share is not None:
                text = f"share true of edges called at {level} or more, on other systems"
                table.claims.append(Claim(text, share, level, at_least=True))


def compare(
    table: Table, model: LogisticRegression, intercept: float, coefficients: tuple[float, ...]
) -> None:
    """The constants that these ensembles ask for, beside those in use."""
    asked = [float(model.intercept_[0]), *map(float, model.coef_[0])]
    used = [intercept, *coefficients]
    for name, new, old in zip(("intercept", *FEATURES), asked, used, strict=True):
        table.add(constant=name, fitted=new, in_use=old)
    largest = max(abs(new - old) for new, old in zip(asked, used, strict=True))
    table.claims.append(Claim("largest change of a constant in use", largest, 0.1))
