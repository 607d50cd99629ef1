"""From a fitted field to causes: graphs, structural models, knockouts and how sure they are."""

from __future__ import annotations

from hillflow.causal.regulatory_graph import RegulatoryGraph

__all__ = ["RegulatoryGraph"]
