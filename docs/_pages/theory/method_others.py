"""Figures of the variational methods, the likelihood, cells at rest, and RNA velocities."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from _pages.theory.figure import figure
from _pages.theory.toys import BLUE, GREY, ORANGE, cells_of, fitted, flow_lines
from hillflow.data import Snapshots
from hillflow.fields import make_field
from hillflow.objectives import make_method
from hillflow.train import Setting, train
from hillflow.transport import Independent


@figure("methods/lagrangian-flows")
def moved_paths(given: Any, spread: Any) -> None:
    """A normal population that moves and widens threefold. Left: straight lines between independent
    pairs (thin), and the paths to which `wlf` moves them. Right: the standard deviation on the way.
    On the given lines it sags, under the moved paths it comes near to that of the least motion,
    which is a straight line (dashed)."""
    random = np.random.default_rng(0)
    first, last = (plain(random, 300) for _ in range(2))
    cells = cells_of({0.0: first, 2.0: 3 * last + np.array([8.0, 0.0])})
    method = replace(make_method("wlf"), coupling=Independent())
    field = make_field("potential", cells.genes, hidden=(24, 24), time_scale=2.0, seed=0)
    fit = fitted(field, cells, method, 170, rate=1.5e-2)
    pairs = random.permutation(300)[:300]
    x0 = torch.from_numpy(cells.x[:300])
    x1 = torch.from_numpy(cells.x[300:][pairs])
    along, sds = np.linspace(0, 1, 21), []
    moved = []
    for s in along:
        with torch.no_grad():
            bow = fit.heads.path(x0, x1, torch.full((300,), 2 * float(s)))[0]
        line = torch.lerp(x0, x1, float(s))
        moved.append((line + 4 * s * (1 - s) * bow).numpy())
        sds.append((line.std(0).mean().item(), moved[-1].std(0).mean()))
    moved = np.array(moved)
    for k in range(0, 300, 10):
        given.plot(*np.stack([x0[k], x1[k]]).T, color=GREY, linewidth=0.5)
        given.plot(*moved[:, k].T, color=BLUE, linewidth=0.8)
    given.set(xlabel="A", ylabel="B", title="paths")
    for values, colour, name in zip(zip(*sds, strict=True), (GREY, BLUE),
                                    ("given lines", "moved paths"), strict=True):  # fmt: skip
        spread.plot(along, values, color=colour, label=name)
    spread.plot([0, 1], [1, 3], "k--", linewidth=1, label="least motion")
    spread.set(xlabel="s", ylabel="standard deviation", title="spread on the way")
    spread.legend()


def plain(random: np.random.Generator, cells: int) -> np.ndarray:
    """Draws of the plane with the very mean 0 and covariance 1."""
    z = random.standard_normal((cells, 2))
    z -= z.mean(0)
    return np.linalg.solve(np.linalg.cholesky(np.cov(z.T, bias=True)), z.T).T


@figure("methods/trajectorynet")
def densities(curves: Any, paths: Any) -> None:
    """One gene whose population moves and narrows. Left: cells at three times (bars), and the
    densities that the flow of a fit gives from the first one (lines). Right: paths of the flow,
    along which the likelihood follows measured cells back to the first time, where it knows their
    density; where paths draw together, density rises."""
    from scipy.stats import norm

    z = np.random.default_rng(0).standard_normal((300, 1))
    z = (z - z.mean()) / z.std()
    times = (0.0, 1.0, 2.0)
    cells = cells_of({t: 3 - (2 + 0.5 * z) * np.exp(-0.5 * t) for t in times})
    fit = fitted("linear", cells, "trajectorynet", 30, rate=8e-2, steps=4)
    line = np.linspace(-0.5, 4, 200)[:, None]
    start = norm(1.0, 0.5)
    for t, colour in zip(times, (GREY, ORANGE, BLUE), strict=True):
        curves.hist(cells.x[cells.time == t, 0], np.linspace(-0.5, 4, 46), density=True,
                    color=colour, alpha=0.35)  # fmt: skip
        log_density = fit.log_density(line, t, lambda x: start.logpdf(x[:, 0]))
        curves.plot(line, np.exp(log_density), color=colour, label=f"time {t:g}")
    curves.set(xlabel="A", ylabel="density", title="densities")
    curves.legend()
    t = np.linspace(0, 2, 31)
    paths.plot(t, fit.simulate(cells.x[:40], t)[..., 0], color=BLUE, linewidth=0.6)
    paths.set(xlabel="time", ylabel="A", title="paths of the flow")


NAMES = ("A", "B", "C", "D", "E")
WEIGHT = np.zeros((5, 5))  # [target, source]
WEIGHT[1, 0], WEIGHT[2, 1], WEIGHT[3, 0], WEIGHT[4, 3], WEIGHT[0, 4] = 0.8, -0.5, 0.6, 0.7, -0.3
BASAL = np.array([2.0, 2.0, 3.0, 1.0, 1.0])


def rest(*removed: str) -> np.ndarray:
    """Where 0 = W x + b − x, without the removed genes."""
    left, right = np.eye(5) - WEIGHT, BASAL.copy()
    for gene in removed:
        left[NAMES.index(gene)], right[NAMES.index(gene)] = np.eye(5)[NAMES.index(gene)], 0.0
    return np.linalg.solve(left, right)


@figure("methods/equilibrium")
def at_rest(levels: Any, crossing: Any) -> None:
    """A screen of five genes, each knocked out, measured once. Left: mean levels of the fit's rest
    states against the measured ones (blue), and against the truth for a pair that was never
    measured, A and D (orange). Right: production of B by its level, in the control and without A,
    and its decay (dashed); a rest state is where they meet. Rates and times remain unknown:
    production and decay could both be twice as fast."""
    random = np.random.default_rng(0)
    conditions = ["control", *NAMES]
    truth = {name: rest(*name.replace("control", "")) for name in conditions}
    x = np.repeat(list(truth.values()), 80, axis=0) + 0.2 * random.standard_normal((480, 5))
    labels = np.repeat(["control", *(f"{name}=ko" for name in NAMES)], 80)
    cells = Snapshots.from_arrays(
        np.maximum(x, 0).astype(np.float32), np.zeros(480), NAMES, labels, unit="h"
    )
    setting = Setting(validation_share=0.0, bootstrap=False, effort=0.3)
    fit = train("linear", cells, "equilibrium", seed=0, setting=setting)
    for condition in cells.conditions:
        found = fit.predict(cells, condition, absolute=True).x.mean(0)
        levels.plot(cells.x[cells.rows(None, condition)].mean(0), found, ".", color=BLUE)
    pair = fit.predict(cells, "A=ko,D=ko", absolute=True).x.mean(0)
    levels.plot(rest("A", "D"), pair, "D", color=ORANGE, label="A and D, not measured")
    levels.plot([0, 4.5], [0, 4.5], "k--", linewidth=1)
    levels.set(xlabel="measured, or true", ylabel="predicted", title="rest states", aspect="equal")
    levels.legend(fontsize=7)
    line = np.linspace(0, 5, 50)
    field = fit.field
    for name, colour in (("control", BLUE), ("A", ORANGE)):
        states = np.repeat(truth[name][None], 50, 0)
        states[:, 1] = line
        x = torch.from_numpy(states).float()
        with torch.no_grad():
            crossing.plot(line, field.production(x)[:, 1], color=colour,
                          label="control" if name == "control" else "without A")  # fmt: skip
            decay = field.decay(x)[:, 1]
    crossing.plot(line, decay, "k--", linewidth=1, label="decay")
    crossing.set(xlabel="level of B", ylabel="rate", title="production and decay of B")
    crossing.legend()


@figure("methods/velocity", size=(6.6, 3.0))
def velocities(given: Any, learnt: Any) -> None:
    """Left: RNA velocities of cells of one time, with noise as large as their spread. Right: the
    flow of a linear field fitted to them, and the true rest state (orange). A field pools
    many noisy arrows; what the estimate of the arrows got wrong in common, it learns as well."""
    random = np.random.default_rng(0)
    turn = np.array([[-0.5, -0.9], [0.9, -0.5]])
    x = 2 + 0.7 * random.standard_normal((150, 2))
    v = (x - 2) @ turn.T
    v = (v + v.std(0) * random.standard_normal(v.shape)).astype(np.float32)
    cells = Snapshots.from_arrays(
        x.astype(np.float32), np.zeros(150), ("A", "B"), velocity=v, unit="h"
    )
    fit = train("linear", cells, "velocity", seed=0, setting=Setting(effort=0.15))
    given.quiver(*x.T, *v.T, color=GREY, angles="xy", scale_units="xy", scale=5, width=0.004)
    flow_lines(learnt, fit.field, 0, 4)
    for ax, title in ((given, "given velocities"), (learnt, "fitted field")):
        ax.plot(2, 2, "o", color=ORANGE)
        ax.set(xlabel="A", ylabel="B", title=title, xlim=(0, 4), ylim=(0, 4), aspect="equal")
