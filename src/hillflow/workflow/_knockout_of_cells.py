"""``knockout`` of cells without a fit: guesses by association, tested on what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from hillflow.causal.by_association import FEWEST
from hillflow.causal.expected_knockouts import ExpectedKnockouts, expected_knockouts
from hillflow.causal.knockout import read_interventions
from hillflow.data import Snapshots
from hillflow.errors import InputError, listing
from hillflow.evaluate.data_check import check_data
from hillflow.findings import Finding, collect_findings, unique_findings
from hillflow.interventions import Intervention
from hillflow.seeds import check_seed
from hillflow.workflow.cells import CellsLike, check_genes_are, read_cells
from hillflow.workflow.options.data import ColumnOptions, DataOptions
from hillflow.workflow.options.knockout import KnockoutOptions

WITHOUT_FIT = ("all", "mode", "seed", "overwrite")  # options that have a meaning for cells


def knockout_of_cells(
    cells: CellsLike,
    wanted: Sequence[str] | None,
    mode: tuple[str, float | None],
    out: str | PathLike[str] | None,
    columns: ColumnOptions,
    options: KnockoutOptions,
) -> ExpectedKnockouts:
    """What perturbations are expected to do, of genes by name or of all of them."""
    _refuse_options_of_runs(options)
    shared = {one.name: getattr(columns, one.name) for one in fields(columns)}
    with collect_findings() as said:
        read = read_cells(cells, DataOptions(**shared))
        check_genes_are("a knockout", getattr(read, "scale", ""))
        names = read.genes if wanted is None else wanted
        for one in names:
            Intervention.parse(one, *mode).check(read.genes, "the cells")
        found = expected_knockouts(read, read_interventions(names, read.genes, *mode))  # type: ignore[arg-type]
        assert isinstance(read, Snapshots)
        tests = _with_ceilings(found.tests, read, options.seed)
    noted = unique_findings([*said, *_findings(found, tests)])
    found = replace(found, tests=tests, noted=tuple(noted))
    if out is not None:
        found.save(Path(out))
    return found


def _with_ceilings(tests: pd.DataFrame, cells: Snapshots, seed: int) -> pd.DataFrame:
    """The tests with the reproducibility of each perturbation, the reproducible ones first."""
    if tests.empty:
        return tests
    known = check_data(cells, seed=check_seed(seed)).perturbations
    known = known[["perturbation", "reproducibility", "ceiling", "verdict"]]
    joined = tests.merge(known, on="perturbation", how="left")
    return joined.sort_values("reproducibility", ascending=False, kind="stable", ignore_index=True)


def _findings(found: ExpectedKnockouts, tests: pd.DataFrame) -> list[Finding]:
    findings = [Finding(
        "knockout.by-association",
        "these are guesses by association among cells, without a law: a gene that only follows "
        "another has them too. A run's knockouts follow a law: hillflow.fit, then "
        "hillflow.knockout(run)", "note",
    )]  # fmt: skip
    good = tests[tests["verdict"] == "reproducible"] if len(tests) else tests
    if good.empty:
        of = "no other perturbation was measured" if tests.empty else (
            "no measured perturbation has a reproducible effect"
        )  # fmt: skip
        text = f"{of}, so nothing says how good these guesses are"
        findings.append(Finding("knockout.untested", text))
    else:
        share = float(np.nanmean(good["r"] / good["ceiling"]))
        better = int((good["error"] < good["no_effect"]).sum())
        text = (
            f"guessed without their own cells, {listing(good['perturbation'])} correlate with what "
            f"was measured {_share(share)} (mean); the error is smaller "
            f"than that of no effect in {better} of {len(good)}"
        )
        if better * 2 > len(good) and share > 0:
            findings.append(Finding("knockout.tested", text, "note"))
        else:
            findings.append(Finding("knockout.no-better-than-no-effect", text))
    others = np.array(
        [[g not in one.perturbed for g in found.genes] for one in found.interventions]
    )
    if np.isnan(found.low[:, -1][others]).any():
        text = (
            f"no intervals where fewer than {FEWEST} other perturbations were measured, whose "
            "errors make them"
        )
        findings.append(Finding("knockout.no-intervals", text, "note"))
    return findings


def _share(share: float) -> str:
    return f"by {share:.0%} of what their cells allow" if share > 0 else "not at all"


def _refuse_options_of_runs(options: KnockoutOptions) -> None:
    given = [
        one.name for one in fields(options)
        if one.name not in WITHOUT_FIT and getattr(options, one.name) != one.default
    ]  # fmt: skip
    if given:
        raise InputError(
            f"a run for {listing(given)}", "cells without a fit",
            "leave these options out, or fit first: hillflow.fit(cells) (`hillflow fit`)",
        )  # fmt: skip
