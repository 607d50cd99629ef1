"""A checkpoint: one file with everything on which the next training step depends.

The safetensors format holds the tensors (parameters, best parameters, Adam's moments, the random
stream) and one JSON text of numbers, with a digest of the tensors; nothing in it can run code. A
new file is written beside the old one and renamed, so a complete checkpoint exists whenever the
program ends. Tensors are written from the CPU, so that a training can be resumed on any device.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, uint8

from hillflow.errors import InputError
from hillflow.files import replacing
from hillflow.records import check, damaged, parse, reading, special
from hillflow.schemas import CheckpointRecord
from hillflow.train.state import SavedState

if TYPE_CHECKING:
    from hillflow.objectives.stage import Stage
    from hillflow.train.loop import Loop

FORMAT = "hillflow-checkpoint-2"
_PARTS = ("tensors", "best_tensors", "moments")
_FIX = "start again with overwrite=True (--overwrite)"
_NUMBERS = ("stage", "step", "rate_factor", "retries", "best", "history")


def save_checkpoint(path: Path, saved: SavedState, request: str) -> None:
    """Write the state of a training; `request` is the digest of its `Request`."""
    from safetensors.torch import save_file

    tensors = {
        f"{part}/{name}": tensor.cpu().contiguous()
        for part in _PARTS
        for name, tensor in getattr(saved, part).items()
    }
    tensors["stream"] = saved.stream
    numbers = {name: getattr(saved, name) for name in _NUMBERS}
    numbers["best"] = special(saved.best)
    numbers["history"] = [
        {name: special(value) for name, value in row.items()} for row in saved.history
    ]
    header = {"format": FORMAT, "request": request, "tensors": _digest(tensors), **numbers}
    with replacing(path) as draft:
        save_file(tensors, draft, {"hillflow": json.dumps(header, allow_nan=False)})


def load_checkpoint(path: Path, request: str) -> SavedState | None:
    """Read a checkpoint; None if the file does not exist. One of another request is refused."""
    from safetensors import safe_open

    if not path.is_file():
        return None
    with reading(path, _FIX), safe_open(path, framework="pt") as file:
        header = parse((file.metadata() or {}).get("hillflow", ""))
        if header.get("format") != FORMAT:
            raise ValueError(f"the format {header.get('format')!r}, not {FORMAT!r}")
        check(header, CheckpointRecord)
        tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if header["request"] != request:
        raise InputError(
            "a checkpoint of this fit",
            "one of other data, another method or setting",
            "resume with the arguments of the interrupted fit, or start again with overwrite=True",
        )
    if _digest(tensors) != header["tensors"]:
        raise damaged(path, "tensors that changed since they were written", _FIX)
    parts: dict[str, Any] = {part: {} for part in _PARTS}
    stream = tensors.pop("stream")
    for name, tensor in tensors.items():
        part, _, rest = name.partition("/")
        parts[part][rest] = tensor
    numbers = {name: header[name] for name in _NUMBERS}
    numbers["best"] = float(header["best"])
    numbers["history"] = tuple(
        {name: float(value) for name, value in row.items()} for row in header["history"]
    )
    return SavedState(**numbers, **parts, stream=stream)


def _digest(tensors: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of names, types, shapes and values."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name}|{tensor.dtype}|{list(tensor.shape)}|".encode())
        digest.update(tensor.detach().contiguous().reshape(-1).view(uint8).numpy(force=True).data)
    return digest.hexdigest()


class CheckpointWriter:
    """Writes a loop's saved state every few seconds, and at the end of each stage.

    Parameters
    ----------
    path
        The file; None: nothing is written.
    request
        Digest of the `Request`.
    seconds
        Seconds between two checkpoints.
    """

    def __init__(self, path: Path | None, request: str, seconds: float) -> None:
        self.path, self.request, self.seconds = path, request, seconds
        self._written_at = time.monotonic()
        self._written: SavedState | None = None

    def after_step(self, loop: Loop, stage: Stage, loss: float) -> None:
        """Write if a checkpoint is due."""
        if (
            self._written is None
            or loop.saved is None
            or loop.saved.stage != self._written.stage
            or (time.monotonic() - self._written_at >= self.seconds)
        ):
            self.write(loop)

    def write(self, loop: Loop) -> None:
        """Write the saved state, unless it was written already."""
        if self.path is None or loop.saved is None or loop.saved is self._written:
            return
        save_checkpoint(self.path, loop.saved, self.request)
        self._written, self._written_at = loop.saved, time.monotonic()
