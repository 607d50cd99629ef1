"""Figures of the methods that simulate populations and compare them with the measured ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from _pages.theory.figure import figure
from _pages.theory.toys import BLUE, GREEN, GREY, ORANGE, cells_of, fitted, grid
from hillflow.data import Snapshots
from hillflow.fields import make_field
from hillflow.objectives import (
    Diffusion,
    Heads,
    Problem,
    Rollout,
    Training,
    make_method,
    snapshot_problem,
)
from hillflow.train import Setting, train
from hillflow.transport import Independent, fit_plan


@figure("methods/default")
def bias(velocity: Any, courses: Any) -> None:
    """Cells relax as ẋ = 1.2 (2 − x), measured at three times. Left: velocities of a linear field.
    Flow matching (`ot-cfm`) asks it for the mean velocity along straight lines, which is too flat;
    the rollout of `default`, which compares simulated cells with measured ones, draws it towards
    the truth.
    Right: cells simulated from the first population; bars are the measured ones, mean and two
    standard deviations."""
    start = 0.3 + 0.15 * np.random.default_rng(0).standard_normal((300, 1))
    times = (0.0, 1.0, 3.0)
    cells = cells_of({t: 2 + (start - 2) * np.exp(-1.2 * t) for t in times})
    levels = np.linspace(0, 2.2, 50)[:, None]
    line = np.linspace(0, 3, 61)
    for method, colour in (("ot-cfm", ORANGE), ("default", BLUE)):
        fit = fitted("linear", cells, method, 160, rate=0.1)
        velocity.plot(levels, fit.velocity(levels, 0.0), color=colour, label=method)
        path = fit.simulate(start.mean(keepdims=True), line)[:, 0, 0]
        courses.plot(line, path, color=colour)
    velocity.plot(levels, 1.2 * (2 - levels), "k--", linewidth=1, label="truth")
    velocity.set(xlabel="A", ylabel="dA/dt", title="velocity")
    velocity.legend()
    for t in times:
        x = cells.x[cells.time == t]
        courses.errorbar(t, x.mean(), 2 * x.std(), color="k", marker="o", markersize=4)
    courses.set(xlabel="time", ylabel="A", title="mean over cells")


@figure("methods/law")
def branching(paths: Any, populations: Any) -> None:
    """Two genes that repress each other, after a short fit of the law with noise. Left: thirty
    cells from the middle of the first population, with the noise that was learnt (thin) and
    without it (black). Right: the cells measured last (grey), and those simulated from the first
    population (blue). Without noise, equal cells stay equal; noise sends them to either branch."""
    import hillflow as hf

    adata = hf.simulate("toggle", cells=80, times=[0, 3, 10], seed=0)
    cells = Snapshots.from_anndata(adata)
    method = make_method("law")
    match, _, rollout = method.stages  # without the stage that drops regulators
    stages = (replace(match, steps=80), replace(rollout, steps=60, cells=120))
    fit = train("logic", cells, replace(method, stages=stages), seed=0,
                setting=Setting(validation_share=0.0))  # fmt: skip
    first, last = (cells.x[cells.time == t] for t in (0, 10))
    middle = np.repeat(np.median(first, 0, keepdims=True), 30, 0)
    line = np.linspace(0, 10, 61)
    path = fit.simulate(middle, line)
    paths.plot(path[..., 0], path[..., 1], color=BLUE, linewidth=0.6)
    path = fit.simulate(middle[:1], line, noise=False)
    paths.plot(path[..., 0], path[..., 1], color="k", linewidth=2)
    populations.plot(*last.T, ".", color=GREY, markersize=4)
    populations.plot(*fit.simulate(first, line)[-1].T, ".", color=BLUE, markersize=3)
    for ax, title in ((paths, "from one state"), (populations, "at the last time")):
        ax.set(xlabel=cells.genes[0], ylabel=cells.genes[1], title=title)


@figure("methods/mioflow")
def hinge(distance: Any, density: Any) -> None:
    """Left: simulated cells (blue) early in a fit and the measured ones (grey). The loss is the
    mean squared length of the lines of their optimal plan, W₂². Right: what the density hinge
    costs a simulated cell at each place, its distance to the five nearest measured cells
    beyond what is usual among these; it holds cells near the data."""
    from hillflow.objectives.rollout import _density_hinge

    random = np.random.default_rng(0)
    angle = random.uniform(0.3, 2.4, 120)
    seen = 2 + np.stack([np.cos(angle), np.sin(angle)], 1) + 0.06 * random.standard_normal((120, 2))
    start = np.array([2.6, 2.0]) + 0.1 * random.standard_normal((120, 2))
    cells = cells_of({0.0: start, 1.0: seen})
    fit = fitted("linear", cells, "mioflow", 30, rate=3e-2)
    simulated = fit.simulate(cells.x[:120], [0.0, 1.0])[-1]
    both = cells_of({0.0: simulated, 1.0: seen})
    (interval,) = fit_plan(both, "exact", seed=0).intervals
    for i, j in zip(interval.pairs.i, interval.pairs.j, strict=True):
        distance.plot(*both.x[[i, j]].T, color=ORANGE, linewidth=0.5)
    distance.plot(*seen.T, ".", color=GREY, markersize=3)
    distance.plot(*simulated.T, ".", color=BLUE, markersize=3)
    axis, states = grid(0.5, 3.5, 35)
    known = torch.from_numpy(seen).float()
    cost = [float(_density_hinge(x[None], known, 5)) for x in states.reshape(-1, 2)]
    shown = density.pcolormesh(axis, axis, np.reshape(cost, (35, 35)), rasterized=True)
    density.figure.colorbar(shown, ax=density, label="hinge")
    density.plot(*seen.T, ".", color="white", markersize=2)
    for ax, title in ((distance, "plan of the loss"), (density, "density hinge")):
        ax.set(xlabel="A", ylabel="B", title=title, aspect="equal", xlim=(0.9, 3.4),
               ylim=(1.4, 3.4))  # fmt: skip


@figure("methods/growth")
def growth(rates: Any, shares: Any) -> None:
    """Two branches of which one (to the right) grows at 0.6 per unit of time. Left: measured cells
    coloured by the growth rate of a `tigon` fit. Right: the share of the growing branch among the
    cells, measured, and simulated with the weight that growth gives each cell, and without."""
    random = np.random.default_rng(0)
    x: dict[float, list[np.ndarray]] = {0.0: [], 2.0: []}
    for t, parts in x.items():
        for rate, way in ((0.6, (0.4, 0.0)), (0.0, (0.0, 0.4))):
            count = round(150 * np.exp(rate * t))
            off = np.array(way) + 0.05 * random.standard_normal((count, 2))
            parts.append(1 + off * np.exp(t / 2))
    cells = cells_of({t: np.concatenate(parts) for t, parts in x.items()})
    method = replace(make_method("tigon"), coupling=Independent())  # a rollout needs no pairs
    fit = fitted("linear", cells, method, 130, rate=2e-2, steps=2)
    with torch.no_grad():
        states = torch.from_numpy(cells.x)
        g = fit.heads.growth(states, torch.from_numpy(cells.time).float()).numpy()
    shown = rates.scatter(*cells.x.T, c=g, s=5)
    rates.figure.colorbar(shown, ax=rates, label="growth rate")
    rates.set(xlabel="A", ylabel="B", title="tigon")
    first = cells.x[cells.time == 0]
    ends, weights = weighted(fit, first)
    right = ends[:, 0] > ends[:, 1]
    later = cells.x[cells.time == 2]
    bars = {
        "first time": (first[:, 0] > first[:, 1]).mean(),
        "last time": (later[:, 0] > later[:, 1]).mean(),
        "with growth": weights[right].sum(),
        "without": right.mean(),
    }
    colours = [GREY, GREY, BLUE, ORANGE]
    shares.barh(list(bars), list(bars.values()), color=colours)
    shares.invert_yaxis()
    shares.set(xlabel="share of the growing branch", xlim=(0, 1), title="measured and simulated")


def weighted(fit: Any, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cells simulated over two units of time, and the weight that growth gives each."""
    times = np.linspace(0, 2, 21)
    path = torch.from_numpy(fit.simulate(start, times)).float()
    with torch.no_grad():
        rate = torch.stack(
            [fit.heads.growth(x, float(t)) for x, t in zip(path, times, strict=True)]
        )
    log_mass = torch.trapezoid(rate, torch.from_numpy(times).float(), dim=0)
    return path[-1].numpy(), torch.softmax(log_mass, 0).numpy()


