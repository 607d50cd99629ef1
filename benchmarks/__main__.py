"""`python -m benchmarks NAME [--quick] [--seed N] [--jobs N] [--out DIR]`: run, print, write JSON.

`python -m benchmarks all` runs every table whose data is on this machine, and names the others.
`python -m benchmarks render` writes the results that are there into docs/benchmarks.md
and docs/benchmarks/.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import claims, curves
from benchmarks.all import record
from benchmarks.environment import ROOT
from benchmarks.render import RESULTS, write
from benchmarks.running import longest_first, run_tables
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
    "fidelity",
    "networks",
    "known_networks",
    "real",
    "real_knockouts",
    "screens_at_rest",
    "trrust",
    "calibrate_closed_form",
    "calibrate_confidence",
    "closed_form",
    "counts",
    "clones",
    "held_out_knockouts",
    "one_law",
    "scale",
    "screen_speed",
    "symbolic_recovery",
    "symbolic_demo",
)
ORDER = ("all", *NAMES)  # of the page
# What these measure is time, which a neighbour on the next core changes.
SPEED = ("import_time", "fields_speed", "flow_matching_speed", "coupling", "phoenix_speed",
         "scale", "screen_speed")  # fmt: skip


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
        "--jobs", type=int, default=1, help="tables at once; those that measure speed run alone"
    )
    parser.add_argument(
        "--resume",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="go on with what an interrupted run of the same command had measured",
    )
    given = parser.parse_args(arguments)
    if given.name == "render":
        written = (
            write(order=ORDER), claims.draw(RESULTS, ORDER), curves.draw(RESULTS / "networks.json")
        )  # fmt: skip
        print(f"wrote {', '.join(map(str, written))}, and a page each", file=sys.stderr)
        return 0
    try:
        names = _chosen(given.name)
        if given.jobs < 1:
            raise InputError("one job or more", f"--jobs {given.jobs}", "write --jobs 2")
    except HillflowError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    folder = given.out or ROOT / ("build/benchmarks" if given.quick else "benchmarks/results")
    if not given.resume:
        for name in names:
            part_file(name, given.quick, given.seed).unlink(missing_ok=True)
    anew = not any(part_file(name, given.quick, given.seed).is_file() for name in names)
    start = time.perf_counter()
    alone = [name for name in names if name in SPEED or given.jobs == 1]
    others = longest_first([name for name in names if name not in alone])
    left_out = run_tables(others, given.quick, given.seed, folder, given.jobs)
    left_out += run_tables(alone, given.quick, given.seed, folder)
    if left_out and given.name != "all":
        return 2
    if given.name == "all" and anew and not left_out:
        command = " ".join(["python -m benchmarks", *(arguments or sys.argv[1:])])
        record(names, command, time.perf_counter() - start, folder)
    elif given.name == "all":
        print("Not all was measured anew: no total is recorded in all.json", file=sys.stderr)
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


if __name__ == "__main__":
    sys.exit(main())
