"""Sphinx configuration; `_pages` makes the pages and tables that come from the source."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hillflow import __version__

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import _pages  # noqa: E402
from _pages import docstrings, mathml, reference  # noqa: E402

project = "hillflow"
author = "The hillflow developers"
version = release = __version__
extensions = [
    "myst_nb",  # and with it myst_parser
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300
exclude_patterns = ["_build", "_pages"]
html_theme = "furo"
html_title = f"hillflow {__version__}"
html_show_copyright = html_show_sphinx = False
html_math_renderer = "mathml"
html_static_path = ["_pages/static"]
html_css_files = ["pages.css"]

smartquotes = False

add_module_names = False
autodoc_member_order = "bysource"
autodoc_type_aliases = {
    name: name
    for name in (
        "ArrayLike",
        "Cells",
        "CellsLike",
        "Fitted",
        "NDArray",
        "Readable",
        "Terms",
        "Time",
    )
}
autosummary_generate = False
napoleon_google_docstring = False
napoleon_use_ivar = True
python_maximum_signature_line_length = 80


def prepare(app: Any) -> None:
    """Write the made pages before any page is read; figures of notebooks are shown in them."""
    _pages.write(HERE)
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"


def setup(app: Any) -> None:
    """Have everything made that is not written by hand."""
    app.connect("builder-inited", prepare)
    mathml.setup(app)
    docstrings.setup(app, docstrings.Names(reference.documented()))
