"""The interface of all vector fields: ẋ = production(x, t) − decay(x, t).

Shapes: x is [..., genes] with any number of leading axes (cells, or interventions × cells);
t is a number or a tensor that broadcasts against x[..., 0]; Jacobians are
[..., target, source]. Velocities are in expression units per unit of time, and decay rates are
per unit of time. Knockouts, structural causal models and symbolic laws need production and decay
separately; a field without this split has ``has_split = False``, and they refuse it.
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
    """The right-hand side f of dx/dt = f(x, t) for the genes of one cell.

    A subclass defines `production` and `decay` (or, without a split, `forward`), and overrides
    other methods for which it has a better implementation than autodiff. Its constructor takes
    the genes, then keyword options. Options that JSON can hold are passed to
    ``super().__init__`` and restored on loading; tensors that are not trained are buffers.

    Attributes
    ----------
    genes
        Names, in the order of the columns of x.
    options
        The keyword options it was built with: JSON values only.
    name
        Its key in the registry; under an intervention, also the intervention.
    has_split
        Whether forward is production − decay, each with its biological meaning.
    keeps_orthant
        Whether the flow keeps x ≥ 0 for all parameters. With a split this means that production
        is never negative.
    autonomous
        Whether t is ignored.
    default_readout
        The readout of the network that ``auto`` selects, and the reason.
    edge_scale
        What the weight of an edge multiplies, needed to compare weights across genes: "levels"
        (a slope), "terms" between 0 and 1, such as Hill functions, or "outputs" (standardised
        levels, whose result is multiplied by ``scale``, [genes]).
    intervened
        The class of the field under an intervention, by default `IntervenedField`.
    edges_change
        Whether the weights of edges depend on the state; `mean_edge_weights` then gives their
        average.
    takes_components
        Whether its state can be the first principal components of the genes: its option ``latent``
        is their number, and `set_components_` gives them.

    Notes
    -----
    A saved field is rebuilt from its registered name, its genes and `options` (and ``edges=`` if
    it has candidate edges), converted to its precision, and filled with its tensors. Keyword
    options of the constructor that determine the shapes of tensors must therefore be passed to
    ``super().__init__`` as JSON values. `hillflow.model.savable.check_savable` verifies this
    before training.

    Examples
    --------
    >>> import torch
    >>> from hillflow.fields import VectorField
    >>> class Relaxation(VectorField):
    ...     def production(self, x, t=None):
    ...         return torch.ones_like(x)
    ...     def decay(self, x, t=None):
    ...         return 0.5 * x
    >>> field = Relaxation(["GATA1", "SPI1"])
    >>> field(0.0, torch.tensor([[0.0, 2.0]])).tolist()
    [[1.0, 0.0]]
    >>> field.do("GATA1=ko")(0.0, torch.tensor([[2.0, 2.0]])).tolist()
    [[-1.0, 0.0]]
    """

    name: str = ""
    has_split: bool = True
    keeps_orthant: bool = False
    autonomous: bool = True
    default_readout: tuple[str, str] = (
        "contrast", "a finite change has an effect even where slopes are saturated"
    )  # fmt: skip
    edge_scale: str = "levels"
    edges_change: bool = False
    takes_components: bool = False
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
        """Return dx/dt; time is the first argument, as in all solvers."""
        if not isinstance(x, Tensor):
            raise _not_states(x, "field(t, x)", "field(0.3, x)")
        velocity: Tensor = super().__call__(t, x)
        return velocity

    @property
    def state_size(self) -> int:
        """Number of columns of the state: the genes, unless the field is of second order."""
        return len(self.genes)

    @property
    def start_sizes(self) -> tuple[int, ...]:
        """Numbers of columns that `admit` accepts: a complete state, or one it can complete."""
        return (self.state_size,)

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Return the production of each gene at state x, [..., genes]."""
        raise self._no_split("production")

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """Return the decay of each gene at state x, [..., genes]."""
        raise self._no_split("decay")

    def decay_rate(self) -> Tensor | None:
        """Return γ if decay is γ ⊙ x, [genes]; otherwise None.

        The exponential solver uses it to integrate decay exactly.
        """
        return None

    def forward(self, t: Time, x: Tensor) -> Tensor:
        """Return dx/dt at state x and time t, [..., genes]."""
        return self.production(x, t) - self.decay(x, t)

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """Return ∂f_target/∂x_source at each state, [..., target, source]; default: autodiff."""
        return autodiff_jacobian(self, x, t)

    def edge_weights(self) -> Tensor:
        """Return the signed parameters that represent edges, [target, source]."""
        raise UnsupportedError(
            "a field whose parameters are edges",
            f"the {self._title()} field",
            "infer its network from the Jacobian (readout 'jacobian') or the contrast",
        )

    def mean_edge_weights(self, x: Tensor, t: Time = None) -> Tensor:
        """Return the mean of state-dependent edge weights over states x, [cells, genes]."""
        return self.edge_weights()

    def penalty(self) -> Tensor:
        """Return the penalty on the parameters (sparsity, agreement with a prior), a scalar."""
        return self._like().new_zeros(())

    @torch.no_grad()
    def proximal_(self, step: float) -> None:
        """Shrink parameters in place after an optimiser step of size `step`; default: nothing."""

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None = None) -> None:
        """Set scales from training states (and rough velocities) before training."""

    @torch.no_grad()
    def calibrate_time_(self, last: float, longest: float) -> None:
        """Set scales of time from the last time and the longest interval of the data."""

    @property
    def component_count(self) -> int | None:
        """Number of principal components that are its state; None if that is the genes."""
        return None

    @property
    def missing_components(self) -> int:
        """Number of principal components that the field needs before it can be trained; else 0."""
        return 0

    @torch.no_grad()
    def set_components_(self, components: Tensor) -> None:
        """Set the missing components, orthonormal columns, [genes, d], of the training cells."""

    def admit(self, x: Tensor) -> Tensor:
        """Return the nearest admissible state: clamped genes at their level, others unchanged."""
        return x

    def do(self, intervention: Intervention | str) -> VectorField:
        """Return this field under an intervention; parameters and gradients are shared.

        Text such as ``"GATA1=ko"`` is read by `Intervention.parse`.
        """
        parsed = as_intervention(intervention)
        return self if parsed.is_control else self._under((parsed,), stacked=False)

    def do_each(self, interventions: Sequence[Intervention | str]) -> IntervenedField:
        """Return this field under many interventions; states are [interventions, cells, genes]."""
        return self._under(as_interventions(interventions), stacked=True)

    def _under(self, interventions: tuple[Intervention, ...], stacked: bool) -> IntervenedField:
        return self.intervened(self, interventions, stacked)

    def _title(self) -> str:
        return self.name or type(self).__name__

    def _content(self) -> str:
        """Return the numbers of genes and edges, and the first genes, as text."""
        edges = getattr(self, "edges", None)
        count = f"{len(self.genes):,} gene{'s' * (len(self.genes) != 1)}"
        return f"{count} ({listing(self.genes, 3)})" + (
            "" if edges is None else f", {len(edges):,} candidate edges"
        )

    def __repr__(self) -> str:
        return f"<{self._title()}: {self._content()}>"

    @property
    def dtype(self) -> torch.dtype | None:
        """The precision of its parameters; None if it has none and so accepts any."""
        tensors = (*self.parameters(), *self.buffers())
        return next((tensor.dtype for tensor in tensors if tensor.is_floating_point()), None)

    def _like(self) -> Tensor:
        """Return a tensor of this field, for its dtype and device; empty if it has none."""
        for tensor in (*self.parameters(), *self.buffers()):
            if tensor.is_floating_point():
                return tensor
        return torch.empty(0)

    def _no_split(self, requested: str) -> UnsupportedError:
        return UnsupportedError(
            f"a field with a production/decay split, to compute its {requested}",
            f"the {self._title()} field, which has none",
            "fit a field that has one, for example 'hill', 'sparse' or 'linear'",
        )


