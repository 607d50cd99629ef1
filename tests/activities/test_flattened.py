"""Flattening keeps directions and their order, and changes how much each counts."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.activities import flattened
from hillflow.errors import InputError


@pytest.mark.parametrize("shape", [(7, 30), (30, 7)])
@pytest.mark.parametrize("power", [0.0, 0.25, 1.0])
def test_singular_values_are_raised_to_the_power(shape, power) -> None:
    x = np.random.default_rng(0).normal(3.0, 1.0, size=shape)
    centred = x - x.mean(axis=0)
    values = np.linalg.svd(centred, compute_uv=False)
    values = values[values > 1e-8]
    found = flattened(x, power)
    np.testing.assert_allclose(
        np.linalg.svd(found, compute_uv=False)[: len(values)], values**power, rtol=1e-9
    )
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-12)


def test_genes_that_share_only_what_all_share_are_told_apart() -> None:
    random = np.random.default_rng(1)
    x = 5 * random.normal(size=(60, 1)) + random.normal(size=(60, 40))  # growth, in every gene
    x[:, :5] += random.normal(size=(60, 1))  # and what five share
    before, after = (np.corrcoef(one.T) for one in (x, flattened(x, 0.25)))

    def gap(r: np.ndarray) -> float:
        return float(r[0, 1:5].mean() - r[0, 5:].mean())

    assert gap(after) > 2 * gap(before)


def test_a_power_beyond_its_range_is_refused() -> None:
    with pytest.raises(InputError, match="from 0"):
        flattened(np.eye(3), 2.0)
