from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hillflow.data import Snapshots, normalize, select_variable_genes
from hillflow.errors import GeneNameError, InputError


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_normalize_is_its_formula(snapshots, kind):
    counts = replace(snapshots.with_basis(2), x=snapshots.x.astype(kind))
    data = normalize(counts, target_sum=500.0)
    x = counts.x.astype(np.float64)
    expected = np.log1p(x * 500 / x.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(data.x, expected, rtol=1e-6 if kind == np.float32 else 1e-12)
    assert data.x.dtype == kind
    assert (data.scale, data.basis) == ("log1p", None)
    np.testing.assert_array_equal(counts.x, snapshots.x)


def test_each_cell_is_normalized_alone(snapshots):
    rows = np.arange(60)
    np.testing.assert_array_equal(
        normalize(snapshots.take(rows)).x, normalize(snapshots).take(rows).x
    )


def test_normalize_refuses(snapshots, refused):
    with refused(InputError, "counts", "scale 'log1p'", "skip normalisation"):
        normalize(normalize(snapshots))
    with refused(InputError, "a target_sum above 0", "-1", "1e4"):
        normalize(snapshots, -1)
    x = snapshots.x.copy()
    x[5] = 0
    with refused(InputError, "counts in every cell", "1 cells without any", ".take("):
        normalize(replace(snapshots, x=x))
    x[5] = -1
    with refused(InputError, "at least 0 for normalisation", "down to -1", "give counts"):
        normalize(replace(snapshots, x=x))


@pytest.fixture
def logged() -> Snapshots:
    """300 genes of growing mean, of which K50, K150 and K250 vary far more than their peers."""
    random = np.random.default_rng(0)
    x = random.gamma(20.0, 0.05, (200, 300))
    x[:, [50, 150, 250]] = random.choice([0.1, 1.9], (200, 3))
    x *= np.linspace(5, 15, 300)
    genes = [f"K{k}" for k in range(300)]
    conditions = ["control"] * 100 + ["K5"] * 100
    data = Snapshots.from_arrays(x, [0, 1] * 100, genes, conditions, scale="unknown")
    return replace(data, x=np.log1p(data.x), scale="log1p")


def test_the_variable_genes_are_found_and_the_perturbed_kept(logged):
    data = select_variable_genes(logged, 3, keep=["K299", "K150"])
    assert data.genes == ("K5", "K50", "K150", "K250", "K299")
    np.testing.assert_array_equal(data.x, logged.x[:, [5, 50, 150, 250, 299]])


@pytest.mark.parametrize("size", [1, 2, 7, 200])
def test_exactly_as_many_as_asked_for(logged, size):
    untouched = logged.take(logged.condition == 0)
    assert len(select_variable_genes(untouched, size).genes) == size


def test_all_genes_are_all_genes(logged):
    assert select_variable_genes(logged, 300) is logged


def test_select_variable_genes_refuses(logged, snapshots, refused):
    with refused(InputError, "log1p data", "counts", "normalize(snapshots)"):
        select_variable_genes(snapshots, 2)
    with refused(InputError, "log1p data, between 0 and", "values from -", "before scaling"):
        select_variable_genes(replace(logged, x=logged.x - 3), 2)
    with refused(InputError, "log1p data, between 0 and", "to 314", "before scaling"):
        select_variable_genes(replace(logged, x=logged.x * 0 + 314), 2)
    with refused(InputError, "at least 1 gene", "0", "more genes"):
        select_variable_genes(logged, 0)
    with refused(GeneNameError, "genes of the data", "'k3'", "did you mean 'K3'"):
        select_variable_genes(logged, 2, keep=["k3"])
