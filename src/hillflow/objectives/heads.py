"""The trained model: the vector field, and further functions ("heads") that a method needs.

score(x, t)    ∇ log p_t(x), [..., genes]: converts between a flow and a diffusion
growth(x, t)   growth rate of a cell's mass, per time unit, [...]
diffusion      σ > 0 of dx = v dt + σ dW, one number or one per gene
potential(x, t)  s with v = ∇s, [...]: for gradient flows
path(x0, x1, t)  how paths between coupled cells leave the straight line: for `Variational`
noise          ν > 0 of dx = f dt + √(ν (production + decay)) dW, one per gene
protein        γ_p > 0 of ṗ = γ_p (x − p), one per gene: regulators act by p in place of x
splicing       β > 0 of ṡ = β u − γ s, one per gene: x is spliced mRNA s, made from unspliced u
efficacy       share of a perturbed gene that its targets do not see, by condition and gene
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from hillflow.errors import UnsupportedError
from hillflow.fields import VectorField
from hillflow.fields.base import Time, column
from hillflow.interventions import Intervention


class StateFunction(nn.Module):
    """A small neural network of state and time, [..., genes] → [..., out] ([...] if out = 1).

    A slope keeps its axis, [..., genes].

    States and time are standardised with the training data, so that one learning rate fits all.

    Parameters
    ----------
    genes, out
        Number of inputs and outputs.
    hidden
        Widths of the hidden layers, which have SiLU units.
    rate
        Whether the value is a rate per time unit. It then starts at 0 and scales with the inverse
        of the time span of the data, whatever the time unit.
    slope
        Whether the value is a slope, ∂/∂x: it scales with the inverse of the spread of each gene.
    seed, dtype
        Seed and precision of the initial weights.
    """

    mean: Tensor
    scale: Tensor
    clock: Tensor

    def __init__(
        self,
        genes: int,
        out: int,
        hidden: Sequence[int] = (64, 64),
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
        *,
        rate: bool = False,
        slope: bool = False,
    ) -> None:
        super().__init__()
        self.out, self.rate, self.slope = out, rate, slope
        self.register_buffer("mean", torch.zeros(genes, dtype=dtype))
        self.register_buffer("scale", torch.ones(genes, dtype=dtype))
        self.register_buffer("clock", torch.tensor([0.0, 1.0], dtype=dtype))  # start and span
        widths = [genes + 1, *hidden, out]
        generator = torch.Generator().manual_seed(seed)
        layers: list[nn.Module] = []
        for index, (left, right) in enumerate(pairwise(widths)):
            layer = nn.Linear(left, right, dtype=dtype)
            with torch.no_grad():
                bound = 1 / math.sqrt(left)
                layer.weight.uniform_(-bound, bound, generator=generator)
                layer.bias.zero_()
            layers += [layer] if index == len(widths) - 2 else [layer, nn.SiLU()]
        if rate:
            nn.init.zeros_(layers[-1].weight)  # type: ignore[arg-type]
        self.layers = nn.Sequential(*layers)

    @torch.no_grad()
    def calibrate_(
        self, x: Tensor, times: Sequence[float] = (), noise: float | Tensor = 0.0
    ) -> None:
        """Set the standardisation from states [cells, genes] and ascending times.

        `noise` is the standard deviation of the noise that is added to the states in training, a
        number or one per gene.
        """
        self.mean.copy_(x.mean(0))
        self.scale.copy_((x.var(0) + noise**2).sqrt().clamp(min=1e-6))
        if len(times) > 1:
            self.clock.copy_(torch.tensor([times[0], times[-1] - times[0]]))

    def forward(self, x: Tensor, t: Time = None) -> Tensor:
        """Value at each state, [..., out] or, with one output that is no slope, [...]."""
        start, span = self.clock
        time = (column(t, x) - start) / span
        value = self.layers(torch.cat([(x - self.mean) / self.scale, time], dim=-1))
        if self.rate:
            value = value / span
        if self.slope:
            value = value / self.scale
        return value.squeeze(-1) if self.out == 1 and not self.slope else value


DETOUR_STEP, MASS_STEP = 0.05, 0.02  # make the path slow: the potential must follow it


class Detour(nn.Module):
    """How a path between two coupled cells leaves its straight line, at first not at all.

    A function of both cells and of time, whose values are a distance in each gene and the logarithm
    of a factor on the mass.
    """

    unit: Tensor

    def __init__(self, genes: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.function = StateFunction(2 * genes, genes + 1, seed=seed, dtype=dtype)
        nn.init.zeros_(self.function.layers[-1].weight)  # type: ignore[arg-type]
        self.register_buffer("unit", torch.ones((), dtype=dtype))

    @torch.no_grad()
    def calibrate_(self, x: Tensor, times: Sequence[float] = ()) -> None:
        """Set standardisation and unit from states [cells, genes] and ascending times."""
        self.function.calibrate_(torch.cat([x, x], dim=-1), times)
        self.unit.copy_(x.var(0).mean().sqrt().clamp(min=1e-6))

    def forward(self, x0: Tensor, x1: Tensor, t: Time) -> tuple[Tensor, Tensor]:
        """Distance from the line [..., genes], and logarithm of the factor on the mass [...]."""
        value = self.function(torch.cat([x0, x1], dim=-1), t)
        return DETOUR_STEP * self.unit * value[..., :-1], MASS_STEP * value[..., -1]


class Diffusion(nn.Module):
    """σ > 0 of the noise, stored as its logarithm; one number or one per gene.

    In expression per √time, and along the basis of the coupling if that does not span all genes.
    Trained by objectives that learn "diffusion" only.
    """

    def __init__(self, sigma: float = 0.1, genes: int = 1) -> None:
        super().__init__()
        self.log_sigma = nn.Parameter(torch.full((genes,), math.log(sigma)), requires_grad=False)

    def forward(self) -> Tensor:
        """σ, [1] or [genes]."""
        return self.log_sigma.exp()


class PerGene(nn.Module):
    """A positive number per gene, trained as its logarithm, in a unit set from the data."""

    start = 1.0
    unit: Tensor

    def __init__(self, genes: int, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.register_buffer("unit", torch.ones(genes, dtype=dtype))
        log_start = math.log(self.start)
        self.log_share = nn.Parameter(torch.full((genes,), log_start, dtype=dtype))

    def forward(self) -> Tensor:
        """The numbers, [genes]."""
        return self.unit * self.log_share.exp()


class Noise(PerGene):
    """ν of dx = f dt + √(ν (production + decay)) dW; at first a tenth of the gene's spread."""

    start = 0.1

    @torch.no_grad()
    def calibrate_(self, x: Tensor, times: Sequence[float] = ()) -> None:
        """Set the unit to the spread of each gene; of constant genes, to the largest spread."""
        spread = x.std(0)
        self.unit.copy_(torch.where(spread > 0, spread, spread.max().clamp_min(1e-6)))


