"""``hillflow scm``: its options and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hillflow.errors import InputError
from hillflow.run_files import SCM as SCM_FILE
from hillflow.workflow.files import check_result, check_runs
from hillflow.workflow.options.base import OVERWRITE, RUN, Spec, Values, option, out_file

KNOCKOUTS = 30  # genes up to which each is knocked out unless perturbations are named


@dataclass(frozen=True)
class ScmOptions:
    """Which cells, which interventions, and which paths."""

    do: Any = option(
        None, "Perturbations of each stable state, with commas between them: GATA1, SPI1=clamp:2, "
        "A+B for both at once, A=cut@B for an edge. The knockout of every gene unless given, in "
        f"panels of up to {KNOCKOUTS} genes.", kind="str | Sequence[str] | None", cli=str,
    )  # fmt: skip
    source: str | None = option(
        None, "Show the paths from this gene to the target in the causal graph at each state.",
        kind="str | None", cli=str,
    )  # fmt: skip
    target: str | None = option(None, "The gene where these paths end.", kind="str | None", cli=str)
    cells: int = option(200, "Maximum number of control cells to follow.", minimum=1)
    max_genes: int = option(
        2, "Largest number of genes perturbed at once to move the law from one state to another; "
        "0 for no search.", minimum=0,
    )  # fmt: skip
    members: int = option(
        5, "Maximum number of members of the fit whose states are compared.", minimum=1
    )
    overwrite: bool = option(False, OVERWRITE)


def _check(given: Values) -> None:
    if (given["source"] is None) != (given["target"] is None):
        raise InputError(
            "source=… (--source) and target=… (--target) together", "one of them",
            "name both ends of the paths, or neither",
        )  # fmt: skip
    if given["source"] is not None and given["source"] == given["target"]:
        raise InputError(
            "two different genes", f"{given['source']!r} twice", "name another target=… (--target)"
        )
    check_runs(given["run"])
    check_result(given, ".json", SCM_FILE)


SCM = Spec(
    "scm",
    """Find the stable states of a law, the causal graph at each, and what moves between them.

Control cells are followed until they come to rest. Each stable state has its structural causal
model: which gene's level depends on which, directly and in total. The tables say what perturbations
do to each state, and the smallest sets of knockouts and overexpressions that take the law from one
state to another. States are those of the first member's path without noise. For fields with
production and linear decay, of at most 200 genes.""",
    "hillflow scm run --do GATA1,SPI1 --source GATA1 --target KLF1",
    {
        "run": RUN,
        "out": out_file("The .json file to write; scm.json in the run unless given."),
    },
    {"options": ScmOptions},
    check=_check,
)
