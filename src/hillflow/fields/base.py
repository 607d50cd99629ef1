"""The contract every vector field fulfils: ẋ = production(x, t) − decay(x, t).

Shapes: x is [..., genes], any number of leading axes (cells, or interventions × cells);
t is a number or a tensor that broadcasts against x[..., 0]; Jacobians are
[..., target, source]. Expression units per time unit throughout, so that a decay rate is
a decay rate. Knockouts, structural causal models and symbolic laws all rest on the split
of production from decay; a field that has none says so (``has_split = False``), and what
needs the split refuses it by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from hillflow.errors import InputError, InterventionError, UnsupportedError, listing
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
        Its key in the registry; under an intervention, what was done as well.
    has_split
        Whether forward is production − decay with a meaning for each.
    keeps_orthant
        Whether x ≥ 0 stays so under the flow, whatever the parameters. With a split this says
        that production is never negative.
    autonomous
        Whether t is ignored.
    default_readout
        Which readout of the network ``auto`` stands for, and why.
    edge_scale
        What an edge's weight multiplies, so that weights compare across genes: "levels" (a
        slope), "terms" between 0 and 1, such as Hill functions, or "outputs" (standardised
        levels, whose result is multiplied by ``scale``, [genes]).
    intervened
        The class it becomes under an intervention: `IntervenedField`, unless that needs more.
    edges_change
        Whether what carries an edge changes with the state: then `mean_edge_weights` says what
        it is on average.

    Saving
    ------
    A field is rebuilt from its registered name, its genes and `options` (and ``edges=`` where it
    has candidate edges), brought to its precision, and filled with its tensors. So the keyword
    options of the constructor that decide the tensors' shapes go to ``super().__init__`` as
    JSON values. `hillflow.model.savable.check_savable` holds a field to this before training.
    """

    name: str = ""
    has_split: bool = True
    keeps_orthant: bool = False
    autonomous: bool = True
    default_readout: tuple[str, str] = (
        "contrast", "a finite effect sees through saturation, where slopes do not"
    )  # fmt: skip
    edge_scale: str = "levels"
    edges_change: bool = False
    intervened: ClassVar[type[IntervenedField]]

    def __init__(self, genes: Sequence[str], **options: Any) -> None:
        super().__init__()
        self.genes = tuple(genes)
        self.options = options

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "jacobian" in cls.__dict__:
            cls.jacobian = _states_first(cls.jacobian)  # type: ignore[method-assign]

    def __call__(self, t: Time, x: Tensor) -> Tensor:
        """dx/dt; time comes first, as in every solver."""
        if not isinstance(x, Tensor):
            raise _not_states(x, "field(t, x)", "field(0.3, x)")
        velocity: Tensor = super().__call__(t, x)
        return velocity

    @property
    def state_size(self) -> int:
        """Columns of the state: the genes, unless the field is of second order."""
        return len(self.genes)

    @property
    def start_sizes(self) -> tuple[int, ...]:
        """Columns that `admit` takes: a whole state, or what it can complete to one."""
        return (self.state_size,)

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
            f"the {self._title()} field",
            "read its network from the Jacobian (readout 'jacobian') or the contrast",
        )

    def mean_edge_weights(self, x: Tensor, t: Time = None) -> Tensor:
        """The same, mean over states x, [cells, genes], where it changes with the state."""
        return self.edge_weights()

    def penalty(self) -> Tensor:
        """What the parameters cost beside the fit (sparsity, agreement with a prior); a scalar."""
        return self._like().new_zeros(())

    @torch.no_grad()
    def proximal_(self, step: float) -> None:
        """Shrink parameters in place after an optimiser step of size `step`, where defined."""

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None = None) -> None:
        """Set scales from training states (and rough velocities) before the first step."""

    @torch.no_grad()
    def calibrate_time_(self, last: float, longest: float) -> None:
        """Set scales of time: the data's last time, and the longest wait between two."""

    def admit(self, x: Tensor) -> Tensor:
        """The state nearest to x that this field can be in; an intervention's clamps live here."""
        return x

    def do(self, intervention: Intervention | str) -> VectorField:
        """This field under an intervention; parameters are shared, gradients flow.

        Text such as ``"GATA1=ko"`` is read by `Intervention.parse`.
        """
        done = as_intervention(intervention)
        return self if done.is_control else self._under((done,), stacked=False)

    def do_each(self, interventions: Sequence[Intervention | str]) -> IntervenedField:
        """Many interventions at once: states are then [interventions, cells, genes]."""
        return self._under(as_interventions(interventions), stacked=True)

    def _under(self, interventions: tuple[Intervention, ...], stacked: bool) -> IntervenedField:
        return self.intervened(self, interventions, stacked)

    def _title(self) -> str:
        return self.name or type(self).__name__

    def _content(self) -> str:
        """Genes and edges in a few words."""
        edges = getattr(self, "edges", None)
        count = f"{len(self.genes):,} gene{'s' * (len(self.genes) != 1)}"
        return f"{count} ({listing(self.genes, 3)})" + (
            "" if edges is None else f", {len(edges):,} candidate edges"
        )

    def __repr__(self) -> str:
        return f"<{self._title()}: {self._content()}>"

    @property
    def dtype(self) -> torch.dtype | None:
        """The precision of its parameters; None where it has none and so takes any."""
        tensors = (*self.parameters(), *self.buffers())
        return next((tensor.dtype for tensor in tensors if tensor.is_floating_point()), None)

    def _like(self) -> Tensor:
        """A tensor of this field, for its dtype and device; empty where it has none."""
        for tensor in (*self.parameters(), *self.buffers()):
            if tensor.is_floating_point():
                return tensor
        return torch.empty(0)

    def _no_split(self, asked: str) -> UnsupportedError:
        return UnsupportedError(
            f"a field with a production/decay split (asked for: {asked})",
            f"the {self._title()} field, which has none",
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


def as_intervention(given: Intervention | str) -> Intervention:
    """An intervention, or its text read."""
    if isinstance(given, str):
        return Intervention.parse(given)
    if not isinstance(given, Intervention):
        raise InterventionError(
            "an Intervention or its text", repr(given), "write for example 'GATA1=ko,SPI1=oe:2'"
        )
    return given


def as_interventions(given: Sequence[Intervention | str]) -> tuple[Intervention, ...]:
    """Several of them, each read; one that stands alone is refused."""
    if isinstance(given, str | Intervention):
        raise InterventionError(
            "a list of interventions", repr(given), f"write do({str(given)!r}) for one alone"
        )
    return tuple(as_intervention(one) for one in given)


def _states_first(jacobian: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The same method, which says so when time was given in the place of states."""

    @wraps(jacobian)
    def checked(self: VectorField, x: Tensor, t: Time = None) -> Tensor:
        if not isinstance(x, Tensor):
            raise _not_states(x, "field.jacobian(x, t)", "field.jacobian(x, 0.3)")
        return jacobian(self, x, t)

    return checked


def _not_states(found: object, call: str, example: str) -> InputError:
    return InputError(
        f"states x as a tensor in {call}",
        f"{type(found).__name__} in their place",
        f"write {example}; an array becomes a tensor by torch.from_numpy(x)",
    )
