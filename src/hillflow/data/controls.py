"""Check the label of control cells; if it is missing, the error suggests a likely one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hillflow import keys
from hillflow.errors import InputError, UnsupportedError, listing

if TYPE_CHECKING:
    import pandas as pd

_USUAL = re.compile(
    r"controls?|ctrl|ctl|ctr|wt|wildtype|nt|ntc|nontarget(ing)?(control)?|neg(ative)?(control|ctrl)"
    r"|dmso|mock|vehicle|scrambled?|untreated|unperturbed|none"
)


def check_control(
    labels: Sequence[str], control: str | None, genes: Iterable[str], where: str
) -> None:
    """Refuse labels that lack the control label, or that contain one although it is None.

    Labels that are all canonical text (``GATA1=knockout``) need no control; a name alone could
    be that of the control.
    """
    if control in labels or all("=" in label for label in labels):
        return
    likely = likely_controls(labels, genes)
    if control is not None:
        raise InputError(
            f"the control label {control!r} in {where!r}",
            listing(labels),
            f"pass control={likely[0]!r}, if that is the label of control cells"
            if likely
            else "pass control='…' with the label of control cells, or control=None if there "
            "are none",
        )
    # "control" itself is canonical text, and read as such
    likely = [label for label in likely if label.casefold() != keys.CONTROL]
    if likely:
        raise InputError(
            f"no label of control cells in {where!r}, because control=None",
            repr(likely[0]),
            f"pass control={likely[0]!r}, or leave these cells out",
        )


def check_unperturbed(column: pd.Series, control: str) -> None:
    """Refuse perturbed cells in coordinates, in which a gene cannot be knocked out."""
    perturbed = [one for one in column.dropna().unique().tolist() if str(one) != control]
    if perturbed:
        raise UnsupportedError(
            f"control cells alone, {control!r} in {column.name!r}, with obsm",
            f"{listing(perturbed, 3)}: a perturbed gene is none of the coordinates",
            f"keep the control cells, adata[adata.obs[{str(column.name)!r}] == {control!r}], or "
            "fit genes",
        )


def likely_controls(labels: Iterable[str], genes: Iterable[str]) -> list[str]:
    """Return the labels that usually mean control cells (``WT``, ``NT``) and are not genes."""
    known = set(genes)
    return [
        label
        for label in labels
        if _USUAL.fullmatch(re.sub(r"[\W_]", "", label).casefold()) and label not in known
    ]
