"""Gradient checkpointing: steps are computed again in the backward pass instead of stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint


@contextmanager
def rewound(generator: torch.Generator | None, state: Tensor | None) -> Iterator[None]:
    """Set `generator` to an earlier `state`, and restore its present state afterwards."""
    if generator is None or state is None:
        yield
        return
    present = generator.get_state()
    generator.set_state(state)
    try:
        yield
    finally:
        generator.set_state(present)


def checkpointed(
    step: Callable[..., Tensor], generator: torch.Generator | None
) -> Callable[..., Tensor]:
    """Return `step`, with only its arguments stored for the backward pass.

    Memory falls from all intermediate values of a step to one state; the step is computed twice,
    both times with the same state of the random generator.
    """

    def contexts() -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
        state = None if generator is None else generator.get_state()
        return nullcontext(), rewound(generator, state)

    return partial(
        checkpoint, step, use_reentrant=False, preserve_rng_state=False, context_fn=contexts
    )
