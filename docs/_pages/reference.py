"""The Python reference: one page for the front door, one for the figures, one for each room."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import get_args

from _pages import tables
from hillflow.registry import Registry

VERBS = (
    "simulate", "check", "fit", "graph", "activity", "laws", "knockout", "scm", "predict",
    "velocity", "validate", "export", "report", "methods",
)  # fmt: skip
PRIORS = ("load", "align", "fetch")
CLASSES = ("Run", "Snapshots", "Trajectories", "Network", "Law", "Intervention")
# In the order in which data pass through them; then what all of them use.
ROOMS = (
    "data", "networks", "systems", "fields", "transport", "solve", "baselines", "activities",
    "closed_form", "latent",
    "objectives", "model", "train", "causal", "symbolic", "evaluate", "results", "page",
    "workflow", "cli", "interventions", "findings", "errors", "show", "registry", "plugins",
)  # fmt: skip


def pages() -> dict[str, str]:
    """Every page by the name of its file, without the ending."""
    made = {"index": _index(), "hillflow": _front_door(), "pl": _figures()}
    return made | {room: _room(room) for room in ROOMS}


def public_names(module: ModuleType) -> list[str]:
    """What a module offers: its ``__all__``, or else what it defines without an underscore."""
    listed = getattr(module, "__all__", None)
    if listed is not None:
        return list(listed)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__ == module.__name__
    ]


def documented() -> list[str]:
    """The full name of everything that has an entry in the reference."""
    front = [f"hillflow.{name}" for name in (*VERBS, "priors", *CLASSES)]
    front += [f"hillflow.priors.{name}" for name in PRIORS]
    rooms = [f"hillflow.{room}.{name}" for room in (*ROOMS, "pl") for name in _own(room)]
    return front + rooms


def _own(room: str) -> list[str]:
    """The names of a room whose entry is on its own page, not on the front door's."""
    module = importlib.import_module(f"hillflow.{room}")
    return [name for name in public_names(module) if not _at_the_front(module, name)]


def _at_the_front(module: ModuleType, name: str) -> bool:
    import hillflow

    if name not in (*VERBS, "priors", *CLASSES):
        return False
    return getattr(module, name) is getattr(hillflow, name)


def _index() -> str:
    rows = [f"| {{doc}}`hillflow.{room} <{room}>` | {_promise(_module(room))} |" for room in ROOMS]
    return f"""# Python reference

Most users need two pages: {{doc}}`hillflow <hillflow>`, the functions and classes of
`import hillflow as hf`, and {{doc}}`hillflow.pl <pl>`, the figures. The rooms below hold what these
are made of, for those who combine the parts themselves or [extend](../extending.md) them. Each
page lists exactly what its room exports.

| room | content |
|---|---|
{chr(10).join(rows)}

```{{toctree}}
:hidden:

{chr(10).join(("hillflow", "pl", *ROOMS))}
```
"""


def _front_door() -> str:
    functions = [f".. autofunction:: hillflow.{name}" for name in VERBS]
    classes = [_class("hillflow", name) for name in CLASSES]
    return f"""# hillflow

`import hillflow as hf`. Each function does what the command of its name does, with the same
options, defaults and findings. Where a function takes cells, it takes an AnnData object, the path
of an `.h5ad` file or a `.zarr` store, `Snapshots` or `Trajectories`; where it takes a run, it takes
a `Run` or the path of its folder.

## Functions

{_summary("hillflow", VERBS)}
{_rst(functions)}
## Prior networks

{_rst(_priors())}
## Classes

{_summary("hillflow", CLASSES)}
{_rst(classes)}"""


def _priors() -> Iterator[str]:
    yield (
        ".. py:function:: hillflow.priors()\n\n"
        "   List the prior networks that hillflow knows: name, organism, pairs, licence, source."
    )
    yield from (f".. autofunction:: hillflow.priors.{name}" for name in PRIORS)


def _figures() -> str:
    from hillflow import pl

    functions = [f".. autofunction:: hillflow.pl.{name}" for name in pl.__all__]
    return f"""# hillflow.pl

Every function takes what it draws first, then keyword options, and returns the axes it drew on.
`ax=None` makes a new figure. Figures of several panels take `axes=None` and return an array of
axes. `ax.figure.savefig("figure.png")` saves a figure. [Figures](../figures.md) shows how to
combine them.

{_summary("hillflow.pl", pl.__all__)}
{_rst(functions)}"""


def _room(room: str) -> str:
    module = _module(room)
    own = _own(room)
    values = {name: getattr(module, name) for name in own}
    registries = {name: value for name, value in values.items() if isinstance(value, Registry)}
    functions = [name for name, value in values.items() if inspect.isroutine(value)]
    classes = [name for name, value in values.items() if inspect.isclass(value)]
    rest = [name for name in own if name not in (*registries, *functions, *classes)]
    at_front = [name for name in public_names(module) if name not in own]
    parts = [f"# hillflow.{room}", _promise(module) + "."]
    if at_front:
        links = ", ".join(f"{{py:obj}}`hillflow.{name}`" for name in at_front)
        parts.append(f"Described on the page of {{doc}}`hillflow <hillflow>`: {links}.")
    parts.append(_summary(module.__name__, [*functions, *classes]))
    if functions:
        names = (f".. autofunction:: {module.__name__}.{name}" for name in functions)
        parts += ["## Functions", _rst(names)]
    if classes:
        parts += ["## Classes", _rst(_class(module.__name__, name) for name in classes)]
    if rest:
        parts += ["## Values", _rst(_value(module, name) for name in rest)]
    for name, registry in registries.items():
        parts += [
            f"## {registry.question}",
            _rst([f".. py:data:: {module.__name__}.{name}\n\n   A "
                  f":py:obj:`~hillflow.registry.Registry`; ``hillflow methods {registry.table}`` "
                  "prints it."]),
            tables.full(registry.table),
        ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _module(room: str) -> ModuleType:
    return importlib.import_module(f"hillflow.{room}")


def _promise(module: ModuleType) -> str:
    """The first sentence of a module's docstring, for Markdown."""
    first = (inspect.getdoc(module) or "").partition("\n\n")[0].replace("\n", " ")
    return first.rstrip(".").replace("``", "`").replace("|", r"\|")


def _class(module: str, name: str) -> str:
    return f".. autoclass:: {module}.{name}\n   :members:"


def _value(module: ModuleType, name: str) -> str:
    """A type alias with what it stands for; another value by its name alone."""
    value = getattr(module, name)
    entry = f".. py:data:: {module.__name__}.{name}"
    if isinstance(value, dict):
        return f"{entry}\n\n   A dictionary with the keys {', '.join(value)}."
    alias = re.sub(r"\b[\w.]+\.(?=\w)", "", str(value)) if get_args(value) else ""
    return f"{entry}\n\n   ``{alias}``" if alias else entry


def _summary(module: str, names: Sequence[str]) -> str:
    listed = "\n".join(f"   ~{module}.{name}" for name in names)
    return _rst([f".. autosummary::\n   :nosignatures:\n\n{listed}"] if names else [])


def _rst(directives: Iterable[str]) -> str:
    text = "\n\n".join(directives)
    return f"```{{eval-rst}}\n{text}\n```\n" if text else ""
