"""``report``: a run as one page."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from hillflow.progress import ProgressCallback
from hillflow.workflow.options.report import REPORT, ReportOptions
from hillflow.workflow.runs import RunLike
from hillflow.workflow.verb import verb

if TYPE_CHECKING:
    from rich.progress import Progress


@verb(REPORT)
def report(
    run: RunLike, out: str | PathLike[str] | None, options: ReportOptions,
    progress: Progress | ProgressCallback | bool | None = None,
) -> Path:  # fmt: skip
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

    return write_page(run, None if out is None else Path(out), progress=progress)