def autodiff_jacobian(field: VectorField, x: Tensor, t: Time = None) -> Tensor:
    """Return ∂f/∂x of any field by reverse-mode autodiff, [..., target, source].

    Cost: one vectorised backward pass per target gene and state.
    """
    flat = x.reshape(-1, x.shape[-1])
    # Inside vmap, fields that expect [cells, genes] need a leading axis of one.
    if isinstance(t, Tensor) and t.ndim:
        times = t.expand(x.shape[:-1]).reshape(-1)
        single = torch.func.jacrev(lambda x_, t_: field(t_[None], x_[None])[0])
        result = torch.func.vmap(single)(flat, times)
    else:
        single = torch.func.jacrev(lambda x_: field(t, x_[None])[0])
        result = torch.func.vmap(single)(flat)
    return result.reshape(*x.shape, x.shape[-1])


def column(t: Time, x: Tensor) -> Tensor:
    """Return time as a tensor [..., 1], an additional column of x."""
    if t is None:
        t = 0.0
    t = torch.as_tensor(t, dtype=x.dtype, device=x.device)
    return t.expand(x.shape[:-1]).unsqueeze(-1)


def as_intervention(given: Intervention | str) -> Intervention:
    """Return an intervention, parsed if given as text."""
    if isinstance(given, str):
        return Intervention.parse(given)
    if not isinstance(given, Intervention):
        raise InterventionError(
            "an Intervention or its text", repr(given), "write for example 'GATA1=ko,SPI1=oe:2'"
        )
    return given


def as_interventions(given: Sequence[Intervention | str]) -> tuple[Intervention, ...]:
    """Return interventions, each parsed if given as text; refuse a single one."""
    if isinstance(given, str | Intervention):
        raise InterventionError(
            "a list of interventions", repr(given), f"write do({str(given)!r}) for a single one"
        )
    return tuple(as_intervention(intervention) for intervention in given)


def _states_first(jacobian: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Wrap a Jacobian so that it refuses time given in the place of states."""

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
        f"write {example}; convert an array with torch.from_numpy(x)",
    )
