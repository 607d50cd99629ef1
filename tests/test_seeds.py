from __future__ import annotations

import numpy as np
import pytest

from hillflow.errors import InputError
from hillflow.seeds import LARGEST_SEED, check_seed


@pytest.mark.parametrize("seed", [0, 7, LARGEST_SEED, np.int64(7), np.uint8(3)])
def test_whole_numbers_pass_as_plain_ones(seed) -> None:
    assert check_seed(seed) == seed
    assert type(check_seed(seed)) is int


@pytest.mark.parametrize("seed", [-1, LARGEST_SEED + 1, 1.0, "1", None, True, np.array([1, 2])])
def test_everything_else_is_refused(seed) -> None:
    with pytest.raises(InputError, match="as seed"):
        check_seed(seed)
