"""Which regulators have enough measured targets, and what is said of the others."""

from __future__ import annotations

import numpy as np
import pytest

from hillflow.activities import regulons
from hillflow.errors import GeneNameError, InputError
from hillflow.findings import collect_findings
from hillflow.networks import Network

NETWORK = Network.from_columns(
    ["TF", "TF", "TF", "Few", "TF", "Odd"], ["a", "b", "c", "a", "away", "b"],
    sign=[1, -1, 0, 1, 1, 1], name="mine",
)  # fmt: skip


def test_targets_are_signed_and_regulators_need_not_be_measured() -> None:
    with collect_findings() as said:
        found = regulons(NETWORK, ("c", "b", "a", "d"), tmin=2)
    assert found.regulators == ("TF",)
    np.testing.assert_array_equal(found.weight.toarray()[:, 0], [1, -1, 1, 0])
    assert found.dropped == {"Few": 1, "Odd": 1}
    texts = {one.code: one.text for one in said}
    assert "5 of 6 edges have a measured target" in texts["activity.regulons"]
    assert "'Few (1)', 'Odd (1)'" in texts["activity.few-targets"]
    assert "1 of 5 edges have no known sign" in texts["activity.unknown-signs"]


def test_genes_that_are_left_out_are_no_targets() -> None:
    found = regulons(NETWORK, ("c", "b", "a", "d"), tmin=2).without(np.array([0, 3]))
    assert found.genes == ("b", "a")
    np.testing.assert_array_equal(found.weight.toarray()[:, 0], [-1, 1])
    assert found.at_least(3).dropped["TF"] == 2


def test_case_is_folded_on_request_for_targets_and_regulators_alike() -> None:
    found = regulons(NETWORK, ("A", "B", "C", "tf"), tmin=2, fold_case=True)
    assert found.regulators == ("tf",)
    assert found.targets.tolist() == [3]


def test_names_that_do_not_match_are_an_error_that_says_what_to_do() -> None:
    with pytest.raises(GeneNameError, match="--fold-case"):
        regulons(NETWORK, ("A", "B", "C"))
    with pytest.raises(GeneNameError, match=r"3 at most.*lower tmin=… \(--tmin\) to 3"):
        regulons(NETWORK, ("a", "b", "c"))
    with pytest.raises(InputError, match="tmin=0"):
        regulons(NETWORK, ("a", "b", "c"), tmin=0)


def test_a_regulator_that_is_not_there_is_named_with_the_nearest() -> None:
    found = regulons(NETWORK, ("a", "b", "c"), tmin=2)
    assert found.index("TF") == 0
    with pytest.raises(GeneNameError, match="it has 1"):
        found.index("Few")
    with pytest.raises(GeneNameError, match="'TF'"):
        found.index("TG")
