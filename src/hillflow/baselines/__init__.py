"""Baselines: networks inferred from the same cells by simple methods."""

from __future__ import annotations

from hillflow.baselines.correlation import correlation
from hillflow.baselines.dynamic_tree import dynamic_tree
from hillflow.baselines.registry import NETWORK_BASELINES, NetworkBaseline
from hillflow.baselines.ridge_lag import ridge_lag, ridge_midway
from hillflow.baselines.truth_tables import truth_tables

__all__ = [
    "NETWORK_BASELINES",
    "NetworkBaseline",
    "correlation",
    "dynamic_tree",
    "ridge_lag",
    "ridge_midway",
    "truth_tables",
]
