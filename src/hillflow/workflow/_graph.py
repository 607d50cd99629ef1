"""``graph``: the regulatory network that a run claims."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from typing import Any

from hillflow.causal import graph as read_graph
from hillflow.errors import InputError
from hillflow.findings import collect_findings, unique_findings
from hillflow.networks import Network
from hillflow.workflow.options.base import asked
from hillflow.workflow.options.graph import GRAPH, GraphOptions
from hillflow.workflow.runs import RunLike, joined, joined_names, open_run
from hillflow.workflow.verb import verb


@verb(GRAPH)
def graph(run: RunLike, out: str | PathLike[str] | None, options: GraphOptions) -> Network:
    """Do what `hillflow.graph` promises.

    Returns
    -------
    Network
        A row an edge, strongest first; ``network.select(...)`` keeps a part of it.

    Examples
    --------
    >>> import hillflow as hf
    >>> cells = hf.simulate("toggle", cells=30, times=[0, 1, 2])
    >>> network = hf.graph(hf.fit(cells, field="linear", effort=0.02))
    >>> sorted(network.edges["source"].unique())
    ['A', 'B']
    """
    with collect_findings() as said:
        opened = open_run(run)
        fit = joined(opened, options.also)
        if options.confidence is not None and len(fit) == 1:
            raise InputError(
                "a fit of several members, whose edges carry a confidence",
                "a fit of one member, which has none",
                "fit with ensemble=10 (--ensemble 10), or keep the strongest with top=… (--top)",
            )  # fmt: skip
        network = read_graph(fit, opened.data, options.readout)
    if options.top is not None or options.confidence is not None:
        network = network.select(top=options.top, confidence=options.confidence)
    about: dict[str, Any] = {**network.about, "asked": asked(options, "also")}
    names = joined_names(opened, options.also)
    if names:
        about["runs"] = names
    noted = unique_findings([*said, *opened.fit.findings])
    if noted:
        about["findings"] = [one.to_json() for one in noted]
    network = replace(network, about=about)
    if out is None:
        opened.keep("graph", network)
    else:
        network.save(out)
    return network
