"""What the command line says of a mistake: one sentence, in the words of its own options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Sequence
from typing import Any

from hillflow.errors import InputError, did_you_mean

# An argument of Python as errors name it, with the option beside it where they name that too:
# overwrite=True (--overwrite), parents=4, genes=[…], control='WT'.
_ARGUMENT = re.compile(
    r"\b(?P<name>[a-z]\w*)=(?P<value>…|True|'[^']*'|\[[^\]]*\]|-?\d[\d.]*\b)"
    r"(?: \((?P<option>--[^)]+)\))?"
)
_VALUELESS = ("…", "True")
_TAKES_GENES = ("knockout", "laws")  # commands whose --genes are names, not a file
_VALUELESS_OPTIONS = ("--version",)  # of the program itself


def in_options(message: str, options: Collection[str]) -> str:
    """The message with ``--time`` in place of ``time=…``, of the arguments in `options`."""

    def option(found: re.Match[str]) -> str:
        if found["name"] not in options:
            return found[0]
        if found["option"]:
            return found["option"]
        name = f"--{found['name'].replace('_', '-')}"
        value = found["value"]
        return name if value in _VALUELESS or value[0] == "[" else f"{name} {value}"

    return _ARGUMENT.sub(option, message)


def option_names(command: Any, words: Sequence[str]) -> frozenset[str]:
    """Names that the options of the command in `words` have, as Python would write them."""
    command = command_meant(command, words)
    given = (name for parameter in command.params for name in parameter.opts)
    return frozenset(name[2:].replace("-", "_") for name in given if name.startswith("--"))


def command_meant(command: Any, words: Sequence[str]) -> Any:
    """Return the command of the program that `words` name."""
    for word in words:
        command = getattr(command, "commands", {}).get(word, command)
    return command


def usage_mistake(error: Any, words: Sequence[str] = ()) -> InputError:
    """An error of the options themselves (of typer or click), as ours."""
    context = getattr(error, "ctx", None)
    program = _program(context)
    said = error.format_message().rstrip(".")
    see = f"`{program} --help` shows what it takes"
    kind, parameter = type(error).__name__, getattr(error, "param", None)
    if kind == "MissingParameter" and parameter is not None:
        about = (getattr(parameter, "help", "") or "").rstrip(".")
        fix = f"{see}; {_shown(parameter)}: {about}" if about else see
        return InputError(f"{_shown(parameter)} for `{program}`", "none", fix)
    if kind == "BadParameter" and parameter is not None:
        why = error.message.rstrip(".")
        given = _given(parameter, words)
        found = f"another ({why})" if given is None else f"{given!r} ({why})"
        return InputError(f"a value that {_shown(parameter)} can take", found, see)
    if kind == "NoSuchOption" and context is not None:
        root = context.find_root()
        if error.option_name in _options(root.command):
            return InputError(
                f"{error.option_name} before the command", f"it after `{program}`",
                f"write {_moved(error.option_name, words)}",
            )  # fmt: skip
        known = _options(context.command)
        return InputError(
            f"an option of `{program}`", error.option_name, did_you_mean(error.option_name, known)
        )
    unknown = re.match(r"No such command '([^']+)'", said)
    if unknown and context is not None:
        known = list(context.command.commands)
        return InputError(
            f"a command of `{program}`", repr(unknown[1]), did_you_mean(unknown[1], known)
        )
    extra = re.match(r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)$", said)
    if extra and context is not None:
        named = any(word.partition("=")[0] in ("--genes", "--all") for word in words)
        fix = see
        if context.info_name in _TAKES_GENES and not named:
            fix = f"name genes with --genes {','.join(extra[1].split())}"
        return InputError(f"no further argument for `{program}`", repr(extra[1]), fix)
    return InputError(f"a line that `{program}` can read", f"another ({said})", see)


def _options(command: Any) -> list[str]:
    """The options of a command as they are typed; none of its arguments."""
    return [name for one in command.params for name in one.opts if name.startswith("-")]


def _moved(option: str, words: Sequence[str]) -> str:
    """The line with an option of the program, and its value, in front of the command."""
    for place, word in enumerate(words):
        if word.partition("=")[0] == option:
            end = place + 1 if "=" in word or option in _VALUELESS_OPTIONS else place + 2
            return shlex.join(["hillflow", *words[place:end], *words[:place], *words[end:]])
    return f"hillflow {option} … COMMAND …"


def _program(context: Any) -> str:
    """``hillflow priors fetch``, whatever the program's file is called."""
    names: list[str] = []
    while context is not None and context.parent is not None:
        names.insert(0, context.info_name)
        context = context.parent
    return " ".join(["hillflow", *names])


def _given(parameter: Any, words: Sequence[str]) -> str | None:
    """What was typed for an option; None where it cannot be told."""
    for word, following in zip(words, [*words[1:], None], strict=True):
        name, equals, value = word.partition("=")
        if name in parameter.opts:
            return value if equals else following
    return None


def _shown(parameter: Any) -> str:
    """``--time`` of an option, ``DATA`` of an argument."""
    if parameter.param_type_name == "option":
        return str(parameter.opts[0])
    return str(parameter.metavar or parameter.name).upper()
