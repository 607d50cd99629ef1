"""The figures of the theory pages: which there are, and how they are written.

A figure is a function that draws on axes; its docstring is the caption. Each uses hillflow's own
fields, plans and fits, takes a second or two, and draws the same picture every time.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

Draw = Callable[..., None]


@dataclass(frozen=True)
class Figure:
    """A figure of a page.

    Attributes
    ----------
    page
        The page that it belongs to: "fields/logic".
    draw
        Draws on as many axes as there are panels.
    panels
        Number of panels, side by side.
    size
        Width and height in inches.
    """

    page: str
    draw: Draw
    panels: int
    size: tuple[float, float]

    @property
    def caption(self) -> str:
        """What the figure shows, in one paragraph."""
        return " ".join((inspect.getdoc(self.draw) or "").split())

    def canvas(self) -> Canvas:
        """The drawn figure."""
        from matplotlib.figure import Figure as Canvas

        canvas = Canvas(figsize=self.size)
        self.draw(*canvas.subplots(1, self.panels, squeeze=False)[0])
        return canvas


FIGURES: dict[str, Figure] = {}


def figure(
    page: str, panels: int = 2, size: tuple[float, float] = (7.0, 2.9)
) -> Callable[[Draw], Draw]:
    """A decorator that makes a function the figure of a page."""

    def enter(draw: Draw) -> Draw:
        FIGURES[page] = Figure(page, draw, panels, size)
        return draw

    return enter


def write(folder: Path) -> None:
    """Draw all of them into `folder`, unless they are there and newer than their sources."""
    import hillflow
    from hillflow.pl import figure_style

    modules = {one.draw.__module__.rpartition(".")[2] for one in FIGURES.values()}
    here = [Path(__file__).with_name(f"{name}.py") for name in (*modules, "toys")]
    sources = [Path(__file__), *here, *Path(hillflow.__file__).parent.rglob("*.py")]
    newest = max(path.stat().st_mtime for path in sources)
    with figure_style(off_screen=True):
        for page, one in FIGURES.items():
            path = folder / f"{page}.png"
            if path.is_file() and path.stat().st_mtime > newest:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            save(one.canvas(), path)


def save(canvas: Canvas, path: Path) -> None:
    """Write a drawn figure; the same figure has the same bytes."""
    canvas.savefig(path, dpi=130, bbox_inches="tight", metadata={"Software": None})