@figure("methods/prescient")
def landscape(height: Any, cells_later: Any) -> None:
    """One gene that falls into a valley, with noise of known size, measured at two times. Left: the
    true landscape (dashed) and that of a `prescient` fit, where cells were (shaded); elsewhere it
    is a guess. Right: cells that the fit simulates to a time between the two, and their true
    distribution (dashed)."""
    from scipy.stats import norm

    sigma, z = 0.5, norm.ppf((np.arange(300) + 0.5) / 300)[:, None]

    def known(t: float) -> tuple[float, float]:
        left = np.exp(-t)
        return 2 * (1 - left), np.sqrt(0.01 * left**2 + sigma**2 * (1 - left**2) / 2)

    cells = cells_of({t: known(t)[0] + known(t)[1] * z for t in (0.0, 0.7)})
    field = make_field("potential", cells.genes, time=False, hidden=(24,), seed=0)
    fit = fitted(field, cells, "prescient", 60, rate=3e-2, sigma=sigma, steps=4)
    line = np.linspace(-0.5, 2.5, 100)
    with torch.no_grad():
        states = torch.from_numpy(line[:, None]).float()
        found = -fit.field.potential(states, None).numpy()
    true = 0.5 * (line - 2) ** 2
    middle = np.argmin(np.abs(line - cells.x.mean()))
    height.axvspan(*np.quantile(cells.x, [0.01, 0.99]), color=GREY, alpha=0.15)
    height.plot(line, found - found[middle] + true[middle], color=BLUE, label="prescient")
    height.plot(line, true, "k--", linewidth=1, label="truth")
    height.set(xlabel="A", ylabel="Ψ", title="landscape")
    height.legend()
    between = fit.simulate(np.repeat(cells.x[:300], 5, 0), [0.0, 0.35])[-1, :, 0]
    edges = np.linspace(-0.5, 2, 41)
    cells_later.hist(between, edges, density=True, color=BLUE, alpha=0.4, label="simulated")
    cells_later.plot(edges, norm(*known(0.35)).pdf(edges), "k--", linewidth=1, label="truth")
    cells_later.set(xlabel="A", ylabel="density", title="time 0.35, not measured")
    cells_later.legend()


