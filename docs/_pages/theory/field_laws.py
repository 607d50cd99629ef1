"""Figures of the fields whose parameters are a law: truth tables, lines and Hill curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from _pages.theory.figure import figure
from _pages.theory.toys import BLUE, GREEN, GREY, ORANGE, grid, learn, matrix
from hillflow.fields import CandidateEdges, VectorField, make_field


def of_two(table: list[float], exponent: float) -> VectorField:
    """A logic field of A and B whose third gene, C, has this truth table; K is 1."""
    edges = CandidateEdges([0, 1], [2, 2], 3)
    field = make_field("logic", ("A", "B", "C"), edges=edges)
    share = (exponent - 1) / 9  # exponents lie between 1 and 10
    with torch.no_grad():
        field.table[2] = 12 * torch.tensor(table) - 6
        field.raw_exponent.fill_(float(np.log(share / (1 - share))))
    return field


@figure("fields/logic", panels=3, size=(7.2, 2.6))
def logic(*axes: Any) -> None:
    """Production of C, of which A and B are the regulators, under three truth tables. The corners
    are Boolean rules; between them Hill curves (K = 1, n = 4) interpolate. White lines are where
    production is half of its highest."""
    rules = {
        "A AND B": [0.0, 0.0, 0.0, 1.0],
        "A OR B": [0.0, 1.0, 1.0, 1.0],
        "A AND NOT B": [0.0, 0.0, 1.0, 0.0],
    }
    axis, x = grid(0, 2.5, 60)
    x = torch.cat([x, torch.zeros_like(x[..., :1])], -1)
    for ax, (rule, table) in zip(axes, rules.items(), strict=True):
        field = of_two(table, exponent=4.0)
        with torch.no_grad():
            made = (field.production(x) / field.scale())[..., 2].numpy()
        ax.pcolormesh(axis, axis, made, vmin=0, vmax=1, rasterized=True)
        ax.contour(axis, axis, made, [0.5], colors="white", linewidths=1)
        ax.set(title=rule, xlabel="level of A", ylabel="level of B", aspect="equal")


@figure("fields/linear")
def linear(inside: Any, outside: Any) -> None:
    """A linear field and a `hill` field, fitted to velocities of B that a Hill curve of A
    produces, measured at levels of A between 0.2 and 1 (grey). Left: there both fit. Right:
    further out the line goes on, while the curve saturates."""
    generator = torch.Generator().manual_seed(0)
    a = 0.2 + 0.8 * torch.rand(200, 1, generator=generator)
    made = a**3 / (0.8**3 + a**3)
    noise = 0.03 * torch.randn(200, 1, generator=generator)
    x = torch.cat([a, torch.zeros_like(a)], 1)
    velocity = torch.cat([torch.zeros_like(a), made + noise], 1)
    edges = CandidateEdges([0], [1], 2)
    line = torch.linspace(0, 3, 100)
    states = torch.stack([line, torch.zeros_like(line)], 1)
    for name, colour in (("linear", BLUE), ("hill", ORANGE)):
        field = learn(make_field(name, ("A", "B"), edges=edges), x, velocity, 250)
        with torch.no_grad():
            production = field.production(states)[:, 1]
        for ax in (inside, outside):
            ax.plot(line, production, color=colour, label=name)
    for ax in (inside, outside):
        ax.plot(a, velocity[:, 1], ".", color=GREY, markersize=3, zorder=0)
        ax.plot(line, line**3 / (0.8**3 + line**3), "k--", linewidth=1, label="truth")
        ax.set(xlabel="level of A", ylabel="production of B")
    inside.set(xlim=(0.15, 1.05), ylim=(-0.1, 0.8), title="where cells are")
    outside.set(title="beyond")
    outside.legend()


@figure("fields/hill")
def hill(activation: Any, repression: Any) -> None:
    """What one edge adds to production, by the level of its regulator: |w| h for an activator
    (w = 1), |w| (1 − h) for a repressor (w = −1), at K = 1. The exponent n makes the curve a
    line that saturates or a switch; w, K and n are the parameters of the field."""
    x = torch.linspace(0, 3, 200)
    states = torch.stack([x, torch.zeros_like(x)], 1)
    for n, colour in ((1.2, GREEN), (2.0, BLUE), (4.0, ORANGE), (7.5, "k")):
        field = make_field("hill", ("A", "B"), edges=CandidateEdges([0], [1], 2))
        with torch.no_grad():
            field.raw_exponent.fill_(float(np.log((n - 1) / (8 - n))))
            h = field.hill(states)[:, 0]
        activation.plot(x, h, color=colour, label=f"n = {n:g}")
        repression.plot(x, 1 - h, color=colour)
    for ax, title in ((activation, "activator"), (repression, "repressor")):
        ax.axvline(1.0, color=GREY, linewidth=0.7, linestyle=":")
        ax.set(title=title, xlabel="level of the regulator", ylabel="share of |w|")
    activation.legend()


@figure("fields/hill-dense")
def hill_dense(curves: Any, ranks: Any) -> None:
    """Left: how a level acts in the additive block, σ(x), and in the multiplicative one,
    log(1 + σ(x)). Right: singular values of the Jacobian at one state, decay removed, of 30 genes
    with untrained weights. With H units in each block the network has rank 2 H at most: with few
    units, genes must share regulators."""
    from hillflow.fields.soft_sign import soft_sign

    x = torch.linspace(-1, 3, 200)
    curves.plot(x, soft_sign(x), label="σ(x)")
    curves.plot(x, torch.log1p(soft_sign(x)), label="log(1 + σ(x))")
    curves.set(xlabel="level x", title="two blocks")
    curves.legend()
    states = torch.rand(1, 30, generator=torch.Generator().manual_seed(0))
    for hidden, colour in ((3, BLUE), (8, ORANGE), (40, GREEN)):
        field = make_field("hill-dense", [f"g{k}" for k in range(30)], hidden=hidden, seed=0)
        with torch.no_grad():
            slopes = field.jacobian(states)[0]
            slopes = slopes + torch.diag(field.decay_rate())
            sizes = torch.linalg.svdvals(slopes / slopes.norm())
        ranks.semilogy(
            range(1, 31), sizes.clamp_min(1e-7), ".-", color=colour, label=f"H = {hidden}"
        )
        ranks.axvline(min(2 * hidden, 30) + 0.5, color=colour, linewidth=0.7, linestyle=":")
    ranks.set(xlabel="singular value", ylim=(1e-5, 2), title="rank of the network")
    ranks.legend()


@figure("fields/hill-sparse", size=(6.0, 2.9))
def hill_sparse(prior: Any, slopes: Any) -> None:
    """Left: a candidate network of eight genes with signs (blue activates, red represses). Right:
    the mean Jacobian of a field on it with untrained weights, decay removed. Slopes are zero where
    there is no candidate edge, and keep the signs of the prior."""
    names = tuple("ABCDEFGH")
    source = [0, 0, 1, 2, 3, 4, 5, 6, 7, 2]
    target = [1, 2, 3, 4, 5, 6, 7, 0, 3, 6]
    edges = CandidateEdges(source, target, 8, [1, -1, 1, 1, -1, 1, 1, -1, 1, -1])
    field = make_field("hill-sparse", names, edges=edges, seed=0)
    field.proximal_(0.0)  # puts weights on the side of their sign
    x = torch.rand(200, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        mean = field.jacobian(x).mean(0) + torch.diag(field.decay_rate())
    matrix(prior, edges.dense(edges.sign.float()).numpy(), names, "candidate edges")
    matrix(slopes, mean.numpy(), names, "mean slope")
