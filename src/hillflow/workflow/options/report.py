"""``hillflow report``: its options and its words."""

from __future__ import annotations

from dataclasses import dataclass

from hillflow.run_files import REPORT as REPORT_FILE
from hillflow.workflow.files import check_result, check_runs
from hillflow.workflow.options.base import (
    OVERWRITE,
    RUN,
    Spec,
    Values,
    option,
    out_file,
)


@dataclass(frozen=True)
class ReportOptions:
    """Where it may write."""

    overwrite: bool = option(False, OVERWRITE)


def _check(given: Values) -> None:
    check_runs(given["run"])
    check_result(given, ".html", REPORT_FILE)


REPORT = Spec(
    "report",
    """Write an HTML report: summary, figures, network, knockouts, laws and limits.

The page needs no internet and no other file. It shows what `graph`, `knockout`, `scm`, `laws`
and `validate` wrote into the run, and names the command for each result that is missing.""",
    "hillflow report run",
    {
        "run": RUN,
        "out": out_file("The .html file to write; report.html in the run unless given."),
    },
    {"options": ReportOptions},
    check=_check,
)
