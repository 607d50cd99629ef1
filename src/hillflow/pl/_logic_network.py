"""A network of Boolean rules: small dots join the regulators that act together (AND)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from hillflow.networks.layout import SPACING, positions
from hillflow.networks.network import INTERACTION
from hillflow.networks.style import COLORS, LABEL
from hillflow.pl._network import draw_arrow, draw_legend, draw_nodes
from hillflow.pl._results import laws_of, refused
from hillflow.pl._style import drawing
from hillflow.results import Run
from hillflow.symbolic import BooleanNetwork, Laws

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Point: TypeAlias = tuple[float, float]
WIDTH = 1.0  # of every arrow, points
_NAMED = 8  # constant genes named in the caption
_DOT = 3.0  # radius of a dot, points
_LETTER, _HEIGHT, _MARGIN = 2.6, 8.0, 5.0  # half the size of a letter and of a box, points


def logic_network(
    laws: Laws | Run | BooleanNetwork, *, genes: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the Boolean rules of logic laws, with AND and OR.

    Arrows into a dot act together (AND); a gene is on if one of the arrows into it is (OR). Blue
    arrows activate; orange bars inhibit: the regulator has to be off. Genes without arrows into
    them are constant: they are always on, or never (dashed boxes). Of an ensemble, the rules are
    those of the first member.

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
    ...     "GATA1": BooleanRule(((("GATA1", 1), ("SPI1", -1)),), 0.5),
    ...     "SPI1": BooleanRule(((("SPI1", 1),),), 0.5),
    ... }
    >>> ax = hf.pl.logic_network(BooleanNetwork(rules))
    """
    import networkx as nx

    if not isinstance(laws, BooleanNetwork | Laws | Run):
        raise refused(laws, "logic laws, Boolean rules, or a run of the field 'logic'", "the run")
    rules = laws if isinstance(laws, BooleanNetwork) else laws_of(laws).boolean()
    wanted = list(rules) if genes is None else genes
    terms = [(target, term) for target in wanted for term in rules[target].terms if term]
    genes_drawn = nx.DiGraph((source, target) for target, term in terms for source, _ in term)
    constant = {gene: "on" if rules[gene].terms else "off" for gene in wanted
                if not rules[gene].regulators}  # fmt: skip
    genes_drawn.add_nodes_from(constant)
    at = {gene: (x, -y) for gene, (x, y) in positions(genes_drawn).items()}
    arrows: list[tuple[str, str, int]] = []  # source, target, sign; 0 from a dot to its gene
    dots: dict[str, Point] = {}
    for number, (target, term) in enumerate(terms):
        end = target
        if len(term) > 1:
            end = f"condition {number} of {target}"
            others = [at[source] for source, _ in term if source != target]
            dots[end] = _beside(at[target], others, [*at.values(), *dots.values()])
            arrows.append((end, target, 0))
        arrows += [(source, end, sign) for source, sign in term]
    at_all = at | dots
    side = max(4.2, 1.4 * len(at_all) ** 0.5)
    with drawing(ax, side, side) as ax:
        for source, target, sign in arrows:
            draw_arrow(
                ax, INTERACTION[sign or 1], at_all[source], at_all[target], WIDTH,
                color=LABEL if sign == 0 else COLORS[INTERACTION[sign]], curved=sign == 0,
                shrink=(
                    _DOT if source in dots else _reach(source, at_all[source], at_all[target]),
                    _DOT + 2 if target in dots else _reach(target, at_all[source], at_all[target]),
                ),
            )  # fmt: skip
        place = np.array(list(dots.values())).reshape(-1, 2)
        ax.plot(*place.T, "o", color=LABEL, markersize=2 * _DOT, zorder=4)
        draw_nodes(ax, at, at_all, set(constant))
        ax.set_aspect("equal", adjustable="box")
        ax.set_title("A dot needs all of its arrows (AND), a gene any of them (OR)")
        if constant:
            ax.text(0.0, 1.0, _constant_words(constant), transform=ax.transAxes, va="top",
                    fontsize=8, color=LABEL, wrap=True)  # fmt: skip
        draw_legend(ax, {INTERACTION[sign] for *_, sign in arrows if sign})
    return ax


def _constant_words(constant: Mapping[str, str]) -> str:
    """``dashed: constant, always on (GATA2, KLF1) or never (JUN)``."""
    parts = []
    for state, words in (("on", "always on"), ("off", "never on")):
        genes = [gene for gene, is_on in constant.items() if is_on == state]
        more = f" and {len(genes) - _NAMED} more" if len(genes) > _NAMED else ""
        parts += [f"{words} ({', '.join(genes[:_NAMED])}{more})"] * bool(genes)
    return f"dashed: constant, {' or '.join(parts)}"


def _beside(target: Point, sources: Sequence[Point], taken: Sequence[Point]) -> Point:
    """A free place for a dot near its gene, on the side of its regulators."""
    middle = np.mean(sources, axis=0) - target
    length = float(np.hypot(*middle))
    angle = np.arctan2(middle[1], middle[0]) if length > 1e-6 * SPACING else np.pi / 2
    distance = max(0.55 * SPACING, min(0.45 * length, 0.9 * SPACING))
    places = [
        (target[0] + distance * np.cos(angle + turn), target[1] + distance * np.sin(angle + turn))
        for turn in (0, 0.5, -0.5, 1, -1, 1.5, -1.5, 2, -2, 2.5, -2.5)
    ]
    gaps = [min(np.hypot(x - u, y - v) for u, v in taken) for x, y in places]
    free = next((k for k, gap in enumerate(gaps) if gap > 0.3 * SPACING), int(np.argmax(gaps)))
    return float(places[free][0]), float(places[free][1])


def _reach(gene: str, start: Point, end: Point) -> float:
    """Distance from the middle of a gene's box to its border along an arrow, points."""
    across, up = abs(end[0] - start[0]), abs(end[1] - start[1])
    length = max(np.hypot(across, up), 1e-9)
    wide, high = _LETTER * len(gene) + _MARGIN, _HEIGHT
    return float(min(wide * length / max(across, 1e-9), high * length / max(up, 1e-9))) + 1
