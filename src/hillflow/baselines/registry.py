"""The registry of network baselines, which `validate` and the benchmarks compare with a fit."""

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
    """A simple method that infers a network from data.

    Attributes
    ----------
    name, description
        Key, and one line about it.
    network
        Function that infers the network.
    """

    name: str
    description: str
    network: Callable[[Snapshots | Trajectories], Network]


NETWORK_BASELINES: Registry[NetworkBaseline] = Registry(
    "network baseline", "baselines", "Networks inferred from the same cells by simple methods"
)
for _baseline in (
    NetworkBaseline("correlation", "|correlation| over all cells", correlation),
    NetworkBaseline("ridge-lag", "ridge regression on the state before the step", ridge_lag),
    NetworkBaseline("dynamic-tree", "tree ensemble on velocity + decay", dynamic_tree),
    NetworkBaseline(
        "ridge-midway", "ridge regression on the midpoint to the mean descendant", ridge_midway
    ),
    NetworkBaseline("truth-tables", "truth tables of up to three regulators", truth_tables),
):
    NETWORK_BASELINES.add(_baseline, __name__)
