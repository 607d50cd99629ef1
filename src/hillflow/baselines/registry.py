"""The network baselines by name: what `validate` and the benchmarks print beside a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hillflow.baselines.correlation import correlation
from hillflow.baselines.dynamic_tree import dynamic_tree
from hillflow.baselines.ridge_lag import ridge_lag, ridge_midway
from hillflow.baselines.truth_tables import truth_tables
from hillflow.data import Snapshots, Trajectories
from hillflow.networks.network import Network
from hillflow.registry import Registry


@dataclass(frozen=True)
class NetworkBaseline:
    """A network from the data by a simple rule: its name, description and function."""

    name: str
    description: str
    network: Callable[[Snapshots | Trajectories], Network]


NETWORK_BASELINES: Registry[NetworkBaseline] = Registry(
    "network baseline", "baselines", "What is inferred from the same cells by a simple rule"
)
for _baseline in (
    NetworkBaseline("correlation", "|correlation| over all cells", correlation),
    NetworkBaseline("ridge-lag", "linear ridge on the state before", ridge_lag),
    NetworkBaseline("dynamic-tree", "tree ensemble on velocity + decay", dynamic_tree),
    NetworkBaseline("ridge-midway", "linear ridge half way to the mean descendant", ridge_midway),
    NetworkBaseline("truth-tables", "switches of up to three regulators", truth_tables),
):
    NETWORK_BASELINES.add(_baseline, __name__)
