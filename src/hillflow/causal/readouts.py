"""Ways to read a network off a fitted field; each gives one signed matrix [target, source].

Sizes compare across targets: `consistency` goes to 1, `importance` to 1 for each target's
strongest regulator; all others count in standard deviations of the target's velocity, sd(ẋ_i),
and slopes are multiplied by sd(x_j). Decay is no self-edge where the field parts it from
production (see `Regulation`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from hillflow.causal.attribution import mean_attribution
from hillflow.causal.consensus import CONSENSUS
from hillflow.causal.contrast import contrast
from hillflow.causal.importance import exchange_importance, to_strongest
from hillflow.causal.look import Look
from hillflow.errors import InputError, UnsupportedError, did_you_mean
from hillflow.fields import VectorField
from hillflow.fields.hill_edges import HillField
from hillflow.fields.linear import LinearField
from hillflow.fields.locally_linear import LocallyLinearField
from hillflow.fields.networks import NetworkField
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
    read: Callable[[Look], np.ndarray]
    of_states: bool = True


def weight(look: Look) -> np.ndarray:
    """The parameters that carry an edge, in the units of the field's inputs and outputs.

    w sd(x_j)/sd(ẋ_i) for weights on levels (linear, hill-dense, hill-sparse); w/sd(ẋ_i) for
    Hill terms, which go from 0 to 1; w s_i/sd(ẋ_i) for networks on standardised levels with the
    output scale s_i. The locally linear field has one operator a state: their mean. A gene that
    never varies has no edges: its parameters were never asked for.
    """
    field = look.field
    if isinstance(field, LocallyLinearField):
        return _slopes(look, _mean_operator(field, look.x, look.t))
    matrix = _numpy(field.edge_weights().detach()) * (look.source_spread > 0)
    if isinstance(field, HillField):
        return matrix / look.target_spread[:, None]
    if isinstance(field, NetworkField):
        return matrix * (_numpy(field.scale) / look.target_spread)[:, None]
    return _slopes(look, matrix)


def jacobian(look: Look) -> np.ndarray:
    """E|J_ij|, with the sign of E J_ij."""
    found = look.slopes
    return _slopes(look, _numpy(found.mean_abs * found.mean.sign()))


def mean_jacobian(look: Look) -> np.ndarray:
    """E J_ij: where a regulator acts both ways, what is left."""
    return _slopes(look, _numpy(look.slopes.mean))


def consistency(look: Look) -> np.ndarray:
    """|E J_ij| / E|J_ij| with the sign of E J_ij: ±1 where the sign never changes."""
    found = look.slopes
    return _numpy(found.sign_consistency * found.mean.sign())


def finite_contrast(look: Look) -> np.ndarray:
    """E [r_i(x) − r_i(x without regulator j)]."""
    effect = contrast(look.regulation, look.x, look.t, look.absent)
    return _numpy(effect) / look.target_spread[:, None]


def importance(look: Look) -> np.ndarray:
    """Φ_ij / max_{k≠i} Φ_ik: 1 for a target's strongest regulator other than itself."""
    found = _numpy(exchange_importance(look.regulation, look.x, look.t))
    return to_strongest(found, look.target_spread)


def gradients(look: Look) -> np.ndarray:
    """E|integrated gradient| of j in r_i from the mean state, with the sign of the mean slope."""
    shared = mean_attribution(look.regulation, look.x, look.t, look.mean)
    return _numpy(shared) / look.target_spread[:, None]


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
    if isinstance(field, LinearField):
        return "weight", "the slopes of a linear law are its weights"
    if isinstance(field, LocallyLinearField):
        return "weight", "the mean operator is what this field integrates"
    if isinstance(field, NetworkField):
        return "importance", "chosen for neural fields by how it ranked edges on simulated systems"
    return "contrast", "a finite effect sees through saturation, where slopes do not"


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
    if isinstance(field, LocallyLinearField):
        return True
    try:
        field.edge_weights()
    except UnsupportedError:
        return False
    return True


@torch.no_grad()
def _mean_operator(field: LocallyLinearField, x: Tensor, t: Tensor | None) -> np.ndarray:
    """The mean of the operators that are integrated, a few states at a time."""
    total = np.zeros((len(field.genes),) * 2)
    for first in range(0, len(x), 32):
        rows = slice(first, first + 32)
        operators = field.gene_operator(x[rows], None if t is None else t[rows])
        total += _numpy(operators.double().sum(0))
    return total / len(x)


def _slopes(look: Look, matrix: np.ndarray) -> np.ndarray:
    """J sd(x_j)/sd(ẋ_i): a slope in standard deviations."""
    return matrix * look.source_spread / look.target_spread[:, None]


def _numpy(matrix: Tensor) -> np.ndarray:
    return matrix.double().numpy(force=True)
