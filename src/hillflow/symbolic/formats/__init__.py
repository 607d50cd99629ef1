"""Files of laws that other tools read, one format a file."""

from __future__ import annotations

from hillflow.symbolic.formats.registry import LAW_FORMATS, LawFormat
from hillflow.symbolic.formats.sbml import write_sbml

__all__ = ["LAW_FORMATS", "LawFormat", "write_sbml"]
