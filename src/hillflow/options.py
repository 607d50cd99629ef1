"""Check the options of a component that is chosen by name, such as a field or a solver."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

from hillflow.errors import InputError, did_you_mean, listing

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def check_options(
    build: Callable[..., Any], options: Mapping[str, Any], what: str, given: Collection[str] = ()
) -> None:
    """Refuse options that `build` does not accept, and the absence of a required one.

    Parameters
    ----------
    build
        A class or a function.
    options
        Names and values, as passed by the user.
    what
        What is built, for the message: "the 'hill' field".
    given
        Parameters that are not options, such as the genes of a field.
    """
    required = {
        name: parameter.default is parameter.empty
        for name, parameter in inspect.signature(build).parameters.items()
        if name not in given and parameter.kind not in _VARIADIC
    }
    accepted = f"it takes {listing(required, 20)}" if required else "it takes none"
    for name in options:
        if name not in required:
            fix = did_you_mean(name, tuple(required)) if required else "leave it out"
            raise InputError(f"an option of {what} ({accepted})", repr(name), fix)
    missing = [name for name, needed in required.items() if needed and name not in options]
    if missing:
        raise InputError(
            f"{listing(missing)} for {what}", "no such option", f"pass {missing[0]}=… by name"
        )
