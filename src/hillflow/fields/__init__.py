"""Vector fields f of dx/dt = f(x, t): one field per file, all with the interface of `base`."""

from __future__ import annotations

from hillflow.fields.base import VectorField
from hillflow.fields.edges import CandidateEdges
from hillflow.fields.intervened import IntervenedField
from hillflow.fields.jacobian import JacobianStatistic, jacobian_statistic
from hillflow.fields.registry import FIELDS, FieldEntry, make_field, register

__all__ = [
    "FIELDS",
    "CandidateEdges",
    "FieldEntry",
    "IntervenedField",
    "JacobianStatistic",
    "VectorField",
    "jacobian_statistic",
    "make_field",
    "register",
]
