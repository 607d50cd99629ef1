"""A member on disk: ``model.safetensors`` and ``model.json``. Neither can contain code.

The field is rebuilt from its name, genes and options, and then filled with the tensors; candidate
edges, a soft prior and the basis are tensors too. The JSON has a digest of the tensor file and of
itself, so that a damaged file, or files of two members, are recognised. Names, shapes, types and
finiteness of the tensors are compared with the rebuilt field.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from hillflow.data import LinearBasis
from hillflow.errors import FileFormatError, MissingFileError, UnsupportedError, listing
from hillflow.fields import FIELDS, CandidateEdges, make_field
from hillflow.files import replacing
from hillflow.interventions import Intervention
from hillflow.model.savable import check_savable
from hillflow.objectives.heads import Heads
from hillflow.plugins import VARIABLE
from hillflow.records import damaged, missing, read_record, reading, write_record
from hillflow.schemas import MemberRecord

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.model.member import Member

FORMAT = "hillflow-model-2"
M = TypeVar("M")
TENSORS, DESCRIPTION = "model.safetensors", "model.json"
_PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".joblib", ".ckpt", ".bin")
_BASIS = ("mean", "components", "scale", "explained")
_EDGES, _PRIOR = "heads.field.edges.", "prior."
_CANDIDATES = ("source", "target", "sign", "free")
_NO_SIZES, _SMALL = ("seed",), 4096  # options that are no sizes; sizes that are always permitted
_EXAMPLE = "RUN/model/member-0"


def save_member(member: Member, folder: Path) -> Path:
    """Write both files into `folder`, each complete or not at all."""
    check_savable(member.field)
    content = tensor_bytes(member)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / TENSORS) as draft:
        draft.write_bytes(content)
    write_record(folder / DESCRIPTION, _description(member, content), MemberRecord)
    return folder


def tensor_bytes(member: Member) -> bytes:
    """Return the content of `TENSORS`; equal tensors give equal bytes."""
    from safetensors.torch import save

    tensors = {f"heads.{name}": value for name, value in member.heads.state_dict().items()}
    if member.basis is not None:
        for name in _BASIS:
            tensors[f"basis.{name}"] = torch.from_numpy(np.asarray(getattr(member.basis, name)))
    if member.prior is not None:
        tensors |= {f"{_PRIOR}{name}": value for name, value in member.prior.state_dict().items()}
    return save({name: value.detach().cpu().contiguous() for name, value in tensors.items()})


def load_member(folder: Path, build: Callable[..., M]) -> M:
    """Read a member; errors name what is missing, damaged or of another version.

    `build` is the class of the member, called with its attributes.
    """
    _check_folder(folder)
    about = read_record(folder / DESCRIPTION, MemberRecord, format=FORMAT)
    if about["field"] not in FIELDS:
        raise UnsupportedError(
            f"the field {about['field']!r} of this fit",
            f"only {listing(FIELDS, 20)}",
            f"first import the module that registers it ({about['defined_in'] or 'your own'}), "
            f"or name its file in {VARIABLE} (hillflow --plugin FILE)",
        )
    tensors = _read_tensors(folder / TENSORS, about["tensors"])
    with reading(folder / DESCRIPTION):
        _check_sizes(about, tensors)
        conditions = tuple(Intervention.parse(name) for name in about["conditions"])
        for condition in conditions:
            condition.check(about["genes"])
        heads = _empty(about, tensors)
    with reading(folder / TENSORS):
        _fill(heads, tensors)
        basis = prior = None
        if "basis.mean" in tensors:
            basis = LinearBasis(*(tensors[f"basis.{name}"].numpy() for name in _BASIS))
        if f"{_PRIOR}source" in tensors:
            prior = CandidateEdges.from_state(tensors, len(heads.field.genes), _PRIOR)
    return build(
        heads=heads.eval(),
        time_unit=about["time_unit"],
        scale=about["scale"],
        times=tuple(map(float, about["times"])),
        conditions=conditions,
        basis=basis,
        seed=about["seed"],
        metrics=about["metrics"],
        provenance=about["provenance"],
        history=_history_frame(about["history"]),
        efficacy=about["efficacy"],
        prior=prior,
    )


def _description(member: Member, content: bytes) -> dict[str, Any]:
    like = member.field._like()
    return {
        "format": FORMAT,
        "tensors": hashlib.sha256(content).hexdigest(),
        "field": member.field.name,
        "defined_in": FIELDS.module_of(member.field.name),
        "options": member.field.options,
        "dtype": str(like.dtype).removeprefix("torch."),
        "heads": list(member.heads.names),
        "efficacy": member.efficacy,
        "cuts": [] if member.heads.efficacy is None else member.heads.efficacy.cuts,
        "genes": list(member.genes),
        "time_unit": member.time_unit,
        "scale": member.scale,
        "times": list(member.times),
        "conditions": [condition.name for condition in member.conditions],
        "seed": member.seed,
        "metrics": member.metrics,
        "history": _history_columns(member.history),
        "provenance": member.provenance,
    }


def _check_sizes(about: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    """Refuse sizes that no tensor has, before memory is allocated for them."""
    known = {size for tensor in tensors.values() for size in tensor.shape}
    numbers = [len(about["genes"])]
    for name, value in about["options"].items():
        if name not in _NO_SIZES:
            values = value if isinstance(value, list) else [value]
            numbers += [number for number in values if type(number) is int]
            if len(values) > max(_SMALL, *known, 0):
                raise ValueError(f"options.{name}: {len(values):,} values")
    for number in numbers:
        if number > _SMALL and number not in known:
            raise ValueError(f"the size {number:,}, which no tensor has")


def _empty(about: dict[str, Any], tensors: dict[str, Tensor]) -> Heads:
    """Rebuild the field and its heads, with initial tensors."""
    genes, options = tuple(about["genes"]), dict(about["options"])
    if f"{_EDGES}source" in tensors:
        options["edges"] = CandidateEdges.from_state(tensors, len(genes), _EDGES)
    field = make_field(about["field"], genes, **options).to(getattr(torch, about["dtype"]))
    sigma = tensors.get("heads.diffusion.log_sigma")
    each = sigma is not None and sigma.shape == (len(genes),)
    return Heads.build(field, about["heads"], cuts=about["cuts"], sigmas=len(genes) if each else 1)


def _fill(heads: Heads, tensors: dict[str, Tensor]) -> None:
    """Load the tensors, which must have the names, shapes and types of the rebuilt heads."""
    expected = {f"heads.{name}": value for name, value in heads.state_dict().items()}
    given = {name for name in tensors if name.startswith("heads.")}
    if given != expected.keys():
        name = min(given ^ expected.keys())
        raise ValueError(f"{'no' if name in expected else 'an unexpected'} tensor {name}")
    for name, like in expected.items():
        tensor = tensors[name]
        if (tensor.shape, tensor.dtype) != (like.shape, like.dtype):
            raise ValueError(
                f"the tensor {name} of {_kind(tensor)}, not {_kind(like)}, that of {DESCRIPTION}"
            )
    _check_others(tensors, len(heads.field.genes))
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise ValueError(f"NaN or infinity in the tensor {name}")
    heads.load_state_dict({name.removeprefix("heads."): tensors[name] for name in expected})


def _check_others(tensors: dict[str, Tensor], genes: int) -> None:
    """Check the tensors of the basis and of a soft prior."""
    basis = {f"basis.{name}" for name in _BASIS}
    others = {name for name in tensors if not name.startswith(("heads.", _PRIOR))}
    if others not in (set(), basis):
        raise ValueError(f"tensors of the basis other than {listing(_BASIS)}")
    prior = {name for name in tensors if name.startswith(_PRIOR)}
    if prior not in (set(), {f"{_PRIOR}{name}" for name in _CANDIDATES}):
        raise ValueError(f"tensors of the prior other than {listing(_CANDIDATES)}")
    if others:
        mean, components, scale, explained = (tensors[f"basis.{name}"] for name in _BASIS)
        size = components.shape[-1] if components.ndim else 0
        shapes = [tuple(part.shape) for part in (mean, components, scale, explained)]
        if shapes != [(genes,), (genes, size), (size,), (size,)]:
            raise ValueError(f"tensors of the basis of the shapes {shapes}")
        kinds = {part.dtype for part in (mean, components, scale, explained)}
        if not kinds <= {torch.float32, torch.float64}:
            raise ValueError(f"tensors of the basis of {listing(kinds)}")


def _kind(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"


def _read_tensors(path: Path, digest: str) -> dict[str, Tensor]:
    from safetensors.torch import load

    if not path.is_file():
        raise missing(path)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise damaged(path, f"changed, or of another fit (not the SHA-256 in {DESCRIPTION})")
    with reading(path):
        return load(content)


def _check_folder(folder: Path) -> None:
    if folder.suffix.lower() in _PICKLES:
        raise FileFormatError(
            "the folder of a fit's member (safetensors and JSON)",
            f"{folder.name}, a pickle by its name, which could run code when read",
            "save the fit with fit.save('folder') and load that folder",
        )
    if not folder.is_dir():
        raise MissingFileError(
            "the folder of a fit's member", f"nothing at {folder}" if not folder.exists() else
            f"the file {folder}", f"name the folder that was saved, such as {_EXAMPLE}, or copy "
            "the run again",
        )  # fmt: skip
    if (folder / DESCRIPTION).exists():
        return
    if (folder / "model").is_dir():
        fix = f"open it with Run.open('{folder}').fit"
    elif any(folder.glob("member-*")):
        fix = f"load it with Fit.load('{folder}')"
    else:
        fix = f"name the folder that was saved, such as {_EXAMPLE}"
    names = sorted(path.name for path in folder.iterdir())
    pickles = [name for name in names if Path(name).suffix.lower() in _PICKLES]
    if pickles:
        fix = "save with fit.save('folder'); pickles are never read, because they can run code"
    raise MissingFileError(
        f"{DESCRIPTION} in {folder}", listing(pickles or names) or "an empty folder", fix
    )


def _history_columns(history: pd.DataFrame) -> dict[str, list[float | None]]:
    return {
        str(name): [value if math.isfinite(value) else None for value in map(float, column)]
        for name, column in history.items()
    }


def _history_frame(columns: dict[str, list[float | None]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns, dtype=np.float64)
