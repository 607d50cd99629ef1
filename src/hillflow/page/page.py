"""`report`: one self-contained page of all that a run holds."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from string import Template

from hillflow._version import __version__
from hillflow.files import check_output_file, replacing
from hillflow.page.contents import Contents
from hillflow.page.dynamics import dynamics
from hillflow.page.knockouts import knockouts
from hillflow.page.laws import laws
from hillflow.page.limits import limits, reproduce
from hillflow.page.network import network
from hillflow.page.parts import join, tag
from hillflow.page.summary import summary
from hillflow.page.validation import validation
from hillflow.results.run import Run

REPORT = "report.html"
_PARTS = {
    "summary": "In short", "network": "Network", "knockouts": "Knockouts", "laws": "Laws",
    "validation": "Validation", "dynamics": "Dynamics", "limits": "Limits", "reproduce": "Repeat",
}  # fmt: skip
_SECTIONS = (summary, network, knockouts, laws, validation, dynamics, limits, reproduce)


def report(run: Run | str | Path, out: str | Path | None = None) -> Path:
    """Write a run's results as one HTML page that needs no network and no other file.

    It shows what is there: edges, laws, perturbations and validation where their commands have
    been run, and in their place the command where not. Nothing is fitted; the flow, the
    trajectories and the fates of some perturbations are simulated for the figures.

    Parameters
    ----------
    run
        A run, or its folder.
    out
        The .html file; ``report.html`` in the run unless given.

    Returns
    -------
    Path
        Where it lies. The same run gives the same page.
    """
    opened = run if isinstance(run, Run) else Run.open(run)
    path = check_output_file(opened.path / REPORT if out is None else out, ".html")
    contents = Contents.read(opened)
    links = (tag("a", title, href=f"#{name}") for name, title in _PARTS.items())
    template = Template(_text("page.html"))
    written = template.substitute(
        name=tag("span", opened.path.absolute().name),
        version=__version__,
        style=_text("page.css"),
        script=_text("page.js"),
        links=join(links, "\n"),
        sections=join((one(contents) for one in _SECTIONS), "\n"),
    )
    with replacing(path) as draft:
        draft.write_text(written, encoding="utf-8")
    return path


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
