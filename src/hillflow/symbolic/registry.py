"""The registry of symbolic engines; the command line, the docs and the benchmarks read it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from hillflow.errors import MissingPackageError
from hillflow.options import check_options
from hillflow.registry import Registry
from hillflow.symbolic.engine import SymbolicEngine


@dataclass(frozen=True)
class EngineEntry:
    """An entry of the registry: what a user needs to know to choose an engine.

    Attributes
    ----------
    name
        Name in the registry.
    place
        Module and class, imported on first use.
    finds, source
        The formulas that it can find, and the publication of the method.
    needs
        What to install in addition to hillflow.
    when_not
        When to choose another engine.
    """

    name: str
    place: tuple[str, str]
    finds: str
    source: str
    needs: str
    when_not: str


ENGINES: Registry[EngineEntry] = Registry(
    "engine", "engines", "How formulas are searched for (--engine)"
)
for _entry in (
    EngineEntry(
        "template", ("hillflow.symbolic.template", "TemplateEngine"),
        "Hill laws: single, additive, multiplicative, competitive, with a basal term",
        "Hill (1910); Bintu et al. (2005)", "nothing",
        "laws carry the flag 'outside the family': the true law is of another kind",
    ),
    EngineEntry(
        "operon", ("hillflow.symbolic.operon", "OperonEngine"),
        "any formula of + - * / and powers, by genetic programming, of least description length",
        "Burlacu, Kronberger & Kommenda (2020)", "pyoperon",
        "you look for Hill laws: a single run rarely finds one",
    ),
    EngineEntry(
        "pysr", ("hillflow.symbolic.pysr_engine", "PySREngine"),
        "any formula, by multi-population evolution", "Cranmer (2023)", "pysr and Julia",
        "time is short, or Julia cannot be installed",
    ),
):  # fmt: skip
    ENGINES.add(_entry, __name__)


def make_engine(name: str = "template", **options: Any) -> SymbolicEngine:
    """Build an engine by name.

    Parameters
    ----------
    name
        A name in `ENGINES`.
    **options
        Options of the engine's class.

    Returns
    -------
    SymbolicEngine
        The engine, to pass as ``engine=``.

    Examples
    --------
    >>> from hillflow.symbolic import make_engine
    >>> make_engine("template", most_parents=1)
    TemplateEngine(most_parents=1, families=('additive', 'multiplicative', 'competitive'), kept=16)
    """
    module, cls = ENGINES[name].place
    kind = getattr(importlib.import_module(module), cls)
    check_options(kind, options, f"the {name} engine")
    return kind(**options)


def usable_engine(engine: str | SymbolicEngine) -> SymbolicEngine:
    """The engine, given by name or as an object; raises an error if it is not installed."""
    chosen = make_engine(engine) if isinstance(engine, str) else engine
    if missing := chosen.available():
        raise MissingPackageError(f"what engine={chosen.name!r} needs", "none", missing)
    return chosen
