"""The network of activities finds targets it was not told, without help from those it was."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.activities import activity_network
from hillflow.errors import InputError
from hillflow.networks import Network

GENES = [*(f"g{k:02}" for k in range(60)), "TF"]
TARGETS, KNOWN = range(12), range(6)


def expression(mrna: float = 0.0, repressed: bool = False) -> np.ndarray:
    """A protein moves twelve genes, of which six are known; its mRNA may tell of it."""
    random = np.random.default_rng(0)
    protein = random.normal(size=40)
    x = random.normal(size=(40, len(GENES))) + 3 * random.normal(size=(40, 1))
    x[:, :12] += 2 * protein[:, None] * np.where(repressed & (np.arange(12) % 2 > 0), -1, 1)
    x[:, -1] += mrna * protein
    return x


def known(sign: int | None = 1, repressed: bool = False) -> Network:
    signs = [-1 if repressed and k % 2 else sign for k in KNOWN]
    return Network.from_columns(["TF"] * 6, [GENES[k] for k in KNOWN], sign=signs)


def first(network: Network, count: int = 12) -> set[str]:
    return set(network.edges["target"].head(count))


def test_targets_are_found_by_activity_and_not_by_silent_mrna() -> None:
    x, truth = expression(), {GENES[k] for k in TARGETS}
    assert len(first(activity_network(x, GENES, known())) & truth) >= 11
    by_mrna = activity_network(x, GENES, known(), regulator_state="mrna")
    assert len(first(by_mrna) & truth) < 8
    telling = activity_network(expression(mrna=2.0), GENES, known(), regulator_state="both")
    assert len(first(telling) & truth) >= 10
    assert telling.edges["mrna_r"].notna().all()


def test_known_targets_do_not_explain_themselves() -> None:
    """A known target that does not move with the others is no better than any gene."""
    x = expression()
    x[:, 0] = np.random.default_rng(5).normal(size=40)
    edges = activity_network(x, GENES, known()).edges.set_index("target")
    assert abs(edges.loc["g00", "activity_r"]) < 0.5
    last = activity_network(x, GENES, known(), known="first").edges
    assert last["known"].head(6).all()
    assert last["target"].iloc[5] == "g00"


def test_signs_are_those_of_the_known_targets() -> None:
    x = expression(repressed=True)
    edges = activity_network(x, GENES, known(repressed=True)).edges.set_index("target")
    found = edges.loc[[GENES[k] for k in range(6, 12)], "sign"]
    assert found.tolist() == [1, -1, 1, -1, 1, -1]
    unsigned = activity_network(x, GENES, known()).edges
    assert set(unsigned["sign"]) == {0}


def test_a_regulator_left_without_targets_has_only_its_mrna() -> None:
    near = Network.from_columns(["TF"] * 3, GENES[:3], sign=[1] * 3)
    options = {"tmin": 3, "neighbours": 3}
    edges = activity_network(expression(2.0), GENES, near, **options).edges.set_index("target")
    assert np.isnan(edges.loc["g01", "activity_r"])
    assert edges.loc["g01", "weight"] == 0.5
    both = activity_network(expression(2.0), GENES, near, regulator_state="both", **options)
    assert both.edges.set_index("target").loc["g01", "weight"] > 0.5


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'activity'"):
        activity_network(expression(), GENES, known(), regulator_state="activty")
    with pytest.raises(InputError, match="ignore, first"):
        activity_network(expression(), GENES, known(), known="last")
    away = Network.from_columns(["X"] * 6, GENES[:6], sign=[1] * 6)
    with pytest.warns(match="no regulator is measured itself"):
        activity_network(expression(), GENES, away, regulator_state="both")
