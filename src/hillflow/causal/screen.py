"""Every gene, and every pair, perturbed in the model at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from hillflow.causal.knockout import carried_out, read_interventions, silenced
from hillflow.causal.knockout_result import KnockoutResult
from hillflow.causal.wild_type import WildType
from hillflow.data import Cells
from hillflow.errors import InterventionError, listing
from hillflow.findings import warn
from hillflow.model.fit import Fitted
from hillflow.networks.network import Network
from hillflow.progress import ProgressCallback

if TYPE_CHECKING:
    from rich.progress import Progress

Pairs = bool | Sequence[str | tuple[str, str]]


def screen(
    fitted: Fitted,
    data: Cells | None = None,
    *,
    genes: Sequence[str] | None = None,
    pairs: Pairs = False,
    kind: str = "knockout",
    value: float | None = None,
    times: Sequence[float] | None = None,
    start: float | None = None,
    cells: int | None = 500,
    graph: Network | None = None,
    steps: int = 10,
    seed: int = 0,
    progress: Progress | ProgressCallback | None = None,
) -> KnockoutResult:
    """Perturb genes one by one, and pairs of them, and rank what that does.

    A gene that no control cell expresses is left out of what takes it away, with a warning; an
    intervention under which a cell runs away gets NaN, and is named in ``ran_away``.

    Parameters
    ----------
    genes
        Which; all of the model unless given, or those of the pairs where these are listed.
    pairs
        True for all pairs of the genes, or a list, ``[("A", "B")]`` or ``["A+B"]``. How far a
        pair does more or less than the sum of its genes is in ``interactions``.
    kind, value
        What is done: "knockout", "knockdown" with a fraction, "overexpression" with a factor,
        "clamp" with a level, "cut_outgoing".
    cells
        How many control cells to roll out, drawn with `seed`; None for all.
    fitted, data, times, start, graph, steps, progress
        As in `knockout`.

    Returns
    -------
    KnockoutResult
        Cost: (1 + genes + pairs) × cells rollouts a member, in bounded memory.
    """
    wild_type = WildType.of(fitted, data, times, start=start, cells=cells, seed=seed)
    listed = [] if isinstance(pairs, bool) else [_pair(one) for one in pairs]
    if genes is None:
        among = {gene for pair in listed for gene in pair}
        genes = [gene for gene in wild_type.data.genes if gene in among or not listed]
        genes += sorted(among - set(genes))  # not in the model: refused below, by name
    if pairs is True:
        listed = list(combinations(genes, 2))
    singles = dict.fromkeys((*genes, *(gene for pair in listed for gene in pair)))
    every = [(gene,) for gene in singles] + listed
    wanted = read_interventions(("+".join(one) for one in every), wild_type.data.genes, kind, value)
    silent = silenced(wanted, wild_type)
    if silent:
        never = dict.fromkeys(silent.values())
        if len(silent) == len(wanted):
            raise InterventionError(
                "genes that the control cells express",
                f"{listing(never)}, 0 in all {len(wild_type.control):,} of them, so that taking "
                "them away has no effect by construction",
                "name other genes, or ask what their presence would do (kind='clamp', value=1.0)",
            )
        warn(
            f"{listing(never)}: 0 in all {len(wild_type.control):,} control cells, so taking "
            f"them away has no effect by construction; {len(silent):,} of {len(wanted):,} "
            "interventions are left out.",
            "knockout.silent-genes",
        )
        wanted = [one for one in wanted if one not in silent]
    result = carried_out(fitted, wild_type, wanted, graph, steps, seed, True, progress)
    if result.ran_away:
        warn(
            f"A cell runs away under {listing(result.ran_away)}: no effect is given for "
            f"{len(result.ran_away):,} of {len(wanted):,} interventions.",
            "knockout.ran-away",
        )
    return result


def _pair(given: str | tuple[str, str]) -> tuple[str, str]:
    parts = [part.strip() for part in given.split("+")] if isinstance(given, str) else list(given)
    if len(parts) != 2 or parts[0] == parts[1]:
        raise InterventionError(
            "pairs of two different genes", repr(given), "write pairs=[('GATA1', 'SPI1')]"
        )
    return parts[0], parts[1]
