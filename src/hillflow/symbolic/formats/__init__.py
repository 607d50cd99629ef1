"""File formats of laws for other tools, one module per format."""

from __future__ import annotations

from hillflow.symbolic.formats.registry import LAW_FORMATS, LawFormat
from hillflow.symbolic.formats.sbml import write_sbml

__all__ = ["LAW_FORMATS", "LawFormat", "write_sbml"]
