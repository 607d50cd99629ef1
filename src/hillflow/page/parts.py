"""Elements of a formula, in which a gene's name can never turn into markup."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

Html = Markup  # text that is markup already; any other is escaped when it goes into a tag


def tag(name: str, /, *inside: object, **attributes: object) -> Html:
    """``<name …>inside</name>``; ``class_`` is class, and None is left out."""
    written = Html("").join(
        Html(' {}="{}"').format(key.rstrip("_").replace("_", "-"), value)
        for key, value in attributes.items()
        if value is not None
    )
    return Html("<{0}{1}>{2}</{0}>").format(name, written, join(inside))


def join(pieces: Iterable[object], between: str = "") -> Html:
    """Pieces one after another, escaped where they are plain text."""
    return Html(between).join(map(escape, pieces))
