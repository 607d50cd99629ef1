"""Expression with a flattened spectrum: what all genes share counts less, what few share more.

    x − mean = U S Vᵀ   →   U S^p Vᵀ,   0 ≤ p ≤ 1

p = 1 leaves centred expression as it is, p = 0 whitens it, so that a correlation of two genes is
no longer that of the few directions (growth, cell cycle, stress) in which nearly all genes move.
Genes keep their relative amplitude: of log ratios that is their signal over their noise. p = 1/4
was chosen on half of the regulators of two sets of bulk series (`benchmarks real`).

When not: single cells, most of whose directions are counting noise, which p < 1 amplifies. Take
means over populations first.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hillflow.errors import InputError

POWER = 0.25
_LEAST = 1e-6  # of the largest singular value: directions that rounding made


def flattened(x: NDArray[np.floating], power: float = POWER) -> NDArray[np.float64]:
    """Centre expression over rows and flatten its singular values.

    Parameters
    ----------
    x
        Expression on a log scale, dense, [rows, genes].
    power
        p, from 0 (white) to 1 (centred only).

    Returns
    -------
    array
        [rows, genes]. Cost O(rows · genes · min(rows, genes)).

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.activities import flattened
    >>> x = np.random.default_rng(0).normal(size=(20, 4)) * [1, 1, 1, 100]
    >>> np.linalg.svd(flattened(x, 0.0))[1].round(6).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    if not 0 <= power <= 1:
        raise InputError("a power from 0 (white) to 1 (as it is)", f"{power:g}", "use 0.25")
    centred = np.asarray(x, dtype=float) - np.mean(x, axis=0, dtype=float)
    if power == 1:
        return centred
    left, values, right = np.linalg.svd(centred, full_matrices=False)
    kept = values > _LEAST * values.max(initial=0.0)
    return np.asarray((left[:, kept] * values[kept] ** power) @ right[kept])
