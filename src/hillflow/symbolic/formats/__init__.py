"""File formats of laws for other tools, one module per format."""

from __future__ import annotations

from hillflow.symbolic.formats.bnet import write_bnet
from hillflow.symbolic.formats.latex import write_latex
from hillflow.symbolic.formats.markdown import write_markdown
from hillflow.symbolic.formats.mathml import write_mathml
from hillflow.symbolic.formats.registry import LAW_FORMATS, LawFormat
from hillflow.symbolic.formats.sbml import write_sbml
from hillflow.symbolic.formats.sbml_qual import write_sbml_qual

__all__ = [
    "LAW_FORMATS",
    "LawFormat",
    "write_bnet",
    "write_latex",
    "write_markdown",
    "write_mathml",
    "write_sbml",
    "write_sbml_qual",
]
