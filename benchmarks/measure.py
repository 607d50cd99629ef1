"""Time and peak memory of a piece of work, in a process of its own.

A case is a function that sets up and returns the work, a callable without arguments, or a
dictionary of such to be timed in turn, so that a busy machine slows all of them alike. As a
script (``python -m benchmarks.measure``) this module runs one case and prints JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.environment import ROOT

Work = Callable[[], object]


def measured(case: str, repeats: int, **arguments: Any) -> dict[str, Any]:
    """Run ``module:function`` with `arguments` in a fresh process, on one thread.

    Returns
    -------
    dict
        ``seconds`` by the name of the work, as `medians` has them after one run to warm up,
        and ``peak_mb``: what the process held at most, setup and warm-up included, beyond
        what the code of torch and hillflow takes.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.measure", case, str(repeats), json.dumps(arguments)],
        cwd=ROOT, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def peak_mb() -> float:
    """The most memory this process has held so far, in MB."""
    status = Path("/proc/self/status")
    if status.is_file():  # unlike ru_maxrss, it starts afresh with the process
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1000
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def medians(works: dict[str, Work], repeats: int) -> dict[str, dict[str, float]]:
    """Median ``wall`` and ``cpu`` seconds of each work, taking turns, forth and back.

    On a machine with other work to do, wall time says how long one waited and processor time
    what the work costs: ratios are taken of the latter. Processor time is this process's
    alone, without children.
    """
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for work in works.values():
        work()
    for turn in range(repeats):
        order = list(works.items())
        for name, work in order if turn % 2 else order[::-1]:
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            times[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return {
        name: dict(
            zip(("wall", "cpu"), map(statistics.median, zip(*taken, strict=True)), strict=True)
        )
        for name, taken in times.items()
    }


def main(case: str, repeats: int, arguments: dict[str, Any]) -> None:
    import torch

    torch.set_num_threads(1)
    module, _, function = case.partition(":")
    build = getattr(importlib.import_module(module), function)
    _load_what_all_share()
    before = peak_mb()
    work = build(**arguments)
    works = work if isinstance(work, dict) else {"work": work}
    seconds = medians(works, repeats)
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb() - before}))


def _load_what_all_share() -> None:
    """Bring in the code that every case needs, so that its size is not taken for theirs."""
    import torch

    from hillflow.fields import FIELDS
    from hillflow.solve import SOLVERS

    FIELDS.values()
    SOLVERS.values()
    weight = torch.ones(8, requires_grad=True)
    optimiser = torch.optim.Adam([weight])
    weight.sum().backward()
    optimiser.step()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))
