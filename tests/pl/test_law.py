"""Response curves are the law's; densities lie beneath them."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow import pl
from hillflow.data import Snapshots
from hillflow.errors import GeneNameError, InputError
from hillflow.symbolic import Laws, read_laws

from ..logic_laws import GENES, logic_field, logic_member, production

X = np.random.default_rng(2).uniform(0.05, 1.4, (90, 4))
CELLS = Snapshots.from_arrays(X, np.repeat([0.0, 1.0, 2.0], 30), GENES, unit="h", scale="log1p")


@pytest.fixture(scope="module")
def laws() -> Laws:
    return read_laws(logic_member(), CELLS)


def test_of_two_regulators_the_other_is_high_or_low(laws):
    ax = pl.law(laws, "GATA1", data=CELLS)
    curves = {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}
    assert list(curves) == ["GATA1 (SPI1 high)", "GATA1 (SPI1 low)", "SPI1 (GATA1 high)",
                            "SPI1 (GATA1 low)"]  # fmt: skip
    levels, drawn = curves["SPI1 (GATA1 high)"].get_data()
    states = np.zeros((len(levels), 4))
    states[:, 0], states[:, 1] = np.quantile(X[:, 0], 0.95), levels
    np.testing.assert_allclose(drawn, production(logic_field(), states)[:, 0], rtol=1e-9)
    assert (levels[0], levels[-1]) == (X[:, 1].min(), X[:, 1].max())
    assert ax.get_title("left") == "GATA1 is on if GATA1 & !SPI1"
    assert ax.get_ylabel() == "production of GATA1 (per h)"
    assert min(ax.get_yticks()) == 0  # densities below have no scale


def test_of_more_regulators_the_others_are_as_in_a_cell_with_a_large_response(laws):
    ax = pl.law(laws, "NKX2-5", data=CELLS)
    curves = {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}
    assert list(curves) == ["GATA1", "SPI1", "targets"]
    levels, drawn = curves["targets"].get_data()
    responses = []
    for cell in X:
        states = np.tile(cell, (len(levels), 1))
        states[:, 3] = levels
        responses.append(production(logic_field(), states)[:, 2])
    order = np.argsort(np.ptp(responses, axis=1))
    np.testing.assert_allclose(drawn, responses[order[int(0.95 * (len(X) - 1))]], rtol=1e-9)
    assert len(ax.collections) == 6  # a band and a density for each


def test_a_constant_production_is_drawn_with_decay_over_the_cells(laws):
    ax = pl.law(laws, "targets", data=CELLS)
    curves = {line.get_label(): line for line in ax.lines}
    np.testing.assert_allclose(curves["production (constant)"].get_ydata(), 0.7)
    levels, lost = curves["decay"].get_data()
    np.testing.assert_allclose(lost, 0.9 * levels)
    assert (levels[0], levels[-1]) == (0.0, X[:, 3].max())
    starts = [line.get_xydata()[0] for line in ax.lines]
    assert any(np.allclose(one, [0.7 / 0.9, 0.7]) for one in starts)  # at rest
    assert ax.get_title("left") == "targets has no regulator: production is constant"
    assert ax.get_xlabel() == "level of targets (log1p)"
    assert len(ax.collections) == 1  # the density of the cells
    other = Snapshots.from_arrays(X[:, :3], np.repeat([0.0, 1.0, 2.0], 30), GENES[:3], unit="h")
    with pytest.raises(GeneNameError, match="targets"):
        pl.law(laws, "targets", data=other)


def test_mistakes(laws):
    with pytest.raises(InputError, match="levels are drawn"):
        pl.law(laws, "GATA1")
    few = Snapshots.from_arrays(X[:, :1], np.repeat([0.0, 1.0, 2.0], 30), GENES[:1], unit="h")
    with pytest.raises(GeneNameError, match="SPI1"):
        pl.law(laws, "GATA1", data=few)
    with pytest.raises(GeneNameError, match="did you mean"):
        pl.law(laws, "GATA", data=CELLS)
