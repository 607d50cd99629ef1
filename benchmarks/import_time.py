"""How long `import hillflow` takes, beside torch, which it must not wait for."""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.environment import ROOT
from benchmarks.measure import ONE_THREAD, medians
from benchmarks.table import Claim, Table

STATEMENTS = {
    "python alone": "pass",
    "import torch": "import torch",
    "import hillflow": "import hillflow",
    "the command line": "import hillflow.cli.app",
    "the solvers": "import hillflow.solve",
}


def run(quick: bool, seed: int) -> Table:
    """Fresh processes, in turn, each statement once to warm the file cache."""
    works = {
        name: lambda code=code: subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **ONE_THREAD}, check=True
        )
        for name, code in STATEMENTS.items()
    }
    repeats = 1 if quick else 9
    seconds = {name: taken["wall"] for name, taken in medians(works, repeats).items()}
    table = Table()
    for name, taken in seconds.items():
        table.add(statement=name, seconds=taken, repeats=repeats)
    table.claims = [
        Claim(
            "import hillflow, seconds beyond torch",
            seconds["import hillflow"] - seconds["import torch"],
            0.5,
        ),
        Claim(
            "import hillflow.solve, seconds beyond torch",
            seconds["the solvers"] - seconds["import torch"],
            0.5,
        ),
    ]
    return table
