"""`screen`: the predicted effect of perturbing every gene, pairs of genes, and single edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from hillflow.causal.control_cells import ControlCells
from hillflow.causal.knockout import on_silent_genes, read_interventions, simulate_interventions
from hillflow.causal.knockout_baselines import strongest_edges
from hillflow.causal.knockout_result import KnockoutResult
from hillflow.data import Cells
from hillflow.errors import InterventionError, listing
from hillflow.findings import collect_findings, warn
from hillflow.interventions import Intervention
from hillflow.model.fit import Fitted
from hillflow.networks.network import Network
from hillflow.progress import ProgressCallback
from hillflow.tasks import SERIAL, Workers

if TYPE_CHECKING:
    from rich.progress import Progress

Pairs = bool | Sequence[str | tuple[str, str]]


def screen(
    fitted: Fitted,
    data: Cells,
    *,
    genes: Sequence[str] | None = None,
    pairs: Pairs = False,
    edges: int | Sequence[tuple[str, str]] = 0,
    kind: str = "knockout",
    value: float | None = None,
    times: Sequence[float] | None = None,
    start: float | None = None,
    cells: int | None = 500,
    graph: Network | None = None,
    steps: int = 10,
    seed: int = 0,
    progress: Progress | ProgressCallback | None = None,
    workers: Workers = SERIAL,
) -> KnockoutResult:
    """Perturb genes one by one, pairs of them, and edges, and rank the effects.

    Removing a gene that no control cell expresses has no effect: such perturbations are left out,
    with a warning. A perturbation under which a simulation diverges gets NaN; a warning names it,
    and so does ``result.diverged``.

    Parameters
    ----------
    fitted, data, times, start, graph, steps, seed, progress, workers
        As in `knockout`.
    genes
        Genes to perturb; by default those of the listed pairs, none if edges are asked for, or else
        all genes of the fit.
    pairs
        True for all pairs of the genes, or a list, ``[("A", "B")]`` or ``["A+B"]``. The difference
        of a pair's effect from the sum of its genes' effects is in ``result.interactions``.
    edges
        Edges to cut one by one: (source, target), or how many of the strongest of `graph`. Edges
        of which the source is perturbed as a whole tell which target carries its effect.
    kind, value
        The perturbation of genes: "knockout"; "knockdown" with a fraction; "overexpression" with a
        factor; "clamp" with a level; "degradation" with an added rate; "cut_outgoing".
    cells
        Number of control cells to simulate, drawn with `seed`; None for all.

    Returns
    -------
    KnockoutResult
        Cost: (1 + genes + pairs + 2 edges) × cells simulations per member, in bounded memory: all
        edges of a batch share the two evaluations of the field that one edge needs.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.causal import screen
    >>> run = hf.fit(hf.simulate("toggle", cells=20, times=[0, 1, 2]), field="linear", effort=0.02)
    >>> screen(run.fit, run.data, pairs=True).names
    ['A=knockout', 'B=knockout', 'A=knockout,B=knockout']
    """
    with collect_findings() as findings:
        controls = ControlCells.of(fitted, data, times, start=start, cells=cells, seed=seed)
        cut = strongest_edges(graph, edges) if isinstance(edges, int) else list(edges)
        requested = _requested(controls, genes, pairs, cut, kind, value)
        result = simulate_interventions(
            fitted, controls, requested, graph, steps, seed, True, progress, workers
        )
        if result.diverged:
            warn(
                f"the simulation of a cell diverges under {listing(result.diverged)}: no effect is "
                f"given for {len(result.diverged):,} of {len(requested):,} perturbations",
                "knockout.diverged",
            )
    return replace(result, noted=tuple(findings))


def _requested(
    controls: ControlCells,
    genes: Sequence[str] | None,
    pairs: Pairs,
    edges: Sequence[tuple[str, str]],
    kind: str,
    value: float | None,
) -> list[Intervention]:
    """The perturbations of genes, pairs and edges, without those that have no effect."""
    listed = [] if isinstance(pairs, bool) else [_pair(pair) for pair in pairs]
    if genes is None and edges and not pairs:
        genes = ()
    if genes is None:
        in_pairs = {gene for pair in listed for gene in pair}
        genes = [gene for gene in controls.data.genes if gene in in_pairs or not listed]
        genes += sorted(in_pairs - set(genes))  # unknown genes: refused below, by name
    if pairs is True:
        listed = list(combinations(genes, 2))
    singles = dict.fromkeys((*genes, *(gene for pair in listed for gene in pair)))
    texts = ["+".join(perturbed) for perturbed in [*((gene,) for gene in singles), *listed]]
    cut = [Intervention.cut_edge(source, target) for source, target in edges]
    bare = [Intervention.parse(text, kind, value) for text in texts]
    requested = read_interventions([*bare, *cut], controls.data.genes, kind, value)
    silent = on_silent_genes(requested, controls)
    if not silent:
        return requested
    never = dict.fromkeys(silent.values())
    if len(silent) == len(requested):
        raise InterventionError(
            "genes that the control cells express",
            f"{listing(never)}, 0 in all {len(controls.measured):,} of them, so their removal has "
            "no effect by construction",
            "name other genes, or predict the effect of their presence (kind='clamp', value=1.0)",
        )
    warn(
        f"{listing(never)}: 0 in all {len(controls.measured):,} control cells, so their removal "
        f"has no effect by construction; {len(silent):,} of {len(requested):,} perturbations are "
        "left out",
        "knockout.silent-genes",
    )
    return [intervention for intervention in requested if intervention not in silent]


def _pair(given: str | tuple[str, str]) -> tuple[str, str]:
    genes = [part.strip() for part in given.split("+")] if isinstance(given, str) else list(given)
    if len(genes) != 2 or genes[0] == genes[1]:
        raise InterventionError(
            "pairs of two different genes", repr(given), "write pairs=[('GATA1', 'SPI1')]"
        )
    return genes[0], genes[1]
