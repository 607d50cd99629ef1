"""The training loop: stages of Adam steps, which can be interrupted and resumed at any step.

Everything that decides the next step is in a `SavedState`, a copy taken every few steps:
parameters, moments, the random stream, the stage and the step. Training falls back to it if a
loss is not finite, and checkpoints contain it. The copy is replaced by a single assignment, so
it is complete whenever the program is stopped, even in the middle of a step. Loops that resume
from equal copies are equal to the last bit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from hillflow.errors import NumericalError
from hillflow.objectives.adam import Adam
from hillflow.objectives.base import Training
from hillflow.objectives.stage import Stage
from hillflow.train.losses import validation_loss
from hillflow.train.settle import settle_
from hillflow.train.state import LoopState, SavedState, copy_tensors

MAX_RETRIES = 3  # times that a loss that is not finite halves the learning rate
SAVE_EVERY = 25  # steps between two copies of the state


class Loop:
    """Train `training.heads` in stages. Call `run` once; `saved` can be written meanwhile.

    Parameters
    ----------
    training, stages
        The field bound to its training cells, and the stages.
    validation
        The same field bound to the validation cells; None: the last step's parameters remain.
    seed
        Seed of all random numbers.
    check_every
        Steps between two validation losses.

    Attributes
    ----------
    saved
        The latest copy of the state; None before the first step.
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
        self.saved: SavedState | None = None
        self.optimizer: Adam | None = None

    def resume(self, saved: SavedState) -> None:
        """Restore a saved state; `run` then continues from it."""
        self.saved = saved
        self._restore(saved)

    def run(self, after_step: Callable[[Loop, Stage, float], None] = lambda *_: None) -> None:
        """Take all remaining steps. `after_step` may raise to stop; `saved` stays complete."""
        state = self.state
        while state.stage < len(self.stages):
            stage = self.stages[state.stage]
            self._begin(stage)
            while state.step < stage.steps and not self._stop_early(stage):
                loss = self._step(stage)
                after_step(self, stage, loss)
            self._end()
            if stage.settle:
                settle_(self.training)
            state.stage, state.step = state.stage + 1, 0
            state.best, state.best_tensors = math.inf, {}

    def measure(self, stage: int) -> tuple[float, float]:
        """Return seconds of a step of a stage, and the bytes that one keeps for its gradient.

        The shortest of three steps after a first one; of fewer, if they take more than a second.
        """
        self.state.stage = stage
        chosen, kept = self.stages[stage], dict[int, int]()
        self._begin(chosen)

        def note(tensor: Tensor) -> Tensor:
            storage = tensor.untyped_storage()
            kept[storage.data_ptr()] = storage.nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
            self._step(chosen)  # also the first, which is slower than others
        seconds = list[float]()
        while len(seconds) < 3 and sum(seconds) < 1:
            start = time.perf_counter()
            self._step(chosen)
            seconds.append(time.perf_counter() - start)
        return min(seconds), float(sum(kept.values()))

    def _stop_early(self, stage: Stage) -> bool:
        """Whether the last `stage.patience` checks did not lower the validation loss."""
        if stage.patience is None:
            return False
        losses = [
            row["validation_loss"]
            for row in self.state.history
            if row["stage"] == self.state.stage and "validation_loss" in row
        ]
        return bool(losses) and len(losses) - 1 - losses.index(min(losses)) >= stage.patience

    # One stage ---------------------------------------------------------------------------

    def _begin(self, stage: Stage) -> None:
        heads = self.training.heads
        trained = {
            name
            for name, _ in heads.named_parameters()
            if stage.train is None or name.split(".")[0] in stage.train
        }
        fixed_noise = "diffusion" not in stage.objective.learns
        for name, parameter in heads.named_parameters():
            parameter.requires_grad_(
                name in trained and not (fixed_noise and name.startswith("diffusion."))
            )
        self.names = [name for name, p in heads.named_parameters() if p.requires_grad]
        self.parameters = [p for p in heads.parameters() if p.requires_grad]
        self.optimizer = Adam(self.parameters)
        stage.objective.prepare(self.training, self.seed)
        heads.train()
        if self.saved is not None and self.saved.stage == self.state.stage:  # resumed in this stage
            self._restore_moments(self.saved.moments)
        else:
            self._save()

    def _step(self, stage: Stage) -> float:
        state, optimizer = self.state, self.optimizer
        if optimizer is None:
            raise RuntimeError("a step outside a stage")
        rate = stage.rate_at(state.step) * state.rate_factor
        optimizer.zero_grad()
        terms = stage.objective.loss(self.training, stage.cells, state.generator)
        if stage.penalty:
            terms["penalty"] = stage.penalty * self.training.heads.field.penalty()
        loss = torch.stack([term.reshape(()) for term in terms.values()]).sum()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, stage.clip)
        value = float(loss.detach())
        if not (math.isfinite(value) and math.isfinite(float(norm))):
            self._fall_back(stage, value)
            return value
        optimizer.step(rate)
        self.training.heads.field.proximal_(rate * stage.penalty)
        state.step += 1
        if state.step % self.check_every == 0 or state.step == stage.steps:
            self._record(terms)
        if state.step % SAVE_EVERY == 0:
            self._save()
        return value

    def _record(self, terms: dict[str, Tensor]) -> None:
        state = self.state
        row = {"stage": float(state.stage), "step": float(state.step)}
        row |= {name: float(term.detach()) for name, term in terms.items()}
        if self.validation is not None:
            self.validation.heads.eval()
            loss = validation_loss(self.validation)
            self.validation.heads.train()
            row["validation_loss"] = loss
            if loss <= state.best:  # of equal ones the last, as where heads alone are trained
                state.best = loss
                state.best_tensors = copy_tensors(self.training.heads.state_dict())
        state.history.append(row)

    def _end(self) -> None:
        if self.state.best_tensors:
            self.training.heads.load_state_dict(self.state.best_tensors)
        self.training.heads.eval()

    # Saved states ------------------------------------------------------------------------

    def _save(self) -> None:
        # A single assignment: an interruption leaves the old copy or the new one, both complete.
        self.saved = self.state.save(
            copy_tensors(self.training.heads.state_dict()), self._moments()
        )

    def _fall_back(self, stage: Stage, loss: float) -> None:
        """Go back to the saved state with half the learning rate."""
        state, saved = self.state, self.saved
        if saved is None:
            raise RuntimeError("a step outside a stage")
        if state.retries >= MAX_RETRIES:
            raise NumericalError(
                "a finite loss and gradient",
                f"{loss if not math.isfinite(loss) else 'a gradient without bound'} "
                f"at step {state.step} of stage {state.stage + 1} "
                f"({stage.objective.task}), after {MAX_RETRIES} attempts at a lower rate",
                "lower rate or clip, take more solver steps, or bring expression to a common "
                "scale (log1p)",
            )
        self.saved = replace(saved, rate_factor=0.5 * state.rate_factor, retries=state.retries + 1)
        self._restore(self.saved)
        self._restore_moments(self.saved.moments)

    def _restore(self, saved: SavedState) -> None:
        self.state.restore(saved)
        self.training.heads.load_state_dict(saved.tensors)

    def _moments(self) -> dict[str, Tensor]:
        """Return copies of Adam's moments and step counts by parameter name."""
        if self.optimizer is None:
            return {}
        return {
            f"{name}:{key}": tensor.detach().clone()
            for name, parameter in zip(self.names, self.parameters, strict=True)
            for key, tensor in self.optimizer.state.get(parameter, {}).items()
        }

    def _restore_moments(self, moments: dict[str, Tensor]) -> None:
        if self.optimizer is None:
            raise RuntimeError("moments outside a stage")
        self.optimizer.state.clear()
        for name, parameter in zip(self.names, self.parameters, strict=True):
            prefix = f"{name}:"
            entries = {
                key.removeprefix(prefix): tensor
                for key, tensor in moments.items()
                if key.startswith(prefix)
            }
            if entries:
                self.optimizer.restore(parameter, entries)
