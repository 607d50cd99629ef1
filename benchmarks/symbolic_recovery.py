"""Are the right laws found: 24 Hill laws, 5 and 20 % noise, correlated regulators.

The template engine, Operon and pysindy on the same data. ``parents``: the right regulators;
``structure``: those, their signs and the family (where an engine has families);
``recovered``: right regulators and R² ≥ 0.99 off the support. Truths that are no Hill laws
should be flagged, Hill laws not. Set PYSINDY_PYTHON to the Python of an environment with
pysindy; without it that tool is left out. Operon is left out where pyoperon is not installed.
Times are CPU seconds of one thread; the last row has the template engine's for 350 genes, all of
them run, and the others' time a law times as many.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environment import ROOT
from benchmarks.measure import ONE_THREAD
from benchmarks.symbolic_laws import CANDIDATES, LAWS, OUTSIDE, Truth, beyond, levels
from benchmarks.table import Claim, Table
from hillflow.symbolic import Law, LawProblem, SymbolicEngine, make_engine

STATES = 700
NOISES = (0.05, 0.2)
GENES = 350  # of the speed claim


@dataclass(frozen=True)
class Case:
    """A truth and what is seen of it."""

    truth: Truth
    problem: LawProblem


Row = dict[str, Any]
Production = Callable[[np.ndarray], np.ndarray]
Measure = Callable[[Sequence[Case]], list[Row]]


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("symbolic_recovery", quick, seed)
    laws = LAWS[::12] if quick else LAWS
    seconds: dict[str, float] = {}
    for noise in NOISES[:1] if quick else NOISES:
        cases = [
            Case(truth, _problem(truth.name, truth.production, noise, (seed, repeat, k)))
            for repeat in range(1 if quick else 3)
            for k, truth in enumerate(laws)
        ]
        for tool, measure in _tools(quick).items():
            shown = cases if tool == "template" else cases[: len(laws)]
            rows = table.once(lambda: measure(shown), tool=tool, noise=noise)  # noqa: B023
            for row in rows:
                table.add(noise=noise, **row)
                seconds[row["tool"]] = row["cpu_seconds"]
        _claims(table, noise)
        share = table.once(
            lambda: _outside(noise, seed, 1 if quick else 3),  # noqa: B023
            tool="template", noise=noise, truths="no Hill laws",
        )  # fmt: skip
        _outside_row(table, noise, share, len(OUTSIDE) * (1 if quick else 3))
    genes = 3 if quick else GENES
    spent = table.once(lambda: _speed(genes, seed), tool="template", genes=genes)
    _speed_row(table, genes, spent, seconds)
    return table


def _tools(quick: bool) -> dict[str, Measure]:
    """Those that are installed; each gives rows for some cases."""
    found: dict[str, Measure] = {"template": _template}
    operon = make_engine("operon", seeds=2 if quick else 10)
    if operon.available() is None:
        found["operon"] = lambda cases: _operon(operon, cases)
    if python := os.environ.get("PYSINDY_PYTHON"):
        found["pysindy"] = lambda cases: _pysindy(python, cases)
    return found


def _problem(name: str, production: Production, noise: float, seeds: tuple[int, ...]) -> LawProblem:
    generator = np.random.default_rng(seeds)
    x = levels(STATES, generator)
    clean = production(x)
    off = beyond(STATES, x, generator)
    y = clean + noise * clean.std() * generator.normal(size=STATES)
    return LawProblem(name, CANDIDATES, x, y, x_off=off, y_off=production(off))


def _template(cases: Sequence[Case]) -> list[Row]:
    laws, seconds = _fitted(make_engine("template"), cases)
    right = [law.structure == _structure(case.truth) for law, case in zip(laws, cases, strict=True)]
    errors = [_parameter_errors(law, case.truth)
              for law, case, ok in zip(laws, cases, right, strict=True) if ok]  # fmt: skip
    return [
        _row("template", _found(laws, cases), _off(laws), seconds, structure=float(np.mean(right)),
             parameter_error=float(np.median(np.concatenate(errors))) if errors else None,
             flagged=float(np.mean([_is_flagged(law) for law in laws])))
    ]  # fmt: skip


def _operon(engine: SymbolicEngine, cases: Sequence[Case]) -> list[Row]:
    laws, seconds = _fitted(engine, cases)
    return [_row("operon", _found(laws, cases), _off(laws), seconds)]


def _fitted(engine: SymbolicEngine, cases: Sequence[Case]) -> tuple[list[Law], float]:
    """The best laws, and the CPU seconds that each took."""
    start = time.process_time()
    laws = [front.best for front in engine.fit([case.problem for case in cases])]
    return laws, (time.process_time() - start) / len(cases)


def _pysindy(python: str, cases: Sequence[Case]) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problems.npz"
        arrays: dict[str, Any] = {}
        for k, case in enumerate(cases):
            p = case.problem
            arrays |= {f"{k}_x": p.x, f"{k}_y": p.y, f"{k}_off": p.x_off}
        np.savez(path, **arrays)
        done = subprocess.run(
            [python, str(ROOT / "benchmarks" / "pysindy_side.py"), str(path)],
            env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    rows = []
    for library, result in json.loads(done.stdout).items():
        parents, off = [], []
        for case, law in zip(cases, result["laws"], strict=True):
            parents.append(_parents(case.truth) == {CANDIDATES[k] for k in law["parents"]})
            truth = np.asarray(case.problem.y_off)
            off.append(1 - np.mean((truth - law["off"]) ** 2) / truth.var())
        rows.append(_row(f"pysindy, {library}", parents, np.array(off), result["seconds"]))
    return rows


def _row(tool: str, parents: Sequence[bool], off: np.ndarray, seconds: float,
         structure: float | None = None, parameter_error: float | None = None,
         flagged: float | None = None) -> Row:  # fmt: skip
    recovered = np.array(parents) & (off >= 0.99)
    return {
        "tool": tool, "laws": len(off), "parents": float(np.mean(parents)),
        "structure": structure, "recovered": float(recovered.mean()),
        "median_off_r2": float(np.median(off)), "least_off_r2": float(off.min()),
        "parameter_error": parameter_error, "flagged": flagged, "cpu_seconds": seconds,
    }  # fmt: skip


def _claims(table: Table, noise: float) -> None:
    row = next(one for one in table.rows if one.get("tool") == "template"
               and one["noise"] == noise)  # fmt: skip
    limit = 0.95 if noise < 0.1 else 0.85
    at = f"at {noise:.0%} noise"
    table.claims += [
        Claim(f"structures the template engine finds {at}", row["structure"], limit,
              at_least=True),
        Claim(f"its median R² off the support {at}", row["median_off_r2"], 0.99, at_least=True),
        Claim(f"Hill laws flagged as none {at}", row["flagged"], 0.05),
    ]  # fmt: skip


def _outside(noise: float, seed: int, repeats: int) -> float:
    """Share of truths that are no Hill laws that are flagged as such."""
    problems = [
        _problem(name, lambda x, f=f: f(*x.T[:3]), noise, (seed, repeat, 100 + k))
        for repeat in range(repeats)
        for k, (name, f) in enumerate(OUTSIDE.items())
    ]
    laws = [front.best for front in make_engine("template").fit(problems)]
    return float(np.mean([_is_flagged(law) for law in laws]))


def _outside_row(table: Table, noise: float, share: float, laws: int) -> None:
    table.add(truths="no Hill laws", noise=noise, laws=laws, flagged=share)
    table.claims.append(
        Claim(f"truths that are no Hill laws flagged at {noise:.0%} noise", share, 0.9,
              at_least=True)
    )  # fmt: skip


def _speed(genes: int, seed: int) -> float:
    """CPU seconds of so many genes, one after the other on one thread."""
    problems = [
        _problem(f"gene {k}", LAWS[k % len(LAWS)].production, 0.1, (seed, 9, k))
        for k in range(genes)
    ]
    start = time.process_time()
    make_engine("template").fit(problems)
    return time.process_time() - start


def _speed_row(table: Table, genes: int, spent: float, seconds: dict[str, float]) -> None:
    """What was measured for all genes, and what the others' time a law comes to for as many."""
    others = {f"{tool}_cpu_seconds": one * genes for tool, one in seconds.items()
              if tool != "template"}  # fmt: skip
    table.add(genes=genes, candidates=len(CANDIDATES), states=STATES, cpu_seconds=spent, **others)
    table.claims.append(
        Claim(f"CPU seconds for {GENES} genes of {len(CANDIDATES)} candidate regulators",
              spent * GENES / genes, 600.0)
    )  # fmt: skip
    if "operon" in seconds:
        table.claims.append(
            Claim("Operon's CPU time a law over the template engine's",
                  seconds["operon"] * genes / spent, 1.0, at_least=True)
        )  # fmt: skip


