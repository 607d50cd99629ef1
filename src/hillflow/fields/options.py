"""The keyword options of what is built by its name: those that its class takes, no others."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from hillflow.errors import InputError, did_you_mean, listing


def check_options(cls: type, options: Mapping[str, Any], what: str) -> None:
    """Refuse an option that `cls` does not take, and the lack of one that it needs."""
    taken = {
        name: option.default is option.empty
        for name, option in inspect.signature(cls).parameters.items()
        if option.kind is option.KEYWORD_ONLY
    }
    accepted = f"it takes {listing(taken, 20)}" if taken else "it takes none"
    for name in options:
        if name not in taken:
            raise InputError(
                f"an option of {what} ({accepted})", repr(name), did_you_mean(name, tuple(taken))
                if taken else "leave it out",
            )  # fmt: skip
    missing = [name for name, needed in taken.items() if needed and name not in options]
    if missing:
        raise InputError(
            f"{listing(missing)} for {what}", "no such option", f"pass {missing[0]}=… by name"
        )
