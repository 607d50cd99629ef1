"""A field under interventions: one gene's equation changes, all others stay as they are.

With x̃ the state that targets see (clamped genes at their level, cut genes at the share of
theirs that is left):

    ẋ_i = φ_i · production_i(x̃) − decay_i(x̃) − ρ_i x_i,     ẋ_i = 0 where clamped

φ is the production factor (knockout 0, knockdown 1 − fraction, overexpression factor),
ρ the extra degradation. A gene that is cut from its targets sees its own level in its own
equation. Cost: one evaluation of the field, plus one for each gene cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from hillflow.errors import UnsupportedError
from hillflow.fields.base import (
    Time,
    VectorField,
    as_intervention,
    as_interventions,
    autodiff_jacobian,
)
from hillflow.findings import warn
from hillflow.interventions import Intervention

# What share of each gene is cut from its targets, 0 where that is as given by the
# interventions, [interventions, genes]; see `learning`.
Efficacy = Callable[[Sequence[Intervention], Sequence[str]], Tensor]
_NEEDS_SPLIT = ("knockout", "knockdown", "overexpression")
_BY_FACTOR = ("knockdown", "overexpression")


class IntervenedField(VectorField):
    """`base` under one intervention (x: [..., genes]) or a stack of them.

    Stacked, x is [interventions, cells, genes] and row k moves under intervention k: a whole
    screen is one batched solve. Parameters stay those of `base`.
    """

    factor: Tensor
    extra: Tensor
    level: Tensor
    clamped: Tensor
    given: Tensor
    own: Tensor

    def __init__(
        self, base: VectorField, interventions: tuple[Intervention, ...], stacked: bool = False
    ) -> None:
        super().__init__(base.genes)
        several = f"{len(interventions)} interventions"
        self.name = f"{base._title()} under {several if stacked else interventions[0]}"
        self.base = base
        self.efficacy: Efficacy | None = None
        self.interventions = interventions
        self.stacked = stacked
        self.has_split = base.has_split
        self.keeps_orthant = base.keeps_orthant
        self.autonomous = base.autonomous
        for intervention in interventions:
            intervention.check(base.genes)
            _refuse_without_split(base, intervention)
            _warn_if_a_factor_may_turn(base, intervention)

        shape = (len(interventions), 1, len(base.genes)) if stacked else (len(base.genes),)
        like = base._like()
        factor = like.new_ones(len(interventions), len(base.genes))
        extra, level = torch.zeros_like(factor), torch.zeros_like(factor)
        clamped, given = torch.zeros_like(factor, dtype=torch.bool), torch.ones_like(factor)
        column = {gene: index for index, gene in enumerate(base.genes)}
        for row, intervention in enumerate(interventions):
            for action in intervention:
                at = row, column[action.gene]
                factor[at] = action.production_factor
                if action.kind == "degradation":
                    extra[at] = float(action.value or 0.0)
                elif action.kind == "clamp":
                    clamped[at], level[at] = True, float(action.value or 0.0)
                elif action.kind == "cut_outgoing":
                    given[at] = action.visible_share
        for name, value in (
            ("factor", factor), ("extra", extra), ("level", level),
            ("clamped", clamped), ("given", given),
        ):  # fmt: skip
            self.register_buffer(name, value.reshape(shape), persistent=False)
        # own[c]: the c-th cut gene of each intervention, whose equation sees itself.
        cut = given < 1
        order = cut.cumsum(-1) * cut
        most = int(order.max()) if order.numel() else 0
        own = cut.new_zeros((most, *shape))
        for c in range(most):
            own[c] = (order == c + 1).reshape(shape)
        self.register_buffer("own", own, persistent=False)

    def learning(self, efficacy: Efficacy) -> IntervenedField:
        """Itself, with the shares that are cut from targets asked of `efficacy` at every call.

        So they can be parameters. Which genes are cut remains what the interventions say.
        """
        self.efficacy = efficacy
        return self

    @property
    def visible(self) -> Tensor:
        """What targets see of each gene: 1, or the share that is left of one that is cut."""
        if self.efficacy is None:
            return self.given
        learnt = self.efficacy(self.interventions, self.genes).reshape(self.given.shape)
        return torch.where(learnt > 0, 1 - learnt, self.given)

    def do(self, intervention: Intervention | str) -> VectorField:
        """Add to what is already done; the same gene twice is refused."""
        added = as_intervention(intervention)
        both = tuple(already + added for already in self.interventions)
        return self.base._under(both, self.stacked)

    def do_each(self, interventions: Sequence[Intervention | str]) -> IntervenedField:
        """Each of them on top of what is already done."""
        if self.stacked:
            raise UnsupportedError(
                "one intervention to add to",
                f"a stack of {len(self.interventions)}",
                "call do_each on the field itself, with combined interventions (a + b)",
            )
        several = as_interventions(interventions)
        return self.base._under(tuple(self.interventions[0] + one for one in several), stacked=True)

    def _content(self) -> str:
        return self.base._content()

    @property
    def dtype(self) -> torch.dtype | None:
        """As the base field's."""
        return self.base.dtype

    @property
    def state_size(self) -> int:
        """As the base field's."""
        return self.base.state_size

    @property
    def start_sizes(self) -> tuple[int, ...]:
        """As the base field's."""
        return self.base.start_sizes

    def admit(self, x: Tensor) -> Tensor:
        """Clamped genes at their level, everything else as it is."""
        return torch.where(self.clamped, self.level, self.base.admit(x))

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """φ ⊙ production of what is seen; 0 for clamped genes."""
        seen = self._as_seen(self.base.production, x, t)
        return torch.where(self.clamped, torch.zeros_like(seen), self.factor * seen)

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """The base field's decay and the extra degradation; 0 for clamped genes."""
        lost = self._as_seen(self.base.decay, x, t) + self.extra * x
        return torch.where(self.clamped, torch.zeros_like(lost), lost)

    def decay_rate(self) -> Tensor | None:
        """γ + ρ, and 0 for clamped genes; [genes], or [interventions, 1, genes] if stacked."""
        rate = self.base.decay_rate()
        if rate is None:
            return None
        return torch.where(self.clamped, torch.zeros_like(self.extra), rate + self.extra)

    def forward(self, t: Time, x: Tensor) -> Tensor:
        """dx/dt under the intervention."""
        if self.has_split:
            return self.production(x, t) - self.decay(x, t)
        moved = self._as_seen(lambda x_, t_: self.base(t_, x_), x, t) - self.extra * x
        return torch.where(self.clamped, torch.zeros_like(moved), moved)

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """From the base field's Jacobian where production can be told from decay in it."""
        rate = self.base.decay_rate()
        if rate is None:
            return autodiff_jacobian(self, x, t) if not self.stacked else self._rowwise(x, t)
        eye = torch.eye(x.shape[-1], dtype=x.dtype, device=x.device)
        production = self._jacobian_as_seen(x, t) + eye * rate
        free = (~self.clamped).to(x.dtype)
        result = self.factor.unsqueeze(-1) * production * free.unsqueeze(-2)
        result = result - eye * (rate + self.extra).unsqueeze(-1)
        return result * free.unsqueeze(-1)

    def edge_weights(self) -> Tensor:
        """The base field's: an intervention changes states, not the law."""
        return self.base.edge_weights()

    def penalty(self) -> Tensor:
        """The base field's."""
        return self.base.penalty()

    @torch.no_grad()
    def proximal_(self, step: float) -> None:
        """The base field's."""
        self.base.proximal_(step)

    def _as_seen(self, function: Callable[[Tensor, Time], Tensor], x: Tensor, t: Time) -> Tensor:
        x = self.admit(x)
        if not len(self.own):
            return function(x, t)
        visible = self.visible
        result = function(visible * x, t)
        for own in self.own:
            revealed = function(torch.where(own, x, visible * x), t)
            result = torch.where(own, revealed, result)
        return result

    def _jacobian_as_seen(self, x: Tensor, t: Time) -> Tensor:
        """The base field's Jacobian at what is seen, times how much of each gene is seen."""
        x = self.admit(x)
        if not len(self.own):
            return self.base.jacobian(x, t)

        def through(visible: Tensor) -> Tensor:
            return self.base.jacobian(visible * x, t) * visible.unsqueeze(-2)

        visible = self.visible
        result = through(visible)
        for own in self.own:
            revealed = through(torch.where(own, torch.ones_like(visible), visible))
            result = torch.where(own.unsqueeze(-1), revealed, result)
        return result

    def _rowwise(self, x: Tensor, t: Time) -> Tensor:
        """Jacobians of a stack, one intervention at a time."""
        rows = []
        times = t.expand(x.shape[:-1]) if isinstance(t, Tensor) and t.ndim else None
        for row, intervention in enumerate(self.interventions):
            time = t if times is None else times[row]
            one = self.base._under((intervention,), stacked=False)
            one.efficacy = self.efficacy
            rows.append(one.jacobian(x[row], time))
        return torch.stack(rows)


VectorField.intervened = IntervenedField


def _refuse_without_split(field: VectorField, intervention: Intervention) -> None:
    for action in intervention:
        if action.kind in _NEEDS_SPLIT and not field.has_split:
            raise UnsupportedError(
                f"a field with a production/decay split for {action}",
                f"the {field._title()} field, which has none",
                f"use clamp, degradation or cut_outgoing (such as {action.gene}=clamp:0), which "
                "every field can do, or fit 'hill', 'sparse' or 'linear'",
            )


def _warn_if_a_factor_may_turn(field: VectorField, intervention: Intervention) -> None:
    by_factor = [action for action in intervention if action.kind in _BY_FACTOR]
    if by_factor and field.has_split and not field.keeps_orthant:
        warn(
            f"{by_factor[0]} multiplies a production which in the {field._title()} field may be "
            "negative: more of it can then mean less of the gene. Use clamp for a level, or a "
            "field whose production is never negative, such as 'hill' or 'sparse'.",
            "intervention.factor-of-signed-production",
        )
