"""The check, before any work, that a field can be saved and loaded again."""

from __future__ import annotations

import copy
import inspect
import json

from hillflow.errors import InputError, UnsupportedError, listing
from hillflow.fields import FIELDS, VectorField, make_field


def check_savable(field: VectorField) -> None:
    """Refuse a field that cannot be rebuilt from what is saved of it.

    `VectorField` documents the requirements: a registered name, options that JSON can write, and
    a constructor that builds a field with the same tensors from these options (and ``edges``, for
    a field with candidate edges).
    """
    entry = FIELDS.get(field.name)
    if entry is None or entry.cls is not type(field):
        raise UnsupportedError(
            f"a registered field ({listing(FIELDS)}), which can be saved",
            f"a {type(field).__name__}",
            "register it with hillflow.fields.register, or fit without out=…",
        )
    try:
        json.dumps(field.options, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UnsupportedError(
            f"options of the {field.name!r} field that JSON can write", str(error),
            "pass plain numbers, text and lists to super().__init__(genes, …), and keep arrays "
            "as buffers",
        ) from None  # fmt: skip
    unrecorded = [
        name
        for name, parameter in inspect.signature(type(field)).parameters.items()
        if isinstance(parameter.default, bool | int | float | str | tuple)
        and name not in field.options
    ]
    if unrecorded:
        raise UnsupportedError(
            f"every option of the {field.name!r} field among those that are saved",
            f"{listing(unrecorded)} of its constructor not among them",
            f"write super().__init__(genes, …, {unrecorded[0]}={unrecorded[0]}, …)",
        )  # fmt: skip
    edges, options = getattr(field, "edges", None), dict(field.options)
    if edges is not None:
        options["edges"] = copy.deepcopy(edges).cpu()  # where fields are built
    try:
        rebuilt = make_field(field.name, field.genes, **options)
    except (InputError, TypeError) as error:
        raise UnsupportedError(
            f"a {field.name!r} field that can be rebuilt from its options", str(error),
            "pass to super().__init__(genes, …) exactly the keyword options of the constructor",
        ) from error  # fmt: skip
    shapes, rebuilt_shapes = (
        {name: tensor.shape for name, tensor in f.state_dict().items()} for f in (field, rebuilt)
    )
    if shapes != rebuilt_shapes:
        names = sorted({*shapes, *rebuilt_shapes})
        differing = [name for name in names if shapes.get(name) != rebuilt_shapes.get(name)]
        raise UnsupportedError(
            f"a {field.name!r} field whose options determine its tensors",
            f"{listing(differing)} of another shape, or missing, when it is rebuilt",
            "pass to super().__init__(genes, …) every option that decides the tensors' shapes",
        )
