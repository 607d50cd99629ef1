"""A Typer command of a declaration: its options, defaults and help are written there alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from hillflow.errors import InputError
from hillflow.seeds import check_seed
from hillflow.workflow.options.base import REQUIRED, Option, Spec, about, default_of

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]


def add_command(
    app: typer.Typer, spec: Spec, run: Callable[[bool, dict[str, Any]], None], *, cls: Any = None
) -> None:
    """Add the command that `spec` declares to `app`.

    Parameters
    ----------
    run
        Called with whether JSON is asked for, and the values by name.
    cls
        A Typer command class of its own, for help that is made when it is asked for.
    """
    dry = "dry_run" in spec.options()  # which writes nothing
    parameters = [
        _parameter(name, one.option, REQUIRED if name in spec.required and not dry else one.default,
                   one.positional)
        for name, one in spec.arguments.items()
    ]  # fmt: skip
    parameters += [
        _parameter(name, about(one), default_of(one))
        for name, one in spec.options().items()
        if about(one).cli is not None
    ]
    several = {p.name for p in parameters if p.annotation.__origin__ == (list[str] | None)}
    parameters.append(
        inspect.Parameter(
            "as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=JsonOption
        )
    )

    def command(*, as_json: bool, **given: Any) -> None:
        missing = [name for name in spec.required if given[name] is None]
        if missing and not given["dry_run"]:
            raise InputError(
                f"--{missing[0]} for `hillflow {spec.name}`", "none",
                f"add --{missing[0]} {spec.example.split()[-1]}, or --dry-run for the cost alone",
            )  # fmt: skip
        run(as_json, {k: tuple(v or ()) if k in several else v for k, v in given.items()})

    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    paragraphs = [" ".join(part.split()) for part in spec.summary.split("\n\n")]
    command.__doc__ = "\n\n".join([*paragraphs, f"Example: {spec.example}"])
    options: dict[str, Any] = {} if cls is None else {"cls": cls}
    app.command(spec.name, short_help=paragraphs[0], **options)(command)


def _parameter(
    name: str, option: Option, default: Any, positional: bool = False
) -> inspect.Parameter:
    kind: Any = type(default) if option.cli == "default" else option.cli
    if kind in (list, list[str]):
        kind, default = list[str] | None, None
    elif default is None:
        kind = kind | None
    shared: dict[str, Any] = {"help": option.help}
    if option.metavar or positional:
        shared["metavar"] = option.metavar or name.upper()
    if option.panel:
        shared["rich_help_panel"] = option.panel
    if option.minimum is not None:
        shared["min"] = option.minimum
    if option.maximum is not None:
        shared["max"] = option.maximum
    if name == "seed":
        shared["callback"] = check_seed
    if positional:
        declared: Any = typer.Argument(**shared)
    else:
        flag = name.replace("_", "-")
        either = f"--{flag}/--no-{flag}" if option.cli is bool else f"--{flag}"
        declared = typer.Option(either, **shared)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if default is REQUIRED else default,
        annotation=Annotated[kind, declared],
    )  # fmt: skip
