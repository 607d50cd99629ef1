"""Growth rates of two branches of which one is known to grow, and what is said of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from hillflow.causal import simulated_fates
from hillflow.data import Snapshots
from hillflow.errors import GeneNameError, UnsupportedError
from hillflow.model import Fit
from hillflow.objectives import make_method
from hillflow.train import Setting, train
from hillflow.transport import Independent

RATE, TIMES, FIRST = 0.6, (0.0, 2.0), 150


@pytest.fixture(scope="module")
def cells() -> Snapshots:
    """Both branches move away from (1, 1) as e^{t/2}; "grows", along A, as e^{0.6 t} cells."""
    random = np.random.default_rng(0)
    x, times, labels = [], [], []
    for t in TIMES:
        for label, rate, way in (("grows", RATE, (0.4, 0.0)), ("rests", 0.0, (0.0, 0.4))):
            count = round(FIRST * np.exp(rate * t))
            off = np.array(way) + 0.05 * random.standard_normal((count, 2))
            x.append(1 + off * np.exp(t / 2))
            times += [t] * count
            labels += [label] * count
    x = np.concatenate(x).astype(np.float32)
    return Snapshots.from_arrays(x, times, ("A", "B"), labels=labels, unit="h")


@pytest.fixture(scope="module")
def tigon(cells) -> Fit:
    method = make_method("tigon")
    (stage,) = method.stages
    quick = replace(stage.objective, steps=2)
    stage = replace(stage, objective=quick, steps=150, cells=128, rate=1.2e-2)
    method = replace(method, stages=(stage,), coupling=Independent())  # a rollout needs no pairs
    return train("linear", cells, method, setting=Setting(validation_share=0.0))


def rates(fit: Fit, cells: Snapshots, label: str) -> np.ndarray:
    """Mean rate of a branch at each time."""
    mine = np.asarray(cells.labels) == label
    with torch.no_grad():
        return np.array([
            fit.heads.growth(torch.from_numpy(cells.x[mine & (cells.time == t)]), t).mean().item()
            for t in TIMES
        ])  # fmt: skip


def test_tigon_finds_the_rate_of_each_branch(tigon, cells) -> None:
    assert rates(tigon, cells, "grows").mean() == pytest.approx(RATE, abs=0.15)
    assert rates(tigon, cells, "rests").mean() == pytest.approx(0.0, abs=0.15)


def test_tigon_gives_the_growing_branch_its_share(tigon, cells) -> None:
    share = simulated_fates(tigon, cells).set_index("label").loc["grows"]
    known = np.exp(2 * RATE) / (np.exp(2 * RATE) + 1)
    assert share["measured"] == pytest.approx(known, abs=0.01)
    assert share["simulated"] == pytest.approx(known, abs=0.05)


def test_growth_genes_are_those_along_which_the_rate_changes(tigon, cells) -> None:
    table = tigon.growth_genes(cells).set_index("gene")
    assert table["effect"]["A"] > 0.05
    assert table["effect"]["B"] < -0.01
    assert list(tigon.growth_genes(cells)["effect"].abs()) == sorted(
        table["effect"].abs(), reverse=True
    )


class Slanted(torch.nn.Module):
    """g = 0.3 t x_A − x_B²."""

    def forward(self, x, t=None):
        return 0.3 * t * x[..., 0] - x[..., 1] ** 2


def test_slopes_are_those_of_a_known_rate(tigon, cells) -> None:
    heads = type(tigon.heads)(tigon.field, growth=Slanted())
    known = Fit((replace(tigon[0], heads=heads),) * 2)
    table = known.growth_genes(cells).set_index("gene")
    x = cells.x.astype(float)
    assert table["slope"]["A"] == pytest.approx(0.3 * cells.time.mean(), rel=1e-5)
    assert table["slope"]["B"] == pytest.approx(-2 * x[:, 1].mean(), rel=1e-5)
    assert table["effect"]["B"] == pytest.approx(-2 * x[:, 1].mean() * x[:, 1].std(), rel=1e-4)
    assert (table["consistency"] > 0.999).all()
    assert (table["same_sign"] == 1).all()
    assert list(table.index) == ["B", "A"]


def test_what_has_no_growth_genes_is_refused(tigon, cells) -> None:
    with pytest.raises(UnsupportedError, match="a fit that learned growth"):
        train("linear", cells, "ot-cfm", setting=Setting(effort=0.002)).growth_genes(cells)
    with pytest.raises(GeneNameError, match="the fit's 2 genes"):
        tigon.growth_genes(cells.select_genes(["B", "A"]))


def test_growth_by_shares_is_said_to_be_relative(tigon, cells) -> None:
    shares = train("linear", cells, "wfr-fm", setting=Setting(effort=0.002))
    assert "fit.relative-growth" in {finding.code for finding in shares.findings}
    assert "fit.relative-growth" not in {finding.code for finding in tigon.findings}
