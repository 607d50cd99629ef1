"""What a path alone tells is said at once: before torch, or anything else heavy, is loaded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

MISTAKES = {
    "fit": (["fit", "none.h5ad", "--out", "new"], "an .h5ad file or a .zarr store at none.h5ad"),
    "fit, genes": (["fit", "cells.h5ad", "--out", "new", "--genes", "none.txt"], "list of genes"),
    "fit, prior": (
        ["fit", "cells.h5ad", "--out", "new", "--prior", "trrust", "--prior-file", "none.csv"],
        "a file of edges",
    ),
    "fit, out": (["fit", "cells.h5ad", "--out", "cells.h5ad/run"], "a folder to write into"),
    "fit, options": (["fit", "cells.h5ad", "--out", "new", "--free-edges", "all"], "no --prior"),
    "simulate": (["simulate", "toggle", "--out", "none/cells.h5ad"], "mkdir -p none"),
    "graph": (["graph", "none"], "nothing at none"),
    "graph, top": (["graph", "none", "--top", "0"], "--top of 1 or more"),
    "graph, also": (["graph", "run", "--also", "none"], "nothing at none"),
    "activity": (["activity", "cells.h5ad", "--out", "a.h5ad"], "a network of known targets"),
    "activity, cells": (
        ["activity", "none.h5ad", "--prior", "trrust", "--out", "a.h5ad"], "at none.h5ad",
    ),
    "laws": (["laws", "none"], "nothing at none"),
    "laws, graph": (["laws", "run", "--graph", "none.csv"], "a table of edges"),
    "knockout": (["knockout", "none", "--all"], "nothing at none"),
    "knockout, genes": (["knockout", "run"], "either --genes or --all"),
    "predict": (["predict", "none", "--out", "p.h5ad"], "nothing at none"),
    "predict, out": (["predict", "run", "--out", "cells.h5ad"], "--overwrite"),
    "velocity": (["velocity", "none", "--out", "v.h5ad"], "nothing at none"),
    "validate": (["validate", "none.csv", "--against", "trrust"], "a run, or a file of edges"),
    "validate, figure": (
        ["validate", "run", "--against", "trrust", "--figure", "page.gif"], "page.png",
    ),
    "export": (["export", "none.csv", "--to", "sif", "--out", "n.sif"], "a table of edges"),
    "report": (["report", "none"], "nothing at none"),
    "info": (["info", "none"], "nothing at none"),
    "priors align": (["priors", "align", "trrust", "none.h5ad"], "an .h5ad file at none.h5ad"),
}  # fmt: skip

PROGRAM = """
import contextlib, io, json, sys
from hillflow.cli import main, app
said = {}
for name, words in json.load(sys.stdin).items():
    error = io.StringIO()
    sys.modules["hillflow.cli.root"].console.file = error
    said[name] = [main(words), " ".join(error.getvalue().split())]
heavy = [name for name in ("torch", "anndata", "pandas", "scanpy") if name in sys.modules]
print(json.dumps({"said": said, "heavy": heavy}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What one process says to every mistake, and what it has loaded in the end."""
    folder = tmp_path_factory.mktemp("early")
    (folder / "cells.h5ad").touch()
    (folder / "run").mkdir()
    (folder / "run" / "manifest.json").touch()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=folder, text=True, capture_output=True, check=True,
        input=json.dumps({name: words for name, (words, _) in MISTAKES.items()}),
    )  # fmt: skip
    assert sorted(path.name for path in folder.iterdir()) == ["cells.h5ad", "run"]
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_said(told, name):
    status, said = told["said"][name]
    assert status == 2
    assert MISTAKES[name][1] in said
    assert said.count("Fix: ") == 1


def test_nothing_heavy_is_loaded_for_it(told):
    assert told["heavy"] == []
