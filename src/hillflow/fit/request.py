"""What was asked for, as plain JSON values: two fits of one request are the same fit."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

from hillflow.fields import VectorField
from hillflow.fit.describe import describe_data, describe_field, describe_method
from hillflow.fit.prepare import Data, Setting
from hillflow.objectives.registry import Method

# What changes how long a fit takes or how often it is saved, and not what comes out.
_WITHOUT_EFFECT = ("threads", "checkpoint_seconds")


def describe_request(
    field: VectorField, data: Data, method: Method, seed: int, setting: Setting
) -> dict[str, Any]:
    """Field, data, method, seed and setting: everything that decides the result."""
    options = {
        name: value
        for name, value in dataclasses.asdict(setting).items()
        if name not in _WITHOUT_EFFECT
    }
    return {
        "field": describe_field(field),
        "data": describe_data(data),
        "method": describe_method(method),
        "seed": seed,
        "setting": options,
    }


def request_digest(request: dict[str, Any]) -> str:
    """One short text for a request."""
    text = json.dumps(request, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
