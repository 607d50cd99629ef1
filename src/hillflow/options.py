"""The options of what is built by its name: those that it takes, and no others."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

from hillflow.errors import InputError, did_you_mean, listing

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def check_options(
    build: Callable[..., Any], options: Mapping[str, Any], what: str, given: Collection[str] = ()
) -> None:
    """Refuse an option that `build` does not take, and the lack of one that it needs.

    Parameters
    ----------
    build
        A class or a function.
    what
        What is built, for the message: "the 'hill' field".
    given
        Parameters that are no options, such as the genes of a field.
    """
    taken = {
        name: parameter.default is parameter.empty
        for name, parameter in inspect.signature(build).parameters.items()
        if name not in given and parameter.kind not in _VARIADIC
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
