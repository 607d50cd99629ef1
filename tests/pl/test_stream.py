from __future__ import annotations

import numpy as np
import pytest

from hillflow import pl
from hillflow.data import LinearBasis
from hillflow.errors import HillflowError
from hillflow.pl._stream import _on_a_grid, control_rows

from .conftest import exact


def test_the_flow_on_the_grid_is_that_of_the_cells_nearby():
    random = np.random.default_rng(0)
    place = random.uniform(-1, 1, size=(2000, 2))
    turning = place @ np.array([[0.0, 1.0], [-1.0, 0.0]])
    x, y, u, v = _on_a_grid(place, turning, np.array([[-1.0, 1.0], [-1.0, 1.0]]))
    inner = np.abs(x) < 0.8
    across, up = np.meshgrid(x, y)
    # a rotation: u = −y, v = x, but for the noise of an average over some 10 cells
    np.testing.assert_allclose(u[inner][:, inner], -up[inner][:, inner], atol=0.06)
    np.testing.assert_allclose(v[inner][:, inner], across[inner][:, inner], atol=0.06)


def test_nothing_flows_where_no_cell_is():
    place = np.random.default_rng(0).normal(-1, 0.05, size=(200, 2))
    *_, u, _ = _on_a_grid(place, place, np.array([[-1.2, 1.0], [-1.2, 1.0]]))
    assert u.mask[-1, -1]
    assert not u.mask.all()


def test_simulated_paths_are_the_exact_flow_and_cells_are_the_untouched(model, cells):
    ax = pl.stream(model, data=cells, paths=5)
    paths = [line for line in ax.lines if len(line.get_xdata()) == 40]
    assert len(paths) == 5
    start = cells.x[cells.rows(0.0, cells.conditions[0])]
    plane = LinearBasis.fit(cells.x[control_rows(cells)], 2)
    ends = plane.project(exact(start, 3.0))
    for path in paths:
        end = path.get_xydata()[-1]
        assert np.linalg.norm(ends - end, axis=1).min() < 1e-3
    assert sum(len(c.get_offsets()) for c in ax.collections[:3]) == 120
    assert ax.get_title("left") == "Flow of the fitted field, control"
    ax.figure.canvas.draw()


def test_a_gene_that_is_not_there_is_refused(model, cells):
    with pytest.raises(HillflowError, match="NKX2-5"):
        pl.stream(model, data=cells, intervention="NKX2=ko")
