"""Docstrings for Sphinx: names in backticks become links or code, other signs stay as they are.

Our docstrings are read in an editor first. They write `name` in single backticks and |x| for a
size, which reStructuredText would take for a reference and a substitution.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_PARTS = re.compile(
    r"(?P<kept>^[ \t]*(?:>>>|\.\.\.)(?:[ \t].*)?$"  # a doctest's line
    r"|::\n\n(?:(?:[ \t]+.*)?\n)+"  # a literal block
    r"|``[^`]+``"
    r"|:[a-z:]+:`[^`]+`)"
    r"|^[ \t]*(?P<letter>[A-Za-z])\.$"  # a symbol, and no list with one item
    r"|`(?P<name>[^`]+)`"
    r"|(?P<sign>[|*])",
    re.MULTILINE,
)

_ATTRIBUTES = re.compile(r"^Attributes\n-+\n(?:.*\n?)*?(?=^\w.*\n-+$|\Z)", re.MULTILINE)
_SEVERAL = re.compile(r"^\w+(?:, \w+)+$", re.MULTILINE)


class Names:
    """Full names of what the reference documents, by the short names that docstrings use."""

    def __init__(self, documented: Iterable[str]) -> None:
        self._all = set(documented)
        self._full: dict[str, list[str]] = {}
        for name in sorted(self._all):
            self._full.setdefault(name.rpartition(".")[2], []).append(name)

    def find(self, name: str, home: str) -> str | None:
        """The full name meant by `name` in the module `home`; None where that is not clear."""
        first, dot, member = name.removesuffix("()").partition(".")
        if first == "hillflow":
            return name if name in self._all else None
        full = self._full.get(first, [])
        near = [one for one in full if home.startswith(one.rpartition(".")[0] + ".")]
        near = [one for one in near if one.count(".") > 1] or near
        chosen = near or full
        return chosen[0] + dot + member if len(chosen) == 1 or near else None


def prepared(text: str, names: Names, home: str) -> str:
    """A docstring as reStructuredText."""

    def replaced(match: re.Match[str]) -> str:
        if match["kept"] is not None:
            return match["kept"]
        if match["letter"] is not None:
            return match[0].replace(match["letter"], "\\" + match["letter"])
        if match["sign"] is not None:
            return "\\" + match["sign"]
        full = names.find(match["name"], home)
        if full is None:
            return f"``{match['name']}``"
        return f":py:obj:`{match['name']} <{full}>`"

    return _PARTS.sub(replaced, _ATTRIBUTES.sub(_together, text))


def _together(section: re.Match[str]) -> str:
    """A section of attributes in which several names of one entry are one word for napoleon."""
    return _SEVERAL.sub(lambda names: names[0].replace(" ", ""), section[0])


def resolve_types(doctree: Any, names: Names, home: str) -> None:
    """Link types in signatures where they are ours and clear; write the others as text."""
    from sphinx.addnodes import pending_xref

    for node in list(doctree.findall(pending_xref)):
        if node.get("refdomain") != "py" or not node.hasattr("refspecific"):
            continue
        full = names.find(node["reftarget"], home)
        if full is None:
            node.replace_self(node.children)
        else:
            node["reftarget"] = full
            del node["refspecific"]


def setup(app: Any, names: Names) -> Mapping[str, Any]:
    """Connect both to Sphinx; docstrings are prepared before napoleon reads them."""

    def docstring(
        app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]
    ) -> None:
        home = getattr(thing, "__module__", None) or name
        lines[:] = prepared("\n".join(lines), names, home).split("\n")

    def read(app: Any, doctree: Any) -> None:
        resolve_types(doctree, names, f"hillflow.{app.env.docname.rpartition('/')[2]}.")

    app.connect("autodoc-process-docstring", docstring, priority=400)
    app.connect("doctree-read", read)
    return {"parallel_read_safe": True}
