"""A checkpoint: one file with everything that the next step of training depends on.

safetensors holds the tensors (parameters, best parameters, Adam's moments, the random stream)
and one JSON text of numbers; nothing in it can run code. One file, renamed into place: there
is always a whole one, whenever the program ends.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.errors import FileFormatError, InputError
from hillflow.files import replacing

if TYPE_CHECKING:
    from hillflow.objectives.stage import Stage
    from hillflow.train.loop import Kept, Loop

FORMAT = "hillflow-checkpoint-1"
_PARTS = ("tensors", "best_tensors", "moments")
_NUMBERS = ("stage", "step", "rate_factor", "retries", "best", "history")


def save_checkpoint(path: Path, kept: Kept, request: str) -> None:
    """Write where training stands; `request` is the digest of what is being fitted."""
    from safetensors.torch import save_file

    tensors = {
        f"{part}/{name}": tensor.contiguous()
        for part in _PARTS
        for name, tensor in getattr(kept, part).items()
    }
    numbers = {name: getattr(kept, name) for name in _NUMBERS}
    header = json.dumps({"format": FORMAT, "request": request, **numbers})
    with replacing(path) as draft:
        save_file({**tensors, "stream": kept.stream}, draft, {"hillflow": header})


def load_checkpoint(path: Path, request: str) -> Kept | None:
    """Read it back; None where there is none; refused where it is of another fit."""
    from safetensors import SafetensorError, safe_open

    from hillflow.train.loop import Kept

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
            "begin again with overwrite=True",
        ) from error  # fmt: skip
    if header["request"] != request:
        raise InputError(
            "a checkpoint of this fit",
            "one of other data, another method or setting",
            "resume with what it was begun with, or begin again with overwrite=True",
        )
    parts: dict[str, Any] = {part: {} for part in _PARTS}
    for name, tensor in tensors.items():
        part, _, rest = name.partition("/")
        if rest:
            parts[part][rest] = tensor
    numbers = {name: header[name] for name in _NUMBERS}
    numbers["history"] = tuple(header["history"])
    return Kept(**numbers, **parts, stream=tensors["stream"])


class Keeper:
    """Writes the loop's last copy every few seconds, and whenever a stage has ended.

    Parameters
    ----------
    path
        The file; None: nothing is written.
    request
        Digest of what is being fitted.
    seconds
        Between two checkpoints.
    """

    def __init__(self, path: Path | None, request: str, seconds: float) -> None:
        self.path, self.request, self.seconds = path, request, seconds
        self._last = time.monotonic()
        self._saved: Kept | None = None

    def after_step(self, loop: Loop, stage: Stage, loss: float) -> None:
        """Write if it is time to."""
        if (
            self._saved is None
            or loop.kept is None
            or loop.kept.stage != self._saved.stage
            or (time.monotonic() - self._last >= self.seconds)
        ):
            self.save(loop)

    def save(self, loop: Loop) -> None:
        """Write the last copy, unless it is on disk already."""
        if self.path is None or loop.kept is None or loop.kept is self._saved:
            return
        save_checkpoint(self.path, loop.kept, self.request)
        self._saved, self._last = loop.kept, time.monotonic()
