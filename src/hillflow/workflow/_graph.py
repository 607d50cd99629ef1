"""``graph``: the regulatory network of cells, or of a run."""

from __future__ import annotations

from dataclasses import fields, replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.causal import graph as read_graph
from hillflow.closed_form import closed_form_network
from hillflow.closed_form.cost import estimate
from hillflow.closed_form.coupled import coupled
from hillflow.cost import Cost
from hillflow.data import Cells
from hillflow.errors import InputError, listing
from hillflow.findings import collect_findings, note, unique_findings, warn
from hillflow.genes import SMALL_PANEL
from hillflow.networks import Network
from hillflow.networks.show_network import FEWEST
from hillflow.progress import ProgressCallback, progress_callback
from hillflow.results import Run
from hillflow.tasks import workers
from hillflow.train.regulators import check_pairs
from hillflow.workflow._graph_by_activity import graph_by_activity
from hillflow.workflow._graph_shared import kept, selected
from hillflow.workflow._metacells import averaged
from hillflow.workflow.cells import CellsLike, check_genes_are, read_cells
from hillflow.workflow.options.base import asked, named
from hillflow.workflow.options.data import DataOptions
from hillflow.workflow.options.graph import GRAPH, GraphOptions, are_cells
from hillflow.workflow.options.prior import NetworkOptions
from hillflow.workflow.options.regulators import RegulatorOptions
from hillflow.workflow.options.state import MRNA, StateOptions
from hillflow.workflow.regulators import read_regulators
from hillflow.workflow.runs import RunLike, joined, joined_names, open_run
from hillflow.workflow.verb import verb

if TYPE_CHECKING:
    from rich.progress import Progress

OF_CELLS = (
    "bootstraps",
    "invariance",
    "metacells",
    "seed",
    "jobs",
    "cluster",
    "dry_run",
)  # options without a run
LONG = 10.0  # seconds of a network whose cost is said before
FEW_AGAIN = 0.1  # of the strongest edges, found again in another half of the cells
FEW_REGULATORS = 10  # below it, confidences of a network in closed form are too high


@verb(GRAPH)
def graph(
    run: RunLike | CellsLike,
    out: str | PathLike[str] | None,
    data: DataOptions,
    network: NetworkOptions,
    acting: RegulatorOptions,
    state: StateOptions,
    options: GraphOptions,
    progress: Progress | ProgressCallback | bool | None = None,
) -> Network | Cost:
    """Do what `hillflow.graph` promises.

    Returns
    -------
    Network
        A row an edge, strongest first; ``network.select(...)`` keeps a part of it. Of a dry run,
        the estimated time and memory instead.

    Examples
    --------
    >>> import hillflow as hf
    >>> cells = hf.simulate("toggle", cells=100, times=[0, 1, 2, 4])
    >>> network = hf.graph(cells)
    >>> network.edges[["source", "target", "sign"]].values.tolist()
    [['A', 'B', -1], ['B', 'A', -1]]
    >>> fitted = hf.graph(hf.fit(cells, field="linear", effort=0.02))
    >>> sorted(fitted.edges["source"].unique())
    ['A', 'B']
    """
    if are_cells(run) or not isinstance(run, Run | str | PathLike):
        if state.regulator_state == MRNA:
            found = _of_cells(run, data, acting, options, progress)
        else:
            found = graph_by_activity(run, data, network, acting, state, options)
        if out is not None and isinstance(found, Network):
            found.save(out)
        return found
    _refuse_data_options(data, acting, state, options)
    with collect_findings() as said:
        opened = open_run(run)
        fit = joined(opened, options.also)
        report = progress_callback(progress)
        report(f"inferring the network of {len(fit.genes):,} genes from the fit", 0, 0)
        read = read_graph(fit, opened.data, options.readout, progress=report)
        if options.confidence is not None and not read.edges["confidence"].notna().any():
            raise InputError(
                "a fit of several members, whose edges carry a confidence",
                "a fit of one member, which has none",
                "fit with ensemble=10 (--ensemble 10), or keep the strongest with top=… (--top)",
            )  # fmt: skip
    about: dict[str, Any] = {**read.about, "asked": asked(options, "also", "top", "confidence")}
    names = joined_names(opened, options.also)
    if names:
        about["runs"] = names
    noted = unique_findings([*said, *opened.fit.findings])
    if noted:
        about["findings"] = [one.to_json() for one in noted]
    read = replace(read, about=about)
    if out is None:  # the run keeps every edge, whatever is shown
        opened.keep("graph", read)
        return selected(read, options)
    read = selected(read, options)
    read.save(out)
    return read


