"""What is asked for: two fits of one request are the same fit, to the last bit."""

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
from hillflow.train.prepare import Setting

# What changes how long a fit takes or how often it is saved, and not what comes out.
WITHOUT_EFFECT = ("threads", "checkpoint_seconds")


@dataclasses.dataclass(frozen=True, eq=False)
class Request:
    """Field, data, method, seed and setting: everything that decides the result."""

    field: VectorField
    data: Cells
    method: Method
    seed: int
    setting: Setting

    @cached_property
    def description(self) -> dict[str, Any]:
        """All of it as plain JSON values; large parts by a digest."""
        options = dataclasses.asdict(self.setting)
        return {
            "field": describe_field(self.field),
            "data": describe_data(self.data),
            "method": describe_method(self.method),
            "seed": self.seed,
            "setting": {k: v for k, v in options.items() if k not in WITHOUT_EFFECT},
        }

    @property
    def digest(self) -> str:
        """One short text for it."""
        return request_digest(self.description)


def request_digest(description: dict[str, Any]) -> str:
    """The digest of a request by its description."""
    text = json.dumps(description, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
