"""A member on disk: ``model.safetensors`` and ``model.json``. Neither can contain code.

The field is rebuilt from its name, genes and options, and then filled with the tensors; candidate
edges, a soft prior and the basis are tensors too. The JSON has a digest of the tensor file, so
that a damaged file, or files of two members, are recognised.
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
from hillflow.errors import (
    FileFormatError,
    InputError,
    MissingFileError,
    UnsupportedError,
    listing,
)
from hillflow.fields import FIELDS, CandidateEdges, make_field
from hillflow.files import read_json, replacing, write_json
from hillflow.interventions import Intervention
from hillflow.model.savable import check_savable
from hillflow.objectives.heads import Heads
from hillflow.plugins import VARIABLE

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.model.member import Member

FORMAT = "hillflow-model-2"
M = TypeVar("M")
TENSORS, DESCRIPTION = "model.safetensors", "model.json"
_PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".joblib", ".ckpt", ".bin")
_BASIS = ("mean", "components", "scale", "explained")
_EDGES, _PRIOR = "heads.field.edges.", "prior."
_EXAMPLE = "RUN/model/member-0"


def save_member(member: Member, folder: Path) -> Path:
    """Write both files into `folder`, each complete or not at all."""
    check_savable(member.field)
    content = tensor_bytes(member)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / TENSORS) as draft:
        draft.write_bytes(content)
    write_json(folder / DESCRIPTION, _description(member, content))
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
    about = read_json(folder / DESCRIPTION, "the description of a member")
    if about.get("format") != FORMAT:
        raise FileFormatError(
            f"a member in the format {FORMAT!r}",
            f"{about.get('format')!r}",
            "load it with the version of hillflow that wrote it "
            f"({about.get('provenance', {}).get('versions', {}).get('hillflow', 'unknown')}), "
            "or fit again",
        )
    tensors = _read_tensors(folder / TENSORS, about)
    try:
        heads = _rebuild(about, tensors)
        basis = None
        if "basis.mean" in tensors:
            basis = LinearBasis(*(tensors[f"basis.{name}"].numpy() for name in _BASIS))
        prior = None
        if f"{_PRIOR}source" in tensors:
            prior = CandidateEdges.from_state(tensors, len(heads.field.genes), _PRIOR)
        return build(
            heads=heads,
            time_unit=about["time_unit"],
            scale=about["scale"],
            times=tuple(about["times"]),
            conditions=tuple(Intervention.parse(name) for name in about["conditions"]),
            basis=basis,
            seed=about["seed"],
            metrics=about["metrics"],
            provenance=about["provenance"],
            history=_history_frame(about["history"]),
            efficacy=about["efficacy"],
            prior=prior,
        )
    except UnsupportedError:
        raise
    except (KeyError, TypeError, AttributeError, RuntimeError, InputError) as error:
        raise FileFormatError(
            f"a complete member in {folder}",
            f"{DESCRIPTION} and {TENSORS} that do not fit together ({error})".split("\n")[0],
            "copy the folder again, or save the fit again",
        ) from error


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


def _rebuild(about: dict[str, Any], tensors: dict[str, Tensor]) -> Heads:
    genes, options = tuple(about["genes"]), dict(about["options"])
    if about["field"] not in FIELDS:
        raise UnsupportedError(
            f"the field {about['field']!r} of this fit",
            f"only {listing(FIELDS, 20)}",
            f"first import the module that registers it ({about.get('defined_in') or 'your own'}), "
            f"or name its file in {VARIABLE} (hillflow --plugin FILE)",
        )
    if f"{_EDGES}source" in tensors:
        options["edges"] = CandidateEdges.from_state(tensors, len(genes), _EDGES)
    field = make_field(about["field"], genes, **options).to(getattr(torch, about["dtype"]))
    heads = Heads.build(field, about["heads"], cuts=about["cuts"])
    state = {
        name.removeprefix("heads."): value
        for name, value in tensors.items()
        if name.startswith("heads.")
    }
    heads.load_state_dict(state)
    return heads.eval()


def _read_tensors(path: Path, about: dict[str, Any]) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    if not path.is_file():
        raise MissingFileError(
            f"{path.name} beside {DESCRIPTION}",
            f"none in {path.parent}",
            "copy the whole folder again, or fit again",
        )
    content = path.read_bytes()
    try:
        tensors = load(content)
    except SafetensorError as error:
        raise FileFormatError(
            f"the tensors of a fit in {path}", f"a damaged or another kind of file ({error})",
            "copy the folder again, or fit again",
        ) from error  # fmt: skip
    if hashlib.sha256(content).hexdigest() != about.get("tensors"):
        raise FileFormatError(
            f"the {path.name} that was saved with this {DESCRIPTION}",
            f"a {path.name} that was changed or belongs to another fit",
            "copy both files of one fit, or fit again",
        )
    return tensors


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
