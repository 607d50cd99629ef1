from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from scipy import stats

from hillflow.causal import knockout, terminal_states
from hillflow.causal.effects import effect_sizes, interval, p_values
from hillflow.causal.fate import FateMap
from hillflow.data import LinearBasis
from hillflow.errors import HillflowWarning, InputError
from hillflow.fields import VectorField
from hillflow.interventions import Intervention
from hillflow.model import Fit

from .laws import Law, model_of, wild_type


class Toggle(VectorField):
    """A and B repress each other: two resting points."""

    keeps_orthant = True

    def production(self, x, t=None):
        return 2 / (1 + x.flip(-1) ** 4)

    def decay(self, x, t=None):
        return x

    def decay_rate(self):
        return torch.ones(2)


def test_shares_of_labels():
    points = np.concatenate([np.zeros((60, 2)), np.full((40, 2), 9.0)])
    points += np.random.default_rng(0).normal(size=points.shape)
    fates = FateMap.of(points, np.array(["stem"] * 60 + ["blood"] * 40))
    assert fates.labels == ("blood", "stem")
    asked = np.array([[[0.0, 0.1], [9.0, 9.2], [8.5, 9.1]], [[np.nan, 0.0], [0.0, 0.0], [0, 0]]])
    found = fates.shares(asked)
    np.testing.assert_allclose(found[0], [2 / 3, 1 / 3])
    assert np.isnan(found[1]).all()


def test_a_knockout_moves_cells_from_one_fate_to_another():
    data = wild_type(100)
    # fates by the level of B, which A drives
    high = data.x[:, 1] > np.quantile(data.x[data.rows(2.0), 1], 0.3)
    data = dataclasses.replace(data, labels=np.where(high, "high", "low"))
    result = knockout(model_of(Law()), ["A", "C=deg:0"], data)
    fates = result.fates.set_index(["perturbation", "label"])
    start = data.x[data.rows(0.0)]
    ends = model_of(Law()).simulate(start, (0.0, 2.0), "A=ko")[-1]
    level = np.quantile(data.x[data.rows(2.0), 1], 0.3)
    found = fates.loc[("A=knockout", "high")]
    assert found["predicted"] == pytest.approx((ends[:, 1] > level).mean(), abs=0.15)
    assert found["shift"] < -0.2
    assert fates["shift"].groupby("perturbation").sum().abs().max() < 1e-12
    ranking = result.ranking.set_index("perturbation")
    assert ranking.loc["A=knockout", "fate_toward"] == "low"
    assert ranking.loc["A=knockout", "fate_shift"] == pytest.approx(-found["shift"])
    nothing = ranking.loc["C=degradation:0"]
    assert (nothing["fate_shift"], nothing["fate_toward"]) == (0, "")
    assert fates["low"].isna().all()


@pytest.mark.parametrize("size", [None, 3], ids=["genes", "components"])
def test_the_removal_of_a_gene_is_no_change_of_fate(size):
    """D acts on nothing, but labels are by its level: its removal alone would move all cells."""
    data = wild_type(100)
    data = dataclasses.replace(data, labels=np.where(data.x[:, 3] > 1.0, "high", "low"))
    basis = None if size is None else LinearBasis.fit(data.x, size)
    members = tuple(model_of(Law(), basis=basis) for _ in range(3))
    result = knockout(Fit(members), ["D=clamp:0", "D", "A"], data)
    ranking = result.ranking.set_index("perturbation")
    for name in ("D=clamp:0", "D=knockout"):
        assert ranking.loc[name, ["effect", "fate_shift"]].tolist() == pytest.approx([0, 0])
        assert ranking.loc[name, "fate_p"] == 1.0
    control = result.fates.query("label == 'high'").set_index("perturbation")["control"]
    assert control["D=clamp:0"] == control["D=knockout"]  # compared without the same gene


def test_shares_are_those_of_the_cells_without_the_gene():
    """Against nearest neighbours in the other genes, by scikit-learn alone."""
    from sklearn.neighbors import KNeighborsClassifier

    data = wild_type(60)
    labels = np.where(data.x[:, 1] > np.median(data.x[:, 1]), "high", "low")
    data = dataclasses.replace(data, labels=labels)
    result = knockout(model_of(Law()), ["A"], data)
    last, start = data.rows(2.0), result.controls.start
    others = KNeighborsClassifier(15).fit(data.x[last][:, 1:], labels[last])
    ends = (model_of(Law()).simulate(start, (0.0, 1.0, 2.0), one)[-1] for one in ("control", "A"))
    before, after = (others.predict(x[:, 1:]) == "high" for x in ends)
    found = result.fates.set_index("label").loc["high"]
    assert found["control"] == pytest.approx(before.mean())
    assert found["predicted"] == pytest.approx(after.mean())
    variance = (after.astype(float) - before).var() / len(start)
    assert result.shifts.fates.over_cells[0, 0, 0] == pytest.approx(variance)


def test_alike_members_do_not_make_few_cells_certain():
    shift, over_cells = np.full((5, 1, 1), 0.01), np.full((5, 1, 1), 0.01**2)
    assert effect_sizes(shift).p[0] < 1e-9
    assert effect_sizes(shift, over_cells).p[0] == pytest.approx(2 * stats.t.sf(1.0, 4))
    assert p_values(shift, over_cells)[0, 0] == pytest.approx(2 * stats.t.sf(1.0, 4))
    low, high = interval(shift, over_cells)
    assert (high - low)[0, 0] == pytest.approx(2 * 0.01 * stats.t.ppf(0.975, 4))


def test_without_labels_there_are_no_fates():
    result = knockout(model_of(Law()), ["A"], wild_type())
    assert result.fates is None
    assert result.ranking["fate_shift"].isna().all()


def test_terminal_states_of_a_switch():
    model = model_of(Toggle(("A", "B")))
    cells = np.random.default_rng(0).uniform(0, 2, size=(30, 2)).astype(np.float32)
    table = terminal_states(model, cells, [Intervention.knockout("A")])
    control = table[table["perturbation"] == "control"]
    assert len(control) == 2
    assert control["share"].sum() == pytest.approx(1)
    toward_a = (cells[:, 0] > cells[:, 1]).mean()
    up = control[control["A"] > 1].iloc[0]
    assert up["share"] == pytest.approx(toward_a, abs=0.1)
    assert (control["leading"] < 0).all()
    (knocked,) = table[table["perturbation"] == "A=knockout"].to_dict("records")
    assert knocked["share"] == 1
    assert (knocked["A"], knocked["B"]) == pytest.approx((0, 2), abs=1e-4)
    down = control[control["B"] > 1].iloc[0]
    assert knocked["state"] not in set(control["state"]) or knocked["state"] == down["state"]
    with pytest.raises(InputError, match="cells to follow"):
        terminal_states(model, cells[:0], [])


def test_cells_that_never_rest_are_named():
    class Ring(Toggle):
        """Each of three genes represses the next: a limit cycle."""

        def production(self, x, t=None):
            return 5 / (1 + x.roll(1, -1) ** 4)

        def decay_rate(self):
            return torch.ones(3)

    cells = np.random.default_rng(0).uniform(0, 2, size=(4, 3)).astype(np.float32)
    with pytest.warns(HillflowWarning, match=r"no stable state \(100% under control\)"):
        table = terminal_states(model_of(Ring(("A", "B", "C"))), cells, [])
    assert table["state"].tolist() == [-1]
