from __future__ import annotations

import warnings
from dataclasses import replace

import anndata
import numpy as np
import pandas as pd
import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from hillflow.data import leave_out_cells
from hillflow.errors import (
    FileFormatError,
    HillflowWarning,
    InputError,
    MissingFileError,
    UnsupportedError,
)
from hillflow.findings import collect_findings
from hillflow.interventions import Intervention
from hillflow.transport import ExactOT, Given, fit_plan


@pytest.fixture
def truth(snapshots):
    """An exact plan to be handed over and read back."""
    return fit_plan(snapshots, ExactOT())


def _table(snapshots, plan) -> pd.DataFrame:
    parts = [
        pd.DataFrame({
            "source_cell": snapshots.cells[interval.pairs.i],
            "target_cell": snapshots.cells[interval.pairs.j],
            "weight": interval.pairs.weight,
        })
        for interval in plan
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _same(snapshots, got, want) -> None:
    n = len(snapshots)
    for one, other in zip(got, want, strict=True):
        assert (one.condition, one.gap) == (other.condition, other.gap)
        np.testing.assert_allclose(
            one.pairs.matrix(n, n).toarray(), other.pairs.matrix(n, n).toarray(), atol=1e-12
        )
        assert one.pairs.cost == pytest.approx(other.pairs.cost)


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet", None])
def test_table_of_names(snapshots, truth, tmp_path, ending) -> None:
    table = _table(snapshots, truth)
    source = table if ending is None else tmp_path / f"pairs.{ending}"
    if ending == "parquet":
        pytest.importorskip("pyarrow")
        table.to_parquet(source)
    elif ending is not None:
        table.to_csv(source, sep="\t" if ending == "tsv" else ",", index=False)
    _same(snapshots, fit_plan(snapshots, Given.from_table(source)), truth)


def test_table_of_rows(snapshots, truth) -> None:
    table = pd.concat([
        pd.DataFrame({"source_cell": p.pairs.i, "target_cell": p.pairs.j, "weight": p.pairs.weight})
        for p in truth
    ])  # fmt: skip
    _same(snapshots, fit_plan(snapshots, Given.from_table(table)), truth)


def test_pairs_without_weights_count_the_same(snapshots, truth) -> None:
    table = _table(snapshots, truth).drop(columns="weight")
    plan = fit_plan(snapshots, Given.from_table(table))
    assert all(np.ptp(interval.pairs.weight) < 1e-15 for interval in plan)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix, sparse.coo_array])
def test_matrices_by_interval(snapshots, truth, kind) -> None:
    n = len(snapshots)
    knockout = truth[2].condition
    control = Intervention.control()
    maps = {control: {}, knockout: {}}
    for interval in truth:
        if not interval.starts_from_control:
            block = interval.pairs.matrix(n, n)[interval.start.rows][:, interval.end.rows]
            maps[interval.condition][interval.start.time, interval.end.time] = kind(block.toarray())
    given = Given.joined(
        Given.from_matrices(snapshots, maps[c], c, keep=1.0) for c in (control, knockout)
    )
    got = fit_plan(snapshots, given, start_from_control=False)
    _same(snapshots, got, [interval for interval in truth if not interval.starts_from_control])


@pytest.mark.parametrize("on_disk", [True, False])
def test_transport_maps_as_anndata(snapshots, truth, tmp_path, on_disk) -> None:
    """The format of Waddington-OT: one h5ad an interval, obs = sources, var = targets."""
    n, maps = len(snapshots), []
    for k, interval in enumerate(truth):
        block = interval.pairs.matrix(n, n)[interval.start.rows][:, interval.end.rows]
        item = anndata.AnnData(
            block if k % 2 else block.toarray(),
            obs=pd.DataFrame(index=snapshots.cells[interval.start.rows]),
            var=pd.DataFrame(index=snapshots.cells[interval.end.rows]),
        )
        if on_disk:
            item.write_h5ad(tmp_path / f"map{k}.h5ad")
        maps.append(tmp_path / f"map{k}.h5ad" if on_disk else item)
    _same(snapshots, fit_plan(snapshots, Given.from_anndata(*maps, keep=1.0)), truth)


