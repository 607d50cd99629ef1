"""An autoencoder on disk: ``latent.safetensors`` and ``latent.json``, which cannot hold code."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from hillflow.data import LinearBasis
from hillflow.files import check_output_folder, replacing
from hillflow.records import damaged, missing, read_record, reading, write_record
from hillflow.schemas import LatentRecord

if TYPE_CHECKING:
    from hillflow.latent.autoencoder import GeodesicAutoencoder

FORMAT = "hillflow-latent-1"
TENSORS, DESCRIPTION = "latent.safetensors", "latent.json"
AGAIN = "copy the folder again, or fit the autoencoder again"
_BASIS = ("mean", "components", "scale", "explained")


def save(model: GeodesicAutoencoder, folder: Path) -> Path:
    """Write both files into `folder`, each complete or not at all."""
    from safetensors.torch import save as as_bytes

    folder = check_output_folder(folder)
    tensors = {name: value.detach().contiguous() for name, value in model.state_dict().items()}
    for name in _BASIS:
        tensors[f"basis.{name}"] = torch.from_numpy(np.asarray(getattr(model.basis, name)))
    content = as_bytes(tensors)
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / TENSORS) as draft:
        draft.write_bytes(content)
    about = {
        "format": FORMAT, "tensors": hashlib.sha256(content).hexdigest(),
        "genes": list(model.genes), "latent": model.latent, "unit": model.unit,
        "seed": model.seed, "metrics": model.metrics,
    }  # fmt: skip
    write_record(folder / DESCRIPTION, about, LatentRecord)
    return folder


def load(folder: Path, build: Callable[..., GeodesicAutoencoder]) -> GeodesicAutoencoder:
    """Read an autoencoder; errors name what is missing, damaged or of another version."""
    from safetensors.torch import load as of_bytes

    about = read_record(folder / DESCRIPTION, LatentRecord, format=FORMAT, fix=AGAIN)
    path = folder / TENSORS
    if not path.is_file():
        raise missing(path, AGAIN)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != about["tensors"]:
        raise damaged(
            path, f"changed since it was written (not the SHA-256 in {DESCRIPTION})", AGAIN
        )
    with reading(path, AGAIN):
        tensors = of_bytes(content)
        basis = LinearBasis(*(tensors.pop(f"basis.{name}").numpy() for name in _BASIS))
        model = build(
            about["genes"], basis, about["latent"], unit=about["unit"], seed=about["seed"]
        )
        model.load_state_dict(tensors)
    model.metrics = about["metrics"]
    return model.eval()
