"""``hillflow report``: its options and its words."""

from __future__ import annotations

from hillflow.workflow.files import check_out, check_runs
from hillflow.workflow.options.base import (
    RUN,
    Spec,
    Values,
    out_file,
)


def _check(given: Values) -> None:
    check_out(given["out"], ".html")
    check_runs(given["run"])


REPORT = Spec(
    "report",
    """Write an HTML report: summary, figures, network, knockouts, laws and limits.

The page needs no internet and no other file. It shows what `graph`, `knockout`, `laws` and
`validate` wrote into the run, and names the command for each result that is missing.""",
    "hillflow report run",
    {
        "run": RUN,
        "out": out_file("The .html file to write; report.html in the run unless given."),
    },
    {},
    check=_check,
)