def _of_cells(
    cells: CellsLike,
    data: DataOptions,
    acting: RegulatorOptions,
    options: GraphOptions,
    progress: Progress | ProgressCallback | bool | None,
) -> Network | Cost:
    """The network in closed form."""
    if options.readout != "auto" or options.also:
        raise InputError(
            f"a run for {named('readout')} or {named('also')}", "cells without a fit",
            "leave them out, or fit first: hillflow.fit(cells) (`hillflow fit`)",
        )  # fmt: skip
    if options.confidence is not None and not options.bootstraps:
        raise InputError(
            f"{named('bootstraps')} for {named('confidence')}", "0 of them",
            "leave bootstraps at its default",
        )  # fmt: skip
    with collect_findings() as said:
        read = read_cells(cells, data)
        check_genes_are("a network", read.scale)
        regulators = read_regulators(acting, read.genes)
        check_pairs(len(read.genes), regulators)
        if options.invariance and len(set(read.conditions)) < 2:
            raise InputError(
                f"cells of two conditions or more for {named('invariance')}", "one",
                "name the column of perturbations with perturbation=… (--perturbation), or leave "
                "invariance out",
            )  # fmt: skip
        read = averaged(read, options.metacells, options.seed)
        report = progress_callback(progress)
        with workers(options.jobs, options.cluster) as those:
            if options.dry_run or progress:
                place = {gene: k for k, gene in enumerate(read.genes)}
                acts = np.array([place[gene] for gene in regulators or read.genes])
                cost = estimate(coupled(read), acts, options.bootstraps, those.count)
                if options.dry_run:
                    return cost
                cost.check()
                if cost.seconds >= LONG:
                    report(f"this network takes {cost}", 0, 0)
            network = closed_form_network(
                read, regulators=regulators, bootstraps=options.bootstraps,
                invariance=options.invariance, seed=options.seed, workers=those, progress=report,
            )  # fmt: skip
        _say_how_sure(network, read)
        if regulators is not None and len(regulators) < FEW_REGULATORS:
            warn(
                f"only {len(regulators)} regulators: confidences were calibrated where every gene "
                "may act, and are too high where few may, since each target then must be theirs",
                "graph.few-regulators",
            )
    given = asked(options)
    if regulators is not None:
        given["regulators"] = list(regulators)
    return kept(network, read, options, given, said)


def _say_how_sure(network: Network, cells: Cells) -> None:
    """What must be said first of a network that the cells do not determine."""
    halves = network.about.get("halves") or {"edges": 0}
    telling = halves["edges"] >= FEWEST  # a share of fewer says nothing
    if telling and halves["found_again"] < FEW_AGAIN + halves["by_chance"]:
        warn(
            f"only {halves['found_again']:.0%} of the {halves['edges']:,} strongest edges of one "
            f"half of the cells are among those of the other ({halves['by_chance']:.0%} would be "
            "by chance): these cells do not determine a network; more cells, times or "
            "perturbations may", "graph.at-chance",
        )  # fmt: skip
    if len(cells.genes) > SMALL_PANEL and all(one.is_control for one in cells.conditions):
        note(
            f"{len(cells.genes):,} genes and no perturbation: what rises together need not "
            "regulate. Edges are hints, and far less often true than those of perturbed cells",
            "graph.no-perturbations",
        )  # fmt: skip


def _refuse_data_options(
    data: DataOptions, acting: RegulatorOptions, state: StateOptions, options: GraphOptions
) -> None:
    """Options for cells have no meaning for a run, whose cells have been read and fitted."""
    given = [one.name for one in fields(data) if getattr(data, one.name) != one.default]
    given += ["regulators"] if acting.regulators is not None else []
    given += ["regulator_state"] if state.regulator_state != MRNA else []
    own = [one for one in fields(options) if one.name in OF_CELLS]
    given += [one.name for one in own if getattr(options, one.name) != one.default]
    if given:
        raise InputError(
            f"cells for {listing(given)}", "a run, whose cells have been read and fitted",
            "leave these options out, or pass the cells: hillflow.graph(cells) (`hillflow graph "
            "DATA.h5ad`)",
        )  # fmt: skip
