"""What simple methods reach on the same data: no network and no prediction is judged alone."""

from __future__ import annotations

from hillflow.evaluate.baselines.correlation import correlation
from hillflow.evaluate.baselines.dynamic_tree import dynamic_tree
from hillflow.evaluate.baselines.populations import (
    control_with_gene_set,
    no_motion,
    ot_interpolation,
)
from hillflow.evaluate.baselines.prior import prior_alone, prior_by_out_degree
from hillflow.evaluate.baselines.registry import NETWORK_BASELINES, NetworkBaseline
from hillflow.evaluate.baselines.ridge_lag import ridge_lag, ridge_midway
from hillflow.evaluate.baselines.truth_tables import truth_tables

__all__ = [
    "NETWORK_BASELINES",
    "NetworkBaseline",
    "control_with_gene_set",
    "correlation",
    "dynamic_tree",
    "no_motion",
    "ot_interpolation",
    "prior_alone",
    "prior_by_out_degree",
    "ridge_lag",
    "ridge_midway",
    "truth_tables",
]
