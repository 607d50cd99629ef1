"""The theory pages: one for each field, for each family of methods, and one for couplings.

`texts` holds what is written by hand, the idea, the formula, and what cannot be known; `entries`
adds what the registries and docstrings say of each entry; `figure` collects the figures that the
other modules draw. An entry without a text or a figure has a page all the same.
"""

from __future__ import annotations

from _pages.theory import (  # noqa: F401, their figures
    field_laws,
    field_networks,
    method_others,
    method_pairs,
    method_rollouts,
)
from _pages.theory.figure import FIGURES, Figure
from _pages.theory.figure import write as draw
from _pages.theory.page import Page, contents, index, pages

__all__ = ["FIGURES", "Figure", "Page", "contents", "draw", "index", "pages"]
