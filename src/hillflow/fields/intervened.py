"""A field under interventions: the equations of perturbed genes change, all others do not.

With x̃ the state that targets see (clamped genes at their level, a fraction of genes that are cut
from their targets), and s_ij the share of x̃_j that remains where the edge j → i is cut, else 1:

    ẋ_i = φ_i · production_i(s_i ⊙ x̃) − decay_i(x̃) − ρ_i x_i,     ẋ_i = 0 if clamped

φ is the production factor (knockout 0, knockdown 1 − fraction, overexpression factor), ρ the
added degradation rate. In its own equation, a gene that is cut from its targets has its full
level. A cut edge needs the production alone, so a field with a split; s_ii < 1 cuts
autoregulation, and decay keeps the level. The exact Jacobian of the production is that of the
field at s_i ⊙ x̃, row i, times s_i. Cost: one evaluation of the field, plus one for each view that
differs: of a gene that is cut, and of a target of cut edges. In a stack, interventions share the
evaluation of their first view, of their second, and so on: a screen of single edges costs two.
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

# Returns the learned share of each gene that is cut from its targets, [interventions, genes];
# 0 keeps the share given by the intervention. See `learning`.
Efficacy = Callable[[Sequence[Intervention], Sequence[str]], Tensor]
_NEEDS_SPLIT = ("knockout", "knockdown", "overexpression", "cut_edge")
_BY_FACTOR = ("knockdown", "overexpression")


class IntervenedField(VectorField):
    """A field under one intervention (x: [..., genes]) or under a stack of interventions.

    Stacked, x is [interventions, cells, genes] and x[k] is under intervention k, so that a whole
    screen is one batched integration. Parameters are those of `base`. Build it with
    `VectorField.do` and `VectorField.do_each`.

    Attributes
    ----------
    base
        The field without intervention.
    interventions
        One, or those of the stack.
    stacked
        Whether states have an axis of interventions.
    """

    factor: Tensor
    extra: Tensor
    level: Tensor
    clamped: Tensor
    given: Tensor
    viewer: Tensor
    remains: Tensor

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
            _warn_of_negative_production(base, intervention)

        shape = (len(interventions), 1, len(base.genes)) if stacked else (len(base.genes),)
        like = base._like()
        factor = like.new_ones(len(interventions), len(base.genes))
        extra, level = torch.zeros_like(factor), torch.zeros_like(factor)
        clamped, given = torch.zeros_like(factor, dtype=torch.bool), torch.ones_like(factor)
        column = {gene: index for index, gene in enumerate(base.genes)}
        edges: list[dict[int, Tensor]] = [{} for _ in interventions]
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
                elif action.target is not None:
                    seen = edges[row].setdefault(column[action.target], torch.ones_like(factor[0]))
                    seen[column[action.gene]] = action.visible_share
        for name, value in (
            ("factor", factor), ("extra", extra), ("level", level),
            ("clamped", clamped), ("given", given),
        ):  # fmt: skip
            self.register_buffer(name, value.reshape(shape), persistent=False)
        self.any_clamped, self.any_hidden = bool(clamped.any()), bool((given < 1).any())
        viewer, remains = _views(given < 1, edges, like)
        self.register_buffer("viewer", viewer.reshape(-1, *shape), persistent=False)
        self.register_buffer("remains", remains.reshape(-1, *shape), persistent=False)

    def learning(self, efficacy: Efficacy) -> IntervenedField:
        """Take the shares that are cut from targets from `efficacy` at every call; return self.

        So they can be trained parameters. The interventions still determine which genes are cut.
        """
        self.efficacy = efficacy
        return self

    @property
    def visible(self) -> Tensor:
        """Share of each gene's level that its targets see: 1, or less for a gene that is cut."""
        if self.efficacy is None:
            return self.given
        learned = self.efficacy(self.interventions, self.genes).reshape(self.given.shape)
        return torch.where(learned > 0, 1 - learned, self.given)

    def do(self, intervention: Intervention | str) -> VectorField:
        """Add an intervention to those applied; a gene that is already perturbed is refused."""
        added = as_intervention(intervention)
        combined = tuple(applied + added for applied in self.interventions)
        return self.base._under(combined, self.stacked)

    def do_each(self, interventions: Sequence[Intervention | str]) -> IntervenedField:
        """Return a stack with each intervention added to the one applied."""
        if self.stacked:
            raise UnsupportedError(
                "a field under one intervention, to add others to",
                f"a stack of {len(self.interventions)}",
                "call do_each on the field itself, with combined interventions (a + b)",
            )
        (applied,) = self.interventions
        combined = tuple(applied + added for added in as_interventions(interventions))
        return self.base._under(combined, stacked=True)

    def _content(self) -> str:
        return self.base._content()

    @property
    def dtype(self) -> torch.dtype | None:
        """Precision of the base field."""
        return self.base.dtype

    @property
    def state_size(self) -> int:
        """State size of the base field."""
        return self.base.state_size

    @property
    def start_sizes(self) -> tuple[int, ...]:
        """Start sizes of the base field."""
        return self.base.start_sizes

    def admit(self, x: Tensor) -> Tensor:
        """Return the state with clamped genes at their level."""
        return self._clamped_to(self.level, self.base.admit(x))

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Return φ ⊙ production at the visible state; 0 for clamped genes."""
        seen = self._as_seen(self.base.production, x, t, edges=True)
        return self._clamped_to(0.0, self.factor * seen)

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """Return the decay of the base field plus ρ x; 0 for clamped genes."""
        decay = self._as_seen(self.base.decay, x, t) + self.extra * x
        return self._clamped_to(0.0, decay)

    def decay_rate(self) -> Tensor | None:
        """Return γ + ρ, 0 for clamped genes; [genes], or [interventions, 1, genes] if stacked."""
        rate = self.base.decay_rate()
        if rate is None:
            return None
        return self._clamped_to(0.0, rate + self.extra)

    def forward(self, t: Time, x: Tensor) -> Tensor:
        """Return dx/dt under the intervention, [..., genes]."""
        if self.has_split:
            return self.production(x, t) - self.decay(x, t)
        velocity = self._as_seen(lambda x_, t_: self.base(t_, x_), x, t) - self.extra * x
        return self._clamped_to(0.0, velocity)

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """Return the Jacobian, from that of the base field if its decay rate is known."""
        rate = self.base.decay_rate()
        if rate is None:
            return autodiff_jacobian(self, x, t) if not self.stacked else self._rowwise(x, t)
        eye = torch.eye(x.shape[-1], dtype=x.dtype, device=x.device)
        production = self._production_jacobian(x, t, rate)
        free = (~self.clamped).to(x.dtype)
        result = self.factor.unsqueeze(-1) * production * free.unsqueeze(-2)
        result = result - eye * (rate + self.extra).unsqueeze(-1)
        return result * free.unsqueeze(-1)

    def edge_weights(self) -> Tensor:
        """Return the edge weights of the base field, which interventions do not change."""
        return self.base.edge_weights()

    def penalty(self) -> Tensor:
        """Return the penalty of the base field."""
        return self.base.penalty()

    @torch.no_grad()
    def proximal_(self, step: float) -> None:
        """Apply the proximal step of the base field."""
        self.base.proximal_(step)

    def _clamped_to(self, level: Tensor | float, x: Tensor) -> Tensor:
        return torch.where(self.clamped, level, x) if self.any_clamped else x

    def _as_seen(
        self, function: Callable[[Tensor, Time], Tensor], x: Tensor, t: Time, edges: bool = False
    ) -> Tensor:
        """Return the function at the state that each gene sees; decay sees through cut edges."""
        x = self.admit(x)
        if not len(self.viewer) or not (edges or self.any_hidden):
            return function(x, t)
        visible = self.visible
        result = function(visible * x, t)
        for viewer, remains in zip(self.viewer, self.remains, strict=True):
            share = torch.where(viewer, torch.ones_like(visible), visible)
            revealed = function((share * remains if edges else share) * x, t)
            result = torch.where(viewer, revealed, result)
        return result

    def _production_jacobian(self, x: Tensor, t: Time, rate: Tensor) -> Tensor:
        """Return the Jacobian of the base field's production at the state that each gene sees."""
        x = self.admit(x)
        decay = torch.diag_embed(rate)

        def through(share: Tensor) -> Tensor:
            return (self.base.jacobian(share * x, t) + decay) * share.unsqueeze(-2)

        if not len(self.viewer):
            return self.base.jacobian(x, t) + decay
        visible = self.visible
        result = through(visible)
        for viewer, remains in zip(self.viewer, self.remains, strict=True):
            share = torch.where(viewer, torch.ones_like(visible), visible) * remains
            result = torch.where(viewer.unsqueeze(-1), through(share), result)
        return result

    def _rowwise(self, x: Tensor, t: Time) -> Tensor:
        """Return the Jacobians of a stack, computed one intervention at a time."""
        rows = []
        times = t.expand(x.shape[:-1]) if isinstance(t, Tensor) and t.ndim else None
        for row, intervention in enumerate(self.interventions):
            time = t if times is None else times[row]
            single = self.base._under((intervention,), stacked=False)
            single.efficacy = self.efficacy
            rows.append(single.jacobian(x[row], time))
        return torch.stack(rows)


