"""Readouts: ways to infer a network from a fitted field, each a signed matrix [target, source].

Sizes are comparable between targets. `consistency` is at most 1, and `importance` is 1 for the
strongest regulator of each target. All others are in standard deviations of the target's velocity,
sd(ẋ_i), and slopes are multiplied by sd(x_j). Decay is no self-edge if the field separates it from
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
from hillflow.causal.law_network import LAW
from hillflow.causal.probe import Probe
from hillflow.errors import InputError, UnsupportedError, did_you_mean
from hillflow.fields import VectorField
from hillflow.networks.relative_weights import relative_to_strongest
from hillflow.registry import Registry


@dataclass(frozen=True)
class Readout:
    """One way to infer a network.

    Attributes
    ----------
    name, description
        Key, and what it measures, in one line.
    read
        Function from a `Probe` to the matrix [target, source].
    of_states
        Whether the matrix depends on the states, so that groups of cells can differ.
    """

    name: str
    description: str
    read: Callable[[Probe], np.ndarray]
    of_states: bool = True


def weight(probe: Probe) -> np.ndarray:
    """The parameters that represent an edge, scaled to standard deviations.

    The scale depends on the field's `edge_scale`: w sd(x_j)/sd(ẋ_i) for weights on levels;
    w/sd(ẋ_i) for terms between 0 and 1; w s_i/sd(ẋ_i) for networks on standardised levels with the
    output scale s_i. If edges change with the state (locally linear field), this is the mean over
    states. A gene that never varies has no edges, since the data do not constrain its parameters.
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
    slopes = probe.slopes
    return _slopes(probe, _numpy(slopes.mean_abs * slopes.mean.sign()))


def mean_jacobian(probe: Probe) -> np.ndarray:
    """E J_ij; activation in some states and repression in others cancel."""
    return _slopes(probe, _numpy(probe.slopes.mean))


def consistency(probe: Probe) -> np.ndarray:
    """|E J_ij| / E|J_ij| with the sign of E J_ij: ±1 where the sign never changes."""
    slopes = probe.slopes
    return _numpy(slopes.sign_consistency * slopes.mean.sign())


def finite_contrast(probe: Probe) -> np.ndarray:
    """E [r_i(x) − r_i(x without regulator j)]."""
    effect = contrast(probe.regulation, probe.x, probe.t, probe.absent)
    return _numpy(effect) / probe.target_spread[:, None]


def importance(probe: Probe) -> np.ndarray:
    """Φ_ij / max_{k≠i} Φ_ik: 1 for a target's strongest regulator other than itself."""
    size = _numpy(exchange_importance(probe.regulation, probe.x, probe.t))
    return relative_to_strongest(size, probe.target_spread)


def gradients(probe: Probe) -> np.ndarray:
    """E|integrated gradient| of j in r_i from the mean state, with the sign of the mean slope."""
    shared = mean_attribution(probe.regulation, probe.x, probe.t, probe.mean)
    return _numpy(shared) / probe.target_spread[:, None]


_SD = "in standard deviations of the target's rate of change"
READOUTS: Registry[Readout] = Registry(
    "readout", "readouts", "How a network is inferred from a fit (--readout)"
)
for _readout in (
    Readout("weight", f"parameter of the field for this edge, {_SD}", weight, of_states=False),
    Readout("jacobian", f"mean size of the slope, with the sign of its mean, {_SD}", jacobian),
    Readout("mean_jacobian", f"mean slope, {_SD}", mean_jacobian),
    Readout("consistency", "consistency of the slope's sign over cells, at most 1", consistency),
    Readout("contrast", f"mean effect of removing the regulator, {_SD}", finite_contrast),
    Readout(
        "importance",
        "change of the target's regulation when cells exchange the regulator's level, relative to "
        "that of the target's strongest regulator, so at most 1 (except for self-edges)",
        importance,
    ),
    Readout("gradients", f"mean size of the integrated gradient, {_SD}", gradients),
):
    READOUTS.add(_readout, __name__)


def choose_readout(field: VectorField) -> tuple[str, str]:
    """The default readout ("auto") of a field, and the reason; chosen on simulated systems only."""
    return field.default_readout


def check_readout(name: str, field: VectorField) -> Readout:
    """The readout of this name, if it is defined for this field; else an error."""
    if name not in READOUTS:
        raise InputError(
            "the name of a readout", repr(name), did_you_mean(name, (*READOUTS, CONSENSUS, LAW))
        )
    if name == "weight" and not has_weights(field):
        field.edge_weights()  # its error names other readouts
    return READOUTS[name]


def has_weights(field: VectorField) -> bool:
    """Whether the field has parameters that represent edges."""
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
