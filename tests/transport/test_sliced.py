from __future__ import annotations

import numpy as np
import ot
import pytest
import torch

from hillflow.errors import InputError
from hillflow.transport import sliced_wasserstein


def _lines(d: int, projections: int) -> np.ndarray:
    lines = torch.randn(d, projections, generator=torch.Generator().manual_seed(0))
    return (lines / lines.norm(dim=0)).double().numpy()


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("weighted", [True, False])
def test_it_is_the_mean_over_lines(clouds, p, weighted) -> None:
    x, y, a, b = clouds
    lines = _lines(3, 20)
    if not weighted:
        a, b = np.full(40, 1 / 40), np.full(55, 1 / 55)
    want = ot.sliced_wasserstein_distance(x, y, a, b, projections=lines, p=p)
    masses = (torch.as_tensor(a), torch.as_tensor(b)) if weighted else ()
    got = sliced_wasserstein(
        torch.as_tensor(x), torch.as_tensor(y), *masses,
        projections=20, p=p, generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    assert float(got) == pytest.approx(float(want), rel=1e-6)


def test_equal_sizes_take_the_short_way_to_the_same_value(clouds) -> None:
    x, y = torch.as_tensor(clouds[0]), torch.as_tensor(clouds[1][:40])
    short, long = (
        sliced_wasserstein(x, y, *masses, generator=torch.Generator().manual_seed(0))
        for masses in ((), (torch.ones(40, dtype=torch.float64),))
    )
    assert float(short) == pytest.approx(float(long), rel=1e-9)


def test_a_shift_gives_its_length_over_the_root_of_the_dimension() -> None:
    x = torch.randn(50, 4, generator=torch.Generator().manual_seed(1))
    shift = torch.tensor([3.0, 0, 0, 0])
    got = sliced_wasserstein(
        x, x + shift, projections=20_000, root=False, generator=torch.Generator().manual_seed(2)
    )
    assert float(got) == pytest.approx(9 / 4, rel=0.03)


def test_options_out_of_range_are_refused() -> None:
    x = torch.zeros(2, 2)
    for options in ({"p": 3}, {"projections": 0}):
        with pytest.raises(InputError, match="at least one projection"):
            sliced_wasserstein(x, x, **options)
