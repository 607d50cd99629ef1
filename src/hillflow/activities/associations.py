"""How each gene follows each regulator's state: its activity without that gene, or its mRNA.

    r_kg = corr over rows (s_k⁽⁻ᵍ⁾, y_g)

with s_k⁽⁻ᵍ⁾ the activity of regulator k (`ulm`) from its known targets without gene g and its
neighbours, or the mRNA of k. The response y is the level of g, or its production at a decay rate
(as `hillflow.closed_form.steps` has both of them for every step of series and of coupled cells).

Levels are the better response. An activity is read from levels, so that it lags behind the protein
as its targets do: by AUROC, production on activity was no better at any rate that was tried, and
the worse the slower the decay (`production` in `benchmarks real`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hillflow.activities.left_out import left_out
from hillflow.activities.regulons import Regulons

Array = NDArray[np.float64]


def activity_associations(
    states: Array,
    regulons: Regulons,
    responses: Array | None = None,
    *,
    neighbours: int = 0,
    order: Sequence[int] | None = None,
) -> Array:
    """Correlate the activity of each regulator, without each gene, with that gene.

    Parameters
    ----------
    states
        Expression that activities are read from, [rows, genes].
    regulons
        Of these genes.
    responses
        What is to be explained, [rows, genes]; by default the same.
    neighbours, order
        Genes left out together, as in `left_out`.

    Returns
    -------
    array
        r, [regulators, genes]; NaN where no other target is left. Above 0 the gene moves with the
        activated targets. Cost O(regulators · rows · genes).

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.activities import activity_associations, regulons
    >>> from hillflow.networks import Network
    >>> genes, random = [f"g{k}" for k in range(40)], np.random.default_rng(0)
    >>> x = random.normal(size=(30, 40))
    >>> x[:, :8] += 2 * random.normal(size=(30, 1))  # what the first eight share
    >>> found = regulons(Network.from_columns(["TF"] * 6, genes[:6], sign=[1] * 6), genes)
    >>> r = activity_associations(x, found)[0]
    >>> np.flatnonzero(r > 0.6).tolist()
    [0, 1, 2, 3, 4, 5, 6, 7]
    """
    responses = states if responses is None else responses
    without = left_out(states, regulons, "ulm", neighbours=neighbours, order=order, tmin=1)
    return np.stack([_correlation(without.of(name), responses) for name in regulons.regulators])


def mrna_associations(
    states: Array, columns: Sequence[int], responses: Array | None = None
) -> Array:
    """Correlate the mRNA of some genes with every gene.

    Parameters
    ----------
    states
        Expression, [rows, genes].
    columns
        The regulators among these genes.
    responses
        What is to be explained, [rows, genes]; by default the same.

    Returns
    -------
    array
        r, [regulators, genes]; 0 where one of the two does not vary.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.activities import mrna_associations
    >>> mrna_associations(np.array([[0.0, 2.0], [1.0, 1.0], [2.0, 0.0]]), [0]).round(6).tolist()
    [[1.0, -1.0]]
    """
    responses = states if responses is None else responses
    return np.stack([_correlation(states[:, [k]], responses) for k in columns])


def _correlation(a: Array, b: Array) -> Array:
    """Of each column of a (or its only one) with that of b, [columns]; 0 without variation."""
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    size = np.sqrt((a * a).sum(axis=0) * (b * b).sum(axis=0))
    size = np.where(size > 0, size, 1.0)  # NaN, where no target is left, counts as 1 and stays NaN
    return np.asarray((a * b).sum(axis=0) / size)
