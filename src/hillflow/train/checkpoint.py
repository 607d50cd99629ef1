"""A checkpoint: one file with everything on which the next training step depends.

The safetensors format holds the tensors (parameters, best parameters, Adam's moments, the random
stream) and one JSON text of numbers; nothing in it can run code. A new file is written beside the
old one and renamed, so a complete checkpoint exists whenever the program ends.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.errors import FileFormatError, InputError
from hillflow.files import replacing
from hillflow.train.state import SavedState

if TYPE_CHECKING:
    from hillflow.objectives.stage import Stage
    from hillflow.train.loop import Loop

FORMAT = "hillflow-checkpoint-1"
_PARTS = ("tensors", "best_tensors", "moments")
_NUMBERS = ("stage", "step", "rate_factor", "retries", "best", "history")


def save_checkpoint(path: Path, saved: SavedState, request: str) -> None:
    """Write the state of a training; `request` is the digest of its `Request`."""
    from safetensors.torch import save_file

    tensors = {
        f"{part}/{name}": tensor.contiguous()
        for part in _PARTS
        for name, tensor in getattr(saved, part).items()
    }
    numbers = {name: getattr(saved, name) for name in _NUMBERS}
    header = json.dumps({"format": FORMAT, "request": request, **numbers})
    with replacing(path) as draft:
        save_file({**tensors, "stream": saved.stream}, draft, {"hillflow": header})


def load_checkpoint(path: Path, request: str) -> SavedState | None:
    """Read a checkpoint; None if the file does not exist. One of another request is refused."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            header: dict[str, Any] = json.loads((file.metadata() or {})["hillflow"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if header["format"] != FORMAT:
            raise ValueError(f"the format {header['format']}")
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise FileFormatError(
            f"a checkpoint of this version in {path.name}", f"{error}",
            "start again with overwrite=True",
        ) from error  # fmt: skip
    if header["request"] != request:
        raise InputError(
            "a checkpoint of this fit",
            "one of other data, another method or setting",
            "resume with the arguments of the interrupted fit, or start again with overwrite=True",
        )
    parts: dict[str, Any] = {part: {} for part in _PARTS}
    for name, tensor in tensors.items():
        part, _, rest = name.partition("/")
        if rest:
            parts[part][rest] = tensor
    numbers = {name: header[name] for name in _NUMBERS}
    numbers["history"] = tuple(header["history"])
    return SavedState(**numbers, **parts, stream=tensors["stream"])


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
