"""Figures of couplings, and of the methods that regress on the paths between coupled cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from _pages.theory.figure import figure
from _pages.theory.toys import BLUE, GREEN, GREY, ORANGE, cells_of, fitted
from hillflow.data import Snapshots, Trajectories
from hillflow.fields import make_field
from hillflow.objectives import BrownianBridge, Metric, PairBatch, WFRDirac, snapshot_problem
from hillflow.transport import ExactOT, Independent, Sinkhorn, Unbalanced, fit_plan


def blobs(
    random: np.random.Generator, centres: list[tuple[float, float]], cells: int
) -> np.ndarray:
    """Cells around each centre."""
    return np.concatenate([at + 0.15 * random.standard_normal((cells, 2)) for at in centres])


def two_ends(ax: Any, cells: Snapshots) -> None:
    """The populations of the first and the last time."""
    first = cells.time == cells.times[0]
    ax.plot(*cells.x[first].T, ".", color=GREY, markersize=3)
    ax.plot(*cells.x[~first].T, ".", color="k", markersize=3)


@figure("couplings", panels=4, size=(8.6, 2.6))
def couplings(*axes: Any) -> None:
    """Which cells of the first time (grey) become which of the second (black), by four couplings
    of two branches, of which the upper has grown to three times as many cells. `independent`
    pairs all with all; `exact` moves cells the least, and must send lower cells up to fill
    the upper branch; `sinkhorn` (ε = 0.3) blurs that plan; `unbalanced` (τ = 0.05) lets upper
    cells have more descendants in its place."""
    random = np.random.default_rng(0)
    start = blobs(random, [(1, 1.2), (1, 2.8)], 12)
    end = np.concatenate([blobs(random, [(3, 3.2)], 27), blobs(random, [(3, 0.8)], 9)])
    cells = cells_of({0.0: start, 1.0: end})
    plans = {
        "independent": Independent(), "exact": ExactOT(), "sinkhorn": Sinkhorn(epsilon=0.3),
        "unbalanced": Unbalanced(tau=0.05),
    }  # fmt: skip
    for ax, (name, coupling) in zip(axes, plans.items(), strict=True):
        (interval,) = fit_plan(cells, coupling, seed=0).intervals
        weight = interval.pairs.matrix(len(cells), len(cells)).tocoo()
        strength = weight.data / weight.data.max()
        for i, j, share in zip(weight.row, weight.col, strength, strict=True):
            if share > 0.02:
                ax.plot(*cells.x[[i, j]].T, color=BLUE, linewidth=0.7, alpha=0.8 * share)
        two_ends(ax, cells)
        ax.set(title=name, xticks=[], yticks=[], xlabel="A", ylabel="B")


@figure("methods/flow-matching", size=(6.8, 3.1))
def pairs_and_paths(independent: Any, optimal: Any) -> None:
    """Straight lines between coupled cells (thin), and the paths of cells that are simulated from
    the first population (grey) to the last (black) by a network of state and time, fitted to
    these lines. With independent pairs lines cross, the fit averages over them, and paths bend.
    With optimal pairs they hardly cross, and paths are nearly the lines."""
    random = np.random.default_rng(0)
    cells = cells_of({
        0.0: blobs(random, [(1, 1), (1, 3)], 60), 1.0: blobs(random, [(4, 1), (4, 3)], 60)
    })  # fmt: skip
    for ax, method in ((independent, "cfm"), (optimal, "ot-cfm")):
        coupling = "independent" if method == "cfm" else "exact"
        (interval,) = fit_plan(cells, coupling, seed=0).intervals
        drawn = interval.pairs.sample(60, np.random.default_rng(0))
        for i, j in zip(drawn.i, drawn.j, strict=True):
            ax.plot(*cells.x[[i, j]].T, color=BLUE, linewidth=0.5, alpha=0.4)
        field = make_field("mlp", cells.genes, hidden=(32, 32), time=True, seed=0)
        fit = fitted(field, cells, method, 200)
        path = fit.simulate(cells.x[:120:6], np.linspace(0, 1, 21))
        ax.plot(path[..., 0], path[..., 1], color=ORANGE, linewidth=1.5)
        two_ends(ax, cells)
        ax.set(title=method, xlabel="A", ylabel="B")


@figure("methods/bridges")
def bridges(one: Any, all_cells: Any) -> None:
    """Left: states on Brownian bridges of one pair (dots), with twice the standard deviation
    σ√(Δ s(1−s)). Right: thirty paths of an `sf2m` fit between two normal populations. Shaded:
    mean and two standard deviations of the simulated cells; dashed: those of the Schrödinger
    bridge in closed form."""
    sigma, gap, m1, s0, s1 = 0.6, 2.0, 2.0, 0.4, 0.7
    shape = (1, 800)
    x0 = torch.zeros(*shape, 1)
    pairs = PairBatch(x0, x0 + m1, torch.zeros(shape), torch.full(shape, gap), torch.ones(shape))
    bridge = BrownianBridge(sigma).sample(pairs, torch.Generator().manual_seed(0))
    one.plot(bridge.t[0], bridge.x[0, :, 0], ".", color=BLUE, markersize=2, alpha=0.6)
    t = np.linspace(0, gap, 61)
    s = t / gap
    for sign in (-2, 2):
        one.plot(t, s * m1 + sign * sigma * np.sqrt(gap * s * (1 - s)), "k--", linewidth=1)
    one.set(title="one pair", xlabel="time", ylabel="A")
    random = np.random.default_rng(0)
    start, end = (whitened(random, 400) for _ in range(2))
    cells = cells_of({0.0: s0 * start, gap: m1 + s1 * end})
    field = make_field("mlp", cells.genes, hidden=(32, 32), time=True, seed=0)
    fit = fitted(field, cells, "sf2m", 250, sigma=sigma)
    path = fit.simulate(np.repeat(cells.x[:400], 2, 0), t)[..., 0]
    mean, spread = path.mean(1), path.std(1)
    all_cells.fill_between(t, mean - 2 * spread, mean + 2 * spread, color=BLUE, alpha=0.2)
    all_cells.plot(t, path[:, :30], color=BLUE, linewidth=0.5)
    noise = sigma**2 * gap
    coupled = (np.sqrt(4 * s0**2 * s1**2 + noise**2) - noise) / 2
    known = (1 - s) ** 2 * s0**2 + s**2 * s1**2 + 2 * s * (1 - s) * (coupled + noise / 2)
    for sign in (-2, 0, 2):
        all_cells.plot(t, s * m1 + sign * np.sqrt(known), "k--", linewidth=1)
    all_cells.set(title="sf2m", xlabel="time", ylabel="A")


def whitened(random: np.random.Generator, cells: int) -> np.ndarray:
    """Draws of a normal distribution, with the very mean 0 and variance 1."""
    z = random.standard_normal((cells, 1))
    return (z - z.mean()) / z.std()


@figure("methods/mfm", size=(6.8, 3.0))
def metric(straight: Any, bent: Any) -> None:
    """Cells were measured along a bow (grey). Between the first population and the last (black),
    straight lines cross a region without cells (left); the paths of `mfm` bend towards the cells
    (right)."""
    random = np.random.default_rng(0)

    def bow(low: float, high: float, cells: int) -> np.ndarray:
        angle = np.radians(random.uniform(low, high, cells))
        radius = 1 + 0.03 * random.standard_normal(cells)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)

    parts = [bow(105, 120, 80), bow(0, 15, 80), bow(60, 110, 80), bow(10, 60, 80)]
    x = np.concatenate(parts).astype(np.float32)
    time = np.repeat([0.0, 1.0, 0.0, 1.0], 80)
    condition = np.repeat(["control", "B=deg:1"], 160)
    cells = Snapshots.from_arrays(x, time, ["A", "B"], condition, unit="h").with_basis(2)
    plan = fit_plan(cells, Independent(), seed=0)
    problem = snapshot_problem(cells, plan, orthant=False, dtype=torch.float64)
    pairs = problem.draw_pairs(120, torch.Generator().manual_seed(0))
    path = Metric(steps=100, landmarks=120).learn(problem, 0)
    along = torch.linspace(0, 1, 21).tolist()
    with torch.no_grad():
        curves = [path.curve(pairs, torch.full_like(pairs.dt, s))[0][0, :40] for s in along]
    lines = [torch.lerp(pairs.x0[0, :40], pairs.x1[0, :40], s) for s in along]
    for ax, ways, title in ((straight, lines, "straight lines"), (bent, curves, "mfm")):
        a, b = torch.stack(ways).numpy().transpose(2, 0, 1)
        ax.plot(*x[160:].T, ".", color=GREY, markersize=3)
        ax.plot(*x[:160].T, ".", color="k", markersize=3)
        ax.plot(a, b, color=BLUE, linewidth=0.6)
        ax.set(title=title, xlabel="A", ylabel="B", aspect="equal")


@figure("methods/wfr-fm")
def dirac(mass: Any, place: Any) -> None:
    """A cell that becomes half of a cell, one, or four, at a distance of 1 or of 2.6 (δ = 1).
    Left: its mass on the way. Right: where it is. Far away,
    mass falls on the way and rises before the end, since less mass is cheaper to move."""
    shape = (1, 300)
    for ratio, colour in ((0.5, BLUE), (1.0, ORANGE), (4.0, GREEN)):
        for distance, style in ((1.0, "-"), (2.6, "--")):
            x0, one = torch.zeros(*shape, 1), torch.ones(shape)
            pairs = PairBatch(x0, x0 + distance, 0 * one, one, ratio * one)
            bridge = WFRDirac(1.0).sample(pairs, torch.Generator().manual_seed(0))
            order = bridge.t[0].argsort()
            t = bridge.t[0, order]
            label = f"{ratio:g} ×, {distance:g} away"
            mass.plot(t, bridge.weight[0, order], style, color=colour, label=label)
            place.plot(t, bridge.x[0, order, 0] / distance, style, color=colour)
    mass.set(xlabel="s", ylabel="mass", title="mass")
    place.set(xlabel="s", ylabel="share of the way", title="position")
    mass.legend(fontsize=7)


@figure("methods/shooting")
def shooting(segments: Any, branches: Any) -> None:
    """Left: a followed unit (dots, with noise) and the flow of a `phoenix` fit over each interval,
    started anew from each measured point; the distance of the ends (lines) from the next points
    is the loss. Right: where cells branch within an interval, the mean endpoint of a cell
    (orange) may lie between the branches, where no cell is."""
    random = np.random.default_rng(0)
    times = np.array([0.0, 0.7, 1.5, 2.5, 4.0])
    start = np.linspace(0.2, 3.0, 8)[:, None]
    x = 1.5 + (start - 1.5) * np.exp(-0.9 * times) + 0.05 * random.standard_normal((8, 5))
    series = Trajectories.from_arrays(x[..., None], times, ["A"], unit="h")
    fit = fitted("linear", series, "phoenix", 200)
    for unit in (0, 2, 5, 7):
        segments.plot(times, x[unit], "o", color="k", markersize=3)
        for k, t0 in enumerate(times[:-1]):
            t = np.linspace(t0, times[k + 1], 15)
            path = fit.simulate(x[unit, k].reshape(1, 1), t)[:, 0, 0]
            segments.plot(t, path, color=BLUE, linewidth=1)
    segments.set(xlabel="time", ylabel="A", title="phoenix: four units")
    ends = blobs(random, [(3, 3), (3, 1)], 40)
    cells = cells_of({0.0: blobs(random, [(1, 2)], 80), 1.0: ends})
    (interval,) = fit_plan(cells, "sinkhorn", seed=0).intervals
    two_ends(branches, cells)
    mean = interval.barycentric(cells.x, cells.states())
    branches.plot(*mean.T, ".", color=ORANGE, markersize=4)
    branches.set(xlabel="A", ylabel="B", title="endpoint: means of the plan")


@figure("methods/jkonet-star")
def implicit(one_step: Any, rates: Any) -> None:
    """Cells relax as ẋ = −x. Left: the mean velocity (x1 − x0)/Δ of each cell over Δ = 1, which
    JKOnet* places at the end x1 (blue); the truth is dashed. Right: the rate that it finds for
    several Δ (dots), and that of an implicit step, (e^Δ − 1)/Δ (line). Its bias vanishes with
    the length of the interval."""
    start = 2 + 0.8 * np.random.default_rng(0).standard_normal((200, 1))
    found = []
    gaps = (0.2, 0.6, 1.0)
    for gap in gaps:
        cells = cells_of({0.0: start, gap: start * np.exp(-gap)})
        field = make_field("potential", cells.genes, time=False, hidden=(16,), seed=0)
        fit = fitted(field, cells, "jkonet-star", 250, rate=3e-2)
        x = cells.x[cells.time == gap]
        found.append(-np.polyfit(x[:, 0], fit.velocity(x, gap)[:, 0], 1)[0])
    ends = start[:, 0] * np.exp(-gap)
    one_step.plot(ends, (ends - start[:, 0]) / gap, ".", color=BLUE, markersize=3)
    levels = np.linspace(0, 1.4, 2)
    one_step.plot(levels, -levels, "k--", linewidth=1)
    one_step.set(xlabel="A at the end", ylabel="velocity", title="Δ = 1")
    line = np.linspace(0.05, 1.1, 50)
    rates.plot(line, np.expm1(line) / line, color=BLUE, label="implicit step")
    rates.plot(gaps, found, "o", color="k", markersize=4, label="jkonet-star")
    rates.axhline(1.0, color="k", linestyle="--", linewidth=1, label="truth")
    rates.set(xlabel="Δ", ylabel="rate", title="by length of the interval", ylim=(0.8, 2))
    rates.legend()
