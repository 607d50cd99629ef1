"""Are the right laws found: 24 Hill laws, 5 and 20 % noise, correlated regulators.

The template engine, Operon and pysindy on the same data. ``parents``: the right regulators;
``structure``: those, their signs and the family (where an engine has families);
``recovered``: right regulators and R² ≥ 0.99 off the support. Truths that are no Hill laws
should be flagged, Hill laws not. Set PYSINDY_PYTHON to the Python of an environment with
pysindy; without it that tool is left out. Operon is left out where pyoperon is not installed.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.environment import ROOT
from benchmarks.measure import ONE_THREAD
from benchmarks.symbolic_laws import CANDIDATES, LAWS, OUTSIDE, Truth, beyond, levels
from benchmarks.table import Claim, Table
from hillflow.symbolic import Law, LawProblem, make_engine

STATES = 700
NOISES = (0.05, 0.2)
GENES = 350  # of the speed claim


@dataclass(frozen=True)
class Case:
    """A truth and what is seen of it."""

    truth: Truth
    problem: LawProblem


def run(quick: bool, seed: int) -> Table:
    table = Table()
    laws = LAWS[::8] if quick else LAWS
    for noise in NOISES:
        cases = [
            Case(truth, _problem(truth.name, truth.production, noise, (seed, repeat, k)))
            for repeat in range(1 if quick else 3)
            for k, truth in enumerate(laws)
        ]
        _template(table, cases, noise)
        first = cases[: len(laws)]
        _operon(table, first, noise, quick)
        _pysindy(table, first, noise)
        _outside(table, noise, seed, 1 if quick else 3)
    _speed(table, 10 if quick else GENES, seed)
    return table


def _problem(name: str, production, noise: float, seeds: tuple[int, ...]) -> LawProblem:
    generator = np.random.default_rng(seeds)
    x = levels(STATES, generator)
    clean = production(x)
    off = beyond(STATES, x, generator)
    y = clean + noise * clean.std() * generator.normal(size=STATES)
    return LawProblem(name, CANDIDATES, x, y, x_off=off, y_off=production(off))


def _template(table: Table, cases: Sequence[Case], noise: float) -> None:
    start = time.process_time()
    laws = [front.best for front in make_engine("template").fit([c.problem for c in cases])]
    seconds = (time.process_time() - start) / len(cases)
    right = [law.structure == _structure(case.truth) for law, case in zip(laws, cases, strict=True)]
    errors = [_parameter_errors(law, case.truth)
              for law, case, ok in zip(laws, cases, right, strict=True) if ok]  # fmt: skip
    off = np.array([1 - law.error_off**2 for law in laws])
    flagged = np.mean([_is_flagged(law) for law in laws])
    parents = [_parents(case.truth) == set(law.parents)
               for law, case in zip(laws, cases, strict=True)]  # fmt: skip
    structure = float(np.mean(right))
    _row(table, "template", noise, parents, off, seconds, structure=structure,
         parameter_error=float(np.median(np.concatenate(errors))) if errors else None,
         flagged=float(flagged))  # fmt: skip
    limit = 0.95 if noise < 0.1 else 0.85
    table.claims += [
        Claim(f"structures the template engine finds at {noise:.0%} noise", structure, limit,
              at_least=True),
        Claim(f"its median R² off the support at {noise:.0%} noise", float(np.median(off)), 0.99,
              at_least=True),
        Claim(f"Hill laws flagged as none at {noise:.0%} noise", float(flagged), 0.05),
    ]  # fmt: skip


def _operon(table: Table, cases: Sequence[Case], noise: float, quick: bool) -> None:
    engine = make_engine("operon", seeds=2 if quick else 10)
    if engine.available() is not None:
        return
    start = time.process_time()
    laws = [front.best for front in engine.fit([case.problem for case in cases])]
    seconds = (time.process_time() - start) / len(cases)
    parents = [_parents(case.truth) == set(law.parents)
               for law, case in zip(laws, cases, strict=True)]  # fmt: skip
    off = np.array([1 - law.error_off**2 for law in laws])
    _row(table, "operon", noise, parents, off, seconds)


def _pysindy(table: Table, cases: Sequence[Case], noise: float) -> None:
    python = os.environ.get("PYSINDY_PYTHON")
    if not python:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problems.npz"
        arrays = {}
        for k, case in enumerate(cases):
            p = case.problem
            arrays |= {f"{k}_x": p.x, f"{k}_y": p.y, f"{k}_off": p.x_off}
        np.savez(path, **arrays)
        done = subprocess.run(
            [python, str(ROOT / "benchmarks" / "pysindy_side.py"), str(path)],
            env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    for library, result in json.loads(done.stdout).items():
        parents, off = [], []
        for case, law in zip(cases, result["laws"], strict=True):
            parents.append(_parents(case.truth) == {CANDIDATES[k] for k in law["parents"]})
            truth = case.problem.y_off
            off.append(1 - np.mean((truth - law["off"]) ** 2) / truth.var())
        _row(table, f"pysindy, {library}", noise, parents, np.array(off), result["seconds"])


def _row(table: Table, tool: str, noise: float, parents: Sequence[bool], off: np.ndarray,
         seconds: float, structure: float | None = None, parameter_error: float | None = None,
         flagged: float | None = None) -> None:  # fmt: skip
    recovered = np.array(parents) & (off >= 0.99)
    table.add(
        tool=tool, noise=noise, laws=len(off), parents=float(np.mean(parents)),
        structure=structure, recovered=float(recovered.mean()), median_off_r2=float(np.median(off)),
        least_off_r2=float(off.min()), parameter_error=parameter_error, flagged=flagged,
        cpu_seconds=seconds,
    )  # fmt: skip


def _outside(table: Table, noise: float, seed: int, repeats: int) -> None:
    problems = [
        _problem(name, lambda x, f=f: f(*x.T[:3]), noise, (seed, repeat, 100 + k))
        for repeat in range(repeats)
        for k, (name, f) in enumerate(OUTSIDE.items())
    ]
    laws = [front.best for front in make_engine("template").fit(problems)]
    share = float(np.mean([_is_flagged(law) for law in laws]))
    table.add(truths="no Hill laws", noise=noise, laws=len(laws), flagged=share)
    table.claims.append(
        Claim(f"truths that are no Hill laws flagged at {noise:.0%} noise", share, 0.9,
              at_least=True)
    )  # fmt: skip


def _speed(table: Table, genes: int, seed: int) -> None:
    problems = [
        _problem(f"gene {k}", LAWS[k % len(LAWS)].production, 0.1, (seed, 9, k))
        for k in range(genes)
    ]
    start = time.process_time()
    make_engine("template").fit(problems)
    seconds = time.process_time() - start
    table.add(genes=genes, candidates=len(CANDIDATES), states=STATES, cpu_seconds=seconds)
    table.claims.append(
        Claim(f"CPU seconds for {GENES} genes of {len(CANDIDATES)} candidate regulators",
              seconds * GENES / genes, 600.0)
    )  # fmt: skip


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
