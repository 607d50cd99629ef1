"""Simple networks from data whose law is known, against NumPy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import expm

from hillflow.baselines import NETWORK_BASELINES, correlation, dynamic_tree, ridge_lag, ridge_midway
from hillflow.baselines.differences import differences, mean_differences
from hillflow.baselines.ridge_lag import linear_law, midway_slopes
from hillflow.data import Snapshots, Trajectories
from hillflow.evaluate import Universe, network_scores
from hillflow.evaluate.prior_baselines import prior_alone, prior_by_out_degree
from hillflow.networks import Network

GENES = ("A", "B", "C", "D")
# A decays and drives B, B inhibits C; D stands alone: ẋ = W x + b
LAW = np.array([[-0.5, 0, 0, 0], [0.9, -0.7, 0, 0], [0, -0.6, -0.4, 0], [0, 0, 0, -0.6]])
OFFSET = np.array([0.5, 0.2, 1.5, 0.3])
TRUTH = pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"], "sign": [1, -1]})
TIMES = np.arange(0, 2.05, 0.1)


@pytest.fixture(scope="module")
def courses() -> Trajectories:
    fixed = -np.linalg.solve(LAW, OFFSET)
    start = np.random.default_rng(0).uniform(0.2, 3, size=(12, 4))
    x = np.stack([fixed + (start - fixed) @ expm(t * LAW).T for t in TIMES], axis=1)
    return Trajectories.from_arrays(x, TIMES, GENES)


def weight(network: Network, source: str, target: str) -> float:
    return float(network.edges.set_index(["source", "target"]).loc[(source, target), "weight"])


def test_all_are_networks_of_every_ordered_pair(courses) -> None:
    for one in NETWORK_BASELINES.values():
        network = one.network(courses)
        assert network.genes == GENES
        assert list(network.edges) == ["source", "target", "weight", "sign", "confidence"]
        pairs = set(zip(network.source, network.target, strict=True))
        assert len(pairs) == len(network.edges) == 12
        assert (np.diff(np.abs(network.weight)) <= 0).all()
        signs = 0 if one.name == "dynamic-tree" else np.sign(network.weight)  # importances
        assert (network.sign == signs).all()


def test_correlation_is_numpys(courses) -> None:
    table = correlation(courses)
    expected = np.corrcoef(courses.x.T)
    for i, source in enumerate(GENES):
        for j, target in enumerate(GENES):
            if i != j:
                assert weight(table, source, target) == pytest.approx(expected[i, j])
                assert weight(table, source, target) == weight(table, target, source)


def test_ridge_finds_a_linear_law_with_its_signs(courses) -> None:
    table = ridge_lag(courses)
    assert list(table.source[:2] + table.target[:2]) in (["AB", "BC"], ["BC", "AB"])
    assert weight(table, "A", "B") > 0 > weight(table, "B", "C")
    assert network_scores(table, TRUTH, Universe.ordered_pairs(GENES)).ap == 1.0
    # in standard deviations, W sd(x_j)/sd(ẋ_i)
    found = differences(courses)
    expected = LAW[1, 0] * found.x[:, 0].std() / found.velocity[:, 1].std()
    assert weight(table, "A", "B") == pytest.approx(expected, rel=0.1)


def test_the_tree_finds_the_law_since_it_knows_of_decay(courses) -> None:
    table = dynamic_tree(courses)
    assert network_scores(table, TRUTH, Universe.ordered_pairs(GENES)).ap == 1.0
    assert weight(table, "A", "B") > 0.8  # nearly all of B's production is A's
    assert table == dynamic_tree(courses)
    some = dynamic_tree(courses, regulators=courses.genes[:1])
    assert set(some.source) == {courses.genes[0]}
    assert len(some) <= len(courses.genes) - 1


def test_a_constant_gene_regulates_nothing(courses) -> None:
    x = courses.x.copy()
    x[:, 3] = 1.0
    still = Trajectories.from_rows(x, courses.time, GENES, courses.series.astype(str))
    for one in NETWORK_BASELINES.values():
        table = one.network(still)
        apart = (table.source == "D") | (table.target == "D")
        assert (table.weight[apart] == 0).all()
        assert np.isfinite(table.weight).all()


def test_differences_of_courses_are_their_steps(courses) -> None:
    found = differences(courses)
    steps = courses.steps()
    np.testing.assert_allclose(found.x, steps.x0)
    np.testing.assert_allclose(found.velocity, (steps.x1 - steps.x0) / steps.dt[:, None])
    assert found.free.all()


def test_differences_of_snapshots_know_gaps_and_knockouts() -> None:
    # every population is one repeated state, so that any pair of cells will do
    random = np.random.default_rng(0)
    times, states = (0.0, 1.0, 3.0), random.uniform(1, 2, size=(3, 4))
    names = ["control"] * 3 + ["A=ko"] * 3
    x = np.repeat(np.concatenate([states, states + 1]), 10, axis=0)
    x += 1e-9 * random.normal(size=x.shape)
    data = Snapshots.from_arrays(
        x, np.repeat(np.tile(times, 2), 10), GENES, np.repeat(names, 10).tolist()
    )
    found = differences(data, pairs=5)
    assert len(found.x) == 2 * 2 * 5
    for start, (before, after) in enumerate(pairwise(range(3))):
        velocity = (states[after] - states[before]) / (times[after] - times[before])
        for block, knocked_out in ((start * 5, False), (10 + start * 5, True)):
            rows = slice(block, block + 5)
            np.testing.assert_allclose(found.velocity[rows], np.tile(velocity, (5, 1)), atol=1e-6)
            assert (found.free[rows, 0] == (not knocked_out)).all()
            assert found.free[rows, 1:].all()
            assert (found.x[rows, 0] == 0).all() == knocked_out


def test_a_gene_knocked_out_everywhere_has_no_regulators_and_no_error() -> None:
    random = np.random.default_rng(0)
    data = Snapshots.from_arrays(
        random.uniform(size=(60, 4)), np.repeat([0.0, 1.0, 2.0], 20), GENES, ["A=ko"] * 60
    )
    for name in ("ridge-lag", "dynamic-tree"):
        table = NETWORK_BASELINES[name].network(data)
        assert (table.weight[table.target == "A"] == 0).all()


def test_the_two_that_learn_nothing() -> None:
    prior = Network.from_columns(
        ["A", "A", "B", "C", "X"], ["B", "C", "C", "C", "A"], sign=[1, -1, 0, 1, 1]
    )
    alone = prior_alone(prior, GENES)
    assert dict(zip(alone.source + alone.target, alone.weight, strict=True)) == {
        a + b: {"AB": 1.0, "AC": -1.0, "BC": 1.0}.get(a + b, 0.0)
        for a in GENES for b in GENES if a != b
    }  # fmt: skip
    hubs = prior_by_out_degree(prior, GENES)
    order = list(hubs.source + hubs.target)
    assert set(order[:2]) == {"AB", "AC"}  # the prior's, its greatest hub first
    assert order[2] == "BC"
    assert order[3] == "AD"  # then what is not in it, by hub again
    assert weight(hubs, "A", "C") < 0


@pytest.mark.slow
def test_on_hematopoiesis_as_published(benchmark_data) -> None:
    folder = benchmark_data / "boolode_hsc"
    data = Snapshots.from_anndata(folder / "expression.h5ad")
    wild = data.take(data.rows(condition="control"))
    truth = pd.read_csv(folder / "truth.csv")
    universe = Universe.ordered_pairs(data.genes)
    assert network_scores(dynamic_tree(wild), truth, universe).ap > 0.48  # .545 elsewhere
    assert network_scores(dynamic_tree(data, trees=20), truth, universe).ap > 0.70  # .722 elsewhere
    assert network_scores(correlation(wild), truth, universe).ap < 0.45  # .382 elsewhere


def test_half_way_a_linear_law_is_its_cayley_transform(courses) -> None:
    """x1 = E x0 with E = exp(WΔ): (x1 − x0)/Δ = 2/Δ (E − 1)(E + 1)⁻¹ (x0 + x1)/2, exactly."""
    step = 0.5
    sparse = courses.x.reshape(12, len(TIMES), 4)[:, :: round(step / 0.1)]
    longer = Trajectories.from_arrays(sparse, TIMES[:: round(step / 0.1)], GENES)
    flow, one = expm(step * LAW), np.eye(4)
    cayley = 2 / step * (flow - one) @ np.linalg.inv(flow + one)
    found = linear_law(mean_differences(longer, 0.2))
    np.testing.assert_allclose(found, cayley, atol=0.03)
    assert np.abs(found - LAW).max() < np.abs(linear_law(differences(longer)) - LAW).max()


def test_the_mean_descendant_is_that_of_the_entropic_plan() -> None:
    random = np.random.default_rng(1)
    x = np.concatenate([random.normal(size=(30, 3)), random.normal(1.0, 1.5, size=(40, 3))])
    cells = Snapshots.from_arrays(x, np.repeat([0.0, 2.0], [30, 40]), ("A", "B", "C"))
    found = mean_differences(cells, 0.3)
    cost = ((x[:30, None] - x[None, 30:]) ** 2).sum(-1)
    kernel = np.exp(-cost / (0.3 * cost.mean()))
    u, v = np.ones(30), np.ones(40)
    for _ in range(2000):
        u = 1 / 30 / (kernel @ v)
        v = 1 / 40 / (kernel.T @ u)
    plan = u[:, None] * kernel * v
    mean = plan @ x[30:] / plan.sum(1, keepdims=True)
    np.testing.assert_allclose(found.velocity, (mean - x[:30]) / 2, atol=1e-3)
    np.testing.assert_allclose(found.x, (mean + x[:30]) / 2, atol=1e-3)


def test_midway_weights_are_relative_to_the_strongest_with_the_decay_on_the_diagonal(
    courses,
) -> None:
    table, matrix = ridge_midway(courses), midway_slopes(mean_differences(courses))
    assert weight(table, "A", "B") == matrix[1, 0] > 0 > matrix[2, 1] == weight(table, "B", "C")
    assert (np.diag(matrix) < 0).all()
    found = mean_differences(courses, 0.2)
    law = linear_law(found) * found.x.std(0)
    strongest = np.abs(law - np.diag(np.diag(law))).max(axis=1)
    np.testing.assert_allclose(matrix, law / strongest[:, None])
