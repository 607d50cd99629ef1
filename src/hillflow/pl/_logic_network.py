"""A network of Boolean rules: small dots join the regulators that act together (AND)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hillflow.errors import InputError
from hillflow.networks.layout import positions
from hillflow.networks.network import INTERACTION
from hillflow.networks.style import COLORS, LABEL
from hillflow.pl._network import draw_arrow, draw_legend, draw_nodes
from hillflow.pl._style import drawing
from hillflow.results import Run
from hillflow.results.laws_of_run import laws_of_run
from hillflow.symbolic import BooleanNetwork, Laws

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 1.3  # of every arrow, points
_DOT = 3.0  # radius of a dot, points
_LETTER, _HEIGHT, _MARGIN = 2.6, 8.0, 5.0  # half the size of a letter and of a box, points


def logic_network(
    laws: Laws | Run | BooleanNetwork, *, genes: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the Boolean rules of logic laws, with AND and OR.

    Arrows into a dot act together (AND); a gene is on if one of the arrows into it is (OR). Blue
    arrows activate; orange bars inhibit: the regulator has to be off.

    Parameters
    ----------
    laws
        Logic laws, a run of the field 'logic', or Boolean rules.
    genes
        Only the rules of these genes, with their regulators; by default all.
    ax
        Axes to draw on; a new figure if None.

    Returns
    -------
    Axes
        The axes drawn on.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.symbolic import BooleanNetwork, BooleanRule
    >>> rules = {
    ...     "GATA1": BooleanRule(((("GATA1", 1), ("SPI1", -1)),), 0.5, True),
    ...     "SPI1": BooleanRule(((("SPI1", 1),),), 0.5, True),
    ... }
    >>> ax = hf.pl.logic_network(BooleanNetwork(rules))
    """
    import networkx as nx

    if isinstance(laws, BooleanNetwork):
        rules = laws
    else:
        rules = (laws_of_run(laws) if isinstance(laws, Run) else laws).boolean()
    wanted = list(rules) if genes is None else genes
    nodes = nx.DiGraph()
    arrows: list[tuple[str, str, int]] = []  # source, target, sign; 0 from a dot to its gene
    dots: set[str] = set()
    for target in wanted:
        for number, term in enumerate(rules[target].terms):
            end = target
            if len(term) > 1:
                end = f"{target} if condition {number + 1}"
                dots.add(end)
                arrows.append((end, target, 0))
            arrows += [(source, end, sign) for source, sign in term]
    if not arrows:
        raise InputError("rules with regulators", "constant rules alone", "choose other genes")
    nodes.add_edges_from((source, target) for source, target, _ in arrows)
    at = {node: (x, -y) for node, (x, y) in positions(nodes).items()}
    with drawing(ax, 5.4, 4.6) as ax:
        for source, target, sign in arrows:
            draw_arrow(
                ax, INTERACTION[sign or 1], at[source], at[target], WIDTH,
                color=LABEL if sign == 0 else COLORS[INTERACTION[sign]], curved=sign == 0,
                shrink=(
                    _DOT if source in dots else _reach(source, at[source], at[target]),
                    _DOT + 2 if target in dots else _reach(target, at[source], at[target]),
                ),
            )  # fmt: skip
        place = np.array([at[dot] for dot in sorted(dots)]).reshape(-1, 2)
        ax.plot(*place.T, "o", color=LABEL, markersize=2 * _DOT, zorder=4)
        draw_nodes(ax, {node: place for node, place in at.items() if node not in dots}, at)
        ax.set_aspect("equal", adjustable="box")
        ax.set_title("A dot needs all of its arrows (AND), a gene any of them (OR)")
        draw_legend(ax, {INTERACTION[sign] for *_, sign in arrows if sign})
    return ax


def _reach(gene: str, start: tuple[float, float], end: tuple[float, float]) -> float:
    """Distance from the middle of a gene's box to its border along an arrow, points."""
    across, up = abs(end[0] - start[0]), abs(end[1] - start[1])
    length = max(np.hypot(across, up), 1e-9)
    wide, high = _LETTER * len(gene) + _MARGIN, _HEIGHT
    return float(min(wide * length / max(across, 1e-9), high * length / max(up, 1e-9))) + 1