def _found(laws: Sequence[Law], cases: Sequence[Case]) -> list[bool]:
    """Whether each law names exactly the true regulators."""
    return [_parents(case.truth) == set(law.parents)
            for law, case in zip(laws, cases, strict=True)]  # fmt: skip


def _off(laws: Sequence[Law]) -> np.ndarray:
    """R² off the support of each law."""
    return np.array([1 - (1.0 if law.error_off is None else law.error_off) ** 2 for law in laws])


def _structure(truth: Truth) -> str:
    signed = sorted((gene, sign) for gene, sign, _, _ in truth.regulators)
    return " ".join([truth.family, *(f"{'+' if sign > 0 else '-'}{gene}" for gene, sign in signed)])


def _parents(truth: Truth) -> set[str]:
    return {gene for gene, *_ in truth.regulators}


def _parameter_errors(law: Law, truth: Truth) -> list[float]:
    """Relative errors of all K and n."""
    found = {one.name: one.value for one in law.parameters}
    wanted = {f"K[{gene}]": k for gene, _, k, _ in truth.regulators}
    wanted |= {f"n[{gene}]": n for gene, _, _, n in truth.regulators}
    return [abs(found[name] / value - 1) for name, value in wanted.items()]


def _is_flagged(law: Law) -> bool:
    return any(flag.startswith("outside the family") for flag in law.flags)
