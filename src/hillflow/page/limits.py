"""The section on limits: what cannot be concluded from this run, and from any such data."""

from __future__ import annotations

from typing import Any

import numpy as np

from hillflow.data import Snapshots
from hillflow.page.contents import Contents

CORRELATED = 0.9  # correlation from which one gene may be mistaken for another
_NAMED = 6  # pairs named
_CELLS = 5000  # used for correlations


def limits(contents: Contents) -> dict[str, Any]:
    """Return the caveats of this run, and which of the general ones apply."""
    return {
        "warnings": len(contents.warnings),
        "notes": [*_notes(contents), *_correlated(contents)],
        "snapshots": isinstance(contents.run.data, Snapshots),
        "confidence": contents.has_confidence,
        "unperturbed": all(condition.is_control for condition in contents.run.fit.conditions),
    }


def _notes(contents: Contents) -> list[str]:
    """Return what is good to know of the fit and of its results; warnings are at the top."""
    notes = contents.notes
    if contents.run.members == 1:
        notes.append(
            "The fit has one member: the page cannot show how much another seed would change."
        )
    validation = contents.validation or {}
    scores = validation.get("scores")
    better = [
        name for name, baseline in validation.get("baselines", {}).items()
        if scores is not None and baseline["ap"] > scores["ap"]
    ]  # fmt: skip
    if better:
        notes.append(f"In the validation, this network ranks below {', '.join(better)}.")
    return notes


def _correlated(contents: Contents) -> list[str]:
    """Name pairs of genes that are correlated in these cells."""
    data = contents.run.data
    x = data.x[:: max(1, -(-len(data.x) // _CELLS))]
    varying = np.flatnonzero(x.std(axis=0) > 0)
    if len(varying) < 2:
        return []
    correlation = np.atleast_2d(np.corrcoef(x[:, varying], rowvar=False))
    rows, columns = np.nonzero(np.triu(np.abs(correlation) >= CORRELATED, k=1))
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
        "These genes are correlated over all cells, so that one may appear as a regulator in place "
        f"of the other: {', '.join(named)}{more}."
    ]
