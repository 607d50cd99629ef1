from __future__ import annotations

import numpy as np

from hillflow.demo_words import _shares


def test_shares_are_named_by_size_and_the_rare_are_not_none():
    labels = np.array(["progenitor"] + ["erythrocyte"] * 100 + ["monocyte"] * 399)
    assert _shares(labels) == "80% monocyte, 20% erythrocyte, <1% progenitor"
