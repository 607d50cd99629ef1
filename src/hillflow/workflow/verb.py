"""From a declaration and a function to a verb of the front door.

    @verb(GRAPH)
    def graph(run, out, options): ...

gives ``hillflow.graph(run, out=None, *, readout="auto", …)``: every option by name, with a
signature and a docstring made from the declaration (see `hillflow.workflow.options`), as the
command is in `hillflow.cli`.
"""

from __future__ import annotations

import functools
import inspect
import textwrap
from collections.abc import Callable
from contextlib import ExitStack
from os import PathLike
from typing import Any

from hillflow.errors import InputError, did_you_mean
from hillflow.findings import collect_findings, report_findings, warnings_at_the_end
from hillflow.progress import shown_progress
from hillflow.threads import one_blas_thread
from hillflow.workflow.options.base import REQUIRED, Spec, about, default_of


def verb(spec: Spec) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make the verb that `spec` declares of the function that does the work.

    The function takes the arguments, then each group of options as one dataclass; parameters
    beyond those stay as they are, for Python alone.
    """

    def made(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = _signature(spec, function)

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            unknown = [name for name in kwargs if name not in signature.parameters]
            if unknown:
                raise InputError(
                    f"an option of hillflow.{spec.name}", repr(unknown[0]),
                    did_you_mean(unknown[0], tuple(signature.parameters)),
                )  # fmt: skip
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            _check_out(spec, bound.arguments.get("out"))
            given = spec.read(bound.arguments)
            with (
                warnings_at_the_end(), one_blas_thread(), collect_findings() as said,
                ExitStack() as shown,
            ):  # fmt: skip
                if given.get("progress") is True:
                    given["progress"] = shown.enter_context(shown_progress())
                result = function(**given)
            report_findings(*(one for one in getattr(result, "findings", ()) if one not in said))
            return result

        call.__signature__ = signature  # type: ignore[attr-defined]
        call.__doc__ = _docstring(spec, function)
        call.spec = spec  # type: ignore[attr-defined]
        return call

    return made


def _check_out(spec: Spec, out: Any) -> None:
    """Refuse what is no path where a result is to be written."""
    if "out" in spec.arguments and not isinstance(out, str | PathLike | None):
        raise InputError(
            f"a path as out, where hillflow.{spec.name} writes", f"{type(out).__name__}",
            "leave it out, or write out='…'",
        )  # fmt: skip


def _signature(spec: Spec, function: Callable[..., Any]) -> inspect.Signature:
    kind = inspect.Parameter
    given = [
        kind(name, kind.POSITIONAL_OR_KEYWORD, default=one.default,
             annotation=one.option.kind or kind.empty)
        for name, one in spec.arguments.items()
    ]  # fmt: skip
    by_name = [
        kind(name, kind.KEYWORD_ONLY, default=default_of(one),
             annotation=about(one).kind or type(default_of(one)).__name__)
        for name, one in spec.options().items()
    ]  # fmt: skip
    own = inspect.signature(function)
    rest = [
        parameter.replace(kind=kind.KEYWORD_ONLY)
        for name, parameter in own.parameters.items()
        if name not in spec.arguments and name not in spec.groups
    ]
    return inspect.Signature([*given, *by_name, *rest], return_annotation=own.return_annotation)


def _docstring(spec: Spec, function: Callable[..., Any]) -> str:
    """What the declaration says, then what the function returns and an example."""
    _, _, rest = inspect.cleandoc(function.__doc__ or "").partition("\n")
    lines = [spec.summary, "", "Parameters", "----------"]
    declared = [(name, one.option, one.default) for name, one in spec.arguments.items()]
    declared += [(name, about(one), default_of(one)) for name, one in spec.options().items()]
    for name, one, default in declared:
        kind = one.kind or type(default).__name__
        lines.append(f"{name} : {kind}" + ("" if default is REQUIRED else f", default {default!r}"))
        lines += textwrap.wrap(
            one.help, 92, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
        )
    if "progress" in inspect.signature(function).parameters:
        lines += ["progress : optional", "    True for a bar on a terminal, or lines of a log "
                  "elsewhere; a rich progress", "    display; or a function of (what is done, "
                  "steps done, steps in all)."]  # fmt: skip
    return "\n".join([*lines, rest.rstrip()])
