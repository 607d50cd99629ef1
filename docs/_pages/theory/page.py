"""The theory pages as Markdown: a text by hand, its figure, and the facts of its entries."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _pages.tables import escaped
from _pages.theory import entries
from _pages.theory.figure import FIGURES
from hillflow.fields import FIELDS
from hillflow.objectives import METHODS
from hillflow.registry import Registry
from hillflow.transport import COUPLINGS

TEXTS = Path(__file__).parent / "texts"
REGISTRIES: Mapping[str, Registry[Any]] = {one.table: one for one in (FIELDS, METHODS, COUPLINGS)}
# Methods of one idea share a page; every other method has its own.
FAMILIES = {
    "flow-matching": ("cfm", "ot-cfm"),
    "bridges": ("sb-cfm", "sf2m"),
    "shooting": ("endpoint", "network", "phoenix"),
    "growth": ("tigon", "deepruot"),
    "lagrangian-flows": ("action-matching", "wlf", "wlf-pot", "wlf-uot"),
}


@dataclass(frozen=True)
class Page:
    """A page, and what it is about.

    Attributes
    ----------
    path
        Its place: "fields/logic".
    table, names
        The registry, and the entries that it describes.
    """

    path: str
    table: str
    names: tuple[str, ...]

    @property
    def text(self) -> str:
        """What was written by hand; "" if nothing was."""
        file = TEXTS / f"{self.path}.md"
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    @property
    def title(self) -> str:
        """The heading of the text, or else the name."""
        heading = re.match(r"# (.+)\n", self.text)
        return heading[1] if heading else f"`{self.names[0]}`"


def contents(registries: Mapping[str, Iterable[str]] = REGISTRIES) -> list[Page]:
    """All pages, in the order of the registries; each entry is on one of them."""
    home = {name: family for family, names in FAMILIES.items() for name in names}
    groups: dict[str, list[str]] = {}
    for name in registries["methods"]:
        groups.setdefault(home.get(name, name), []).append(name)
    return [
        *(Page(f"fields/{name}", "fields", (name,)) for name in registries["fields"]),
        *(Page(f"methods/{page}", "methods", tuple(names)) for page, names in groups.items()),
        Page("couplings", "couplings", tuple(registries["couplings"])),
    ]


def pages() -> dict[str, str]:
    """The Markdown of each page, by its place."""
    return {page.path: markdown(page, REGISTRIES[page.table]) for page in contents()}


def markdown(page: Page, registry: Mapping[str, Any]) -> str:
    """One page: the text with its figure after the idea, then facts and details."""
    body = page.text.partition("\n")[2].strip() if page.text else ""
    lead, heading, rest = body.partition("\n## ")
    parts = [f"# {page.title}", lead, _figure(page), f"## {rest}" if heading else ""]
    for name in page.names:
        parts += [f"## `{name}`", entries.facts(page.table, registry[name])]
    details = entries.details(page.table, [registry[name] for name in page.names])
    parts += ["## Details" if details else "", details, _links(page)]
    return "\n\n".join(part for part in parts if part) + "\n"


def index() -> str:
    """Tables of all pages, and their order in the menu."""
    parts = []
    for table, title in (("fields", "Fields"), ("methods", "Methods"), ("couplings", "Couplings")):
        parts += [f"## {title}\n", "| page | of | formula |", "|---|---|---|"]
        for page in (page for page in contents() if page.table == table):
            names = ", ".join(f"`{name}`" for name in page.names)
            formula = REGISTRIES[table][page.names[0]].formula
            parts.append(f"| {{doc}}`{page.title} <theory/{page.path}>` | {names} "
                         f"| {escaped(formula)} |")  # fmt: skip
        parts.append("")
    listed = "\n".join(f"theory/{page.path}" for page in contents())
    return "\n".join([*parts, "```{toctree}", ":hidden:", "", listed, "```"]) + "\n"


def _figure(page: Page) -> str:
    if page.path not in FIGURES:
        return ""
    caption = FIGURES[page.path].caption
    up = "../" * (page.path.count("/") + 1)
    return (
        f":::{{figure}} {up}_build/theory/{page.path}.png\n"
        f":alt: {caption.partition('. ')[0].rstrip('.').replace('`', '')}\n\n{_prose(caption)}\n:::"
    )


def _prose(caption: str) -> str:
    """Text for Markdown in which words between backticks stay code."""
    return "".join(
        f"`{part}`" if number % 2 else escaped(part)
        for number, part in enumerate(caption.split("`"))
    )


def _links(page: Page) -> str:
    up = "../" * (page.path.count("/") + 1)
    room = {"fields": "fields", "methods": "objectives", "couplings": "transport"}[page.table]
    guide = {"fields": "fields", "methods": "fitting", "couplings": "couplings"}[page.table]
    option = {"fields": "field", "methods": "method", "couplings": "coupling"}[page.table]
    return (
        f'## In Python\n\n`hf.fit(cells, time="time", {option}="{page.names[0]}")`. '
        f"See [{guide.capitalize()}]({up}{guide}.md) and "
        f"{{doc}}`hillflow.{room} <{up}api/{room}>`."
    )
