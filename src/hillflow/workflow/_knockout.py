"""``knockout``: what perturbations would do, ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.causal import KnockoutResult, screen
from hillflow.causal import knockout as predict_knockouts
from hillflow.causal.expected_knockouts import ExpectedKnockouts
from hillflow.causal.knockout_baselines import strongest_edges
from hillflow.errors import HillflowError, InputError, InterventionError, listing
from hillflow.findings import collect_findings, note, unique_findings
from hillflow.interventions import Intervention
from hillflow.progress import ProgressCallback
from hillflow.results import KnockoutTables, Run
from hillflow.results.joined_knockouts import differing_settings
from hillflow.results.joined_knockouts import joined as joined_tables
from hillflow.tasks import workers
from hillflow.workflow._knockout_of_cells import knockout_of_cells
from hillflow.workflow.cells import CellsLike, check_genes_are
from hillflow.workflow.options.base import asked
from hillflow.workflow.options.data import ColumnOptions
from hillflow.workflow.options.graph import are_cells
from hillflow.workflow.options.knockout import KNOCKOUT, KnockoutOptions
from hillflow.workflow.reading import names, one_time, times
from hillflow.workflow.runs import RunLike, joined, joined_names, open_run
from hillflow.workflow.verb import verb

if TYPE_CHECKING:
    from rich.progress import Progress


@verb(KNOCKOUT)
def knockout(
    run: RunLike | CellsLike,
    genes: str | Sequence[str] | None,
    out: str | PathLike[str] | None,
    columns: ColumnOptions,
    options: KnockoutOptions,
    progress: Progress | ProgressCallback | bool | None = None,
) -> KnockoutResult | ExpectedKnockouts:
    """Do what `hillflow.knockout` promises.

    Returns
    -------
    KnockoutResult or ExpectedKnockouts
        ``result.ranking``, ``result.effects``, ``result.fates`` and more, as tables; of cells,
        ``result.ranking``, ``result.effects`` and ``result.tests``.

    Examples
    --------
    >>> import hillflow as hf
    >>> cells = hf.simulate("toggle", cells=30, times=[0, 1, 2])
    >>> result = hf.knockout(hf.fit(cells, field="linear", effort=0.02), "A,B")
    >>> sorted(result.ranking["perturbation"])
    ['A=knockout', 'B=knockout']
    """
    kind, value = read_mode(options.mode)
    wanted = None if genes is None else names(genes)
    together = [name for name in wanted or () if "+" in name]
    if options.pairs and together:
        raise InputError(
            "single genes, whose pairs are to be made, with pairs=True (--pairs)",
            f"{together[0]!r}", "leave pairs=True (--pairs) out, or name its genes one by one",
        )  # fmt: skip
    if are_cells(run) or not isinstance(run, Run | str | PathLike):
        return knockout_of_cells(run, wanted, (kind, value), out, columns, options)
    _refuse_columns(columns)
    with collect_findings() as said:
        opened = open_run(run)
        check_genes_are("knockouts", opened.fit.scale)
        fit = joined(opened, options.also, options.device)
        unit = fit.time_unit
        shared: dict[str, Any] = {
            "times": times(options.times, unit), "start": one_time(options.start_time, unit),
            "kind": kind, "value": value, "cells": options.cells, "seed": options.seed,
            "graph": opened.graph, "progress": progress,
        }  # fmt: skip
        with workers(options.jobs, options.cluster) as those:
            shared["workers"] = those
            if wanted is None or options.pairs:
                genes_of_screen = None if options.all else wanted or ()
                result = screen(
                    fit, opened.data, genes=genes_of_screen, pairs=options.pairs,
                    edges=options.edges, **shared,
                )  # fmt: skip
            else:
                acting = {gene for one in wanted for gene in Intervention.parse(one).sources}
                edges = strongest_edges(opened.graph, options.edges, acting)
                cut = [Intervention.cut_edge(source, target) for source, target in edges]
                result = predict_knockouts(fit, [*wanted, *cut], opened.data, **shared)
    noted = unique_findings([*said, *opened.fit.findings])
    result = replace(result, noted=noted)
    about: dict[str, Any] = {"runs": joined_names(opened, options.also)} if options.also else {}
    about["asked"] = [({} if wanted is None else {"genes": wanted}) | asked(options, "also")]
    about |= {"findings": [one.to_json() for one in result.findings]} if result.findings else {}
    tables = KnockoutTables(result.ranking, result.effects, about, result.fates)
    if out is not None:
        tables.save(Path(out))
        return result
    with collect_findings() as kept:
        opened.keep("knockouts", _beside_earlier(opened, tables))
    return replace(result, noted=unique_findings([*noted, *kept]))


def _refuse_columns(columns: ColumnOptions) -> None:
    """Options for cells have no meaning for a run, whose cells have been read and fitted."""
    given = [one.name for one in fields(columns) if getattr(columns, one.name) != one.default]
    if given:
        raise InputError(
            f"cells for {listing(given)}", "a run, whose cells have been read and fitted",
            "leave these options out, or pass the cells: hillflow.knockout(cells, genes) "
            "(`hillflow knockout DATA.h5ad`)",
        )  # fmt: skip


def _beside_earlier(opened: Run, tables: KnockoutTables) -> KnockoutTables:
    """The tables with what the run predicted before, if it was predicted alike; what is lost."""
    try:
        before = opened.kept("knockouts")
    except HillflowError as error:  # this call is what mends them
        note(
            f"the run's earlier predictions are replaced, since they cannot be read: {error.found}",
            "knockout.replaced",
        )
        return tables
    if before is None:
        return tables
    names = set(tables.ranking["perturbation"])
    others = [name for name in before.ranking["perturbation"] if name not in names]
    if not others:
        return tables
    differing = differing_settings(before, tables)
    if differing:
        note(
            f"the run's earlier predictions of {listing(others)} are replaced, since they were "
            f"made in another way: {'; '.join(differing)}", "knockout.replaced",
        )  # fmt: skip
        return tables
    note(
        f"the run keeps its predictions of {len(others):,} other "
        f"perturbation{'s' * (len(others) > 1)} beside these", "knockout.others-kept",
    )  # fmt: skip
    return joined_tables(before, tables, opened.graph)


def read_mode(text: str) -> tuple[str, float | None]:
    """``knockdown=0.5`` as the kind and its value, checked."""
    try:
        (action, *_) = Intervention.parse(f"each gene={text.replace('=', ':')}")
    except InterventionError as error:
        raise InterventionError(
            error.expected, error.found,
            "write --mode knockout, knockdown=0.5, overexpress=2, clamp=1.5 or cut_outgoing",
        ) from None  # fmt: skip
    return action.kind, action.value
