"""Formulas as MathML, which browsers draw themselves: pages need no script and no connection."""

from __future__ import annotations

from html import escape
from typing import Any

from docutils.nodes import SkipNode
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging


def setup(app: Any) -> None:
    """Have Sphinx write formulas with it in place of MathJax, which it would fetch."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))


def _inline(writer: Any, node: Any) -> None:
    writer.body.append(_written(node, as_block=False))
    raise SkipNode


def _block(writer: Any, node: Any) -> None:
    # Its own container scrolls where a formula is wider than the screen.
    formula = _written(node, as_block=True)
    writer.body.append(f'<div class="formula" tabindex="0">{formula}</div>\n')
    raise SkipNode


def _written(node: Any, *, as_block: bool) -> str:
    try:
        return str(tex2mathml(node.astext(), as_block=as_block))
    except MathError as error:
        text = f"Expected a formula that MathML can hold, found {node.astext()!r}: {error}"
        logging.getLogger(__name__).warning(text, location=node)
        return f"<code>{escape(node.astext())}</code>"
