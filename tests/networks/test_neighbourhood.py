"""The part of a network around one gene."""

from __future__ import annotations

import pandas as pd
import pytest

from hillflow.errors import GeneNameError, InputError
from hillflow.networks import neighbourhood
from hillflow.networks.network import Network


@pytest.fixture
def chain() -> Network:
    """A → B → C → D, A → D of weight 0, and E alone."""
    rows = [("A", "B", 3.0), ("B", "C", -2.0), ("C", "D", 1.0), ("A", "D", 0.0)]
    edges = pd.DataFrame(rows, columns=["source", "target", "weight"])
    edges["sign"], edges["confidence"] = [1, -1, 1, 0], 0.5
    groups = edges[["source", "target", "weight"]].assign(group="x")
    return Network(tuple("ABCDE"), edges, groups=groups)


def test_radius_one_takes_regulators_and_targets(chain):
    near = neighbourhood(chain, "B")
    assert near.genes == ("A", "B", "C")
    assert list(near.edges["target"]) == ["B", "C"]
    assert list(near.groups["target"]) == ["B", "C"]


def test_wider_circles_and_lone_genes(chain):
    assert neighbourhood(chain, "A").genes == ("A", "B")  # an edge of weight 0 links nothing
    assert neighbourhood(chain, "A", 2).genes == ("A", "B", "C")
    assert neighbourhood(chain, "D", 9).genes == ("A", "B", "C", "D")
    assert len(neighbourhood(chain, "E")) == 0


def test_mistakes_are_named(chain):
    with pytest.raises(GeneNameError, match="did you mean 'A'"):
        neighbourhood(chain, "a")
    with pytest.raises(InputError, match="1 or more"):
        neighbourhood(chain, "A", 0)
