"""Ways to read a network off a fitted field; each gives one signed matrix [target, source].

Sizes compare across targets: `consistency` goes to 1, `importance` to 1 for each target's
strongest regulator; all others count in standard deviations of the target's velocity, sd(ẋ_i),
and slopes are multiplied by sd(x_j). Decay is no self-edge where the field parts it from
production (see `Regulation`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
from torch import Tensor

from hillflow.causal.attribution import mean_attribution
from hillflow.causal.consensus import CONSENSUS
from hillflow.causal.contrast import contrast
from hillflow.causal.importance import exchange_importance
from hillflow.causal.probe import Probe
from hillflow.errors import InputError, UnsupportedError, did_you_mean
from hillflow.fields import VectorField
from hillflow.networks.relative_weights import relative_to_strongest
from hillflow.registry import Registry


@dataclass(frozen=True)
class Readout:
    """One way to read a network.

    Attributes
    ----------
    name, description
        Key, and what it measures in one line.
    read
        The matrix [target, source] of a field, seen from some states.
    of_states
        Whether it depends on the states, so that groups of cells can differ.
    """

    name: str
    description: str
    read: Callable[[Probe], np.ndarray]
    of_states: bool = True


def weight(probe: Probe) -> np.ndarray:
    """The parameters that carry an edge, in the units of the field's inputs and outputs.

    By the field's `edge_scale`: w sd(x_j)/sd(ẋ_i) for weights on levels; w/sd(ẋ_i) for terms that
    go from 0 to 1; w s_i/sd(ẋ_i) for networks on standardised levels with the output scale s_i.
    Where edges change with the state (the locally linear field), the mean over states. A gene that
    never varies has no edges: its parameters were never asked for.
    """
    field = probe.field
    matrix = _numpy(field.mean_edge_weights(probe.x, probe.t).detach()) * (probe.source_spread > 0)
    if field.edge_scale == "terms":
        return matrix / probe.target_spread[:, None]
    if field.edge_scale == "outputs":
        return matrix * (_numpy(cast("Tensor", field.scale)) / probe.target_spread)[:, None]
    return _slopes(probe, matrix)


def jacobian(probe: Probe) -> np.ndarray:
    """E|J_ij|, with the sign of E J_ij."""
    found = probe.slopes
    return _slopes(probe, _numpy(found.mean_abs * found.mean.sign()))


def mean_jacobian(probe: Probe) -> np.ndarray:
    """E J_ij: where a regulator acts both ways, what is left."""
    return _slopes(probe, _numpy(probe.slopes.mean))


def consistency(probe: Probe) -> np.ndarray:
    """|E J_ij| / E|J_ij| with the sign of E J_ij: ±1 where the sign never changes."""
    found = probe.slopes
    return _numpy(found.sign_consistency * found.mean.sign())


def finite_contrast(probe: Probe) -> np.ndarray:
    """E [r_i(x) − r_i(x without regulator j)]."""
    effect = contrast(probe.regulation, probe.x, probe.t, probe.absent)
    return _numpy(effect) / probe.target_spread[:, None]


def importance(probe: Probe) -> np.ndarray:
    """Φ_ij / max_{k≠i} Φ_ik: 1 for a target's strongest regulator other than itself."""
    found = _numpy(exchange_importance(probe.regulation, probe.x, probe.t))
    return relative_to_strongest(found, probe.target_spread)


def gradients(probe: Probe) -> np.ndarray:
    """E|integrated gradient| of j in r_i from the mean state, with the sign of the mean slope."""
    shared = mean_attribution(probe.regulation, probe.x, probe.t, probe.mean)
    return _numpy(shared) / probe.target_spread[:, None]


READOUTS: Registry[Readout] = Registry(
    "readout", "readouts", "How a network is read off a fit (--readout)"
)
for _readout in (
    Readout("weight", "the parameters that carry an edge", weight, of_states=False),
    Readout("jacobian", "mean size of the slope, with the sign of its mean", jacobian),
    Readout("mean_jacobian", "mean slope", mean_jacobian),
    Readout("consistency", "how often the slope has its usual sign, 0 to 1", consistency),
    Readout("contrast", "effect of removing the regulator, mean over cells", finite_contrast),
    Readout(
        "importance",
        "what a target loses if its regulator's levels are exchanged between "
        "cells; 1: its strongest regulator",
        importance,
    ),
    Readout("gradients", "share of the target's velocity by integrated gradients", gradients),
):
    READOUTS.add(_readout, __name__)


def choose_readout(field: VectorField) -> tuple[str, str]:
    """The readout that ``auto`` stands for, and why: chosen on simulated systems alone."""
    return field.default_readout


def check_readout(name: str, field: VectorField) -> Readout:
    """The readout of a name, where it can be read off this field."""
    if name not in READOUTS:
        raise InputError(
            "the name of a readout", repr(name), did_you_mean(name, (*READOUTS, CONSENSUS))
        )
    if name == "weight" and not has_weights(field):
        field.edge_weights()  # says what to do instead
    return READOUTS[name]


def has_weights(field: VectorField) -> bool:
    """Whether parameters of the field are edges."""
    if field.edges_change:
        return True
    try:
        field.edge_weights()
    except UnsupportedError:
        return False
    return True


def _slopes(probe: Probe, matrix: np.ndarray) -> np.ndarray:
    """J sd(x_j)/sd(ẋ_i): a slope in standard deviations."""
    return matrix * probe.source_spread / probe.target_spread[:, None]


def _numpy(matrix: Tensor) -> np.ndarray:
    return matrix.double().numpy(force=True)
