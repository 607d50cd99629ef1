"""A model on disk: ``model.safetensors`` and ``model.json``. No pickle, nothing that runs.

The field is built anew from its name, genes and options, and then filled with the tensors;
candidate edges, a soft prior and the basis are tensors too. The JSON holds a digest of the
tensors, so that two halves of different models, or a damaged one, are not taken for a model.
"""

from __future__ import annotations

import hashlib
import json
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
from hillflow.fields import FIELDS, CandidateEdges, VectorField, make_field
from hillflow.files import read_json, replacing, write_json
from hillflow.interventions import Intervention
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


def check_savable(field: VectorField) -> None:
    """Refuse, before any work, a field that could not be built anew from what is saved of it.

    That is the field contract's second half (see `VectorField`): a registered name, options that
    JSON can write, and a constructor that, given them (and ``edges`` where there are candidate
    edges), builds a field with the same tensors.
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
            "pass plain numbers, text and lists to super().__init__(genes, …); arrays are buffers",
        ) from None  # fmt: skip
    edges = getattr(field, "edges", None)
    options = dict(field.options) | ({"edges": edges} if edges is not None else {})
    try:
        again = make_field(field.name, field.genes, **options)
    except (InputError, TypeError) as error:
        raise UnsupportedError(
            f"a {field.name!r} field that its options build anew", str(error),
            "pass to super().__init__(genes, …) exactly the keyword options of the constructor",
        ) from error  # fmt: skip
    here, there = ({k: v.shape for k, v in one.state_dict().items()} for one in (field, again))
    if here != there:
        differ = sorted(k for k in {*here, *there} if here.get(k) != there.get(k))
        raise UnsupportedError(
            f"a {field.name!r} field whose options build the same tensors anew",
            f"{listing(differ)} of another shape, or missing",
            "pass to super().__init__(genes, …) every option that decides the tensors' shapes",
        )


def save_member(model: Member, folder: Path) -> Path:
    """Write both files into `folder`, each whole or not at all."""
    check_savable(model.field)
    content = tensor_bytes(model)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / TENSORS) as draft:
        draft.write_bytes(content)
    write_json(folder / DESCRIPTION, _description(model, content))
    return folder


def tensor_bytes(model: Member) -> bytes:
    """All numbers of a model as the file `TENSORS` holds them: the same bytes for the same ones."""
    from safetensors.torch import save

    tensors = {f"heads.{name}": value for name, value in model.heads.state_dict().items()}
    if model.basis is not None:
        for name in _BASIS:
            tensors[f"basis.{name}"] = torch.from_numpy(np.asarray(getattr(model.basis, name)))
    if model.prior is not None:
        tensors |= {f"{_PRIOR}{name}": value for name, value in model.prior.state_dict().items()}
    return save({name: value.detach().cpu().contiguous() for name, value in tensors.items()})


def load_member(folder: Path, build: Callable[..., M]) -> M:
    """Read a member, or say what is missing, damaged, of another version, or not a member.

    `build` makes it of its parts.
    """
    _check_folder(folder)
    about = read_json(folder / DESCRIPTION, "the description of a model")
    if about.get("format") != FORMAT:
        raise FileFormatError(
            f"a model of the format {FORMAT!r}",
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
            f"a whole model in {folder}",
            f"{DESCRIPTION} and {TENSORS} that do not fit together ({error})".split("\n")[0],
            "copy the folder again, or save the model again",
        ) from error


def _description(model: Member, content: bytes) -> dict[str, Any]:
    like = model.field._like()
    return {
        "format": FORMAT,
        "tensors": hashlib.sha256(content).hexdigest(),
        "field": model.field.name,
        "defined_in": FIELDS.module_of(model.field.name),
        "options": model.field.options,
        "dtype": str(like.dtype).removeprefix("torch."),
        "heads": list(model.heads.names),
        "efficacy": model.efficacy,
        "cuts": [] if model.heads.efficacy is None else model.heads.efficacy.cuts,
        "genes": list(model.genes),
        "time_unit": model.time_unit,
        "scale": model.scale,
        "times": list(model.times),
        "conditions": [condition.name for condition in model.conditions],
        "seed": model.seed,
        "metrics": model.metrics,
        "history": _history_columns(model.history),
        "provenance": model.provenance,
    }


def _rebuild(about: dict[str, Any], tensors: dict[str, Tensor]) -> Heads:
    genes, options = tuple(about["genes"]), dict(about["options"])
    if about["field"] not in FIELDS:
        raise UnsupportedError(
            f"the field {about['field']!r}, which this model was fitted with",
            f"only {listing(FIELDS, 20)}",
            f"import the module that registers it ({about.get('defined_in') or 'yours'}) first, or "
            f"name its file in {VARIABLE} (hillflow --plugin FILE)",
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
            "copy the whole folder again, or fit anew",
        )
    content = path.read_bytes()
    try:
        tensors = load(content)
    except SafetensorError as error:
        raise FileFormatError(
            f"the tensors of a model in {path}", f"a damaged or another kind of file ({error})",
            "copy the folder again, or fit anew",
        ) from error  # fmt: skip
    if hashlib.sha256(content).hexdigest() != about.get("tensors"):
        raise FileFormatError(
            f"the tensors that {DESCRIPTION} was written with",
            f"a {path.name} that was changed or belongs to another model",
            "copy both files of one model, or fit anew",
        )
    return tensors


def _check_folder(folder: Path) -> None:
    if folder.suffix.lower() in _PICKLES:
        raise FileFormatError(
            "the folder of a model (safetensors and JSON)",
            f"{folder.name}, a pickle by its name, which could run code when read",
            "save the model with model.save('folder') and load that",
        )
    if not folder.is_dir():
        raise MissingFileError(
            "the folder of a model", f"nothing at {folder}" if not folder.exists() else
            f"the file {folder}", "name the folder that model.save wrote, such as RUN/model, or "
            "copy the run again",
        )  # fmt: skip
    if (folder / DESCRIPTION).exists():
        return
    if (folder / "model").is_dir():
        fix = f"open it with Run.open('{folder}').fit"
    elif any(folder.glob("member-*")):
        fix = f"load it with Fit.load('{folder}')"
    else:
        fix = "name the folder that model.save wrote, such as RUN/model"
    there = sorted(path.name for path in folder.iterdir())
    pickles = [name for name in there if Path(name).suffix.lower() in _PICKLES]
    if pickles:
        fix = "pickles are never read, they could run code: save with model.save('folder')"
    raise MissingFileError(
        f"{DESCRIPTION} in {folder}", listing(pickles or there) or "an empty folder", fix
    )


def _history_columns(history: pd.DataFrame) -> dict[str, list[float | None]]:
    return {
        str(name): [value if math.isfinite(value) else None for value in map(float, column)]
        for name, column in history.items()
    }


def _history_frame(columns: dict[str, list[float | None]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns, dtype=np.float64)
