"""`graph`: the regulatory network of a fit, by every readout, with a confidence for each edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hillflow.causal.checked_cells import checked_cells
from hillflow.causal.confidence import HOW_TO_GET, confidences, stability
from hillflow.causal.consensus import CONSENSUS, consensus
from hillflow.causal.groups import group_table, groups_of, turns
from hillflow.causal.law_network import LAW, law_network
from hillflow.causal.probe import Probe, probe, rows_to_probe
from hillflow.causal.readouts import (
    READOUTS,
    Readout,
    check_readout,
    choose_readout,
    has_weights,
)
from hillflow.data import Cells
from hillflow.errors import InputError, listing
from hillflow.fields import CandidateEdges
from hillflow.fields.logic import LogicField
from hillflow.findings import collect_findings, unique_findings
from hillflow.model import Member
from hillflow.model.fit import Fitted, members_of
from hillflow.networks.network import Network
from hillflow.progress import ProgressCallback, progress_callback

if TYPE_CHECKING:
    from rich.progress import Progress

READING = "reading the members of the fit"
_ENTRIES = 20_000_000  # entries of the Jacobians at all probed states, unless `states` is given
_MOST_STATES, _LEAST_STATES = 1000, 100
_SLOPE = "mean_jacobian"  # compares groups of cells where the readout does not depend on states
_BASIS = "how steady an edge is among them, calibrated on simulated systems; not for self-edges"


def graph(
    fitted: Fitted,
    data: Cells,
    readout: str = "auto",
    *,
    groups: str | None = "labels",
    states: int | None = None,
    progress: Progress | ProgressCallback | None = None,
) -> Network:
    """Infer the regulatory network of a fit: one row per candidate pair, one column per readout.

    ``weight`` is the chosen readout, the mean over the members. It needs no normalisation, since
    the readout of each member is in standard deviations (see `readouts`). The other readouts are
    columns under their own names; the readout "weight" is called ``parameter`` there. ``turns``
    marks edges whose sign depends on the group of cells; ``.groups`` has their weight by group.

    For a fit of several members, ``selection`` is how often an edge is among the strongest of a
    member, ``agreement`` how often it has the sign of ``weight``, and ``confidence`` the
    probability that it is real (see `confidence`). The confidence is NaN for self-edges, and for
    all edges of a fit of one member.

    Parameters
    ----------
    fitted
        A fit, or one of its members.
    data
        Cells at which the field is evaluated, usually those that were fitted.
    readout
        A key of `READOUTS`; "auto", see `choose_readout`; or "consensus", which adds two other
        views of the cells, see `consensus`. Fits of several kinds of field need "consensus".
    groups
        "labels": compare groups of cells by label, else by condition, else by time. None: no
        comparison.
    states
        Maximal number of measured states, the same share from every population. By default 1,000,
        and fewer (at least 100) for more than 140 genes.
    progress
        A rich progress display, or a function of (task, members read, members in all); of the
        readout "law" it also counts the steps of the network in closed form.

    Returns
    -------
    Network
        All pairs of genes, or the candidate pairs of the field. ``about`` holds the readout and
        the reason for it, the numbers of states and members, and the basis of the confidence.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.causal import graph
    >>> run = hf.fit(hf.simulate("toggle", cells=20, times=[0, 1, 2]), field="linear", effort=0.02)
    >>> network = graph(run.fit, run.data)
    >>> network.genes, network.readout, len(network.edges)
    (('A', 'B'), 'weight', 4)
    """
    with collect_findings() as findings:
        network = _network(
            members_of(fitted), checked_cells(fitted, data), readout, groups, states,
            tell=progress_callback(progress),
        )  # fmt: skip
    if not findings:
        return network
    noted = [finding.to_json() for finding in unique_findings(findings)]
    about = {**network.about, "findings": noted}
    return replace(network, about=about)


def _network(
    members: Sequence[Member], cells: Cells, readout: str, groups: str | None,
    states: int | None, listed: np.ndarray | None = None, *, tell: ProgressCallback,
) -> Network:  # fmt: skip
    """The network over the `listed` pairs; by default those that may be edges of these members."""
    if groups not in ("labels", None):
        raise InputError("groups='labels' or None", repr(groups), "put the groups into labels")
    field = members[0].field
    _check_priors(members)
    if readout == CONSENSUS:
        return _consensus(members, cells, groups, states, tell)
    if readout not in ("auto", LAW):
        check_readout(readout, field)
    kinds = sorted({member.field.name for member in members})
    if len(kinds) > 1:
        raise InputError(
            "fits of one kind of field, for which one readout is suitable", listing(kinds),
            f"infer a network from each kind separately, or pass readout={CONSENSUS!r}",
        )  # fmt: skip
    name, why = choose_readout(field) if readout == "auto" else (readout, "as requested")
    if name == LAW:
        return _of_law(members, cells, groups, states, tell)
    chosen = check_readout(name, field)
    rows = rows_to_probe(cells, _states(len(field.genes)) if states is None else states)
    probes = []
    for count, member in enumerate(members, 1):
        probes.append(probe(member, cells.x[rows], cells.time[rows]))
        tell(f"{READING} ({field.name})", count, len(members))

    matrices = {
        entry.name: np.stack([entry.read(member_probe) for member_probe in probes])
        for entry in READOUTS.values()
        if entry.name != "weight" or has_weights(field)
    }
    weight = matrices[name]
    listed = candidates(members) if listed is None else listed
    columns: dict[str, np.ndarray] = {}
    confidence = None
    if len(members) > 1:
        stable = stability(weight, listed)
        confidence = confidences(stable)
        columns |= {"selection": stable.selection, "agreement": stable.agreement}
    context = groups_of(cells, groups)
    table = None
    if context is not None:
        names, by_group = _by_group(chosen, probes, context[rows])
        columns["turns"] = turns(by_group)
        table = group_table(field.genes, names, by_group, listed & columns["turns"])
    columns |= {key: matrix.mean(0) for key, matrix in matrices.items() if key != "weight"}
    if "weight" in matrices:
        columns["parameter"] = matrices["weight"].mean(0)
    network = Network.from_matrix(
        field.genes, weight.mean(0), candidates=listed, confidence=confidence,
        readout=name, **columns,
    )  # fmt: skip
    about = _about(name, why, len(members), len(rows))
    return replace(network, groups=table, about=about)


def _consensus(
    members: Sequence[Member], cells: Cells, groups: str | None, states: int | None,
    tell: ProgressCallback,
) -> Network:  # fmt: skip
    """Each kind of field by its default readout; the kind with most members gives confidence."""
    kinds: dict[str, list[Member]] = {}
    for member in members:
        kinds.setdefault(member.field.name, []).append(member)
    largest = max(kinds, key=lambda kind: len(kinds[kind]))
    networks = {
        kind: _network(of_kind, cells, "auto", groups, states, candidates(members), tell=tell)
        for kind, of_kind in kinds.items()
    }
    base = networks.pop(largest)
    network = consensus(base, cells, [*networks.values()])
    about = network.about | {"members": len(members), "fields": list(kinds)}
    if len(kinds) > 1:
        about["confidence"] = f"of the {largest!r} fits alone: {base.about['confidence']}"
    return replace(network, about=about)


def _of_law(
    members: Sequence[Member], cells: Cells, groups: str | None, states: int | None,
    tell: ProgressCallback,
) -> Network:  # fmt: skip
    """The law's effects beside the network of its cells in closed form."""
    field = members[0].field
    if not isinstance(field, LogicField):
        raise InputError(
            f"a fit of the field 'logic' for readout={LAW!r}", f"one of {field.name!r}",
            "leave readout=… (--readout) out",
        )  # fmt: skip
    base = _network(members, cells, "weight", groups, states, tell=tell)
    given = field.edges.told
    share = None
    if len(members) > 1:
        used = [
            cast("LogicField", member.field).edge_weights().numpy(force=True) for member in members
        ]
        share = np.mean([one != 0 for one in used], axis=0)
    regulators = members[0].regulators
    return law_network(base, cells, candidates(members) if given else None, share, regulators, tell)


