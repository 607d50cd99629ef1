"""An option that takes one value is given once: the parser would keep the last value silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from hillflow.cli.messages import command_meant
from hillflow.errors import InputError


def check_once(command: Any, words: Sequence[str]) -> None:
    """Refuse an option that is repeated and does not collect its values.

    Parameters
    ----------
    command
        The program as click sees it; the command meant is found by its name in `words`.
    words
        The words after the program's name.
    """
    words = list(words[: words.index("--")] if "--" in words else words)
    given = Counter(word.partition("=")[0] for word in words if word.startswith("-"))
    for parameter in command_meant(command, words).params:
        count = sum(given[name] for name in parameter.opts)
        if count < 2 or parameter.multiple or getattr(parameter, "is_flag", False):
            continue
        name = parameter.opts[0]
        raise InputError(
            f"{name} once", f"it {count} times",
            f"write several values with commas between them ({name} A,B) where it takes several; "
            "leave one out otherwise",
        )  # fmt: skip
