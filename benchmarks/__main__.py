"""`python -m benchmarks NAME [--quick] [--seed N] [--out DIR]`: run, print, write JSON.

`python -m benchmarks all` runs every table whose data is on this machine, and names the others.
`python -m benchmarks render` writes the results that are there into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.environment import ROOT, commit, environment
from benchmarks.reference_data import MissingDataError
from benchmarks.render import write
from benchmarks.table import part_file
from hillflow.errors import HillflowError, InputError, did_you_mean

# The modules of this folder that measure something; a new table adds its module here.
NAMES = (
    "import_time",
    "fields_speed",
    "flow_matching_speed",
    "coupling",
    "six_gene",
    "phoenix",
    "phoenix_priors",
    "phoenix_speed",
    "interpolation",
    "networks",
    "known_networks",
    "trrust",
    "calibrate_confidence",
    "held_out_knockouts",
    "screen_speed",
    "symbolic_recovery",
    "symbolic_demo",
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        epilog="Example: python -m benchmarks fields_speed --quick",
    )
    parser.add_argument("name", help=f"all, render, or one of {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run?")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--out",
        type=Path,
        help="folder for NAME.json; benchmarks/results, or build/benchmarks with --quick",
    )
    parser.add_argument(
        "--resume",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="go on with what an interrupted run of the same command had measured",
    )
    given = parser.parse_args(arguments)
    if given.name == "render":
        print(f"wrote {write(order=NAMES)}", file=sys.stderr)
        return 0
    try:
        names = _chosen(given.name)
    except HillflowError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    folder = given.out or ROOT / ("build/benchmarks" if given.quick else "benchmarks/results")
    left_out = []
    for name in names:
        if not given.resume:
            part_file(name, given.quick, given.seed).unlink(missing_ok=True)
        try:
            _run(name, given.quick, given.seed, folder)
        except MissingDataError as error:
            print(f"{name}: {error}", file=sys.stderr)
            left_out.append(name)
    if left_out and given.name != "all":
        return 2
    if left_out:
        print(f"Left out for want of data: {', '.join(left_out)}", file=sys.stderr)
    return 0


def _chosen(name: str) -> tuple[str, ...]:
    name = name.replace("-", "_")
    if name == "all":
        return NAMES
    if name not in NAMES:
        raise InputError("the name of a benchmark", repr(name), did_you_mean(name, NAMES))
    return (name,)


def _run(name: str, quick: bool, seed: int, folder: Path) -> None:
    print(f"{name} …", file=sys.stderr, flush=True)
    start = time.perf_counter()
    table = importlib.import_module(f"benchmarks.{name}").run(quick=quick, seed=seed)
    seconds = time.perf_counter() - start
    result = {
        "benchmark": name,
        "command": f"python -m benchmarks {name} --seed {seed}" + (" --quick" if quick else ""),
        "commit": commit(),
        **({"also_measured_at": table.other_commits} if table.other_commits else {}),
        "seeds": [seed],
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
    part_file(name, quick, seed).unlink(missing_ok=True)
    print(table.text())
    print(f"wrote {path}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
