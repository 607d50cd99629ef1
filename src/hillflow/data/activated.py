"""CRISPR activation: genes whose production was raised by an unknown amount, or is not measured.

An activated gene among the genes of the data is held at its mean level in the cells in which it
was activated: ``TMSB4X=clamp:2.31``. One that was not measured becomes an input, a further column
that is 1 in these cells and 0 in others: ``KLF1=clamp:1``. What an input does is free and learned,
as u of CellBox (Yuan et al. 2021); nothing acts on it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hillflow.interventions import Intervention, parse_conditions

KIND = "activation"


def activated(
    x: np.ndarray, genes: tuple[str, ...], labels: Sequence[str], control: str
) -> tuple[np.ndarray, tuple[str, ...], list[Intervention]]:
    """Return the cells with a column for each input, and what was done to each cell.

    Parameters
    ----------
    x, genes
        Expression, [cells, genes].
    labels
        What was activated in each cell, [cells]: genes joined by ``+``. A label with ``=`` is the
        text of an `Intervention`, and taken as it is.
    control
        The label of control cells; a gene may stand beside it (``KLF1+ctrl``).

    Returns
    -------
    tuple
        x with a column per input, the genes with the inputs, and an intervention per cell.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.data.activated import activated
    >>> x, genes, done = activated(np.ones((3, 1)), ("HBG1",), ["ctrl", "KLF1", "HBG1"], "ctrl")
    >>> genes, x.tolist()
    (('HBG1', 'KLF1'), [[1.0, 0.0], [1.0, 1.0], [1.0, 0.0]])
    >>> [one.name for one in done]
    ['control', 'KLF1=clamp:1', 'HBG1=clamp:1']
    """
    named = parse_conditions(labels, control)
    bare = {label: one.genes for label, one in named.items() if "=" not in label}
    cells = np.asarray(labels, dtype=object)
    level: dict[str, float] = {}
    columns = [x]
    for gene in sorted({gene for one in bare.values() for gene in one}):
        own = np.isin(cells, [label for label, one in bare.items() if gene in one])
        if gene in genes:
            level[gene] = float(f"{x[own, genes.index(gene)].mean():.3g}")
        else:
            level[gene] = 1.0
            columns.append(own[:, None].astype(x.dtype))
    done = {label: named[label] if label not in bare else Intervention.control() for label in named}
    for label, perturbed in bare.items():
        for gene in perturbed:
            done[label] += Intervention.clamp(gene, level[gene])
    inputs = tuple(gene for gene in level if gene not in genes)
    return np.concatenate(columns, axis=1), (*genes, *inputs), [done[label] for label in labels]
