"""The code blocks of a page, run from top to bottom at small size.

Blocks marked ``python`` and ``bash`` run, ``hillflow …`` lines through the command line's own entry
point; ``console`` and unmarked blocks are for reading. Pages are written at full size. Here the
same functions and commands run with the limits of `SMALL`, in a folder of their own.

A ``python`` block whose first line is ``# name.py`` is a file: `write_files` writes it. A page with
such files runs in a process of its own (``python page_blocks.py PAGE``), since plugins stay in
the registries of the process that has loaded them.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

# The largest value of an option, by verb: a page's own value if that is smaller.
SMALL = {
    "simulate": {"cells": 15},
    "fit": {"effort": 0.02, "ensemble": 2},
    "knockout": {"cells": 50},
    "laws": {"members": 0, "parents": 2},
    "validate": {"shuffles": 9},
}
ONCE = {"report"}  # seconds however small the run: on the first page that shows it
_DONE: set[str] = set()
_CELLS: dict[str, Any] = {}
_BLOCK = re.compile(r"^```(?:\{code-block\} )?(python|bash)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"# (\w+\.py)\n")


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and code of each block that runs."""
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [(language, code) for language, code in found if not _FILE.match(code)]


def files(page: Path) -> dict[str, str]:
    """The files that a page shows, by their names."""
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    named = ((_FILE.match(code), code) for _, code in found)
    return {match[1]: code for match, code in named if match}


def run(page: Path) -> None:
    """Run the blocks in the current folder; an error ends it."""
    with_limits()
    names: dict[str, Any] = {}
    for language, code in blocks(page):
        if language == "python":
            exec(compile(code, page.name, "exec"), names)
            continue
        for line in code.replace("\\\n", " ").splitlines():
            words = shlex.split(os.path.expandvars(line), comments=True)
            if words:
                run_command(words)


def run_command(words: Sequence[str]) -> None:
    """Run ``hillflow …`` at small size."""
    from hillflow.cli import main

    assert words[0] == "hillflow", f"only hillflow commands run: {shlex.join(words)}"
    if words[1] in ONCE:
        if words[1] in _DONE:
            return
        _DONE.add(words[1])
    assert main(small_command(words[1:])) == 0, shlex.join(words)


def small_command(words: Sequence[str]) -> list[str]:
    """The words of a command with the limits of `SMALL`."""
    import hillflow

    changed = list(words)
    verb = next((word for word in words if word in SMALL), None)
    if verb == "laws" and _is_its_own_laws(words[words.index("laws") + 1]):
        return changed
    if verb == "knockout" and any(word.endswith(".h5ad") for word in words):
        return changed  # guessed from cells: nothing is simulated
    for name, limit in SMALL.get(verb or "", {}).items():
        flag = f"--{name}"
        if flag in changed:
            place = changed.index(flag) + 1
            changed[place] = str(min(type(limit)(changed[place]), limit))
        elif _unwrapped(getattr(hillflow, verb or "")).spec.options()[name].default > limit:
            changed += [flag, str(limit)]
    return changed


def with_limits() -> None:
    """Put the limits of `SMALL` on the functions of `hillflow`, and on `Setting`."""
    import hillflow
    import hillflow.train

    for verb, limits in SMALL.items():
        setattr(hillflow, verb, _limited(_unwrapped(getattr(hillflow, verb)), limits))
    setting = _unwrapped(hillflow.train.Setting)
    hillflow.train.Setting = _limited(setting, {"effort": SMALL["fit"]["effort"]})
    # The same cells, on many pages.
    simulate = importlib.import_module("hillflow.workflow._simulate")
    simulate.simulate_named = _remembered(_unwrapped(simulate.simulate_named))
    settle = importlib.import_module("hillflow.train.settle")
    settle.validation_loss = few_cells(_unwrapped(settle.validation_loss))
    _trees(5)


def without_limits() -> None:
    """Take them off again."""
    import hillflow
    import hillflow.train

    for verb in SMALL:
        setattr(hillflow, verb, _unwrapped(getattr(hillflow, verb)))
    hillflow.train.Setting = _unwrapped(hillflow.train.Setting)
    simulate = importlib.import_module("hillflow.workflow._simulate")
    simulate.simulate_named = _unwrapped(simulate.simulate_named)
    settle = importlib.import_module("hillflow.train.settle")
    settle.validation_loss = _unwrapped(settle.validation_loss)
    _trees(50)


def few_cells(loss: Callable[..., float]) -> Callable[..., float]:
    """The loss on a few cells: a law is simulated once or twice for each regulator it may drop."""
    few = functools.partial(loss, cells=16)
    few.full = loss  # type: ignore[attr-defined]
    return few


def _trees(number: int) -> None:
    """Let the forests of `validate` have this many trees by default."""
    from hillflow.baselines import dynamic_tree

    dynamic_tree.__kwdefaults__["trees"] = number


def _limited(function: Callable[..., Any], limits: dict[str, Any]) -> Callable[..., Any]:
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
    }

    @functools.wraps(function, updated=())
    def call(*args: Any, **given: Any) -> Any:
        if limits is SMALL["laws"] and _is_its_own_laws(args[0]):
            return function(*args, **given)  # these options are refused
        if limits is SMALL["knockout"] and hasattr(args[0], "obs"):
            return function(*args, **given)  # guessed from cells: nothing is simulated
        small = {
            name: min(given.get(name, defaults[name]), limit) for name, limit in limits.items()
        }
        return function(*args, **given | small)

    call.full = function  # type: ignore[attr-defined]
    return call


def _is_its_own_laws(run: Any) -> bool:
    from hillflow import Run
    from hillflow.symbolic.read_laws import has_laws

    return has_laws((run if isinstance(run, Run) else Run.open(run)).fit)


def _remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, progress: Any = None, **given: Any) -> Any:
        key = repr((args, given))
        if key not in _CELLS:
            _CELLS[key] = function(*args, **given)
        return _CELLS[key]

    call.full = function  # type: ignore[attr-defined]
    return call


def _unwrapped(function: Any) -> Any:
    return getattr(function, "full", function)


def run_with_files(page: Path) -> None:
    """Write the files that a page shows, test those that are tests, and run its other blocks."""
    import pytest

    for name, code in files(page).items():
        Path(name).write_text(code, encoding="utf-8")
    plugins = [name for name in files(page) if not name.startswith("test_")]
    os.environ["HILLFLOW_PLUGINS"] = os.pathsep.join(plugins)
    assert pytest.main(["-q", "-p", "no:cacheprovider", "--rootdir=."]) == 0
    run(page)


if __name__ == "__main__":
    run_with_files(Path(sys.argv[1]))
