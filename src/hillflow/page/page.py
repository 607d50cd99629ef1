"""`report`: one self-contained page of everything a run holds."""

from __future__ import annotations

from importlib.resources import files
from os import PathLike
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hillflow._version import __version__
from hillflow.errors import InputError
from hillflow.files import check_output_file, replacing
from hillflow.page.contents import Contents
from hillflow.page.context import context
from hillflow.page.values import exact, number, percent, shown
from hillflow.results.run import Run
from hillflow.symbolic import equation

REPORT = "report.html"


def report(run: Run | str | PathLike[str], out: str | Path | None = None) -> Path:
    """Write a run's results as one HTML page that needs no network and no other file.

    It shows the edges, laws, perturbations and validation where their commands have been run,
    and names the command where not. Nothing is fitted; the flow, the trajectories and the fates
    of some perturbations are simulated for the figures.

    Parameters
    ----------
    run
        A run, or its folder.
    out
        The .html file; ``report.html`` in the run if None.

    Returns
    -------
    Path
        The file. The same run gives the same page.

    Examples
    --------
    >>> from hillflow.page import report
    >>> report("run").name
    'report.html'
    """
    opened = run if isinstance(run, Run) else Run.open(run)
    path = check_output_file(_beside(opened) if out is None else out, ".html")
    page = environment().get_template("page.html")
    written = page.render(name=opened.name, version=__version__, **context(Contents.read(opened)))
    with replacing(path) as draft:
        draft.write_text(written, encoding="utf-8")
    return path


def _beside(run: Run) -> Path:
    if run.path is None:
        raise InputError(
            "a file for the page of a run in memory", "none", "name it: report(run, 'report.html')"
        )
    return run.path / REPORT


def environment() -> Environment:
    """Where the templates are; every value that they show is escaped.

    Only what is marked here is written as it is: the page's own style and script, and formulas.
    """
    made = Environment(
        loader=PackageLoader("hillflow.page"), autoescape=True, undefined=StrictUndefined,
        lstrip_blocks=True,
    )  # fmt: skip
    made.policies["json.dumps_kwargs"] = {"allow_nan": False, "ensure_ascii": False}
    made.filters |= {"exact": exact, "number": number, "percent": percent, "shown": shown}
    made.filters["mathml"] = lambda law: Markup(equation(law))
    for name in ("page.css", "page.js"):
        text = files("hillflow.page").joinpath(name).read_text(encoding="utf-8")
        made.globals["style" if name.endswith("css") else "script"] = Markup(text)
    return made
