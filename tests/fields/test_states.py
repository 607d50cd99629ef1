from __future__ import annotations

import pytest
import torch

from hillflow.errors import InputError
from hillflow.fields import jacobian_statistic, make_field
from hillflow.fields.states import admitted
from hillflow.solve import find_equilibria, integrate, trajectory

FIELD = make_field("hill", ("A", "B"))
X = torch.ones(3, 2)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (X.numpy(), r"as a tensor, found ndarray.*torch\.from_numpy"),
        (X.long(), "floating-point.*int64"),
        (torch.ones(3, 3), r"\[\.\.\., 2\], one column per gene.*\[3, 3\]"),
        (X.double(), r"the field, float32, found float64.*to\(torch\.float32\).*field\.to"),
    ],
)
def test_states_are_looked_at_wherever_they_are_handed_over(x, words: str) -> None:
    for use in (
        lambda: admitted(FIELD, x),
        lambda: integrate(FIELD, x, 1.0),
        lambda: trajectory(FIELD, x, [0.0, 1.0]),
        lambda: find_equilibria(FIELD, x),
        lambda: jacobian_statistic(FIELD, x),
    ):
        with pytest.raises(InputError, match=words):
            use()


def test_an_intervened_field_has_the_precision_of_its_base() -> None:
    done = make_field("hill", ("A", "B"), dtype=torch.float64).do("A=ko")
    assert admitted(done, X.double()).dtype == torch.float64
    with pytest.raises(InputError, match="float64, found float32"):
        admitted(done, X)
