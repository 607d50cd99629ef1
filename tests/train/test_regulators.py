from __future__ import annotations

import numpy as np
import torch

from hillflow.baselines import truth_tables
from hillflow.data import Trajectories
from hillflow.fields import CandidateEdges, make_field
from hillflow.objectives.base import Training
from hillflow.objectives.heads import Heads
from hillflow.objectives.problem import trajectory_problem
from hillflow.systems import build_system, simulate_trajectories
from hillflow.train import settle
from hillflow.train.regulators import candidate_regulators


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
