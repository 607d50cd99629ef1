"""Steps that forget their insides and work them out again when gradients are taken."""

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
    """Draw again what `generator` drew from `state` on, then put it back where it was."""
    if generator is None or state is None:
        yield
        return
    now = generator.get_state()
    generator.set_state(state)
    try:
        yield
    finally:
        generator.set_state(now)


def checkpointed(
    step: Callable[..., Tensor], generator: torch.Generator | None
) -> Callable[..., Tensor]:
    """`step`, keeping for the backward pass its arguments alone.

    Memory falls from all intermediate values of a step to one state; the step is computed
    twice. Noise is drawn from the same state of the generator both times.
    """

    def contexts() -> tuple[AbstractContextManager[Any], AbstractContextManager[Any]]:
        state = None if generator is None else generator.get_state()
        return nullcontext(), rewound(generator, state)

    return partial(
        checkpoint, step, use_reentrant=False, preserve_rng_state=False, context_fn=contexts
    )
