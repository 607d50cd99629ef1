from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.baselines import truth_tables
from hillflow.closed_form import closed_form_network
from hillflow.data import Trajectories
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import CandidateEdges, make_field
from hillflow.objectives.base import Training
from hillflow.objectives.heads import Heads
from hillflow.objectives.problem import trajectory_problem
from hillflow.systems import build_system, simulate_trajectories
from hillflow.train import regulators, settle
from hillflow.train.regulators import candidate_regulators, field_edges


def courses(name: str = "six-gene", times: int = 8) -> Trajectories:
    series = simulate_trajectories(build_system(name), range(times), cells=30)
    return Trajectories.from_anndata(series.to_anndata())


def sources(edges: CandidateEdges, target: int) -> set[int]:
    return set(edges.source[edges.target == target].tolist())


def test_each_gene_has_itself_and_the_best_of_the_closed_form() -> None:
    data = courses()
    edges = candidate_regulators(data, count=3)
    weight = truth_tables(data).matrix().loc[list(data.genes), list(data.genes)].to_numpy().T
    for gene in range(len(data.genes)):
        best = np.argsort(-np.abs(np.delete(weight[gene], gene)), kind="stable")[:2]
        others = np.delete(np.arange(len(data.genes)), gene)[best]
        assert sources(edges, gene) == {gene, *others.tolist()}


def test_a_prior_bounds_them_and_keeps_its_signs() -> None:
    data = courses()
    prior = CandidateEdges([1, 2, 3, 0], [0, 0, 0, 4], 6, [1, -1, 1, -1])
    edges = candidate_regulators(data, prior, count=3)
    assert sources(edges, 0) <= {0, 1, 2, 3}
    assert len(sources(edges, 0)) == 3
    assert sources(edges, 4) == {0, 4}
    assert sources(edges, 5) == {5}
    signs = dict(zip(zip(edges.source.tolist(), edges.target.tolist(), strict=True),
                     edges.sign.tolist(), strict=True))  # fmt: skip
    assert signs[0, 4] == -1
    assert signs[5, 5] == 0
    fixed = ~edges.free
    given = set(zip(edges.source[fixed].tolist(), edges.target[fixed].tolist(), strict=True))
    assert given == set(signs) & {(1, 0), (2, 0), (3, 0), (0, 4)}
    assert candidate_regulators(data).free.all()


def test_regulators_without_use_are_dropped_and_those_with_use_stay(monkeypatch) -> None:
    """A loss that rises if A → B is missing, and with nothing else."""
    data = courses("toggle")
    field = make_field("logic", data.genes, seed=1)
    with torch.no_grad():
        field.table.add_(torch.randn(field.table.shape, generator=torch.Generator().manual_seed(0)))
    training = Training.of(Heads(field), trajectory_problem(data, orthant=True))
    wanted = int((field.regulator[1] == 0).nonzero())
    monkeypatch.setattr(settle, "validation_loss", lambda t: 1.0 + (not field.used[1, wanted]))
    settle.settle_(training)
    assert field.used.sum() == 1
    assert field.used[1, wanted]


def test_a_gene_may_lose_its_only_regulator() -> None:
    field = make_field("logic", ["A"], dtype=torch.float64)
    x = torch.rand(20, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    field.drop_(0, 0, x)
    assert float(field.production(x).detach().std()) < 1e-12


def test_of_very_many_those_of_little_effect_are_dropped_untried(monkeypatch) -> None:
    data = courses("toggle")
    field = make_field("logic", data.genes, seed=1)
    training = Training.of(Heads(field), trajectory_problem(data, orthant=True))
    field.calibrate_(training.problem.states)
    with torch.no_grad():
        field.table[0] = 0.3
        field.table[1] = torch.tensor([-3.0, 3.0, 0.0, -3.0])
    monkeypatch.setattr(settle, "TRIED", 0)
    monkeypatch.delattr(settle, "validation_loss")
    settle.settle_(training)
    assert field.used.tolist() == [[False, False], [True, True]]


def strongest(data: Trajectories, target: int, count: int, among: set[int]) -> set[int]:
    """The strongest others of a gene in closed form, read from its whole network."""
    genes = list(data.genes)
    edges = closed_form_network(data, bootstraps=0).edges
    of_target = edges[edges["target"] == genes[target]]
    named = [genes.index(name) for name in of_target["source"]]
    return set([k for k in named if k in among][:count])


@pytest.fixture
def large(monkeypatch) -> Trajectories:
    """Six genes, with the candidates of a large panel."""
    monkeypatch.setattr(regulators, "SMALL_PANEL", 5)
    monkeypatch.setattr(regulators, "CANDIDATES", 2)
    return courses()


def test_a_small_panel_has_every_allowed_pair() -> None:
    data = courses()
    assert field_edges("hill", data) is None
    edges = field_edges("hill", data, regulators=[data.genes[4], data.genes[1]])
    assert all(sources(edges, gene) == {1, 4} for gene in range(6))
    assert field_edges("mlp", data) is None


def test_a_large_panel_has_the_strongest_of_the_closed_form(large) -> None:
    edges = field_edges("hill", large)
    for gene in range(6):
        assert sources(edges, gene) == {gene, *strongest(large, gene, 2, set(range(6)))}
    assert edges.free.all()  # no prior gave them


def test_only_regulators_are_candidates_of_a_large_panel(large) -> None:
    acting = {0, 2, 5}
    named = [large.genes[k] for k in acting]
    for name, own in (("hill", 0), ("logic", 1)):
        edges = field_edges(name, large, regulators=named)
        for gene in range(6):
            found = sources(edges, gene)
            assert found <= acting
            assert gene in found or gene not in acting
            assert len(found) == (3 if gene in acting else 2 + own)
    alone = field_edges("logic", large, regulators=named[:1])
    assert all(sources(alone, gene) == {0} for gene in range(6))


def test_a_prior_keeps_its_edges_beside_the_strongest_free_ones(large) -> None:
    source, target = [1, 2, 3, 4, 5, 0], [0, 0, 0, 0, 0, 3]
    free = [False, True, True, True, True, False]
    prior = CandidateEdges(source, target, 6, [1, 0, 0, 0, 0, -1], free)
    edges = field_edges("linear", large, prior=prior)
    fixed = ~edges.free
    assert edges.source[fixed].tolist() == [1, 0]
    assert edges.sign[fixed].tolist() == [1, -1]
    assert sources(edges, 0) - {1} <= {2, 3, 4, 5}
    assert len(sources(edges, 0)) == 3
    among = field_edges("linear", large, prior=prior, regulators=[large.genes[0], large.genes[1]])
    assert (sources(among, 0), sources(among, 3)) == ({1}, {0})


def test_more_pairs_than_can_be_compared_are_refused_with_their_cost() -> None:
    regulators.check_pairs(20_000, ["gene"] * 200)
    with pytest.raises(InputError, match=r"9,000,000.*3,000 of 3,000.*5 GB.*--regulators prior"):
        regulators.check_pairs(3_000, None)


def test_a_field_without_candidate_edges_takes_no_regulators() -> None:
    with pytest.raises(UnsupportedError, match=r"the 'mlp' field.*'linear'"):
        field_edges("mlp", courses(), regulators=["A"])