@hypothesis_given(
    arrays(float, (9, 7), elements=st.floats(0, 1).map(lambda v: v if v > 0.01 else 0.0)),
    st.floats(0.1, 1.0),
)
def test_the_heaviest_targets_hold_their_share(matrix, keep) -> None:
    if not matrix.sum() > 0:
        return
    given = Given.from_matrix(matrix, np.arange(9), np.arange(7), keep=keep)
    kept = np.zeros_like(matrix)
    kept[given.source, given.target] = given.weight
    assert (kept.sum(axis=1) >= keep * matrix.sum(axis=1) - 1e-9).all()
    np.testing.assert_array_equal(kept[kept > 0], matrix[kept > 0])
    for row, full in zip(kept, matrix, strict=True):
        left_out = full[(row == 0) & (full > 0)]
        if len(left_out):
            assert row[row > 0].min() >= left_out.max()
            # and no more than needed
            assert row.sum() - row[row > 0].min() < keep * full.sum() + 1e-9


def test_cells_that_only_one_side_has_are_counted(snapshots, truth) -> None:
    table = _table(snapshots, truth)
    of_one = table["source_cell"] == table.loc[0, "source_cell"]
    table.loc[of_one, "source_cell"] = "cel1"
    with collect_findings() as said, pytest.warns(HillflowWarning):
        fit_plan(snapshots, Given.from_table(table))
    texts = {one.code: one.text for one in said}
    assert "1, such as 'cel1'" in texts["plan.unknown-cells"]
    assert "1 of 125" in texts["plan.cells-without-pairs"]
    table["source_cell"] = "x" + table["source_cell"]
    with pytest.raises(InputError, match=r"others, such as 'xcel.*did you mean 'cell\d+'"):
        fit_plan(snapshots, Given.from_table(table))
    with pytest.raises(InputError, match=r"such as '9999'"):
        fit_plan(snapshots, Given(np.array([0, 9999]), np.array([1, 2]), np.ones(2)))


def _uniform(snapshots) -> Given:
    """Each cell to all of the next population, with a mass of its own."""
    rng, parts = np.random.default_rng(5), []
    for interval in fit_plan(snapshots, "independent"):
        start, end = interval.start.rows, interval.end.rows
        weights = rng.uniform(0.5, 2, (len(start), len(end)))
        parts.append(Given.from_matrix(weights, start, end, keep=1.0))
    return Given.joined(parts)


def test_cells_set_aside_are_dropped_and_rows_keep_their_mass(snapshots) -> None:
    whole = _uniform(snapshots)
    given = whole.bind(snapshots)
    assert given.source.dtype.kind == "U"
    assert given.bind(snapshots) is given
    full = fit_plan(snapshots, whole)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        split = leave_out_cells(snapshots, 0.3, seed=2).train
        part = fit_plan(split, given)
    for one, other in zip(part, full, strict=True):
        n = len(snapshots)
        dense = other.pairs.matrix(n, n).toarray()
        kept = np.flatnonzero(np.isin(snapshots.cells, split.cells))
        left = dense[np.ix_(kept, kept)]
        left *= (dense.sum(1)[kept] / np.where(left.sum(1) > 0, left.sum(1), 1))[:, None]
        got = one.pairs.matrix(len(split), len(split)).toarray()
        np.testing.assert_allclose(got, left / left.sum(), atol=1e-12)


def test_a_bootstrap_of_cells_is_one_of_the_plan(snapshots) -> None:
    given = _uniform(snapshots)
    counts = np.arange(len(snapshots)) % 3.0
    full, drawn = fit_plan(snapshots, given), fit_plan(replace(snapshots, weights=counts), given)
    for one, other in zip(drawn, full, strict=True):
        n = len(snapshots)
        dense = other.pairs.matrix(n, n).toarray()
        shares = dense * counts
        shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-300)
        want = shares * (dense.sum(axis=1) * counts)[:, None]
        np.testing.assert_allclose(one.pairs.matrix(n, n).toarray(), want / want.sum(), atol=1e-12)


