from __future__ import annotations

import numpy as np
import pytest

from hillflow import pl
from hillflow.errors import GeneNameError

from .conftest import exact


def test_the_line_is_the_mean_of_the_exact_flow_and_dots_are_measured_means(model, cells):
    ax = pl.trajectory(model, "NA", data=cells)
    line, dots = ax.lines
    untouched = cells.conditions[0]
    start = cells.x[cells.rows(0.0, untouched)]
    expected = [exact(start, time)[:, 2].mean() for time in line.get_xdata()]
    np.testing.assert_allclose(line.get_ydata(), expected, atol=1e-3)
    measured = [cells.x[cells.rows(time, untouched), 2].mean() for time in cells.times]
    np.testing.assert_allclose(dots.get_ydata(), measured)


def test_genes_that_move_most_come_first(members, cells):
    axes = pl.trajectories(members, data=cells, top=2)
    titles = [ax.get_title("left") for ax in axes]
    x, time = cells.x[cells.condition == 0], cells.time[cells.condition == 0]
    means = np.stack([x[time == one].mean(0) for one in cells.times])
    moved = np.ptp(means, axis=0) / x.std(0)
    assert titles == [cells.genes[k] for k in np.argsort(-moved)[:2]]
    axes[0].figure.canvas.draw()


def test_an_unknown_gene_is_refused(model, cells):
    with pytest.raises(GeneNameError, match="did you mean 'NKX2-5'"):
        pl.trajectories(model, data=cells, genes=["NKX25"])
