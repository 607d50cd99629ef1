"""How many principal components are the state of a field that can have such a state."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from hillflow.data import Cells, LinearBasis, Snapshots
from hillflow.data.splits import validation_cells
from hillflow.errors import InputError, UnsupportedError, listing
from hillflow.fields import FIELDS, VectorField
from hillflow.train.setting import Setting

MOST_GENES = 100  # that are the state themselves, unless components are asked for


def check_components(field: VectorField | str, components: int | None) -> None:
    """Refuse components for a field whose state is the genes, or that has been built."""
    if components is None:
        return
    if isinstance(field, VectorField):
        raise InputError(
            "a field by its name, to give it components", f"a {field.name!r} field, which is built",
            f"name it, or build it with make_field(…, latent={components})",
        )  # fmt: skip
    if field == "auto" or not FIELDS[field].cls.takes_components:
        able = [entry.name for entry in FIELDS.values() if entry.cls.takes_components]
        raise UnsupportedError(
            "a field whose state can be principal components, for components=… (--components)",
            f"{field!r}, whose state is the genes",
            f"choose field=… (--field) {listing(able)}, or leave components out",
        )


def options_in_basis(field: str, data: Cells, setting: Setting) -> dict[str, Any]:
    """Return the option ``latent`` of a field of this name; empty if its state is the genes.

    As many as `setting` asks for. Unless it does, in panels of more than `MOST_GENES` genes: those
    in which cells are coupled, and fewer than there are training cells.
    """
    check_components(field, setting.components)
    if field == "auto" or not FIELDS[field].cls.takes_components:
        return {}
    genes, wanted = len(data.genes), setting.components
    if wanted is None:
        if genes <= MOST_GENES:
            return {}
        wanted = min(setting.basis, genes, _most(data, setting))
    elif wanted > min(genes, _most(data, setting)) and wanted != genes:
        raise InputError(
            f"components from 1 to {min(genes, _most(data, setting)):,}, for {genes:,} genes and "
            f"{_most(data, setting) + 1:,} training cells",
            f"{wanted:,}", "ask for fewer",
        )  # fmt: skip
    return {"latent": wanted}


def set_components(field: VectorField, data: Cells) -> None:
    """Give a field the principal components of its training cells, if it needs them."""
    size = field.missing_components
    if not size:
        return
    basis = data.basis if isinstance(data, Snapshots) else None
    if basis is None or basis.size != size:
        basis = LinearBasis.fit(data.x, size)
    field.set_components_(torch.from_numpy(np.asarray(basis.components)))


def _most(data: Cells, setting: Setting) -> int:
    """The number of training cells less one; of series, of observations."""
    share = setting.validation_share
    if not isinstance(data, Snapshots) or not share:
        return int(len(data.x) * (1 - share)) - 1
    sizes = [len(population) for population in data.populations()]
    return sum(size - validation_cells(size, share) for size in sizes) - 1
