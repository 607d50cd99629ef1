"""``hillflow methods``: its options and its words."""

from __future__ import annotations

from hillflow.workflow.options.base import (
    Argument,
    Option,
    Spec,
)

METHODS = Spec(
    "methods",
    """List fields, methods, formats and other choices, with cost and when not to use them.

Fields, methods, couplings, divergences, Lagrangians, solvers, readouts, baselines, activities,
engines, systems and file formats, those of your own plugins among them.""",
    "hillflow methods fields",
    {
        "table": Argument(
            Option("A table, or the name of one entry; all unless given.", "str | None", cli=str),
            None,
        ),
        "name": Argument(
            Option(
                "One entry of the table, such as hill; all unless given.", "str | None", cli=str
            ),
            None,
        ),
    },
    {},
)
