"""The contract every vector field fulfils: ẋ = production(x, t) − decay(x, t).

Shapes: x is [..., genes], any number of leading axes (cells, or interventions × cells);
t is a number or a tensor that broadcasts against x[..., 0]; Jacobians are
[..., target, source]. Expression units per time unit throughout, so that a decay rate is
a decay rate. Knockouts, structural causal models and symbolic laws all rest on the split
of production from decay; a field that has none says so (``has_split = False``), and what
needs the split refuses it by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from hillflow.errors import UnsupportedError
from hillflow.interventions import Intervention

if TYPE_CHECKING:
    from hillflow.fields.intervened import IntervenedField

Time = float | Tensor | None


class VectorField(nn.Module):
    """A law of motion for the genes of one cell.

    A subclass gives `production` and `decay` (or, without a split, `forward`) and whatever
    of the rest it knows better than autodiff does. Its constructor takes the genes, then
    keyword options; those that JSON can write go to ``super().__init__`` and come back on
    loading, tensors that are not trained are buffers.

    Attributes
    ----------
    genes
        Names, in the order of the columns of x.
    options
        The keyword options it was built with: JSON values only.
    name
        Its key in the registry.
    has_split
        Whether forward is production − decay with a meaning for each.
    keeps_orthant
        Whether x ≥ 0 stays so under the flow, whatever the parameters.
    autonomous
        Whether t is ignored.
    """

    name: ClassVar[str] = ""
    has_split: bool = True
    keeps_orthant: bool = False
    autonomous: bool = True

    def __init__(self, genes: Sequence[str], **options: Any) -> None:
        super().__init__()
        self.genes = tuple(genes)
        self.options = options

    @property
    def state_size(self) -> int:
        """Columns of the state: the genes, unless the field is of second order."""
        return len(self.genes)

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Synthesis of each gene at state x, [..., genes]."""
        raise self._no_split("production")

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """Loss of each gene at state x, [..., genes]."""
        raise self._no_split("decay")

    def decay_rate(self) -> Tensor | None:
        """The γ of a decay γ ⊙ x, [genes]; None where decay is not of that form.

        Knowing it lets the exponential solver treat decay exactly.
        """
        return None

    def forward(self, t: Time, x: Tensor) -> Tensor:
        """dx/dt at state x and time t, [..., genes]."""
        return self.production(x, t) - self.decay(x, t)

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """∂f_target/∂x_source at each state, [..., target, source]; by autodiff unless known."""
        return autodiff_jacobian(self, x, t)

    def edge_weights(self) -> Tensor:
        """The parameters that carry an edge, signed, [target, source]."""
        raise UnsupportedError(
            "a field whose parameters are edges",
            f"the {self.name or type(self).__name__} field",
            "read its network from the Jacobian (readout 'jacobian') or the contrast",
        )

    def penalty(self) -> Tensor:
        """What the parameters cost beside the fit (sparsity, agreement with a prior); a scalar."""
        return self._like().new_zeros(())

    @torch.no_grad()
    def proximal_(self, step: float) -> None:
        """Shrink parameters in place after an optimiser step of size `step`, where defined."""

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None = None) -> None:
        """Set scales from training states (and rough velocities) before the first step."""

    def admit(self, x: Tensor) -> Tensor:
        """The state nearest to x that this field can be in; an intervention's clamps live here."""
        return x

    def do(self, intervention: Intervention) -> VectorField:
        """This field under an intervention; parameters are shared, gradients flow."""
        from hillflow.fields.intervened import IntervenedField

        return self if intervention.is_control else IntervenedField(self, (intervention,))

    def do_each(self, interventions: Sequence[Intervention]) -> IntervenedField:
        """Many interventions at once: states are then [interventions, cells, genes]."""
        from hillflow.fields.intervened import IntervenedField

        return IntervenedField(self, tuple(interventions), stacked=True)

    def _like(self) -> Tensor:
        """A tensor of this field, for its dtype and device."""
        for tensor in (*self.parameters(), *self.buffers()):
            if tensor.is_floating_point():
                return tensor
        return torch.empty(0)

    def _no_split(self, asked: str) -> UnsupportedError:
        return UnsupportedError(
            f"a field with a production/decay split (asked for: {asked})",
            f"the {self.name or type(self).__name__} field, which has none",
            "fit a field that has one, for example 'hill', 'sparse' or 'linear'",
        )


def autodiff_jacobian(field: VectorField, x: Tensor, t: Time = None) -> Tensor:
    """∂f/∂x of any field by reverse-mode autodiff, [..., target, source].

    Cost: one vectorised backward pass per target gene and state.
    """
    flat = x.reshape(-1, x.shape[-1])
    # A leading axis of one keeps fields that expect [cells, genes] content inside vmap.
    if isinstance(t, Tensor) and t.ndim:
        times = t.expand(x.shape[:-1]).reshape(-1)
        single = torch.func.jacrev(lambda x_, t_: field(t_[None], x_[None])[0])
        result = torch.func.vmap(single)(flat, times)
    else:
        single = torch.func.jacrev(lambda x_: field(t, x_[None])[0])
        result = torch.func.vmap(single)(flat)
    return result.reshape(*x.shape, x.shape[-1])


def column(t: Time, x: Tensor) -> Tensor:
    """Time as a tensor [..., 1] that stands beside x as one more column."""
    if t is None:
        t = 0.0
    t = torch.as_tensor(t, dtype=x.dtype, device=x.device)
    return t.expand(x.shape[:-1]).unsqueeze(-1)
