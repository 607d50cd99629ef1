from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from hillflow.errors import InputError
from hillflow.fields import logic, make_field
from hillflow.fields.edges import CandidateEdges
from hillflow.fields.logic import LogicField

GENES = tuple("abcdefgh")


def values(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().numpy()


def table_production(field: LogicField, x: np.ndarray) -> np.ndarray:
    """Σ_T a_T Π_{j∈T} h_j Π_{j∉T} (1 − h_j), row by row."""
    a, s = 1 / (1 + np.exp(-values(field.table))), values(field.scale())
    K, n = values(field.threshold()), values(field.exponent())
    result = np.zeros_like(x)
    slots = field.regulator.shape[1]
    for i in range(x.shape[1]):
        h = np.zeros((len(x), slots))
        for k in range(slots):
            if field.used[i, k]:
                level = np.maximum(x[:, field.regulator[i, k]], 1e-3 * values(field.top)[0])
                h[:, k] = level ** n[i, k] / (K[i, k] ** n[i, k] + level ** n[i, k])
        for row, on in enumerate(itertools.product((0, 1), repeat=slots)):
            on = np.array(on)
            result[:, i] += a[i, row] * np.where(on, h, 1 - h).prod(1)
    return s * result


def test_formula_against_numpy(states, edges_of, shake) -> None:
    field = shake(LogicField(GENES, edges=edges_of(), dtype=torch.float64))
    x = states.numpy()
    decay = np.log1p(np.exp(values(field.raw_decay)))
    np.testing.assert_allclose(
        values(field(None, states)), table_production(field, x) - decay * x, atol=1e-12
    )


@pytest.mark.parametrize(
    ("rule", "table"),
    [("and", [0, 0, 0, 1]), ("or", [0, 1, 1, 1]), ("first, not second", [0, 0, 1, 0])],
)
def test_corners_are_the_truth_table(rule: str, table: list[float]) -> None:
    edges = CandidateEdges([0, 1], [2, 2], 3)
    field = LogicField("ABC", edges=edges, dtype=torch.float64)
    with torch.no_grad():
        field.table[2] = (torch.tensor(table, dtype=torch.float64) * 60) - 30
        field.raw_exponent.fill_(40.0)
    x = torch.tensor([[0, 0, 1], [0, 50, 1], [50, 0, 1], [50, 50, 1]], dtype=torch.float64)
    produced = field.production(x)[:, 2] / field.scale()[2]
    np.testing.assert_allclose(values(produced), table, atol=1e-9)


def test_the_rest_of_a_table_take_over_what_they_can(states, edges_of, shake) -> None:
    field = shake(LogicField(GENES, edges=edges_of(), dtype=torch.float64))
    gene, slot = (int(k[-1]) for k in field.used.nonzero(as_tuple=True))
    source = int(field.regulator[gene, slot])
    h = values(field.hill(states))[:, gene]
    rows = list(itertools.product((0, 1), repeat=h.shape[1] - 1))
    rest = np.delete(h, slot, axis=1)
    shares = np.array([[np.where(on, cell, 1 - cell).prod() for on in rows] for cell in rest])
    a = np.moveaxis(values(field.rows())[gene].reshape((2,) * h.shape[1]), slot, 0).reshape(2, -1)
    level = h[:, slot].mean()
    before = values(field.production(states))
    old = before[:, gene] / values(field.scale())[gene]
    # min ‖shares a' − old‖² / n + ridge ‖a' − mean‖², as one least squares problem
    n, ridge = len(states), 1e-3
    left = np.vstack([shares / np.sqrt(n), np.sqrt(ridge) * np.eye(len(rows))])
    mean = (1 - level) * a[0] + level * a[1]
    right = np.concatenate([old / np.sqrt(n), np.sqrt(ridge) * mean])
    wanted = np.clip(np.linalg.lstsq(left, right, rcond=None)[0], 1e-6, 1 - 1e-6)

    field.drop_(gene, slot, states)
    after = values(field.production(states))
    np.testing.assert_allclose(
        after[:, gene], values(field.scale())[gene] * (shares @ wanted), rtol=1e-9
    )
    others = np.arange(8) != gene
    np.testing.assert_array_equal(after[:, others], before[:, others])
    assert field.edge_weights()[gene, source] == 0
    with torch.no_grad():  # as training goes on, rows part that no cell tells apart
        field.table[gene] += torch.linspace(0, 1, len(field.table[gene])).to(field.table)
    assert field.edge_weights()[gene, source] == 0
    assert field.jacobian(states)[:, gene, source].abs().max() == (
        field.decay_rate()[gene] if gene == source else 0
    )
    assert len(field.law_parameters()) == len(field.edges) - 1


@pytest.mark.parametrize("seed", range(5))
def test_known_signs_are_kept_in_every_row(seed: int, shake) -> None:
    edges = CandidateEdges([0, 1, 2, 3], [0, 0, 0, 0], 4, [1, -1, 1, 0])
    field = shake(LogicField("ABCD", edges=edges, dtype=torch.float64), seed, by=3)
    field.proximal_(0.1)
    cube = field.rows()[0].reshape((2,) * 4)
    assert (cube[1] >= cube[0]).all()
    assert (cube[:, 1] <= cube[:, 0]).all()
    assert (cube[:, :, 1] >= cube[:, :, 0]).all()
    again = field.table.detach().clone()
    field.proximal_(0.1)
    torch.testing.assert_close(field.table.detach(), again)


def test_a_constant_system_of_levels_gives_scales_of_its_data() -> None:
    field = LogicField("AB", dtype=torch.float64)
    x = torch.tensor([[0.0, 2.0], [4.0, 0.0]], dtype=torch.float64)
    field.calibrate_(x, torch.tensor([[0.4, -0.2], [-0.4, 0.2]], dtype=torch.float64))
    np.testing.assert_allclose(values(field.decay_rate()), [0.2, 0.2])
    np.testing.assert_allclose(values(field.threshold())[0], 0.5 * values(field.top))
    np.testing.assert_allclose(values(field.scale()), 1.1 * 0.2 * values(field.top))


def test_too_many_regulators_are_refused() -> None:
    with pytest.raises(InputError, match=r"at most 6 candidate regulators.*7 for") as caught:
        LogicField([f"g{i}" for i in range(7)])
    assert "field='logic'" in str(caught.value)


def test_a_penalty_grows_with_what_regulators_do(shake) -> None:
    flat = LogicField("AB", l1=0.5, dtype=torch.float64)
    with torch.no_grad():
        flat.table.fill_(0.3)
    assert float(flat.penalty().detach()) == pytest.approx(0.5 * 2 * 1e-3, rel=1e-6)
    assert shake(flat).penalty() > 10 * 0.5 * 2 * 1e-3
    assert LogicField("AB").penalty() == 0


@pytest.mark.parametrize("shape", [(7,), (2, 3)])
def test_many_genes_have_the_production_and_gradients_of_few(monkeypatch, shape):
    """Both layouts, on edges with a gene that has no regulator and one whose table has a hole."""
    genes = [f"g{k}" for k in range(5)]
    edges = CandidateEdges([0, 1, 2, 4, 2], [1, 1, 1, 3, 4], 5)
    x = torch.rand(*shape, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found = []
    for few in (4, 5):
        monkeypatch.setattr(logic, "SMALL_PANEL", few)
        field = make_field("logic", genes, edges=edges, seed=3, dtype=torch.float64)
        states = x.clone().requires_grad_()
        production = field.production(states)
        weighted = (production * torch.arange(1.0, 6)).sum()
        found.append([production, *torch.autograd.grad(
            weighted, (states, *(p for name, p in field.named_parameters() if name != "raw_decay"))
        )])  # fmt: skip
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-14)


def test_the_curves_of_one_gene_are_those_of_all() -> None:
    field = LogicField(GENES[:4], seed=2)
    x = torch.rand(6, 4, generator=torch.Generator().manual_seed(0))
    for gene in range(4):
        torch.testing.assert_close(field._hill_of(gene, x), field.hill(x)[:, gene])


def test_many_cells_without_gradient_have_the_same_bits(edges_of, shake):
    field = shake(LogicField(GENES, edges=edges_of()))
    x = torch.rand(5, logic.MANY // 8, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(
            field.production(x), field.scale() * logic.interpolated(field.rows(), field.hill(x))
        )
