"""One style for every figure: colours that all readers can tell apart, plain axes, legible text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

# Okabe & Ito (2008), in an order that keeps neighbours far apart; black is kept for text.
CATEGORIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
ACTIVATION, REPRESSION, NEUTRAL = "#0072B2", "#D55E00", "#8A8A8A"
SEQUENTIAL = "viridis"
BESIDE: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)}  # a legend's place

_OFF_SCREEN: ContextVar[bool] = ContextVar("off_screen", default=False)


@contextmanager
def figure_style(*, off_screen: bool = False) -> Iterator[None]:
    """Draw and save inside this context; the user's own settings come back afterwards.

    Parameters
    ----------
    off_screen
        Make figures without pyplot: no window opens and no notebook cell shows them. For
        programs that only write files.
    """
    import matplotlib as mpl
    from cycler import cycler

    token = _OFF_SCREEN.set(off_screen or _OFF_SCREEN.get())
    if not _OFF_SCREEN.get():
        import matplotlib.pyplot as plt

        # Loads the backend before the context, which would else undo what the backend sets: a
        # notebook would show the first figure alone.
        plt.draw_if_interactive()
    try:
        with mpl.rc_context(
            {
                "axes.prop_cycle": cycler(color=CATEGORIES),
                "axes.spines.top": False,
                "axes.spines.right": False,
                "axes.titlelocation": "left",
                "axes.titlesize": "medium",
                "figure.constrained_layout.use": True,
                "figure.dpi": 110,
                "font.size": 9,
                "legend.frameon": False,
                "savefig.dpi": 160,
                "svg.hashsalt": "hillflow",  # the same figure, the same bytes
            }
        ):
            yield
    finally:
        _OFF_SCREEN.reset(token)


@contextmanager
def drawing(ax: Axes | None, width: float, height: float) -> Iterator[Axes]:
    """Yield `ax`, or the axes of a new figure (inches), inside the style."""
    with figure_style():
        if ax is None:
            ax = new_figure(width, height).add_subplot()
        else:
            _restyle(ax)
        yield ax


def panels(
    axes: Sequence[Axes] | np.ndarray | None, count: int, size: tuple[float, float],
    columns: int = 1, *, sharex: bool = False, sharey: bool = False,
) -> np.ndarray:  # fmt: skip
    """As many axes as there are panels, [count]: those given, or those of a new figure."""
    if axes is not None:
        given = np.asarray(axes, dtype=object).ravel()
        if len(given) != count:
            raise InputError(
                f"{count} axes, one for each panel", f"{len(given)}", "pass that many axes, or none"
            )
        for ax in given:
            _restyle(ax)
        return given
    grid = new_figure(*size).subplots(
        -(-count // columns), columns, squeeze=False, sharex=sharex, sharey=sharey
    )
    drawn, unused = grid.ravel()[:count], grid.ravel()[count:]
    for ax in unused:
        ax.set_axis_off()
    for ax in drawn[-columns:]:  # shared axes are labelled at the bottom, which may be unused
        ax.tick_params(labelbottom=True)
    return drawn


def shared_legend(axes: np.ndarray, new: bool, **options: Any) -> None:
    """One legend for all panels: beside them in a new figure, else in the first of them."""
    handles, names = axes.flat[0].get_legend_handles_labels()
    if new:
        figure_of(axes.flat[0]).legend(handles, names, **options)
    else:
        axes.flat[0].legend(handles, names)


def new_figure(width: float, height: float) -> Figure:
    """A figure that notebooks and ``plt.show()`` display, unless the style is off screen."""
    if _OFF_SCREEN.get():
        from matplotlib.figure import Figure

        return Figure(figsize=(width, height))
    import matplotlib.pyplot as plt

    return plt.figure(figsize=(width, height))


def figure_of(axes: Axes | np.ndarray) -> Figure:
    """The whole figure that axes, one or an array, belong to."""
    first: Axes = np.asarray(axes, dtype=object).flat[0]
    figure = first.figure
    if figure is None:
        raise ValueError("these axes have been removed from their figure")
    return figure.figure  # of a subfigure, that which it is in


def text_width(names: Iterable[str]) -> float:
    """About how many inches the longest name takes, so that long names do not squeeze the axes."""
    return 0.075 * max(map(len, names), default=0)


def time_colors(times: np.ndarray) -> list[tuple[float, float, float, float]]:
    """One colour a time, dark to light, by rank (gaps between times may be very uneven)."""
    import matplotlib as mpl

    return list(mpl.colormaps[SEQUENTIAL](np.linspace(0.05, 0.9, len(times))))


def signed_colors() -> Colormap:
    """From repression through white to activation; the caller chooses symmetric limits."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signed", (REPRESSION, "#FFFFFF", ACTIVATION))


def _restyle(ax: Axes) -> None:
    """What the style sets when axes are made, on axes that the caller made."""
    import matplotlib as mpl

    ax.spines[["top", "right"]].set_visible(False)
    ax.set_prop_cycle(mpl.rcParams["axes.prop_cycle"])
    ax.tick_params(labelsize=mpl.rcParams["xtick.labelsize"])
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_fontsize(mpl.rcParams["axes.labelsize"])
