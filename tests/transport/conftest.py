"""Two clouds of different size, and small snapshots with a knockout that starts late."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.data.snapshots import Snapshots


@pytest.fixture
def clouds() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """States and uneven weights: z0 [40, 3], z1 [55, 3], w0, w1."""
    rng = np.random.default_rng(0)
    z0, z1 = rng.normal(size=(40, 3)), rng.normal(size=(55, 3)) * 1.3 + 0.7
    w0, w1 = rng.uniform(0.2, 2.0, 40), rng.uniform(0.2, 2.0, 55)
    return z0, z1, w0 / w0.sum(), w1 / w1.sum()


@pytest.fixture
def snapshots() -> Snapshots:
    """Control at 0, 1, 3; a knockout at 1, 3 only; 20 to 30 cells each, 4 genes, named cells."""
    rng = np.random.default_rng(1)
    sizes = {("control", 0): 20, ("control", 1): 30, ("control", 3): 25,
             ("A=knockout", 1): 22, ("A=knockout", 3): 28}  # fmt: skip
    times = np.concatenate([np.full(n, t, dtype=float) for (_, t), n in sizes.items()])
    conditions = [c for (c, _), n in sizes.items() for _ in range(n)]
    shuffled = rng.permutation(len(times))  # populations are not contiguous in real files
    x = rng.gamma(2.0, size=(len(times), 4)) + times[:, None]
    made = Snapshots.from_arrays(
        x[shuffled], times[shuffled], ["A", "B", "C", "D"],
        [conditions[k] for k in shuffled], scale="log1p",
        cells=[f"cell{k}" for k in range(len(times))],
    )  # fmt: skip
    return made.with_basis(3)