def _check_priors(members: Sequence[Member]) -> None:
    """Refuse members with different priors: edges given to one would count as inferred by all."""
    priors = set()
    for member in members:
        soft = member.prior
        edges = None if soft is None else (soft.target.tolist(), soft.source.tolist())
        known = getattr(member.field, "edges", None)
        mask = None
        if isinstance(known, CandidateEdges) and known.told:
            fixed = ~known.free
            mask = (known.target[fixed].tolist(), known.source[fixed].tolist())
        priors.add(repr((mask, edges)))
    if len(priors) > 1:
        raise InputError(
            "fits that were given the same prior, or none", "fits with different priors",
            "fit all of them with the same prior: otherwise edges that were given to one of them "
            "count as inferred",
        )  # fmt: skip


def candidates(members: Sequence[Member]) -> np.ndarray:
    """Which pairs may be edges of a field of any member, [target, source]."""
    count = len(members[0].genes)
    listed = np.zeros((count, count), dtype=bool)
    for member in members:
        edges = getattr(member.field, "edges", None)
        if not isinstance(edges, CandidateEdges):
            return np.ones_like(listed)
        listed[edges.target.numpy(force=True), edges.source.numpy(force=True)] = True
    return listed


def _by_group(
    chosen: Readout, probes: list[Probe], context: np.ndarray
) -> tuple[list[str], np.ndarray]:
    """The names of the groups and their weights, [groups, target, source], mean over members."""
    # Parameters are the same in every cell; their effect in a group of cells is the slope.
    readout = chosen if chosen.of_states and chosen.name != "consistency" else READOUTS[_SLOPE]
    names = list(dict.fromkeys(context))
    weights = [
        np.mean([readout.read(probe.take(context == name)) for probe in probes], axis=0)
        for name in names
    ]
    return [str(name) for name in names], np.stack(weights)


def _states(genes: int) -> int:
    return int(np.clip(_ENTRIES // genes**2, _LEAST_STATES, _MOST_STATES))


def _about(name: str, why: str, members: int, states: int) -> dict[str, Any]:
    return {
        "readout": name,
        "description": READOUTS[name].description,
        "why": why,
        "members": members,
        "states": states,
        "confidence": HOW_TO_GET if members == 1 else f"{members} members; {_BASIS}",
    }
