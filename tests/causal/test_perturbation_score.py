from __future__ import annotations

import sys

import numpy as np
import pytest
import torch

from hillflow.causal import perturbation_score
from hillflow.causal.rewired import Rewired, regulators_of, shuffled
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import make_field

from .laws import GENES, WEIGHTS, Law, ensemble, flow, model_of, wild_type, without


def test_the_score_is_the_share_of_the_flow_that_is_added():
    data = wild_type()
    scores = perturbation_score(
        model_of(Law()), ["A", "C"], data, span=0.5, cells=200, networks=0, steps=40
    )
    assert [finding.code for finding in scores.findings] == ["score.one-member", "score.no-null"]
    assert "over a span of 0.5" in str(scores)
    table = scores.table
    x, spread = data.x, data.x.std(axis=0)
    end, knocked = flow(x, 0.5), flow(x, 0.5, *without("A"))
    others = [1, 2, 3]
    v, shift = ((end - x) / spread)[:, others], ((knocked - end) / spread)[:, others]
    found = table.set_index("perturbation")["score"]
    assert found["A=knockout"] == pytest.approx((shift * v).sum() / (v**2).sum(), abs=1e-4)
    assert found["C=knockout"] == 0
    assert table["p"].isna().all()
    assert table["low"].isna().all()


def test_a_perturbation_that_stops_the_flow_scores_minus_one():
    genes = 12
    names = tuple(f"G{k}" for k in range(genes))

    class Driven(Law):
        """G0 drives every gene; without it (clamped at 0) nothing moves."""

        def __init__(self):
            super().__init__()
            self.genes = names

        def production(self, x, t=None):
            made = torch.zeros_like(x)
            made[..., 1:] = x[..., :1]
            return made

        def decay(self, x, t=None):
            return torch.zeros_like(x)

        def decay_rate(self):
            return torch.zeros(genes, dtype=torch.float64)

        def edge_weights(self):
            weights = torch.zeros(genes, genes)
            weights[1:, 0] = 1
            weights[0, 1:6] = 1e-9  # so that others are regulators by name
            return weights

    from hillflow.data import Snapshots

    x = np.random.default_rng(0).uniform(1, 2, size=(60, genes))
    data = Snapshots.from_arrays(x, np.repeat([0.0, 1.0], 30), names)
    table = perturbation_score(
        model_of(Driven()), ["G0=clamp:0", "G3=clamp:0"], data, networks=40, cells=20
    ).table.set_index("perturbation")
    assert table.loc["G0=clamp:0", "score"] == pytest.approx(-1, abs=1e-6)
    assert table.loc["G0=clamp:0", "p"] < 0.3
    assert table.loc["G3=clamp:0", "score"] == pytest.approx(0)
    assert table.loc["G3=clamp:0", "p"] == 1


def test_p_counts_the_networks_that_score_as_much(monkeypatch):
    data, model = wild_type(), model_of(Law())
    same = np.arange(4)
    module = sys.modules[perturbation_score.__module__]
    monkeypatch.setattr(module, "_orders", lambda members, n, random: [same] * n)
    scores = perturbation_score(model, ["A"], data, networks=9, cells=20)
    assert scores.findings[-1].code == "score.few-networks"
    table = scores.table
    assert table["p"].tolist() == [1.0]  # the network itself is as good as itself


def test_members_give_an_interval():
    table = perturbation_score(ensemble(4), ["A"], wild_type(), networks=3, cells=20).table
    row = table.iloc[0]
    assert row["low"] < row["score"] < row["high"]
    again = perturbation_score(ensemble(4), ["A"], wild_type(), networks=3, cells=20).table
    assert table.equals(again)


def test_rewiring_moves_regulators_and_nothing_else():
    field = Law()
    centre, spread = np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 1, 2])
    order = np.array([1, 0, 2, 3])
    rewired = Rewired(field, order, centre, spread)
    x = torch.rand(7, 4, dtype=torch.float64)
    mixed = x.clone()
    mixed[:, 0] = 1 + (x[:, 1] - 2) / 2
    mixed[:, 1] = 2 + (x[:, 0] - 1) * 2
    torch.testing.assert_close(rewired.production(x), field.production(mixed))
    torch.testing.assert_close(rewired.decay(x), field.decay(x))
    mean = torch.tensor(centre)[None]
    torch.testing.assert_close(rewired(0.0, mean), field(0.0, mean))  # the mean cell moves alike
    assert list(regulators_of(field)) == [0, 1]
    assert list(regulators_of(make_field("mlp", GENES))) == [0, 1, 2, 3]
    moved = shuffled(np.array([0, 1]), 4, np.random.default_rng(0))
    assert sorted(moved[:2]) == [0, 1]
    assert list(moved[2:]) == [2, 3]
    assert (WEIGHTS[:, [0, 1]] != 0).any(axis=0).all()


def test_what_cannot_be_scored_is_refused():
    data = wild_type()
    free = model_of(make_field("mlp", GENES, hidden=[4]))
    with pytest.raises(UnsupportedError, match="networks=0"):
        perturbation_score(free, ["A"], data, networks=2)
    assert len(perturbation_score(free, ["A"], data, networks=0)) == 1
    for wrong in ({"cells": 0}, {"networks": -1}, {"span": 0.0}):
        with pytest.raises(InputError):
            perturbation_score(model_of(Law()), ["A"], data, **wrong)
