from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hillflow import pl
from hillflow.causal.confidence import reliability
from hillflow.errors import InputError


def test_points_are_shares_of_true_edges():
    table = reliability(np.array([0.1, 0.1, 0.9, 0.9]), np.array([0, 1, 1, 1]), bins=2)
    ax = pl.reliability(table)
    np.testing.assert_allclose(ax.lines[1].get_xydata(), [(0.1, 0.5), (0.9, 1.0)])
    assert [text.get_text() for text in ax.texts] == ["2", "2"]
    assert ax.get_title("left") == "4 edges"


def test_an_empty_table_is_refused():
    with pytest.raises(InputError, match="a bin with edges"):
        pl.reliability(pd.DataFrame())
