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
    """Write one HTML page: findings in words, figures, network, knockouts, laws, limits.

The page needs no network and no other file. It shows what `graph`, `knockout`, `laws` and
`validate` left in the run, and names the command where one has not been run.""",
    "hillflow report run",
    {
        "run": RUN,
        "out": out_file("The .html file to write; report.html in the run unless given."),
    },
    {},
    check=_check,
)
