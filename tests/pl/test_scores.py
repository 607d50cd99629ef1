from __future__ import annotations

import numpy as np
import pytest

from hillflow import pl
from hillflow.errors import InputError


def test_bars_over_the_band_of_chance():
    ax = pl.scores({"this network": 0.6, "correlation": 0.4}, base_rate=0.2, chance=(0.1, 0.3))
    bars = [bar.get_width() for bar in ax.containers[0]]
    np.testing.assert_allclose(bars, [0.6, 0.4])
    assert [text.get_text().strip() for text in ax.texts] == ["0.60", "0.40"]
    assert ax.lines[0].get_xdata()[0] == 0.2


def test_nothing_to_draw_is_refused():
    with pytest.raises(InputError, match="one score or more"):
        pl.scores({}, base_rate=0.2)
