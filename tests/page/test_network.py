"""The network on the page: what its script is given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hillflow.page.contents import Contents
from hillflow.page.network import OVERVIEW, network
from hillflow.results import Run


@pytest.mark.usefixtures("unrendered")
def test_a_large_network_has_its_groups_places_and_all_edges(filled, large):
    values = network(replace(Contents.read(Run.open(filled)), graph=large))
    data = values["data"]
    genes = data["genes"]
    ends = zip(data["source"], data["target"], strict=True)
    assert [(genes[s], genes[t]) for s, t in ends] == large.pairs()
    assert len(data["x"]) == len(data["y"]) == len(genes) == 200
    groups = [{genes[k] for k in group} for group in data["groups"]]
    assert sorted(len(group) for group in groups) == [20] * 10  # the modules
    assert {frozenset(f"G{k}" for k in range(20, 40))} <= {frozenset(g) for g in groups}
    assert {hub for hub, _ in values["groups"]} == {f"G{k}" for k in range(0, 200, 20)}
    assert values["first"] == min(OVERVIEW, len(large))
    for column in data["facts"]:
        assert len(column["of"]) == len(large)
        assert len(set(column["texts"])) == len(column["texts"])


@pytest.mark.usefixtures("unrendered")
def test_a_small_network_has_no_groups(filled):
    values = network(Contents.read(Run.open(filled)))
    assert values["groups"] == values["data"]["groups"] == []
