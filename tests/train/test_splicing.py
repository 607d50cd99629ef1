"""Fits to spliced and unspliced mRNA of a system whose weights and rates are known.

RegVelo's setting: unspliced mRNA shows what is being transcribed, and so which regulators act and
how fast genes are spliced and degraded.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

import hillflow as hf
from hillflow.causal import graph, knockout
from hillflow.data import Snapshots
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import CandidateEdges, make_field
from hillflow.model import Fit
from hillflow.objectives import METHODS, make_method
from hillflow.systems import Splicing
from hillflow.train import Setting, train

SYSTEM = Splicing()
LATER = [2.0, 4.0, 6.0]
FEW = Setting(effort=0.005)


def simulated(cells: int, knockouts: str, seed: int = 1) -> Snapshots:
    adata = hf.simulate("splicing", cells=cells, knockouts=knockouts, seed=seed)
    return Snapshots.from_anndata(adata, unspliced="unspliced")


@pytest.fixture(scope="module")
def cells() -> Snapshots:
    return simulated(100, "A,D")


@pytest.fixture(scope="module")
def fit(cells) -> Fit:
    return train("softplus", cells, "splicing", setting=Setting(effort=0.4))


@pytest.fixture(scope="module")
def few() -> Snapshots:
    return simulated(12, "B", seed=2)


def test_the_rates_of_splicing_and_degradation_are_found(fit):
    beta = fit[0].heads.splicing().detach().numpy()
    gamma = fit[0].field.decay_rate().detach().numpy()
    np.testing.assert_allclose(beta, SYSTEM.splicing_rate, rtol=0.25)
    np.testing.assert_allclose(gamma, SYSTEM.decay, rtol=0.25)


def test_regulators_and_their_signs_are_found(fit, cells):
    weight = graph(fit, cells).matrix().to_numpy().T
    true, off = SYSTEM.weights, ~np.eye(6, dtype=bool)
    assert average_precision_score(true[off] != 0, np.abs(weight)[off]) > 0.9  # 0.3 by chance
    assert (np.sign(weight) == np.sign(true))[true != 0].all()


def test_the_effects_of_unseen_knockouts_are_predicted(fit, cells):
    """Against other cells of the same system, and against predicting no change."""
    truth = simulated(500, "B,C,E,F", seed=7)
    error = size = 0.0
    for gene in "BCEF":
        others = [k for k, name in enumerate(cells.genes) if name != gene]
        predicted = fit.predict(cells, f"{gene}=ko", LATER)
        for time in LATER:
            control = truth.x[truth.rows(time, "control")].mean(0)
            effect = (truth.x[truth.rows(time, f"{gene}=ko")].mean(0) - control)[others]
            own = cells.x[cells.rows(time, "control")].mean(0)
            off = (predicted.x[predicted.time == time].mean(0) - own)[others] - effect
            error, size = error + (off**2).sum(), size + (effect**2).sum()
    assert error < 0.25 * size


def test_the_velocity_is_that_of_the_true_law(fit):
    adata = hf.simulate("splicing", cells=50, seed=3)
    data = Snapshots.from_anndata(adata, unspliced="unspliced")
    velocity = fit.velocity(data.measured(np.arange(len(data))))
    true = adata.layers["true_velocity"]
    assert np.square(velocity - true).mean() < 0.2 * np.square(true).mean()
    state = fit[0].state_velocity(data.measured(np.arange(len(data))))
    np.testing.assert_allclose(state[:, :6], velocity)
    beta, gamma = (
        rate().detach().numpy() for rate in (fit[0].heads.splicing, fit[0].field.decay_rate)
    )
    np.testing.assert_allclose(velocity, beta * data.unspliced - gamma * data.x, atol=1e-5)


def test_it_says_what_it_is(fit, tmp_path):
    assert "fit.splicing" in [finding.code for finding in fit.findings]
    assert "rates β from" in fit.summary()
    assert "splicing rates" in repr(fit)
    fit.save(tmp_path / "fit")
    again = Fit.load(tmp_path / "fit")
    x = simulated(12, "").measured(np.arange(10))
    np.testing.assert_array_equal(again.simulate(x, [0, 1]), fit.simulate(x, [0, 1]))


def test_unspliced_levels_at_the_start_matter(fit, few):
    rows = few.rows(0.0, "control")
    high = np.concatenate([few.x[rows], 3 * few.unspliced[rows]], axis=1)
    soon, some = [0.0, 0.02], few.unspliced[rows] > 0.01
    more = fit.simulate(high, soon)[-1] - fit.simulate(few.measured(rows), soon)[-1]
    assert (more[some] > 0).all()


def test_edges_are_those_of_the_skeleton(few):
    edges = CandidateEdges([0, 1], [1, 2], 6, sign=[1, -1])
    field = make_field("softplus", few.genes, edges=edges)
    weights = train(field, few, "splicing", setting=FEW)[0].field.edge_weights()
    assert set(map(tuple, weights.nonzero().tolist())) <= {(1, 0), (2, 1)}
    assert weights[1, 0] >= 0 >= weights[2, 1]


def test_same_seed_same_bytes_and_members_differ(few):
    one, other = (
        train("softplus", few, "splicing", members=2, seed=3, setting=FEW) for _ in range(2)
    )
    x = few.measured(np.arange(5))
    assert one.velocities(x).tobytes() == other.velocities(x).tobytes()
    assert not np.array_equal(*one.velocities(x))


@pytest.mark.parametrize("field", ["logic", "hill", "linear", "sparse"])
def test_every_field_with_decay_takes_both_layers(field, few):
    method = "law" if field == "logic" else "splicing"
    member = train(field, few, method, setting=FEW)[0]
    assert member.heads.splicing is not None
    assert member.heads.protein is None
    assert (member.heads.noise is not None) == (field == "logic")
    assert np.isfinite(member.predict(few, "C=ko", [2.0]).x).all()


def test_a_large_panel_is_fitted_in_its_components():
    """More genes than components: both layers are compared in the basis of spliced mRNA."""
    random = np.random.default_rng(0)
    loadings = random.random((3, 40))
    s = random.random((90, 3)) @ loadings
    cells = Snapshots.from_arrays(
        s, np.repeat([0, 1, 2], 30), [f"g{k}" for k in range(40)], unspliced=s / 2
    )
    setting = replace(FEW, basis=3)
    member = train("softplus", cells, "splicing", setting=setting)[0]
    assert member.denoise(cells.measured(np.arange(4))).shape == (4, 80)
    assert member.metrics["validation_loss"] > 0


def test_knockouts_start_from_measured_unspliced_levels(fit, cells):
    half = replace(cells, unspliced=cells.unspliced / 2)
    one, other = (knockout(fit, ["B=ko"], data, cells=50).effects for data in (cells, half))
    first = one["time"] == 0.5
    assert np.isfinite(one["delta"]).all()
    assert not np.allclose(one["delta"][first], other["delta"][first], rtol=1e-3)


@pytest.mark.parametrize(
    ("field", "setting", "said"),
    [
        ("softplus", {"protein": True}, "no protein beside unspliced"),
        ("softplus", {"components": 2}, "whose state is the genes"),
        ("mlp", {}, "linear decay, for unspliced"),
    ],
)
def test_what_does_not_go_with_splicing_is_refused(few, field, setting, said):
    with pytest.raises(UnsupportedError, match=said):
        train(field, few, "splicing", setting=replace(FEW, **setting))


@pytest.mark.parametrize("name", sorted(METHODS))
def test_methods_take_both_layers_or_say_so(name, few):
    method = make_method(name)
    able = name in (
        "splicing", "default", "law", "cfm", "ot-cfm", "endpoint", "network", "phoenix",
    )  # fmt: skip
    if able:
        method.check_unspliced()
        return
    with pytest.raises(UnsupportedError, match="a method for spliced and unspliced mRNA"):
        method.check_unspliced()


def test_the_method_needs_the_layer(few):
    with pytest.raises(InputError, match="unspliced_layer"):
        train("softplus", replace(few, unspliced=None), "splicing", setting=FEW)


def test_both_layers_need_several_times(few):
    once = few.take(few.rows(2.0))
    with pytest.raises(UnsupportedError, match="of several times"):
        train("softplus", once, "splicing", setting=FEW)
