"""A field is refused before training if what is saved of it cannot rebuild it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from hillflow.errors import UnsupportedError
from hillflow.fields import FIELDS, VectorField, make_field
from hillflow.fields.registry import FieldEntry
from hillflow.model.savable import check_savable

GENES = ["A", "B"]


class Saved(VectorField):
    """A field whose size and penalty are options."""

    name = "saved"

    def __init__(self, genes, *, size=2, l1=0.1, record=("size", "l1"), seed=0, dtype=None):
        given = {"size": size, "l1": l1, "record": record}
        super().__init__(genes, **{name: given[name] for name in record}, seed=seed)
        self.weight = nn.Parameter(torch.zeros(size))


def registered(cls: type[VectorField]) -> type[VectorField]:
    entry = next(iter(FIELDS.values()))
    fields = {name: getattr(entry, name) for name in entry.__dataclass_fields__}
    FIELDS.add(FieldEntry(**fields | {"name": cls.name, "cls": cls}), __name__)
    return cls


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_every_field_of_hillflow_is_savable(name):
    check_savable(make_field(name, GENES))


@pytest.mark.usefixtures("registries")
def test_options_that_are_not_recorded_are_named():
    registered(Saved)
    complete = ("size", "l1", "record")
    check_savable(Saved(GENES, l1=5.0, record=complete))
    for left_out in complete:
        record = tuple(name for name in complete if name != left_out)
        with pytest.raises(UnsupportedError, match=f"{left_out}.* not among them"):
            check_savable(Saved(GENES, l1=5.0, record=record))


def test_a_field_without_a_name_is_refused():
    with pytest.raises(UnsupportedError, match="a registered field"):
        check_savable(Saved(GENES))


@pytest.mark.usefixtures("registries")
def test_options_that_json_cannot_write_are_refused():
    registered(Saved)
    with pytest.raises(UnsupportedError, match="that JSON can write"):
        check_savable(Saved(GENES, l1=float("nan"), record=("size", "l1", "record")))


@pytest.mark.usefixtures("registries")
def test_tensors_of_another_shape_are_refused():
    registered(Saved)
    field = Saved(GENES, record=("size", "l1", "record"))
    field.weight = nn.Parameter(torch.zeros(7))
    with pytest.raises(UnsupportedError, match=r"weight.* of another shape"):
        check_savable(field)