class Protein(PerGene):
    """γ_p of ṗ = γ_p (x − p); at first a tenth of the time span of the data is a lifetime."""

    start = 10.0

    @torch.no_grad()
    def calibrate_(self, x: Tensor, times: Sequence[float] = ()) -> None:
        """Set the unit to 1 / the time span."""
        if len(times) > 1:
            self.unit.fill_(1 / (times[-1] - times[0]))


class Splicing(PerGene):
    """β of ṡ = β u − γ s; at first such that the mean cell is in balance, β ū = γ s̄."""

    @torch.no_grad()
    def calibrate_(self, spliced: Tensor, unspliced: Tensor, decay: Tensor) -> None:
        """Set the unit from states [cells, genes] and γ [genes].

        Genes without unspliced mRNA in these cells get the middle rate.
        """
        s, u = spliced.mean(0), unspliced.mean(0)
        measured = (u > 0) & (s > 0)
        rate = decay * s / torch.where(measured, u, torch.ones_like(u))
        middle = rate[measured].median() if bool(measured.any()) else decay.median()
        self.unit.copy_(torch.where(measured, rate, middle))


class Efficacy(nn.Module):
    """Efficacy e ∈ (0, 1) of perturbations on the protein: the targets see (1 − e) x.

    For CRISPR knockouts, after which the measured mRNA says little about the loss of protein.

    Parameters
    ----------
    cuts
        Pairs of a condition's name and a gene that it cuts, each pair once.
    start
        Initial value of each e.
    """

    def __init__(
        self,
        cuts: Sequence[tuple[str, str]],
        start: float = 0.8,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.cuts = tuple((condition, gene) for condition, gene in cuts)
        logit = math.log(start / (1 - start))
        self.raw = nn.Parameter(torch.full((len(self.cuts),), logit, dtype=dtype))

    def shares(self) -> Tensor:
        """e, [cuts]."""
        return torch.sigmoid(self.raw)

    def forward(self, conditions: Sequence[Intervention], genes: Sequence[str]) -> Tensor:
        """e of each condition and gene, 0 for genes that are not cut; [conditions, genes]."""
        place = {gene: index for index, gene in enumerate(genes)}
        row = {condition.name: index for index, condition in enumerate(conditions)}
        here = [k for k, (condition, _) in enumerate(self.cuts) if condition in row]
        at = (
            torch.tensor([row[self.cuts[k][0]] for k in here], dtype=torch.long),
            torch.tensor([place[self.cuts[k][1]] for k in here], dtype=torch.long),
        )
        share = self.raw.new_zeros(len(conditions), len(genes))
        return share.index_put(at, self.shares()[here])


_PER_GENE: dict[str, type[PerGene]] = {
    "noise": Noise, "protein": Protein, "splicing": Splicing
}  # fmt: skip


class Heads(nn.Module):
    """A field with its optional heads; heads that a method does not need are None."""

    def __init__(
        self,
        field: VectorField,
        *,
        score: StateFunction | None = None,
        growth: StateFunction | None = None,
        diffusion: Diffusion | None = None,
        potential: StateFunction | None = None,
        path: Detour | None = None,
        efficacy: Efficacy | None = None,
        noise: Noise | None = None,
        protein: Protein | None = None,
        splicing: Splicing | None = None,
    ) -> None:
        super().__init__()
        self.field, self.efficacy = field, efficacy
        self.score, self.growth = score, growth
        self.diffusion, self.potential, self.path = diffusion, potential, path
        self.noise, self.protein, self.splicing = noise, protein, splicing

    @classmethod
    def build(
        cls,
        field: VectorField,
        wanted: Sequence[str],
        *,
        sigma: float | None = None,
        seed: int = 0,
        cuts: Sequence[tuple[str, str]] = (),
        sigmas: int = 1,
    ) -> Heads:
        """The field with the heads named in `wanted`, each with its own seed.

        With `cuts`, their `Efficacy` is trained as well. `sigmas` is 1 or the number of genes: how
        many numbers a diffusion has.
        """
        genes = len(field.genes)
        dtype = next((p.dtype for p in field.parameters()), torch.float32)
        heads: dict[str, nn.Module] = {}
        for index, name in enumerate(wanted):
            if name == "diffusion":
                heads[name] = Diffusion(sigma or 0.1, sigmas).to(dtype)
            elif name == "path":
                heads[name] = Detour(genes, seed + 1 + index, dtype)
            elif name in _PER_GENE:
                heads[name] = _PER_GENE[name](genes, dtype)
            else:
                out = genes if name == "score" else 1
                heads[name] = StateFunction(
                    genes, out, seed=seed + 1 + index, dtype=dtype, rate=name == "growth",
                    slope=name == "score",
                )  # fmt: skip
        if cuts:
            heads["efficacy"] = Efficacy(cuts, dtype=dtype)
        return cls(field, **heads)  # type: ignore[arg-type]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the heads that this model has."""
        every = ("score", "growth", "diffusion", "potential", "path", *_PER_GENE)
        return tuple(name for name in every if getattr(self, name) is not None)

    def need(self, name: str) -> nn.Module:
        """The head with this name; raises an error if the model has none."""
        head = getattr(self, name)
        if head is None:
            raise UnsupportedError(
                f"a model with a {name} head", f"heads: {', '.join(self.names) or 'none'}",
                f"build it with Heads.build(field, [{name!r}]), or choose a method that has one",
            )  # fmt: skip
        return head
