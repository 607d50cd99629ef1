"""`Request`: everything that decides the result of one member's training."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from functools import cached_property
from typing import Any

from hillflow.data import Cells
from hillflow.fields import VectorField
from hillflow.model.describe import describe_data, describe_field, describe_method
from hillflow.objectives.method import Method
from hillflow.train.setting import Setting


@dataclasses.dataclass(frozen=True, eq=False)
class Request:
    """Field, data, method, seed and setting: equal requests give the same fit, bit by bit."""

    field: VectorField
    data: Cells
    method: Method
    seed: int
    setting: Setting

    @cached_property
    def description(self) -> dict[str, Any]:
        """The request as plain JSON values, with arrays by their digests."""
        return {
            "field": describe_field(self.field),
            "data": describe_data(self.data),
            "method": describe_method(self.method),
            "seed": self.seed,
            "setting": self.setting.description(),
        }

    @property
    def digest(self) -> str:
        """Digest of the description."""
        text = json.dumps(self.description, sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
