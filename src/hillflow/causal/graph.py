"""`graph`: the regulatory network that a fit claims, by every readout, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hillflow.causal.confidence import HOW_TO_GET, stability
from hillflow.causal.consensus import CONSENSUS, consensus
from hillflow.causal.fitted import cells_of
from hillflow.causal.groups import group_table, groups_of, turns
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
from hillflow.fields import CandidateEdges, VectorField
from hillflow.model import Fit, Member
from hillflow.model.fit import Fitted, members_of
from hillflow.networks.network import Network

_ENTRIES = 20_000_000  # of Jacobians at the states that are looked at, unless told how many
_MOST_STATES, _LEAST_STATES = 1000, 100
_SLOPE = "mean_jacobian"  # what groups of cells differ by where the readout does not see states
_RESTS_ON = "how steady an edge is among them, calibrated on simulated systems; not for self-edges"


def graph(
    fitted: Fitted,
    data: Cells | None = None,
    readout: str = "auto",
    *,
    groups: str | None = "labels",
    states: int | None = None,
) -> Network:
    """Read the regulatory network off a fit: a row a candidate pair, a column a readout.

    ``weight`` is the chosen readout, the mean over the members of an ensemble; they need no
    normalising, since each counts in standard deviations (see `readouts`). The other readouts
    stand beside it under their names, the readout "weight" as ``parameter``. ``turns`` marks
    edges whose sign depends on the group of cells; ``.groups`` has their weight by group.

    Of an ensemble, ``selection`` is how often an edge is among the strongest of a member,
    ``agreement`` how often it has the sign of ``weight``, and ``confidence`` the probability that
    it is real (see `confidence`). It is NaN for self-edges, and for all edges of a single fit.

    Parameters
    ----------
    fitted
        A model, an ensemble, or a run.
    data
        Cells to look at it with; those of the run unless given.
    readout
        A key of `READOUTS`, or "auto", see `choose_readout`; or "consensus", that and two
        more views, see `consensus`: the one readout for fits of several kinds of field.
    groups
        "labels": compare cell labels, or conditions, or times, whichever there is first; None
        to leave it out.
    states
        At most so many measured states, the same share of every population; by default 1,000, and
        fewer (100 at least) of more than 140 genes.

    Returns
    -------
    Network
        All pairs, or those the field was given as candidates. ``about`` says which readout and
        why, how many states and members, and what the confidence rests on.
    """
    if groups not in ("labels", None):
        raise InputError("groups='labels' or None", repr(groups), "put the groups into labels")
    models, cells = members_of(fitted), cells_of(fitted, data)
    field = models[0].field
    _check_told(models)
    if readout == CONSENSUS:
        return _consensus(models, cells, groups, states)
    if readout != "auto":
        check_readout(readout, field)
    kinds = sorted({model.field.name for model in models})
    if len(kinds) > 1:
        raise InputError(
            "fits of one kind of field, which one readout suits", listing(kinds),
            f"read a graph off each kind by itself, or off all together with readout={CONSENSUS!r}",
        )  # fmt: skip
    name, why = choose_readout(field) if readout == "auto" else (readout, "as asked")
    chosen = check_readout(name, field)
    rows = rows_to_probe(cells, _states(len(field.genes)) if states is None else states)
    probes = [probe(model, cells.x[rows], cells.time[rows]) for model in models]

    matrices = {
        one.name: np.stack([one.read(seen) for seen in probes])
        for one in READOUTS.values()
        if one.name != "weight" or has_weights(field)
    }
    weight = matrices[name]
    listed = candidates(field)
    columns: dict[str, np.ndarray] = {}
    confidence = None
    if len(models) > 1:
        stable = stability(weight, listed)
        confidence = stable.confidence
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
    about = _about(name, why, len(models), len(rows))
    return replace(network, groups=table, about=about)


def _consensus(
    models: Sequence[Member], cells: Cells, groups: str | None, states: int | None
) -> Network:
    """Each kind of field by the readout that suits it; the largest stands for confidence."""
    kinds: dict[str, list[Member]] = {}
    for model in models:
        kinds.setdefault(model.field.name, []).append(model)
    largest = max(kinds, key=lambda kind: len(kinds[kind]))
    found = {
        kind: graph(Fit(tuple(members)), cells, groups=groups, states=states)
        for kind, members in kinds.items()
    }
    base = found.pop(largest)
    made = consensus(base, cells, [*found.values()])
    about = made.about | {"members": len(models), "fields": list(kinds)}
    if len(kinds) > 1:
        about["confidence"] = f"of the {largest!r} fits alone: {base.about['confidence']}"
    return replace(made, about=about)


def _check_told(models: Sequence[Member]) -> None:
    """Refuse fits that were told different edges: what one was told, all would claim to find."""
    told = set()
    for model in models:
        prior = model.prior
        pulled = None if prior is None else (prior.target.tolist(), prior.source.tolist())
        told.add((candidates(model.field).tobytes(), repr(pulled)))
    if len(told) > 1:
        raise InputError(
            "fits that were given the same prior, or none", "fits that differ in it",
            "fit all of them with the same prior: else what one was told counts as found",
        )  # fmt: skip


def candidates(field: VectorField) -> np.ndarray:
    """Which pairs the field could have used, [target, source]."""
    count = len(field.genes)
    listed = np.zeros((count, count), dtype=bool)
    edges = getattr(field, "edges", None)
    if not isinstance(edges, CandidateEdges):
        return ~listed
    listed[edges.target.numpy(force=True), edges.source.numpy(force=True)] = True
    return listed


def _by_group(
    chosen: Readout, probes: list[Probe], context: np.ndarray
) -> tuple[list[str], np.ndarray]:
    """The names of the groups and their weights, [groups, target, source], mean over members."""
    # Parameters are the same in every cell; what they do there is the slope.
    readout = chosen if chosen.of_states and chosen.name != "consistency" else READOUTS[_SLOPE]
    names = list(dict.fromkeys(context))
    weights = [
        np.mean([readout.read(seen.take(context == name)) for seen in probes], axis=0)
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
        "confidence": HOW_TO_GET if members == 1 else f"{members} members; {_RESTS_ON}",
    }
