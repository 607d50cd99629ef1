"""What cannot be concluded from this run, and from any such data."""

from __future__ import annotations

from typing import Any

import numpy as np

from hillflow.data import Snapshots
from hillflow.page.contents import Contents

ALIKE = 0.9  # correlation from which two genes can stand in for each other
_NAMED = 6  # pairs named
_CELLS = 5000  # that correlations are taken over


def limits(contents: Contents) -> dict[str, Any]:
    """The warnings of this run, and which of those that always hold apply."""
    return {
        "notes": [*_notes(contents), *_correlated(contents)],
        "snapshots": isinstance(contents.run.data, Snapshots),
        "confident": contents.sure,
    }


def _notes(contents: Contents) -> list[str]:
    """What must be said of the fit and of its results."""
    notes = [f"{finding.text[0].upper()}{finding.text[1:]}." for finding in contents.findings]
    if contents.run.members == 1:
        notes.append("One fit was made: nothing here says how much another seed would change.")
    scores = (contents.validation or {}).get("scores")
    better = [
        name for name, one in (contents.validation or {}).get("baselines", {}).items()
        if scores is not None and one["ap"] > scores["ap"]
    ]  # fmt: skip
    if better:
        notes.append(f"In the validation, this network ranks below {', '.join(better)}.")
    return notes


def _correlated(contents: Contents) -> list[str]:
    """Pairs of genes that rise and fall together in these cells."""
    data = contents.run.data
    x = data.x[:: max(1, -(-len(data.x) // _CELLS))]
    varying = np.flatnonzero(x.std(axis=0) > 0)
    if len(varying) < 2:
        return []
    correlation = np.atleast_2d(np.corrcoef(x[:, varying], rowvar=False))
    rows, columns = np.nonzero(np.triu(np.abs(correlation) >= ALIKE, k=1))
    order = np.argsort(-np.abs(correlation[rows, columns]), kind="stable")
    if not len(order):
        return []
    named = [
        f"{data.genes[varying[rows[k]]]} and {data.genes[varying[columns[k]]]} "
        f"({correlation[rows[k], columns[k]]:+.2f})"
        for k in order[:_NAMED]
    ]
    more = f", and {len(order) - _NAMED:,} more pairs" if len(order) > _NAMED else ""
    return [
        "These genes change together (correlation over all cells), so that one may stand in for "
        f"another as a regulator: {', '.join(named)}{more}."
    ]
