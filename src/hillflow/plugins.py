"""Plugins: files and packages of users that add fields, methods, formats and other entries.

Plugins are found in three ways, in this order, when a registry is first read:

1. installed packages with an entry point in the group ``hillflow.plugins``, which names a module;
2. the environment variable ``HILLFLOW_PLUGINS``: paths of Python files or names of modules,
   separated as in ``PATH`` (``:`` on Linux and macOS);
3. ``hillflow --plugin FILE …`` on the command line, which adds to that variable.

In Python it is enough to import the module. The folder of a file joins the end of ``sys.path``,
so that processes that train members (``jobs``) find it under its name as well.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path

from hillflow.errors import HillflowError, InputError, MissingFileError

GROUP = "hillflow.plugins"
VARIABLE = "HILLFLOW_PLUGINS"

_loaded: set[str] = set()


def load_plugins() -> None:
    """Import every plugin that has not been imported yet; an error names the plugin."""
    for entry in entry_points(group=GROUP):
        _import_once(entry.value)
    for plugin in os.environ.get(VARIABLE, "").split(os.pathsep):
        if plugin.strip():
            _import_once(plugin.strip())


def _import_once(plugin: str) -> None:
    """Import a Python file or a module, unless it has been imported."""
    if plugin in _loaded:
        return
    _loaded.add(plugin)  # before the import: the plugin may read a registry itself
    try:
        if plugin.endswith(".py"):
            _import_file(Path(plugin))
        else:
            importlib.import_module(plugin)
    except (HillflowError, KeyboardInterrupt):
        _loaded.discard(plugin)
        raise
    except BaseException as error:  # also sys.exit, which would end the command without a word
        _loaded.discard(plugin)
        fix = f"correct it, or remove it from {VARIABLE}"
        if isinstance(error, ModuleNotFoundError) and Path(f"{plugin}.py").is_file():
            fix = f"write {plugin}.py for a file in this folder"
        raise InputError(
            f"a plugin that can be imported ({plugin})", f"{type(error).__name__}: {error}", fix
        ) from error


def _import_file(path: Path) -> None:
    if not path.is_file():
        raise MissingFileError(
            f"the plugin {path}", "no such file", f"correct {VARIABLE} or --plugin"
        )
    name, folder = path.stem, str(path.absolute().parent)
    if name in sys.modules:
        _refuse_other(path, getattr(sys.modules[name], "__file__", None))
        return
    there = importlib.util.find_spec(name)
    if there is not None:
        _refuse_other(path, there.origin)
    if folder not in sys.path:
        sys.path.append(folder)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise


def _refuse_other(path: Path, origin: str | None) -> None:
    """Refuse a file under whose name Python knows another module."""
    if origin is None or not Path(origin).exists() or not path.samefile(origin):
        raise InputError(
            f"a plugin with a name of its own ({path})",
            f"the module {path.stem!r} of {origin or 'Python itself'}",
            "rename the file",
        )
