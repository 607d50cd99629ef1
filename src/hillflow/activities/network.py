"""A network from the activities of regulators: which genes follow them, beyond the known targets.

Expression is flattened (`flattened`), the activity of each regulator is read from its known targets
without the scored gene and its neighbours, and

    state "activity"   s = r(activity⁽⁻ᵍ⁾, g)
          "mrna"       s = |r(mRNA, g)|
          "both"       s = max of the two

Where the known targets have signs, a repressed gene moves against the activity, and |r| counts.
Where they have none, all count as activated, and s = r: a gene that moves against the targets is no
target. ``known="first"`` puts known targets before all other genes, each group by s.

Measured (`benchmarks real`, regulators that shaped no choice): on *B. subtilis*, whose mRNA tells
much, "both"; on yeast with motifs, whose mRNA tells nothing, "activity" and known targets first.

When not: single cells at low depth, whose flattened spectrum is noise; regulators whose only known
targets are one operon (the score is then that of the mRNA, or 0); to prove binding, since genes
that are always expressed together get the same score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hillflow.activities.associations import activity_associations, mrna_associations
from hillflow.activities.flattened import POWER, flattened
from hillflow.activities.regulons import TMIN, Regulons, regulons
from hillflow.errors import InputError, did_you_mean
from hillflow.findings import warn
from hillflow.networks import Network

STATES = ("mrna", "activity", "both")
KNOWN = ("ignore", "first")
READOUT = "activity"
LEAST_REPRESSED = 0.02  # share of the known targets, for their signs to mean something

Array = NDArray[np.float64]


def activity_network(
    x: NDArray[np.floating],
    genes: Sequence[str],
    network: Network,
    *,
    regulator_state: str = "activity",
    known: str = "ignore",
    neighbours: int = 0,
    order: Sequence[int] | None = None,
    power: float = POWER,
    tmin: int = TMIN,
    fold_case: bool = False,
    aliases: Mapping[str, str] | None = None,
) -> Network:
    """Score every gene as a target of every regulator with enough known targets.

    Parameters
    ----------
    x
        Expression on a log scale, dense, [rows, genes]: samples, or means over populations.
    genes
        Names of the columns.
    network
        Known targets.
    regulator_state
        What stands for a regulator: "mrna", "activity", or "both".
    known
        "first": known targets stand before all others. "ignore": they have no advantage, which is
        what an honest test on the same targets needs.
    neighbours, order
        Genes that are left out of an activity together, as in `left_out`: 15 on each side in
        bacteria, whose order is that on the chromosome.
    power
        Of `flattened`.
    tmin, fold_case, aliases
        As in `regulons`.

    Returns
    -------
    Network
        A row for each regulator and other gene, strongest first, with the correlations
        ``activity_r`` and ``mrna_r`` and whether the pair is ``known``. The sign is 0 (not known)
        where the known targets have none. Cost O(regulators · rows · genes).

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.activities import activity_network
    >>> from hillflow.networks import Network
    >>> genes, random = [f"g{k}" for k in range(40)], np.random.default_rng(0)
    >>> x = random.normal(size=(30, 40))
    >>> x[:, :8] += 2 * random.normal(size=(30, 1))  # what the first eight share
    >>> targets = Network.from_columns(["TF"] * 6, genes[:6], sign=[1] * 6)
    >>> found = activity_network(x, genes, targets)
    >>> sorted(found.edges["target"][:8])
    ['g0', 'g1', 'g2', 'g3', 'g4', 'g5', 'g6', 'g7']
    """
    for name, value, choices in (("regulator_state", regulator_state, STATES),
                                 ("known", known, KNOWN)):  # fmt: skip
        if value not in choices:
            raise InputError(
                f"{name} among {', '.join(choices)}", repr(value), did_you_mean(value, choices)
            )
    found = regulons(network, genes, tmin=tmin, fold_case=fold_case, aliases=aliases)
    states = flattened(x, power)
    activity = mrna = np.full((len(found), len(found.genes)), np.nan)
    if regulator_state != "mrna":
        activity = activity_associations(states, found, neighbours=neighbours, order=order)
    if regulator_state != "activity":
        mrna = _mrna(states, found)
    signed = _knows_repression(found)
    by_activity = np.abs(activity) if signed else activity
    by_mrna = np.abs(mrna)
    strength = np.nan_to_num(np.fmax(by_activity, by_mrna))
    follows_mrna = np.nan_to_num(by_mrna, nan=-2.0) > np.nan_to_num(by_activity, nan=-2.0)
    sign = np.sign(np.nan_to_num(np.where(follows_mrna, mrna, activity if signed else 0.0)))
    is_known = found.weight.toarray().T != 0
    weight = (1 + strength) / 2 + (is_known if known == "first" else 0)
    parts = {"activity_r": activity, "mrna_r": mrna, "known": is_known}
    made = _table(found, weight, sign, parts)
    about: dict[str, Any] = {
        "readout": READOUT, "regulator_state": regulator_state, "known": known,
        "targets": network.name, "neighbours": neighbours, "power": power,
        "why": f"no fit: correlations over {len(x):,} rows",
        "description": "half of 1 + the correlation (activity_r, mrna_r): 0.5 is none"
        + (", and 1 more for known targets" if known == "first" else ""),
    }  # fmt: skip
    ends = dict.fromkeys([*found.genes, *found.regulators])
    return Network(tuple(ends), made, about)


def _mrna(states: Array, found: Regulons) -> Array:
    """Correlations with the regulators' mRNA; NaN for those that are not measured."""
    place = {gene: k for k, gene in enumerate(found.genes)}
    measured = [k for k, name in enumerate(found.regulators) if name in place]
    r = np.full((len(found), len(found.genes)), np.nan)
    if not measured:
        warn(
            "no regulator is measured itself, so that mRNA says nothing of them",
            "activity.no-mrna",
        )
        return r
    r[measured] = mrna_associations(states, [place[found.regulators[k]] for k in measured])
    return r


def _knows_repression(found: Regulons) -> bool:
    """Whether the known targets have signs; motifs, all counted as activations, have none."""
    return bool((found.weight.data < 0).mean() > LEAST_REPRESSED)


def _table(found: Regulons, weight: Array, sign: Array, parts: Mapping[str, Any]) -> pd.DataFrame:
    """A row for each pair of two genes, strongest first."""
    own = np.array(found.regulators, dtype=object)[:, None] == np.array(found.genes, dtype=object)
    source, target = np.nonzero(~own)
    size = weight[source, target]
    order = np.argsort(-size, kind="stable")
    source, target, size = source[order], target[order], size[order]
    direction = sign[source, target].astype(int)
    columns = {name: part[source, target] for name, part in parts.items()}
    return pd.DataFrame(
        {
            "source": np.array(found.regulators, dtype=object)[source],
            "target": np.array(found.genes, dtype=object)[target],
            "weight": np.where(direction < 0, -size, size),
            "sign": direction, "confidence": np.nan, **columns,
        }
    )  # fmt: skip
