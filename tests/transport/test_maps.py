"""Transport maps in the layout of Waddington-OT, read back by anndata and by that layout."""

from __future__ import annotations

import re
from dataclasses import replace

import anndata
import h5py
import numpy as np
import pytest

from hillflow.errors import HillflowWarning, InputError
from hillflow.transport import (
    Given,
    Unbalanced,
    fit_plan,
    transport_maps,
    write_transport_maps,
)

# As `TransportMapModel.from_directory` finds files and times.
NAME = re.compile(r"tmaps_([0-9]*\.?[0-9]+)_([0-9]*\.?[0-9]+)\.h5ad")


def test_files_have_the_documented_layout(snapshots, tmp_path) -> None:
    snapshots = replace(snapshots, time=snapshots.time / 2)
    plan = fit_plan(snapshots)
    files = write_transport_maps(plan, snapshots, tmp_path / "maps")
    assert set(tmp_path.glob("maps/*")) == set(files)
    times = [tuple(map(float, NAME.fullmatch(file.name).groups())) for file in files]
    assert times == [(0.0, 0.5), (0.5, 1.5)]
    for file, interval in zip(files, plan, strict=False):
        # CellRank's from_wot takes the last two parts of the name as times.
        *_, start, end = file.stem.split("_")
        assert (float(start), float(end)) == (interval.start.time, interval.end.time)
        with h5py.File(file) as raw:  # as Waddington-OT reads the names
            rows = raw["obs"]["index"][()].astype(str)
            columns = raw["var"]["index"][()].astype(str)
        read = anndata.read_h5ad(file)
        # CellRank wants exactly the cells of both times.
        assert list(read.obs_names) == list(rows) == list(snapshots.cells[interval.start.rows])
        assert list(read.var_names) == list(columns) == list(snapshots.cells[interval.end.rows])
        assert read.X.format == "csr"
        want = interval.pairs.matrix(len(snapshots), len(snapshots)).toarray()
        want = want[np.ix_(interval.start.rows, interval.end.rows)]
        np.testing.assert_allclose(read.X.toarray(), want)
        np.testing.assert_allclose(read.X.toarray().sum(axis=0), 1 / len(interval.end))


def test_what_was_written_is_read_as_a_plan(snapshots, tmp_path) -> None:
    control = snapshots.take(snapshots.rows(condition="control")).with_basis(3)
    plan = fit_plan(control)
    write_transport_maps(plan, control, tmp_path)
    again = fit_plan(control, Given.from_file(tmp_path, keep=1.0))
    for one, other in zip(again, plan, strict=True):
        n = len(control)
        np.testing.assert_allclose(
            one.pairs.matrix(n, n).toarray(), other.pairs.matrix(n, n).toarray(), atol=1e-12
        )


def test_mass_that_grows_is_that_at_the_end(snapshots) -> None:
    plan = fit_plan(snapshots, Unbalanced(tau=0.2))
    for one, interval in zip(transport_maps(plan, snapshots).values(), plan, strict=False):
        pairs = interval.pairs
        assert one.X.sum() == pytest.approx(float((pairs.weight * pairs.growth).sum()))


def test_maps_need_names_intervals_and_rows(snapshots) -> None:
    plan = fit_plan(snapshots)
    with pytest.raises(InputError, match="cells with names"):
        transport_maps(plan, replace(snapshots, cells=None))
    with pytest.raises(InputError, match="none of B=knockout"):
        transport_maps(plan, snapshots, condition="B=ko")
    lone = replace(plan[0].pairs, i=plan[0].pairs.i[:1], j=plan[0].pairs.j[:1], weight=np.ones(1))
    control = replace(plan, intervals=(replace(plan[0], pairs=lone),))
    with pytest.warns(HillflowWarning, match="rows are empty: 19"):
        transport_maps(control, snapshots)
