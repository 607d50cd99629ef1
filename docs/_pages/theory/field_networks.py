"""Figures of the fields that are neural networks: how each finds, or does not find, regulators."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from _pages.theory.figure import figure
from _pages.theory.toys import BLUE, GREEN, GREY, ORANGE, flow_lines, grid, learn, matrix
from hillflow.fields import VectorField, make_field

GENES = tuple("ABCDEF")
# Each gene's regulator, and whether it activates: ẋ_i = 2 h(x_j) − x_i or 2 (1 − h(x_j)) − x_i.
REGULATOR, SIGN = (5, 0, 1, 2, 3, 4), (-1, 1, 1, -1, 1, -1)


def truth() -> np.ndarray:
    """The network of the cycle, [target, source]."""
    known = np.zeros((6, 6))
    known[range(6), REGULATOR] = SIGN
    return known


def cycle() -> tuple[Tensor, Tensor]:
    """States, and velocities with noise, of six genes that regulate one another in a cycle."""
    generator = torch.Generator().manual_seed(0)
    x = 2 * torch.rand(300, 6, generator=generator)
    h = (x**4 / (1 + x**4))[:, REGULATOR]
    made = 2 * torch.where(torch.tensor(SIGN) > 0, h, 1 - h)
    return x, made - x + 0.1 * torch.randn(x.shape, generator=generator)


def strengths(field: VectorField) -> np.ndarray:
    """Weights of the edges, without those of a gene on itself."""
    weights = field.edge_weights().detach().numpy()
    return weights * ~np.eye(len(weights), dtype=bool)


@figure("fields/c-node", panels=3, size=(7.4, 2.7))
def path_norm(known: Any, free: Any, penalised: Any) -> None:
    """A cycle of six genes (left; blue activates, red represses), and what C-NODE's path product
    |W₂||W₁| finds from 300 states with noisy velocities, without the path norm (middle) and with
    it (right). The norm makes entries without a regulator small, not zero."""
    x, velocity = cycle()
    matrix(known, truth(), GENES, "truth")
    for ax, l1, title in ((free, 0.0, "l1 = 0"), (penalised, 3e-3, "l1 = 0.003")):
        field = learn(make_field("c-node", GENES, hidden=(32,), l1=l1, seed=1), x, velocity, 300)
        matrix(ax, strengths(field), GENES, title)


@figure("fields/path-reg")
def gates(values: Any, probability: Any) -> None:
    """Left: 4,000 draws of a gate z, sorted, for three values of log α. A share is exactly 0
    (closed) or exactly 1 (open), so a connection can vanish and still have a gradient. Right: the
    probability that a gate is open, as the penalty counts it (line), and the share of open draws
    (dots)."""
    field = make_field("path-reg", ("A", "B"), hidden=(2000,), seed=0)
    for value, colour in ((-3.0, BLUE), (0.0, ORANGE), (3.0, GREEN)):
        gate = drawn(field, value)
        share = np.linspace(0, 1, len(gate))
        values.plot(share, gate, color=colour, label=f"log α = {value:g}")
    values.set(xlabel="share of draws", ylabel="gate z", title="a random gate")
    values.legend(loc="lower center", bbox_to_anchor=(0.62, 0.02))
    alphas = np.linspace(-6, 4, 41)
    chance = []
    for value in alphas:
        with torch.no_grad():
            field.log_alpha[0].fill_(value)
            chance.append(float(field.open_probabilities()[0].mean()))
    probability.plot(alphas, chance)
    some = np.arange(-6, 5, 2.0)
    probability.plot(some, [(drawn(field, value) > 0).mean() for value in some], "o", color="k",
                     markersize=4)  # fmt: skip
    probability.set(xlabel="log α", ylabel="probability", title="of being open")


def drawn(field: VectorField, log_alpha: float) -> np.ndarray:
    """Draws of the gates of the first layer, ascending."""
    with torch.no_grad():
        field.log_alpha[0].fill_(log_alpha)
        field.proximal_(0.1)  # draws anew
        return field.gates()[0].flatten().sort().values.numpy()


@figure("fields/sparse")
def group_lasso(course: Any, found: Any) -> None:
    """Left: the norms of the input weights of C's network while it is fitted to the cycle of six
    genes; only B regulates C (blue). The group lasso sets the others to exactly zero, the sooner
    after step 250, where their weights in the penalty adapt. Right: the network that remains."""
    x, velocity = cycle()
    field = make_field("sparse", GENES, hidden=(8,), l1=0.3, seed=1)
    field.calibrate_(x, velocity)
    optimiser = torch.optim.Adam(field.parameters(), lr=0.02)
    norms = []
    for step in range(500):
        optimiser.zero_grad()
        ((field(None, x) - velocity).square().mean() + field.penalty()).backward()
        optimiser.step()
        field.proximal_(0.02)
        if step == 250:
            field.adapt_()
        norms.append(field.group_norms().detach().numpy()[2])
    for source, course_of in enumerate(np.array(norms).T):
        regulates = source == REGULATOR[2]
        course.plot(course_of, color=BLUE if regulates else GREY, linewidth=2 if regulates else 0.8)
    course.set(xlabel="step", ylabel="‖W₁[C, :, j]‖", title="inputs of C")
    matrix(found, strengths(field), GENES, "weights that remain")


@figure("fields/dense")
def dense(of_sparse: Any, of_dense: Any) -> None:
    """Velocities of C that follow B and itself strongly, A and D weakly; E and F regulate nothing
    and hardly vary (grey). Bars: size of the mean slope of C's velocity times the spread of the
    gene; black: the truth. The lasso of `sparse` (left) sets E and F to exactly zero. `dense`
    (right) shrinks nothing: their effect is small because they vary little."""
    generator = torch.Generator().manual_seed(0)
    spread = torch.tensor([1.0, 1.0, 1.0, 1.0, 0.05, 0.05])
    x = 2 + spread * torch.randn(300, 6, generator=generator)
    weight = torch.tensor([-0.15, 1.0, -0.5, 0.1, 0.0, 0.0])
    velocity = 0.2 * torch.randn(x.shape, generator=generator)
    velocity[:, 2] += x @ weight
    for ax, name, options in (
        (of_sparse, "sparse", {"l1": 1.0, "production": "linear"}), (of_dense, "dense", {}),
    ):  # fmt: skip
        field = learn(make_field(name, GENES, seed=0, hidden=(8,), **options), x, velocity, 220)
        effect = (field.jacobian(x).detach()[:, 2].mean(0) * x.std(0)).abs().numpy()
        ax.bar(GENES, effect, color=[BLUE] * 4 + [GREY] * 2)
        ax.plot(GENES[:4], (weight * spread).abs()[:4], "_", color="k", markersize=14)
        ax.set(title=name, xlabel="gene", ylabel="effect on C's velocity", yscale="log",
               ylim=(1e-4, 3))  # fmt: skip


@figure("fields/mlp")
def outside(where: Any, error: Any) -> None:
    """A network fitted to velocities of a rotation with decay, at states near a ring (orange).
    Left: the fitted flow. Right: its error, relative to the true velocity. Near the ring it
    follows the truth; elsewhere nothing holds it, and it has no production to knock out."""
    generator = torch.Generator().manual_seed(0)
    angle = 2 * np.pi * torch.rand(300, generator=generator)
    radius = 1 + 0.1 * torch.randn(300, generator=generator)
    x = 2 + torch.stack([radius * angle.cos(), radius * angle.sin()], 1)

    def true_velocity(x: Tensor) -> Tensor:
        away = x - 2
        turned = torch.stack([-away[..., 1], away[..., 0]], -1)
        return turned + away * (1 - away.square().sum(-1, keepdim=True))

    field = learn(
        make_field("mlp", ("A", "B"), hidden=(32, 32), seed=0), x, true_velocity(x), 400, 0.01
    )
    flow_lines(where, field, 0, 4)
    axis, states = grid(0, 4, 60)
    with torch.no_grad():
        known = true_velocity(states)
        off = (field(None, states) - known).norm(dim=-1) / (known.norm(dim=-1) + 0.3)
    shown = error.pcolormesh(axis, axis, off.numpy(), rasterized=True)
    error.figure.colorbar(shown, ax=error, label="relative error")
    for ax, title in ((where, "fitted flow"), (error, "error")):
        ax.plot(*x.T, ".", color=ORANGE, markersize=2)
        ax.set(xlabel="A", ylabel="B", title=title, aspect="equal")


@figure("fields/potential")
def no_rotation(known: Any, gradient: Any) -> None:
    """Left: velocities of two genes that turn around a rest state, as activator and inhibitor do.
    Right: a potential fitted to these velocities (colours; cells climb to yellow) and its
    gradient. It keeps the motion inwards and loses the rotation, since the Jacobian of a gradient
    is symmetric."""
    turn = torch.tensor([[-0.4, -1.0], [1.0, -0.4]])
    x = 0.3 + 3.4 * torch.rand(1500, 2, generator=torch.Generator().manual_seed(0))
    velocity = (x - 2) @ turn.mT
    axis, states = grid(0.5, 3.5, 21)
    u, v = ((states - 2) @ turn.mT).unbind(-1)
    known.streamplot(axis, axis, u.numpy(), v.numpy(), color=GREY, linewidth=0.6, density=0.9,
                     arrowsize=0.7)  # fmt: skip
    field = make_field("potential", ("A", "B"), time=False, hidden=(16,), seed=0)
    learn(field, x, velocity, 400, 0.01)
    fine, plane = grid(0.5, 3.5, 60)
    with torch.no_grad():
        height = field.potential(plane, None).numpy()
    gradient.contourf(fine, fine, height, 12, alpha=0.7)
    flow_lines(gradient, field, 0.5, 3.5)
    for ax, title in ((known, "truth"), (gradient, "fitted gradient")):
        ax.set(title=title, xlabel="A", ylabel="B", aspect="equal")


@figure("fields/locally-linear")
def local_flow(flow: Any, spectrum: Any) -> None:
    """A field of two coordinates with drawn weights. Left: its flow, and at three states the
    affine law A z + b that the field uses there, followed for a while (lines). Right: eigenvalues
    of A at 400 states. Their real part is at most c (dotted), so that no step overflows, and they
    may be complex, so that cells may turn."""
    field = make_field(
        "locally-linear", ("A", "B"), hidden=(16,), time=False, max_growth=1.0, seed=0
    )
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for part in field.parameters():
            part.add_(0.6 * torch.randn(part.shape, generator=generator))
    flow_lines(flow, field, -3, 3)
    for start in ((-2.0, 1.5), (2.0, 2.0), (1.0, -2.0)):
        with torch.no_grad():
            x = torch.tensor([start])
            steps = torch.linspace(0, 0.6, 20)
            path = torch.cat([field.propagate(x, float(step)) for step in steps])
        flow.plot(*path.T, color=BLUE, linewidth=2)
        flow.plot(*start, "o", color=BLUE, markersize=4)
    flow.set(xlabel="z₁", ylabel="z₂", title="flow, and local laws")
    states = 3 * torch.randn(400, 2, generator=generator)
    with torch.no_grad():
        values = torch.linalg.eigvals(field.local_affine(states)[0]).flatten()
    spectrum.plot(values.real, values.imag, ".", color=ORANGE, markersize=3)
    spectrum.axvline(1.0, color="k", linestyle=":", linewidth=0.8)
    spectrum.set(
        xlabel="real part", ylabel="imaginary part", title="eigenvalues of A", xlim=(-8, 2)
    )


@figure("fields/sparse-second-order")
def second_order(path: Any, phase: Any) -> None:
    """A swinging level, ẍ = −4 x − 0.2 ẋ, learnt from levels, velocities and accelerations at 300
    states. Left: the level of a start at rest, integrated by the field (blue) and exactly
    (dashed). Right: the same in the plane of level and velocity, in which paths do not cross.
    Of levels alone, no law of first order could pass one level in both directions."""
    from hillflow.solve import trajectory

    generator = torch.Generator().manual_seed(0)
    states = 1.2 * torch.randn(300, 2, generator=generator)
    slope = torch.stack([states[:, 1], -4 * states[:, 0] - 0.2 * states[:, 1]], 1)
    field = make_field("sparse-second-order", ("A",), hidden=(16,), l1=0.0, seed=0)
    learn(field, states, slope, 250)
    times = np.linspace(0, 6, 121)
    with torch.no_grad():
        course = trajectory(field, torch.tensor([[1.0]]), times)[:, 0]
    turn = np.sqrt(4 - 0.1**2)
    known = np.exp(-0.1 * times) * (np.cos(turn * times) + 0.1 / turn * np.sin(turn * times))
    path.plot(times, course[:, 0], color=BLUE)
    path.plot(times, known, "k--", linewidth=1)
    path.set(xlabel="time", ylabel="level", title="levels in time")
    phase.plot(course[:, 0], course[:, 1], color=BLUE)
    phase.set(xlabel="level", ylabel="velocity", title="level and velocity")