@figure("methods/nlsb", size=(6.8, 3.1))
def learnt_noise(moving: Any, resting: Any) -> None:
    """The distance between simulated and measured populations, which `nlsb` makes small, by the
    noise σ and the pull k of dx = k (2 − x) dt + σ dW; dark is near, the cross is the truth. Left:
    populations that still move determine both. Right: of populations at rest, all pairs with
    the same σ²/2k are equally near: noise and drift are not told apart."""
    pulls, sigmas = np.linspace(0.4, 1.6, 7), np.linspace(0.3, 0.9, 5)
    for ax, times, title in (
        (moving, (0.0, 1.0, 2.0), "populations that move"), (resting, (8.0, 9.0), "at rest"),
    ):  # fmt: skip
        cells = cells_of({t: relaxed(t, 0.6) for t in times})
        plan = fit_plan(cells, "exact", seed=0)
        problem = snapshot_problem(cells, plan, orthant=False)
        near = [[distance(problem, k, sigma) for k in pulls] for sigma in sigmas]
        ax.contourf(pulls, sigmas, np.log(near), 12)
        ax.plot(1.0, 0.6, "x", color="white", markersize=8, markeredgewidth=2)
        ax.set(xlabel="pull k", ylabel="noise σ", title=title)


def distance(problem: Problem, pull: float, sigma: float) -> float:
    """What `nlsb` compares, for a linear field of this pull and noise."""
    from hillflow.fields.positive import inverse_softplus

    field = make_field("linear", problem.genes)
    with torch.no_grad():
        field.strength.zero_()
        field.units.raw_decay.copy_(inverse_softplus(torch.tensor([pull])))
        field.level.fill_(2 * pull)
        training = Training.of(Heads(field, diffusion=Diffusion(sigma)), problem)
        rollout = Rollout("sinkhorn", solver="euler-maruyama", steps=10)
        terms = rollout.loss(training, 120, torch.Generator().manual_seed(0))
    return max(float(terms["distance"]), 1e-4)


def relaxed(t: float, sigma: float) -> np.ndarray:
    """Cells of dx = (2 − x) dt + σ dW at a time, from N(0, ½²), exactly distributed."""
    from scipy.stats import norm

    z = norm.ppf((np.arange(200) + 0.5) / 200)[:, None]
    left = np.exp(-t)
    return 2 - 2 * left + np.sqrt(0.25 * left**2 + sigma**2 * (1 - left**2) / 2) * z / z.std()


@figure("methods/cell-mnn", size=(6.6, 3.0))
def every_start(paths: Any, weights: Any) -> None:
    """Left: populations that turn while they shrink, at four times (grey, dark to light), and
    exact flows of a `cell-mnn` fit from every time to the last. Right: the weight of each
    comparison: γ^(k−1) for a population k times ahead, γ = 0.8."""
    random = np.random.default_rng(0)
    start = np.array([2.0, 0.0]) + 0.2 * random.standard_normal((80, 2))
    times = (0.0, 1.0, 2.0, 3.0)
    populations = {}
    for t in times:
        c, s = np.cos(t), np.sin(t)
        populations[t] = 4 + np.exp(-0.2 * t) * start @ np.array([[c, s], [-s, c]])
    cells = cells_of(populations)
    field = make_field("locally-linear", cells.genes, hidden=(16,), seed=0)
    fit = fitted(field, cells, "cell-mnn", 40, rate=3e-2, steps=4)
    for k, t in enumerate(times):
        paths.plot(*cells.x[cells.time == t].T, ".", color=str(0.25 + 0.15 * k), markersize=3)
        line = np.linspace(t, 3, 31)
        if k < 3:
            path = fit.simulate(cells.x[cells.time == t].mean(0, keepdims=True), line)
            paths.plot(path[:, 0, 0], path[:, 0, 1], color=(BLUE, ORANGE, GREEN)[k], linewidth=2)
    paths.set(xlabel="A", ylabel="B", title="from every time", aspect="equal")
    table = np.full((4, 4), np.nan)
    for i in range(3):
        for j in range(i + 1, 4):
            table[i, j] = 0.8 ** (j - i - 1)
            weights.text(j, i, f"{table[i, j]:.2f}", ha="center", va="center", color="white")
    weights.imshow(table, vmin=0, vmax=1.2)
    weights.set(xlabel="compared at", ylabel="started at", title="weights", xticks=range(4),
                yticks=range(4))  # fmt: skip
