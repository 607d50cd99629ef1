"""`report`: one self-contained page of everything a run holds."""

from __future__ import annotations

from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hillflow._version import __version__
from hillflow.errors import InputError
from hillflow.files import check_output_file, replacing
from hillflow.page.contents import Contents
from hillflow.page.context import context
from hillflow.page.values import cell_text, exact, number, percent
from hillflow.progress import ProgressCallback, progress_callback
from hillflow.results.run import Run
from hillflow.run_files import REPORT
from hillflow.symbolic import equation

if TYPE_CHECKING:
    from rich.progress import Progress


def report(
    run: Run | str | PathLike[str],
    out: str | Path | None = None,
    *,
    progress: Progress | ProgressCallback | bool | None = None,
) -> Path:
    """Write a run's results as one HTML page, which needs no internet and no other file.

    The page shows network, laws, perturbations and validation if they have been computed, and
    otherwise names the command for them. Nothing is fitted; the flow, the trajectories and the
    fates of some perturbations are simulated for the figures.

    Parameters
    ----------
    run
        A run, or its folder.
    out
        The .html file; None: ``report.html`` in the run's folder.
    progress
        A rich progress display, or a function of (task, sections done, sections in all).

    Returns
    -------
    Path
        The file. The same run gives the same page.

    Examples
    --------
    >>> import hillflow as hf
    >>> adata = hf.simulate("toggle", cells=20, times=[0, 1, 2])
    >>> run = hf.fit(adata, field="linear", method="ot-cfm", effort=0.01)
    >>> report(run, "report.html").read_text(encoding="utf-8")[:15]
    '<!doctype html>'
    """
    opened = run if isinstance(run, Run) else Run.open(run)
    path = check_output_file(_path_in(opened) if out is None else out, ".html", own=REPORT)
    template = environment().get_template("page.html")
    values = context(Contents.read(opened), progress_callback(progress))
    page = template.render(name=opened.name, version=__version__, **values)
    with replacing(path) as draft:
        draft.write_text(page, encoding="utf-8")
    return path


def _path_in(run: Run) -> Path:
    if run.path is None:
        raise InputError(
            "a file for the page of a run in memory", "none", "name it: report(run, 'report.html')"
        )
    return run.path / REPORT


def environment() -> Environment:
    """Return the Jinja2 environment of the templates; it escapes all values.

    Only the page's own style and script, and formulas, are marked as safe.
    """
    jinja = Environment(
        loader=PackageLoader("hillflow.page"), autoescape=True, undefined=StrictUndefined,
        lstrip_blocks=True,
    )  # fmt: skip
    jinja.policies["json.dumps_kwargs"] = {"allow_nan": False, "ensure_ascii": False}
    jinja.filters |= {"cell_text": cell_text, "exact": exact, "number": number, "percent": percent}
    jinja.filters["mathml"] = lambda law: Markup(equation(law))
    for name, parts in (("style", ("page.css",)), ("script", ("drawing.js", "page.js"))):
        texts = [files("hillflow.page").joinpath(p).read_text(encoding="utf-8") for p in parts]
        jinja.globals[name] = Markup("\n".join(texts))
    return jinja
