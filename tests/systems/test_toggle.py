import numpy as np
from scipy.optimize import root

from hillflow.systems import Toggle, simulate


def test_cells_settle_in_the_two_stable_states():
    data = simulate(Toggle(), (10.0,), 600, seed=2)
    labels = data.population("control", 10.0).labels
    assert np.mean(labels == "A high") > 0.3
    assert np.mean(labels == "B high") > 0.3
    assert np.mean(labels == "undecided") < 0.05


def test_knockout_of_one_gene_leaves_the_other_on():
    data = simulate(Toggle(), (10.0,), 100, ["A"])
    assert (data.population("A", 10.0).labels == "B high").all()


def test_without_both_genes_neither_is_high():
    data = simulate(Toggle(), (0.0, 10.0), 50, ["A=ko,B=ko"])
    assert (data.population("A=ko,B=ko", 10.0).labels == "both low").all()
    assert not (data.population("control", 0.0).labels == "both low").any()


def test_the_middle_is_a_saddle_and_the_ends_are_stable():
    system = Toggle()
    for guess, unstable in (((0.5, 0.5), 1), ((1.0, 0.0), 0), ((0.0, 1.0), 0)):
        rest = root(lambda x: system.drift(x[None])[0], guess).x
        eigenvalues = np.linalg.eigvals(system.jacobian(rest[None])[0])
        assert (eigenvalues.real > 0).sum() == unstable