VectorField.intervened = IntervenedField


def _views(cut: Tensor, edges: Sequence[dict[int, Tensor]], like: Tensor) -> tuple[Tensor, Tensor]:
    """Return who sees something else than the rest, and the shares that remain for them.

    Parameters
    ----------
    cut
        Genes that are cut from their targets, and see themselves in full; [interventions, genes].
    edges
        Of each intervention: target → what remains visible to it of each gene, [genes].
    like
        A tensor of the precision and on the device of the shares.

    Returns
    -------
    tuple
        The c-th viewer of each intervention as a mask, and the shares, [views, interventions,
        genes] each. Interventions with fewer viewers have none and ones.
    """
    viewers = [
        sorted({*one.nonzero().flatten().tolist(), *of_row})
        for one, of_row in zip(cut, edges, strict=True)
    ]
    count = max(map(len, viewers), default=0)
    viewer, remains = cut.new_zeros((count, *cut.shape)), like.new_ones((count, *cut.shape))
    for row, genes in enumerate(viewers):
        for view, gene in enumerate(genes):
            viewer[view, row, gene] = True
            if gene in edges[row]:
                remains[view, row] = edges[row][gene]
    return viewer, remains


def _refuse_without_split(field: VectorField, intervention: Intervention) -> None:
    for action in intervention:
        if action.kind in _NEEDS_SPLIT and not field.has_split:
            other = f"clamp, degradation or cut_outgoing (such as {action.gene}=clamp:0)"
            if action.kind == "cut_edge":
                other = f"{action.gene}=cut (all edges that leave it)"
            raise UnsupportedError(
                f"a field with a production/decay split for {action}",
                f"the {field._title()} field, which has none",
                f"use {other}, which every field supports, or fit 'hill', 'sparse' or 'linear'",
            )


def _warn_of_negative_production(field: VectorField, intervention: Intervention) -> None:
    by_factor = [action for action in intervention if action.kind in _BY_FACTOR]
    if by_factor and field.has_split and not field.keeps_orthant:
        warn(
            f"{by_factor[0]} multiplies a production that in the {field._title()} field may be "
            "negative, so that a larger factor can lower the gene. Use clamp to set a level, or a "
            "field whose production is never negative, such as 'hill' or 'sparse'.",
            "intervention.factor-of-signed-production",
        )
