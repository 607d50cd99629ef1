"""The engines by name: one table feeds the command line, the docs and the benchmarks."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from hillflow.errors import InputError, MissingPackageError
from hillflow.options import check_options
from hillflow.registry import Registry
from hillflow.symbolic.engine import SymbolicEngine


@dataclass(frozen=True)
class EngineEntry:
    """What a user needs to know to choose an engine.

    Attributes
    ----------
    name
        Key.
    place
        Module and class, imported when first asked for.
    finds, source
        Which formulas it can find, and where the method was published.
    needs
        What has to be installed beside hillflow.
    when_not
        When to choose another one.
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
        "the flag 'outside the family' shows: the truth is another kind of law",
    ),
    EngineEntry(
        "operon", ("hillflow.symbolic.operon", "OperonEngine"),
        "any formula of + - * / and powers, by genetic programming, of least description length",
        "Burlacu, Kronberger & Kommenda (2020)", "pyoperon",
        "Hill laws are what you look for: a run seldom finds one",
    ),
    EngineEntry(
        "pysr", ("hillflow.symbolic.pysr_engine", "PySREngine"),
        "any formula, by multi-population evolution", "Cranmer (2023)", "pysr and Julia",
        "time is short, or Julia cannot be installed",
    ),
):  # fmt: skip
    ENGINES.add(_entry, __name__)


def make_engine(name: str = "template", **options: Any) -> SymbolicEngine:
    """Build an engine by its name; options are those of its class."""
    module, cls = ENGINES[name].place
    kind = getattr(importlib.import_module(module), cls)
    check_options(kind, options, f"the {name} engine")
    return kind(**options)


def usable_engine(engine: str | SymbolicEngine, jobs: int = 1) -> SymbolicEngine:
    """The engine, by its name or as it is, if it can run here; else what to install."""
    if jobs < 1:
        raise InputError("one job or more", f"jobs={jobs}", "write jobs=1")
    chosen = make_engine(engine) if isinstance(engine, str) else engine
    if missing := chosen.available():
        raise MissingPackageError(f"what engine={chosen.name!r} needs", "none", missing)
    return chosen