def test_rows_of_nameless_cells_serve_a_plan_but_no_fit(snapshots) -> None:
    nameless, given = replace(snapshots, cells=None), _uniform(snapshots)
    assert len(fit_plan(nameless, given)) == 4
    with pytest.raises(InputError, match=r"cells with names.*fit_plan"):
        given.bind(nameless)


def test_an_interval_without_pairs_is_named(snapshots, truth) -> None:
    table = _table(snapshots, truth.intervals[:3])
    given = Given.from_table(table)
    with (
        pytest.warns(HillflowWarning, match="28 of 125"),
        pytest.raises(InputError, match=r"none in 'A=knockout 1 to 3'.*plan between"),
    ):
        fit_plan(snapshots, given)


def test_pairs_that_skip_a_time_are_said(snapshots, truth) -> None:
    table = _table(snapshots, truth)
    skipping = {
        "source_cell": snapshots.cells[truth[0].start.rows[0]],
        "target_cell": snapshots.cells[truth[1].end.rows[0]],
        "weight": 1.0,
    }
    table = pd.concat([table, pd.DataFrame([skipping])])
    with pytest.warns(HillflowWarning, match="1 of"):
        plan = fit_plan(snapshots, Given.from_table(table))
    _same(snapshots, plan, truth)


def test_names_need_snapshots_with_names(snapshots, truth) -> None:
    table = _table(snapshots, truth)
    with pytest.raises(InputError, match="names of their cells"):
        fit_plan(replace(snapshots, cells=None), Given.from_table(table))


def test_tables_that_are_none(tmp_path) -> None:
    with pytest.raises(MissingFileError, match="nothing at"):
        Given.from_table(tmp_path / "no.csv")
    with pytest.raises(MissingFileError, match="nothing at"):
        Given.from_anndata(tmp_path / "no.h5ad")
    pytest.importorskip("pyarrow")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"not a table")
    with pytest.raises(FileFormatError, match=r"broken\.parquet"):
        Given.from_table(broken)
    (tmp_path / "broken.h5ad").write_bytes(b"not a map")
    with pytest.raises(FileFormatError, match=r"broken\.h5ad"):
        Given.from_anndata(tmp_path / "broken.h5ad")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Given.from_table(pd.DataFrame({"source_cell": ["a"], "to": [1]})), "target_cell"),
        (lambda: Given.from_table(pd.DataFrame({"source_cell": [], "target_cell": []})), "none"),
        (
            lambda: Given.from_table(
                pd.DataFrame({"source_cell": ["a"], "target_cell": ["b"], "weight": ["x"]})
            ),
            "1 not finite",
        ),
        (lambda: Given(np.array(["a"]), np.array(["b"]), np.array([-1.0])), "1 negative"),
        (lambda: Given(np.array(["a"]), np.array(["b", "c"]), np.ones(2)), "1 and 2"),
        (lambda: Given.from_matrix(np.ones((2, 3)), list("abc"), list("de")), "transpose the map"),
        (lambda: Given.from_matrix(np.ones((2, 3)), list("ab"), list("de")), "one name per row"),
        (lambda: Given.from_matrix(-np.ones((2, 2)), list("ab"), list("de")), "at least 0"),
        (lambda: Given.from_matrix(np.ones((2, 2)), list("ab"), list("de"), keep=0), "keep above"),
        (lambda: Given.joined([]), "at least one map"),
        (
            lambda: Given.joined([
                Given(np.array(["a"]), np.array(["b"]), np.ones(1)),
                Given(np.array([0]), np.array([1]), np.ones(1)),
            ]),
            "names or rows",
        ),
    ],
)  # fmt: skip
def test_unusable_pairs_are_refused(make, message) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_given_pairs_need_a_data_set() -> None:
    given = Given(np.array([0]), np.array([0]), np.ones(1))
    with pytest.raises(UnsupportedError, match=r"fit_plan\(snapshots, given\)"):
        given.couple(np.zeros((1, 1)), np.zeros((1, 1)))
