"""Tables run one after another, or several at once in processes of their own."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

from benchmarks.environment import commit, environment
from benchmarks.reference_data import MissingDataError
from benchmarks.render import RESULTS
from benchmarks.table import Table, part_file


def longest_first(names: Sequence[str]) -> list[str]:
    """By the seconds of the committed results, so that no long table is left running alone."""

    def seconds(name: str) -> float:
        path = RESULTS / f"{name}.json"
        return json.loads(path.read_text(encoding="utf-8"))["seconds"] if path.is_file() else 0.0

    return sorted(names, key=seconds, reverse=True)


def run_tables(
    names: Sequence[str], quick: bool, seed: int, folder: Path, jobs: int = 1
) -> list[str]:
    """Run all whose data is there, `jobs` at once; the names of the others."""
    settings = [repeat(one) for one in (quick, seed, folder)]
    if jobs == 1 or len(names) < 2:
        found = list(map(_tried, names, *settings))
    else:
        # Spawned: a fork would take over the thread pools of whoever calls.
        with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
            found = list(pool.map(_tried, names, *settings))
    return [name for name, there in zip(names, found, strict=True) if not there]


def _tried(name: str, quick: bool, seed: int, folder: Path) -> bool:
    try:
        run_table(name, quick, seed, folder)
    except MissingDataError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return False
    return True


def run_table(name: str, quick: bool, seed: int, folder: Path) -> None:
    """Measure a table, print it, and write its JSON in one go."""
    print(f"{name} …", file=sys.stderr, flush=True)
    start = time.perf_counter()
    table = importlib.import_module(f"benchmarks.{name}").run(quick=quick, seed=seed)
    seconds = time.perf_counter() - start
    command = f"python -m benchmarks {name} --seed {seed}" + (" --quick" if quick else "")
    path = save(name, command, table, seconds, folder, seeds=[seed])
    part_file(name, quick, seed).unlink(missing_ok=True)
    print(table.text())
    print(f"wrote {path}", file=sys.stderr)


def save(name: str, command: str, table: Table, seconds: float, folder: Path, **about: Any) -> Path:
    """Write NAME.json, with all that says where its numbers came from."""
    result = {
        "benchmark": name,
        "command": command,
        "commit": commit(),
        **({"also_measured_at": table.other_commits} if table.other_commits else {}),
        **about,
        "seconds": round(seconds, 1),
        "environment": environment(),
        "claims": [claim.as_dict() for claim in table.claims],
        "rows": table.rows,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    unfinished = path.with_suffix(".json.part")
    unfinished.write_text(json.dumps(result, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(unfinished, path)
    return path
