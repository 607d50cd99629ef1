"""The second-order field: its state, its groups, and what can be done to it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import CandidateEdges, jacobian_statistic
from hillflow.fields.base import autodiff_jacobian
from hillflow.fields.second_order import SecondOrderField
from hillflow.interventions import Intervention
from hillflow.solve import trajectory

GENES = ("A", "B", "C")
DOUBLE = torch.float64


def make(**options: object) -> SecondOrderField:
    return SecondOrderField(GENES, dtype=DOUBLE, **options)  # type: ignore[arg-type]


def states(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, 6, generator=torch.Generator().manual_seed(2), dtype=DOUBLE)


def test_levels_move_with_the_velocities() -> None:
    field, x = make(), states(5)
    moved = field(None, x)
    assert field.state_size == 6
    assert torch.equal(moved[:, :3], x[:, 3:])
    assert torch.equal(moved[:, 3:], field.output(x))


def test_level_and_velocity_of_a_gene_are_one_group() -> None:
    field = make(l1=0.5)
    first = field.network.weights[0].detach().numpy().copy()
    norms = np.sqrt((first**2).sum(1).reshape(3, 2, 3).sum(1))
    np.testing.assert_allclose(field.group_norms().detach(), norms, rtol=1e-12)
    assert field.edge_weights().shape == (3, 3)
    field.proximal_(1.0)
    shrunk = first * np.tile(np.maximum(0, 1 - 0.5 / norms), 2)[:, None, :]
    np.testing.assert_allclose(field.network.weights[0].detach(), shrunk, rtol=1e-12)


def test_candidates_mask_both_columns() -> None:
    edges = CandidateEdges([0, 1], [1, 2], 3)
    field = make(edges=edges)
    jacobian = field.jacobian(states(4))[:, 3:]
    allowed = edges.dense(torch.ones(2)).bool()
    for half in (jacobian[..., :3], jacobian[..., 3:]):
        assert torch.equal(half != 0, allowed.expand(4, 3, 3))


def test_a_clamped_gene_stands_still_at_its_level() -> None:
    field, x = make(), states(5)
    clamped = field.do(Intervention.clamp("B", 1.5))
    held = x.clone()
    held[:, 1], held[:, 4] = 1.5, 0.0
    assert torch.equal(clamped.admit(x), held)
    others = [0, 2, 3, 5]
    assert torch.equal(clamped(None, x)[:, others], field(None, held)[:, others])
    assert not clamped(None, x)[:, [1, 4]].any()


def test_a_cut_gene_is_hidden_from_others_and_moves_itself() -> None:
    field, x = make(), states(5)
    moved, free = field.do(Intervention.cut_outgoing("B"))(None, x), field(None, x)
    unseen = x.clone()
    unseen[:, [1, 4]] = 0.0
    assert torch.equal(moved[:, [1, 4]], free[:, [1, 4]])
    assert torch.equal(moved[:, :3], x[:, 3:])
    assert torch.equal(moved[:, [3, 5]], field(None, unseen)[:, [3, 5]])


def test_stacked_interventions_equal_one_by_one() -> None:
    field = make()
    done = [
        Intervention.control(),
        Intervention.clamp("A", 0.5) + Intervention.cut_outgoing("C"),
        Intervention.cut_outgoing("A", "B"),
    ]
    x = states(3, 4)
    stacked = field.do_each(done)
    rows = torch.stack([field.do(d)(None, row) for d, row in zip(done, x, strict=True)])
    torch.testing.assert_close(stacked(None, x), rows, rtol=0, atol=1e-14)
    jacobians = torch.stack(
        [autodiff_jacobian(field.do(d), row) for d, row in zip(done, x, strict=True)]
    )
    torch.testing.assert_close(stacked.jacobian(x), jacobians, rtol=0, atol=1e-10)
    twice = field.do(Intervention.clamp("A", 0.5)).do(Intervention.cut_outgoing("C"))
    torch.testing.assert_close(twice(None, x[1]), rows[1], rtol=0, atol=1e-14)


@pytest.mark.parametrize("kind", ["ko", "kd:0.5", "oe:2", "deg:0.1"])
def test_what_needs_a_first_order_law_is_refused(kind: str) -> None:
    with pytest.raises(UnsupportedError, match="use clamp or cut_outgoing"):
        make().do(Intervention.parse(f"A={kind}"))


def test_levels_alone_start_at_rest() -> None:
    field, levels = make(), states(5)[:, :3]
    at_rest = torch.cat((levels, torch.zeros_like(levels)), -1)
    assert torch.equal(field.admit(levels), at_rest)
    for acting in (field, field.do("B=clamp:1.5")):
        ours = trajectory(acting, levels, [0.0, 0.5])
        assert ours.shape == (2, 5, 6)
        assert torch.equal(ours, trajectory(acting, at_rest, [0.0, 0.5]))
    found = jacobian_statistic(field, levels)
    torch.testing.assert_close(found.mean, field.jacobian(at_rest).mean(0).detach())
    with pytest.raises(InputError, match=r"\[\.\.\., 6\] or \[\.\.\., 3\], levels of 3 genes"):
        trajectory(field, levels[:, :2], [0.0, 0.5])


def test_more_on_top_of_a_clamp_stays_of_second_order() -> None:
    field, x = make(), states(2, 4)
    once = field.do("A=clamp:0.5").do_each(["B=clamp:1", "control"])
    assert torch.equal(once(None, x), field.do_each(["A=clamp:0.5,B=clamp:1", "A=clamp:0.5"])(
        None, x
    ))  # fmt: skip
