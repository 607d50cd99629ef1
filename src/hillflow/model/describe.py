"""Descriptions of fields, methods and data as plain JSON values, for provenance.

Two fits of equal descriptions are the same fit.
"""

from __future__ import annotations

import dataclasses
import hashlib
import platform
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from hillflow._version import __version__
from hillflow.data import Snapshots, Trajectories
from hillflow.fields import VectorField
from hillflow.objectives.method import Method
from hillflow.transport import Coupling


def describe(value: Any) -> Any:
    """Describe an option as JSON: dataclasses by their fields, arrays and modules by a digest."""
    if isinstance(value, Tensor):
        value = value.numpy(force=True)
    if isinstance(value, np.ndarray):
        return {"array": list(value.shape), "digest": digest({"": value})}
    if isinstance(value, nn.Module):
        return {"module": type(value).__name__, "digest": digest(value.state_dict())}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        options = {
            field.name: describe(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.init
        }
        return {"kind": type(value).__name__, **options}
    if isinstance(value, Mapping):
        return {str(key): describe(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [describe(entry) for entry in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if callable(value):  # its repr has a memory address, which differs between processes
        return f"{value.__module__}.{value.__qualname__}"
    return str(value)


def describe_method(method: Method) -> dict[str, Any]:
    """Describe a method by everything that affects its result."""
    return {
        "name": method.name,
        "coupling": describe_coupling(method.coupling),
        "barycentric": method.barycentric,
        "heads": list(method.heads),
        "stages": [describe(stage) for stage in method.stages],
    }


def describe_coupling(coupling: Coupling) -> Any:
    """Describe a coupling by its kind and options."""
    return describe(coupling.options())


def describe_field(field: VectorField) -> dict[str, Any]:
    """Describe a field by its name, its options and a digest of its initial tensors."""
    return {
        "name": field.name,
        "options": describe(field.options),
        "start": digest(field.state_dict()),
    }


def describe_data(data: Snapshots | Trajectories) -> dict[str, Any]:
    """Describe data by their size, times and conditions, and by a fingerprint of the values."""
    snapshots = isinstance(data, Snapshots)
    sets = data.sets if isinstance(data, Snapshots) else None
    return {
        "kind": "snapshots" if snapshots else "trajectories",
        "fingerprint": fingerprint(data),
        "rows": len(data.x),
        "genes": len(data.genes),
        "times": [float(time) for time in data.times],
        "conditions": sorted({condition.name for condition in data.conditions}),
        "time_unit": data.time_unit,
        "scale": data.scale,
        "dtype": str(data.x.dtype),
        **{
            name: True
            for name in ("velocity", "unspliced")
            if getattr(data, name, None) is not None
        },
        **({} if sets is None else {"sets": list(sets.names)}),
    }


def fingerprint(data: Snapshots | Trajectories) -> str:
    """Return a digest of all data a fit uses: cells, genes, times, weights, velocity …"""
    arrays: dict[str, Any] = {"x": data.x, "time": data.time}
    texts = [*data.genes, data.time_unit, *(condition.name for condition in data.conditions)]
    if isinstance(data, Snapshots):
        arrays |= {"condition": data.condition}
        if data.weights is not None:
            arrays["weights"] = data.weights
        if data.velocity is not None:
            arrays["velocity"] = data.velocity
        if data.unspliced is not None:
            arrays["unspliced"] = data.unspliced
        if data.growth is not None:
            arrays["growth"] = data.growth
        if data.sets is not None and data.batch is not None:
            texts += data.batch.tolist()
        if data.basis is not None:
            arrays |= {"components": data.basis.components, "scale": data.basis.scale}
    else:
        arrays |= {"series": data.series}
        texts += data.names
        if data.doses is not None:
            given = data.doses.to_arrays()
            arrays |= {name: value for name, value in given.items() if value.dtype.kind != "U"}
            texts += data.doses.further
    return digest(arrays, texts)


def digest(arrays: Mapping[str, Tensor | np.ndarray], texts: list[str] | None = None) -> str:
    """Return a digest of named arrays and texts that is the same on every machine."""
    hasher = hashlib.blake2b(digest_size=16)
    for name, values in arrays.items():
        if isinstance(values, Tensor):
            values = values.numpy(force=True)
        hasher.update(f"{name}|{values.dtype.str}|{values.shape}|".encode())
        hasher.update(np.ascontiguousarray(values).data)
    for text in texts or ():
        hasher.update(f"{len(text)}:{text}".encode())
    return hasher.hexdigest()


def versions() -> dict[str, str]:
    """Return the versions of the packages that affect the numbers."""
    return {
        "hillflow": __version__,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
    }


WITHOUT_EFFECT = ("--resume", "--overwrite", "--json")  # on the result


def command() -> str:
    """Return the command that started this process, without the folder of the program.

    The kernel of a notebook is started by a command that says nothing: "a notebook".
    """
    words = [word for word in sys.argv[1:] if word not in WITHOUT_EFFECT]
    program = Path(sys.argv[0])
    if program.name in ("ipykernel_launcher.py", "colab_kernel_launcher.py"):
        return "a notebook"
    called = "hillflow" if program.parent.name == "hillflow" else program.name  # python -m
    return shlex.join([called, *words])
