"""One look for every figure: colours that all eyes tell apart, quiet axes, readable type."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

# Okabe & Ito (2008), in an order that keeps neighbours far apart; black is kept for text.
CATEGORIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
ACTIVATION, REPRESSION, NEUTRAL = "#0072B2", "#D55E00", "#8A8A8A"
SEQUENTIAL = "viridis"


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw inside this context; the user's own settings come back afterwards."""
    import matplotlib as mpl
    from cycler import cycler

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


def time_colors(times: np.ndarray) -> list[tuple[float, float, float, float]]:
    """One colour a time, dark to light, by rank (gaps between times may be very uneven)."""
    import matplotlib as mpl

    return list(mpl.colormaps[SEQUENTIAL](np.linspace(0.05, 0.9, len(times))))


def signed_colors() -> Colormap:
    """From repression over white to activation; symmetric limits are the caller's part."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signed", (REPRESSION, "#FFFFFF", ACTIVATION))


def new_axes(width: float = 4.0, height: float = 3.2) -> Axes:
    """Axes of a new figure that no window manager needs to know of."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height)).add_subplot()


def figure_of(ax: Axes) -> Figure:
    """The whole figure that axes belong to."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("these axes have been removed from their figure")
    return figure
