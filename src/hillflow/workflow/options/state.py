"""What stands for a regulator in a network of cells: its mRNA, or its activity."""

from __future__ import annotations

from dataclasses import dataclass, fields

from hillflow.errors import InputError, did_you_mean
from hillflow.workflow.options.base import Values, default_of, named, option

MRNA = "mrna"
STATES = (MRNA, "activity", "both")
KNOWN = ("ignore", "first")
ORDERS = ("data", "name")
# What the networks of activities have not: they are one computation in one process.
OF_CLOSED_FORM = (
    "readout", "also", "confidence", "bootstraps", "invariance", "jobs", "cluster",
)  # fmt: skip
_PANEL = "Activities"


@dataclass(frozen=True)
class StateOptions:
    """What stands for a regulator, and how activities are read from known targets."""

    regulator_state: str = option(
        MRNA,
        "What stands for a regulator, of cells without a fit: mrna; activity, read from its "
        "targets in the prior network without the scored gene; or both, whichever the gene "
        "follows more.",
        panel=_PANEL,
    )
    known: str = option(
        "ignore", "Targets in the prior: first, before all other genes; or ignore, ranked like "
        "any gene.", panel=_PANEL,
    )  # fmt: skip
    tmin: int = option(
        5, "Fewest measured targets of a regulator in the prior.", minimum=1, panel=_PANEL
    )
    neighbours: int = option(
        0, "Leave out this many genes on each side of the scored gene too: 15 in bacteria, whose "
        "operons are transcribed together.", minimum=0, panel=_PANEL,
    )  # fmt: skip
    order: str = option(
        "data", "What makes genes neighbours: data, their order in the data; or name, that of "
        "their names.", panel=_PANEL,
    )  # fmt: skip

    def __post_init__(self) -> None:
        for name, choices in (("regulator_state", STATES), ("known", KNOWN), ("order", ORDERS)):
            value = getattr(self, name)
            if value not in choices:
                raise InputError(
                    f"{named(name)} among {', '.join(choices)}", repr(value),
                    did_you_mean(str(value), choices),
                )  # fmt: skip
        if self.tmin < 1:
            raise InputError(f"{named('tmin')} of 1 or more", f"{self.tmin}", "use 5")
        if self.neighbours < 0:
            raise InputError(f"{named('neighbours')} of 0 or more", f"{self.neighbours}", "use 0")


def check_state(given: Values, others: dict[str, object]) -> None:
    """Refuse options that go with another state of the regulators.

    Parameters
    ----------
    given
        Everything that the verb was given.
    others
        Defaults of `OF_CLOSED_FORM`.
    """
    if given["regulator_state"] != MRNA:
        if given["prior"] is None:
            raise InputError(
                f"a network of known targets, {named('prior')}, to read activities from", "none",
                "name one of `hillflow priors list`, such as collectri, or a file of edges; or "
                "leave regulator_state=… (--regulator-state) at mrna, which needs none",
            )  # fmt: skip
        idle = [name for name, default in others.items() if given[name] != default]
        if idle:
            raise InputError(
                f"regulator_state='{MRNA}' (--regulator-state {MRNA}) for "
                f"{' and '.join(map(named, idle))}", repr(given["regulator_state"]),
                "leave these options out: the network of activities has no confidences",
            )  # fmt: skip
        return
    own = {one.name: default_of(one) for one in fields(StateOptions)} | {"prior": None}
    idle = [name for name, default in own.items() if given[name] is not default
            and not _equal(given[name], default)]  # fmt: skip
    if idle:
        raise InputError(
            f"regulator_state='activity' or 'both' (--regulator-state) for "
            f"{' and '.join(map(named, idle))}", f"{MRNA!r}",
            "choose one of them, or leave these options out",
        )  # fmt: skip


def _equal(value: object, default: object) -> bool:
    return isinstance(value, str | int) and value == default
