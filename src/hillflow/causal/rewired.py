"""A field with permuted regulators: the random network of a null distribution.

    ẋ_i = production_i(x̃) − decay_i(x),     x̃_j = μ_j + (x_π(j) − μ_π(j)) σ_j / σ_π(j)

π permutes the regulators. Each level is rescaled to the mean and spread of the gene that it
replaces. Every gene keeps its law, its number of regulators and its decay, and the numbers of
targets are permuted; only which regulator acts on which target changes.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from hillflow.errors import UnsupportedError
from hillflow.fields import VectorField
from hillflow.fields.base import Time


class Rewired(VectorField):
    """A field with its regulators permuted.

    Parameters
    ----------
    base
        The field, with a production/decay split.
    order
        π, [genes].
    centre, spread
        μ and σ of each gene, [genes].
    """

    order: Tensor
    centre: Tensor
    spread: Tensor

    def __init__(
        self, base: VectorField, order: np.ndarray, centre: np.ndarray, spread: np.ndarray
    ) -> None:
        super().__init__(base.genes)
        if not base.has_split:
            raise UnsupportedError(
                "a field with a production/decay split, so that regulators can be permuted "
                "without changing decay",
                f"the {base._title()} field, which has none",
                "leave the random networks out (networks=0), or fit 'hill', 'sparse' or 'linear'",
            )
        self.base, self.name = base, f"{base._title()} rewired"
        self.keeps_orthant, self.autonomous = base.keeps_orthant, base.autonomous
        like = base._like()
        self.register_buffer("order", torch.as_tensor(order, device=like.device))
        for name, values in (("centre", centre), ("spread", spread)):
            self.register_buffer(name, torch.as_tensor(values).to(like))

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """The production of the base field at permuted levels."""
        standard = (x - self.centre) / self.spread
        mixed = self.centre + standard.index_select(-1, self.order) * self.spread
        return self.base.production(mixed.clamp(min=0.0) if self.keeps_orthant else mixed, t)

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """The decay of the base field."""
        return self.base.decay(x, t)

    def decay_rate(self) -> Tensor | None:
        """The decay rates of the base field."""
        return self.base.decay_rate()


def regulators_of(field: VectorField) -> np.ndarray:
    """Indices of genes with an edge to another gene; all genes if edges are no parameters."""
    try:
        with torch.no_grad():
            weights = field.edge_weights().numpy(force=True)
    except UnsupportedError:
        return np.arange(len(field.genes))
    others = ~np.eye(len(weights), dtype=bool)
    return np.flatnonzero(((weights != 0) & others).any(axis=0))


def shuffled(regulators: np.ndarray, genes: int, random: np.random.Generator) -> np.ndarray:
    """π: the regulators in random order, all other genes in place."""
    order = np.arange(genes)
    order[regulators] = random.permutation(regulators)
    return order
