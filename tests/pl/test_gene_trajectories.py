from __future__ import annotations

import numpy as np
import pytest

from hillflow.errors import GeneNameError
from hillflow.pl import plot_trajectories, plot_trajectory
from hillflow.pl.style import new_axes

from .conftest import exact


def test_the_line_is_the_mean_of_the_exact_flow_and_dots_are_measured_means(model, cells):
    ax = new_axes()
    assert plot_trajectory("NA", model, cells, ax=ax) is ax
    line, dots = ax.lines
    untouched = cells.conditions[0]
    start = cells.x[cells.rows(0.0, untouched)]
    expected = [exact(start, time)[:, 2].mean() for time in line.get_xdata()]
    np.testing.assert_allclose(line.get_ydata(), expected, atol=1e-3)
    measured = [cells.x[cells.rows(time, untouched), 2].mean() for time in cells.times]
    np.testing.assert_allclose(dots.get_ydata(), measured)


def test_genes_that_move_most_come_first(members, cells):
    figure = plot_trajectories(members, cells, most=2)
    titles = [panel.get_title("left") for panel in figure.axes]
    x, time = cells.x[cells.condition == 0], cells.time[cells.condition == 0]
    means = np.stack([x[time == one].mean(0) for one in cells.times])
    moved = np.ptp(means, axis=0) / x.std(0)
    assert titles == [cells.genes[k] for k in np.argsort(-moved)[:2]]
    figure.canvas.draw()


def test_an_unknown_gene_is_refused(model, cells):
    with pytest.raises(GeneNameError, match="did you mean 'NKX2-5'"):
        plot_trajectories(model, cells, genes=["NKX25"])
