"""What the registries and docstrings say of an entry: its facts as a table, and its details."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any

from _pages import docstrings, reference
from _pages.published import PUBLISHED
from _pages.tables import escaped
from hillflow.fields import CandidateEdges, FieldEntry, VectorField
from hillflow.objectives import METHODS, Match, Method
from hillflow.objectives.stage import Stage
from hillflow.transport import CouplingEntry

Entry = FieldEntry | Method | CouplingEntry
_GENES = tuple("ABCDEFGHIJ")
_PRIOR = {
    "none": "not used",
    "soft": "a target for production",
    "mask": "candidate edges: parameters on these alone",
}
_LEAST_DETAIL = 80  # characters; a shorter paragraph says nothing that the page does not


def facts(table: str, entry: Entry) -> str:
    """A table of all that is known of an entry."""
    of = {"fields": _of_field, "methods": _of_method, "couplings": lambda _: iter(())}[table]
    rows = [
        ("formula", escaped(entry.formula)),
        *of(entry),
        ("cost", escaped(entry.cost)),
        ("not when", escaped(entry.when_not)),
        ("source", escaped(entry.source)),
        *_published(table, entry.name),
    ]
    lines = [f"| {name} | {text} |" for name, text in rows]
    return "\n".join(["| | |", "|---|---|", *lines]) + "\n"


def details(table: str, of: Iterable[Entry]) -> str:
    """What the docstrings of the parts of these entries say beyond the facts, as Markdown."""
    parts = dict.fromkeys(part for entry in of for part in _parts(table, entry))
    texts = {part: _paragraphs(part) for part in parts}
    return "\n".join(f"**{_link(part)}.** {_summary(part)}\n\n{text}"
                     for part, text in texts.items() if text)  # fmt: skip


def _of_field(entry: FieldEntry) -> Iterator[tuple[str, str]]:
    on_edges = "mask" in entry.prior
    field = entry.cls(_GENES, **({"edges": _few_edges()} if on_edges else {}))
    numbers = sum(part.numel() for part in field.parameters())
    regulators = "three candidate regulators each" if on_edges else "all of them regulators"
    yield "learnt", f"{numbers:,} numbers for ten genes, {regulators}"
    yield "prior network", "; ".join(_PRIOR[one.strip()] for one in entry.prior.split(","))
    yield "production and decay", "separate" if field.has_split else "not told apart"
    yield "levels below 0", "never reached" if field.keeps_orthant else "possible"
    yield "depends on time", _time(field)
    yield "network read by", f"`{field.default_readout[0]}`: {escaped(field.default_readout[1])}"
    methods = [name for name, method in METHODS.items() if method.trains == entry.name]
    if methods:
        yield "methods made for it", ", ".join(f"`{name}`" for name in methods)


def _few_edges() -> CandidateEdges:
    """Three regulators a gene."""
    source = [(target + step) % 10 for target in range(10) for step in (1, 2, 3)]
    return CandidateEdges(source, [target for target in range(10) for _ in range(3)], 10)


def _time(field: VectorField) -> str:
    if not field.autonomous:
        return "yes"
    return "if asked for (`time=True`)" if "time" in field.options else "no"


def _of_method(method: Method) -> Iterator[tuple[str, str]]:
    yield "learnt", ", ".join(method.learns)
    yield "given", _given(method)
    yield "fields", "any" if method.trains == "any" else f"`{method.trains}`"
    yield "perturbed cells", "used" if method.takes_interventions else "refused"
    yield "training", "; then ".join(map(_stage, method.stages))
    yield "made of", ", ".join(_link(part) for part in _pieces(method))
    if method.own_coupling:
        yield "another coupling", f"refused: {escaped(method.own_coupling)}"


def _given(method: Method) -> str:
    data = {
        "snapshots": "snapshots",
        "trajectories": "series of followed units",
        "both": "snapshots or series of followed units",
        "screens": "cells at rest under several perturbations",
    }[method.data]
    if method.couples and method.data != "trajectories":
        return f"{data}; pairs of the coupling `{_name(method.coupling)}`"
    return data


def _stage(stage: Stage) -> str:
    return f"{stage.objective.task}, {stage.steps:,} steps of {stage.cells:,} cells"


def _pieces(method: Method) -> Iterator[type]:
    """The classes of a method's objectives and their paths, each once."""
    found: dict[type, None] = {}
    for stage in method.stages:
        found[type(stage.objective)] = None
        if isinstance(stage.objective, Match):
            found[type(stage.objective.path)] = None
    yield from found


def _parts(table: str, entry: Entry) -> Iterator[type]:
    """The classes whose docstrings hold the details; of a regression, its path."""
    if table == "methods":
        yield from (piece for piece in _pieces(entry) if piece is not Match)
    else:
        yield entry.cls


def _published(table: str, name: str) -> Iterator[tuple[str, str]]:
    for row in (row for rows in PUBLISHED.values() for row in rows):
        if (table, name) in row.uses:
            yield f"{row.name}, the same", row.same
            yield f"{row.name}, different", row.differs
            yield "tested in", f"`{row.test.partition('::')[0]}`"


def _name(coupling: Any) -> str:
    from hillflow.transport import COUPLINGS

    names = (name for name, entry in COUPLINGS.items() if entry.cls is type(coupling))
    return next(names, type(coupling).__name__)


def _link(part: type) -> str:
    """A link to the reference, where it has the class."""
    room = part.__module__.split(".")[1]
    public = part.__name__ in importlib.import_module(f"hillflow.{room}").__all__
    full = f"hillflow.{room}.{part.__name__}"
    return f"{{py:obj}}`{part.__name__} <{full}>`" if public else f"`{part.__name__}`"


def _summary(part: type) -> str:
    """The first line of a docstring."""
    return escaped((inspect.getdoc(part) or "").partition("\n")[0])


def _paragraphs(part: type) -> str:
    """A docstring without its first line, its parameters, and what the facts say already."""
    text = inspect.getdoc(part) or ""
    body = re.split(r"\n\w[\w ]*\n-{3,}\n", text)[0].partition("\n\n")[2]
    kept = [one for one in _blocks(body) if not re.match(r"(Source|Cost)\b", one)]
    if sum(map(len, kept)) < _LEAST_DETAIL:
        return ""
    names = docstrings.Names(reference.documented())
    prepared = docstrings.prepared("\n\n".join(kept), names, part.__module__)
    return f"```{{eval-rst}}\n{prepared}\n```\n"


def _blocks(text: str) -> Iterable[str]:
    return (block for block in text.strip("\n").split("\n\n") if block.strip())
