from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.errors import FileFormatError, InputError, MissingFileError
from hillflow.transport import Plan, fit_plan, make_coupling
from hillflow.transport.storage import fingerprint


@pytest.mark.parametrize("name", ["independent", "exact", "sinkhorn", "unbalanced", "wfr"])
def test_a_plan_comes_back_equal(snapshots, tmp_path, name) -> None:
    plan = fit_plan(snapshots, name, seed=4)
    path = plan.save(tmp_path / "deep" / "plan")
    assert path.name == "plan.npz"
    back = Plan.load(path, snapshots)
    assert back.options == plan.options
    assert back.fingerprint == plan.fingerprint
    states = snapshots.states()
    for one, other in zip(back, plan, strict=True):
        assert (one.condition, one.start.time, one.end.time) == (
            other.condition, other.start.time, other.end.time)  # fmt: skip
        assert one.starts_from_control == other.starts_from_control
        assert one.pairs.cost == other.pairs.cost
        for array in ("i", "j", "weight", "growth"):
            np.testing.assert_array_equal(getattr(one.pairs, array), getattr(other.pairs, array))
        np.testing.assert_array_equal(
            one.barycentric(snapshots.x, states), other.barycentric(snapshots.x, states)
        )
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["plan.npz"]


def test_another_data_set_is_refused(snapshots, tmp_path) -> None:
    path = fit_plan(snapshots, "independent").save(tmp_path / "plan.npz")
    weights = np.ones(len(snapshots))
    for other in (
        replace(snapshots, x=snapshots.x + 1e-6),
        replace(snapshots, time=snapshots.time * 2),
        replace(snapshots, weights=weights),
        snapshots.with_basis(2),
        snapshots.with_basis(3, whiten=True),
        snapshots.take(np.arange(len(snapshots)) > 3).with_basis(3),
    ):
        with pytest.raises(InputError, match="data set this plan was computed from"):
            Plan.load(path, other)
    Plan.load(path, replace(snapshots, labels=np.full(len(snapshots), "stem")))


def test_fingerprint_is_of_the_content(snapshots) -> None:
    copy = replace(snapshots, x=snapshots.x.copy(order="F"))
    assert fingerprint(copy) == fingerprint(snapshots)


def test_files_that_are_no_plans(snapshots, tmp_path) -> None:
    with pytest.raises(MissingFileError, match="nothing at"):
        Plan.load(tmp_path / "no.npz", snapshots)
    path = fit_plan(snapshots, "independent").save(tmp_path / "plan.npz")
    whole = path.read_bytes()
    other = tmp_path / "other.npz"
    np.savez(other, a=np.ones(3))
    for content in (b"", b"not a plan", whole[: len(whole) // 2], other.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(FileFormatError, match=r"plan\.npz"):
            Plan.load(path, snapshots)


def test_an_infinite_option_survives(snapshots, tmp_path) -> None:
    plan = fit_plan(snapshots, make_coupling("unbalanced", tau_target=float("inf")))
    back = Plan.load(plan.save(tmp_path / "plan"), snapshots)
    assert back.options["tau_target"] == float("inf")
