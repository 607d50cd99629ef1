"""``report``: a run as one page."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from hillflow.errors import InputError
from hillflow.results import Run
from hillflow.workflow.options.report import REPORT
from hillflow.workflow.runs import RunLike
from hillflow.workflow.verb import verb


@verb(REPORT)
def report(run: RunLike, out: str | PathLike[str] | None) -> Path:
    """Do what `hillflow.report` promises.

    Returns
    -------
    Path
        Where the page lies.

    Examples
    --------
    >>> import hillflow as hf, tempfile
    >>> cells = hf.simulate("toggle", cells=30, times=[0, 1, 2])
    >>> run = hf.fit(cells, field="linear", effort=0.02)
    >>> folder = tempfile.TemporaryDirectory()
    >>> hf.report(run, f"{folder.name}/report.html").name
    'report.html'
    """
    from hillflow.page import report as write_page  # matplotlib

    opened = run if isinstance(run, Run) else Run.open(run)
    if out is None and opened.path is None:
        raise InputError(
            "a file for the page of a run in memory", "none", "name it: report(run, 'report.html')"
        )
    return write_page(opened, None if out is None else Path(out))
