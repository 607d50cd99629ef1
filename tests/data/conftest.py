"""One small data set, and one way of asking whether a mistake was refused helpfully."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import anndata
import numpy as np
import pandas as pd
import pytest

from hillflow.data import Snapshots
from hillflow.errors import HillflowError

GENES = ("GATA1", "SPI1", "KLF1", "CEBPA", "TAL1", "FLI1")

Refused = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def refused() -> Refused:
    """``with refused(InputError, expected, found, fix):`` holds every part of the message."""

    @contextmanager
    def check(kind: type[HillflowError], expected: str, found: str, fix: str) -> Iterator[None]:
        with pytest.raises(kind) as caught:
            yield
        error = caught.value
        assert expected in error.expected
        assert found in error.found
        assert fix in error.fix
        assert str(error).startswith(f"Expected {error.expected}, found {error.found}. Fix: ")

    return check


@pytest.fixture
def adata() -> anndata.AnnData:
    """120 cells of counts: times 0, 1, 2, untouched or without GATA1, 20 cells each."""
    return make_adata()


def make_adata() -> anndata.AnnData:
    """The cells of the fixture `adata`."""
    random = np.random.default_rng(0)
    x = random.poisson(2.0, (120, len(GENES))).astype(np.float32)
    obs = pd.DataFrame(
        {
            "time": np.tile([0.0, 1.0, 2.0], 40),
            "perturbation": np.repeat(["control", "GATA1=knockout"], 60),
            "label": np.tile(["stem", "erythroid"], 60),
            "batch": np.repeat(["a", "b", "c"], 40),
            "weight": random.uniform(0.5, 1.5, 120),
        },
        index=[f"cell{k}" for k in range(120)],
    )
    return anndata.AnnData(x, obs=obs, var=pd.DataFrame(index=list(GENES)))


@pytest.fixture
def snapshots(adata: anndata.AnnData) -> Snapshots:
    return Snapshots.from_anndata(adata, unit="d")
