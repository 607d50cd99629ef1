"""All tables from one command, none of them measured before: how long that takes.

As many at once as `--jobs` says (`make bench`: two), the longest first; those that measure speed
run alone at the end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.running import save
from benchmarks.table import Claim, Table

HOURS = 2


def record(names: Sequence[str], command: str, seconds: float, folder: Path) -> None:
    """Write how long the tables of a folder took together, beside the seconds of each."""
    each = {
        name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["seconds"]
        for name in names
    }
    table = Table(rows=[{"table": name, "seconds": each[name]} for name in names])
    table.claims.append(Claim("hours that all tables take", seconds / 3600, HOURS))
    save("all", command, table, seconds, folder)
