"""The training loop: stages of Adam steps that can stop at any step and go on as if not.

Everything that decides the next step is in `Kept`, a copy taken every few steps: parameters,
moments, the random stream, the stage and the step. Training falls back to it when a loss is
not finite, and it is what a checkpoint holds; being a copy, it is whole whenever the program
is stopped, even in the middle of a step. Two runs from equal copies are equal to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from hillflow.errors import NumericalError
from hillflow.objectives.base import Training
from hillflow.objectives.stage import Stage
from hillflow.train.losses import validation_loss

RETRIES = 3  # how often a loss that is not finite is answered by a step back at half the rate
REMEMBER = 25  # steps between the copies that training can fall back to


@dataclass(frozen=True, eq=False)
class Kept:
    """A point of training that can be gone back to, or gone on from.

    Attributes
    ----------
    stage, step
        The next step to take.
    rate_factor, retries
        What the learning rate was lowered by after losses that were not finite, and how often.
    best, best_tensors
        Lowest validation loss in this stage, and the tensors that had it.
    history
        A row a check: stage, step, loss terms, validation loss.
    tensors, moments, stream
        Of the heads; of Adam, by parameter; of the random generator.
    """

    stage: int
    step: int
    rate_factor: float
    retries: int
    best: float
    history: tuple[dict[str, float], ...]
    best_tensors: dict[str, Tensor]
    tensors: dict[str, Tensor]
    moments: dict[str, Tensor]
    stream: Tensor


@dataclass
class LoopState:
    """Where training stands; attributes as in `Kept`."""

    stage: int = 0
    step: int = 0
    rate_factor: float = 1.0
    retries: int = 0
    best: float = math.inf
    best_tensors: dict[str, Tensor] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)
    generator: torch.Generator = field(default_factory=torch.Generator)


class Loop:
    """Train `training.heads` through `stages`; call `run` once, `kept` can be saved meanwhile.

    Parameters
    ----------
    training, stages
        The model bound to its training cells, and what to do.
    validation
        The same model bound to the validation cells, or None to keep the last
        step's parameters.
    seed
        Of every random number.
    check_every
        Steps between two validation losses.

    Attributes
    ----------
    kept
        The last copy; None before the first step.
    """

    def __init__(
        self,
        training: Training,
        stages: Sequence[Stage],
        validation: Training | None = None,
        seed: int = 0,
        check_every: int = 50,
    ) -> None:
        self.training, self.stages, self.validation = training, stages, validation
        self.check_every = check_every
        self.state = LoopState()
        self.state.generator.manual_seed(seed)
        self.seed = seed
        self.kept: Kept | None = None
        self.optimizer: torch.optim.Adam | None = None

    def resume(self, kept: Kept) -> None:
        """Stand where `kept` was copied; `run` then goes on from there."""
        self.kept = kept
        self._go_back(kept)

    def run(self, after_step: Callable[[Loop, Stage, float], None] = lambda *_: None) -> None:
        """Take every step that is left. `after_step` may raise to stop; `kept` stays whole."""
        state = self.state
        while state.stage < len(self.stages):
            stage = self.stages[state.stage]
            self._open(stage)
            while state.step < stage.steps and not self._settled(stage):
                loss = self._step(stage)
                after_step(self, stage, loss)
            self._close()
            state.stage, state.step = state.stage + 1, 0
            state.best, state.best_tensors = math.inf, {}

    def _settled(self, stage: Stage) -> bool:
        """Whether the validation loss has not fallen for `stage.patience` checks in a row."""
        if stage.patience is None:
            return False
        errors = [
            row["validation_loss"]
            for row in self.state.history
            if row["stage"] == self.state.stage and "validation_loss" in row
        ]
        return bool(errors) and len(errors) - 1 - errors.index(min(errors)) >= stage.patience

    # One stage ---------------------------------------------------------------------------

    def _open(self, stage: Stage) -> None:
        heads = self.training.heads
        moving = {
            name: parameter
            for name, parameter in heads.named_parameters()
            if stage.train is None or name.split(".")[0] in stage.train
        }
        given = heads.diffusion is not None and not heads.diffusion.learn
        for name, parameter in heads.named_parameters():
            parameter.requires_grad_(
                name in moving and not (given and name.startswith("diffusion."))
            )
        self.names = [name for name, p in heads.named_parameters() if p.requires_grad]
        self.moving = [p for p in heads.parameters() if p.requires_grad]
        self.optimizer = torch.optim.Adam(self.moving, lr=stage.rate)
        stage.objective.prepare(self.training, self.seed)
        heads.train()
        if self.kept is not None and self.kept.stage == self.state.stage:  # resumed in this stage
            self._restore_moments(self.kept.moments)
        else:
            self._keep()

    def _step(self, stage: Stage) -> float:
        state, optimizer = self.state, self.optimizer
        if optimizer is None:
            raise RuntimeError("a step outside a stage")
        rate = stage.rate_at(state.step) * state.rate_factor
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad(set_to_none=True)
        terms = stage.objective.loss(self.training, stage.cells, state.generator)
        if stage.penalty:
            terms["penalty"] = stage.penalty * self.training.heads.field.penalty()
        loss = torch.stack([term.reshape(()) for term in terms.values()]).sum()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.moving, stage.clip)
        value = float(loss.detach())
        if not (math.isfinite(value) and math.isfinite(float(norm))):
            self._step_back(stage, value)
            return value
        optimizer.step()
        self.training.heads.field.proximal_(rate * stage.penalty)
        state.step += 1
        if state.step % self.check_every == 0 or state.step == stage.steps:
            self._record(terms)
        if state.step % REMEMBER == 0:
            self._keep()
        return value

    def _record(self, terms: dict[str, Tensor]) -> None:
        state = self.state
        row = {"stage": float(state.stage), "step": float(state.step)}
        row |= {name: float(term.detach()) for name, term in terms.items()}
        if self.validation is not None:
            self.validation.heads.eval()
            error = validation_loss(self.validation)
            self.validation.heads.train()
            row["validation_loss"] = error
            if error < state.best:
                state.best = error
                state.best_tensors = _copy(self.training.heads.state_dict())
        state.history.append(row)

    def _close(self) -> None:
        if self.state.best_tensors:
            self.training.heads.load_state_dict(self.state.best_tensors)
        self.training.heads.eval()

    # Falling back ------------------------------------------------------------------------

    def _keep(self) -> None:
        state = self.state
        # One assignment: whoever interrupts finds the old copy or the new one, both whole.
        self.kept = Kept(
            state.stage, state.step, state.rate_factor, state.retries, state.best,
            tuple(state.history), state.best_tensors,
            _copy(self.training.heads.state_dict()), self._moments(), state.generator.get_state(),
        )  # fmt: skip

    def _step_back(self, stage: Stage, value: float) -> None:
        state, kept = self.state, self.kept
        if kept is None:
            raise RuntimeError("a step outside a stage")
        if state.retries >= RETRIES:
            raise NumericalError(
                "a finite loss",
                f"{value} at step {state.step} of stage {state.stage + 1} "
                f"({type(stage.objective).__name__}), {RETRIES} times after stepping back",
                "lower rate or clip, take more solver steps, or bring expression to a common "
                "scale (log1p)",
            )
        self.kept = replace(kept, rate_factor=0.5 * state.rate_factor, retries=state.retries + 1)
        self._go_back(self.kept)
        self._restore_moments(self.kept.moments)

    def _go_back(self, kept: Kept) -> None:
        state = self.state
        state.stage, state.step = kept.stage, kept.step
        state.rate_factor, state.retries = kept.rate_factor, kept.retries
        state.best, state.best_tensors = kept.best, kept.best_tensors
        state.history[:] = kept.history
        state.generator.set_state(kept.stream)
        self.training.heads.load_state_dict(kept.tensors)

    def _moments(self) -> dict[str, Tensor]:
        """Adam's moments and step counts by parameter name."""
        if self.optimizer is None:
            return {}
        return {
            f"{name}:{key}": tensor.detach().clone()
            for name, parameter in zip(self.names, self.moving, strict=True)
            for key, tensor in self.optimizer.state.get(parameter, {}).items()
        }

    def _restore_moments(self, moments: dict[str, Tensor]) -> None:
        if self.optimizer is None:
            raise RuntimeError("moments outside a stage")
        self.optimizer.state.clear()
        for name, parameter in zip(self.names, self.moving, strict=True):
            prefix = f"{name}:"
            entries = {
                key.removeprefix(prefix): tensor.clone()
                for key, tensor in moments.items()
                if key.startswith(prefix)
            }
            if entries:
                self.optimizer.state[parameter] = entries


def _copy(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}
