"""The label of untouched cells: checked, and guessed for the message where it is absent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hillflow import keys
from hillflow.errors import InputError, listing

_USUAL = re.compile(
    r"controls?|ctrl|ctl|ctr|wt|wildtype|nt|ntc|nontarget(ing)?(control)?|neg(ative)?(control|ctrl)"
    r"|dmso|mock|vehicle|scrambled?|untreated|unperturbed|none"
)


def check_control(
    labels: Sequence[str], control: str | None, genes: Iterable[str], where: str
) -> None:
    """Refuse labels without the control label, or with one that was said not to be there.

    ``GATA1=knockout`` can be nothing else, but a bare name may be a control's: canonical text
    alone needs no control.
    """
    if control in labels or all("=" in label for label in labels):
        return
    likely = likely_controls(labels, genes)
    if control is not None:
        raise InputError(
            f"the control label {control!r} in {where!r}",
            listing(labels),
            f"pass control={likely[0]!r}, if that is the label of untouched cells"
            if likely
            else "pass control='…' with the label of untouched cells, or control=None if there "
            "are none",
        )
    # "control" itself is canonical text, and read as such
    likely = [label for label in likely if label.casefold() != keys.CONTROL]
    if likely:
        raise InputError(
            f"no label of untouched cells in {where!r}, as control=None says",
            repr(likely[0]),
            f"pass control={likely[0]!r}, or leave these cells out",
        )


def likely_controls(labels: Iterable[str], genes: Iterable[str]) -> list[str]:
    """The labels that are usual for untouched cells (``WT``, ``Non-Targeting``) and no gene."""
    known = set(genes)
    return [
        label
        for label in labels
        if _USUAL.fullmatch(re.sub(r"[\W_]", "", label).casefold()) and label not in known
    ]
