import numpy as np
import pytest

from hillflow.errors import InputError
from hillflow.systems import ScaleFree, simulate


@pytest.fixture(scope="module")
def large():
    return ScaleFree(genes=2000, seed=1)


def test_two_thousand_genes_simulate(large):
    data = simulate(large, (0.0, 0.5), 20)
    state = data.population("control", 0.5).state
    assert state.shape == (20, 2000)
    assert state.min() >= 0.0


def test_drift_is_the_sum_over_edges(large):
    x = np.random.default_rng(0).uniform(0, 1, (3, 2000))
    h = x**2 / (large.threshold**2 + x**2)
    weights = large.weights.toarray()
    made = [np.where(weights > 0, weights * row, -weights * (1 - row)).sum(axis=1) for row in h]
    expected = np.stack(made) + 0.05 * large.decay - large.decay * x
    assert large.drift(x) == pytest.approx(expected, abs=1e-12)


def test_every_gene_is_regulated_and_hubs_regulate_many(large):
    incoming = np.diff(large.weights.indptr)
    outgoing = np.bincount(large.weights.indices, minlength=2000)
    assert incoming.min() >= 1
    assert 2.0 < incoming.mean() < 2.7
    assert (outgoing > 0).sum() <= 200
    assert outgoing.max() > 15 * outgoing[outgoing > 0].mean()


def test_out_degrees_follow_the_stated_power_law(large):
    """Degree against rank falls as r^−a, with a = 0.8."""
    rank = np.arange(1, 61)
    outgoing = np.bincount(large.weights.indices, minlength=2000)[:60]
    slope = np.polyfit(np.log(rank[4:]), np.log(outgoing[4:]), 1)[0]
    assert slope == pytest.approx(-0.8, abs=0.12)


def test_levels_stay_of_order_one():
    data = simulate(ScaleFree(genes=50, seed=0), (10.0,), 50)
    mean = data.population("control", 10.0).state.mean(axis=0)
    assert mean.min() >= 0.05
    assert mean.max() < 1.2


def test_seed_makes_the_network():
    one, two, other = (ScaleFree(genes=40, seed=s) for s in (1, 1, 2))
    assert one.edges() == two.edges() != other.edges()


def test_a_network_of_one_gene_regulates_itself():
    assert [edge[:2] for edge in ScaleFree(genes=1).edges()] == [("G1", "G1")]


def test_impossible_sizes_are_refused():
    with pytest.raises(InputError, match="--genes 100"):
        ScaleFree(genes=0)
    for options in ({"genes": 5, "regulators": 9}, {"in_degree": 0.5}):
        with pytest.raises(InputError, match="1 ≤ regulators ≤ genes"):
            ScaleFree(**options)
