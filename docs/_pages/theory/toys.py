"""Small data and short trainings for the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hillflow.data import Snapshots
from hillflow.fields import VectorField
from hillflow.model import Fit
from hillflow.objectives import Method, make_method
from hillflow.train import Setting, train

BLUE, ORANGE, GREEN, GREY = "#0072B2", "#E69F00", "#009E73", "#8A8A8A"


def cells_of(populations: Mapping[float, np.ndarray]) -> Snapshots:
    """Snapshots of states by time; genes are A, B, …"""
    x = np.concatenate(list(populations.values())).astype(np.float32)
    time = np.repeat(list(populations), [len(one) for one in populations.values()])
    genes = [chr(ord("A") + k) for k in range(x.shape[1])]
    return Snapshots.from_arrays(x, time, genes, unit="h").with_basis(x.shape[1])


def learn(
    field: VectorField, x: Tensor, velocity: Tensor, steps: int, rate: float = 0.02
) -> VectorField:
    """Fit a field to known velocities, with its penalty, by Adam."""
    field.calibrate_(x, velocity)
    optimiser = torch.optim.Adam(field.parameters(), lr=rate)
    for _ in range(steps):
        optimiser.zero_grad()
        ((field(None, x) - velocity).square().mean() + field.penalty()).backward()
        optimiser.step()
        field.proximal_(rate)
    return field.eval()


def fitted(
    field: str | VectorField, cells: Snapshots, method: str | Method, steps: int, /, *,
    rate: float = 1e-2, sigma: float | None = None, **objective: Any,
) -> Fit:  # fmt: skip
    """Fit with `steps` small steps in each stage, and with these options of its objective."""
    if isinstance(method, str):
        method = make_method(method)
    stages = tuple(
        replace(stage, steps=steps, cells=128, rate=rate,
                objective=replace(stage.objective, **objective))
        for stage in method.stages
    )  # fmt: skip
    setting = Setting(validation_share=0.0, sigma=sigma)
    return train(field, cells, replace(method, stages=stages), seed=0, setting=setting)


def grid(low: float, high: float, points: int) -> tuple[np.ndarray, Tensor]:
    """Values along an axis, and the states of the plane over them, [points, points, 2]."""
    axis = np.linspace(low, high, points)
    plane = np.stack(np.meshgrid(axis, axis), -1)
    return axis, torch.from_numpy(plane).float()


def flow_lines(ax: Any, field: VectorField, low: float, high: float, t: float = 0.0) -> None:
    """Lines along the field over a square of the plane."""
    axis, x = grid(low, high, 21)
    with torch.no_grad():
        u, v = field(t, x).unbind(-1)
    ax.streamplot(axis, axis, u.numpy(), v.numpy(), color=GREY, linewidth=0.6, density=0.9,
                  arrowsize=0.7)  # fmt: skip
    ax.set(xlim=(low, high), ylim=(low, high), aspect="equal")


def matrix(ax: Any, values: np.ndarray, names: Sequence[str], title: str) -> None:
    """A network as coloured squares, targets downwards and regulators across."""
    from hillflow.pl._style import signed_colors

    most = np.abs(values).max() or 1.0
    ax.imshow(values, cmap=signed_colors(), vmin=-most, vmax=most)
    ax.set(title=title, xticks=range(len(names)), yticks=range(len(names)), xlabel="regulator",
           ylabel="target")  # fmt: skip
    ax.set_xticklabels(names)
    ax.set_yticklabels(names)
