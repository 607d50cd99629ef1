"""Activities of regulators, inferred from the expression of their known targets."""

from __future__ import annotations

from hillflow.activities.associations import activity_associations, mrna_associations
from hillflow.activities.flattened import flattened
from hillflow.activities.infer import Activity, infer_activity
from hillflow.activities.left_out import LeftOut, left_out
from hillflow.activities.methods import METHODS, ActivityMethod
from hillflow.activities.multivariate import mlm
from hillflow.activities.network import activity_network
from hillflow.activities.regulons import Regulons, regulons
from hillflow.activities.samples import Samples, samples
from hillflow.activities.univariate import ulm

__all__ = [
    "METHODS",
    "Activity",
    "ActivityMethod",
    "LeftOut",
    "Regulons",
    "Samples",
    "activity_associations",
    "activity_network",
    "flattened",
    "infer_activity",
    "left_out",
    "mlm",
    "mrna_associations",
    "regulons",
    "samples",
    "ulm",
]
