"""Which edges a model was given rather than found: validation must not count them as found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hillflow.errors import InputError
from hillflow.evaluate.network import NetworkScores
from hillflow.evaluate.network_signs import NetworkSigns

if TYPE_CHECKING:
    from hillflow.fit import Model
    from hillflow.priors import PriorNetwork


@dataclass(frozen=True, eq=False)
class PriorUse:
    """What a prior explains of a validation.

    Attributes
    ----------
    name
        Of the prior.
    edges, shared
        Edges it has, and how many of them are the reference's too (self-edges aside).
    with_prior
        The scores when its edges count as found: circular, never the headline.
    alone, by_out_degree
        The same universe ranked without learning anything: by the prior, and by the prior with
        ties broken by each regulator's number of targets.
    within
        Only the prior's own edges: does the network put those of the reference first? None where
        the reference has all of them or none.
    novel_by_out_degree
        That second ranking on the pairs outside the prior, beside the headline; None where there is
        no headline.
    signs
        Of the shared edges.
    """

    name: str
    edges: int
    shared: int
    with_prior: NetworkScores
    alone: NetworkScores
    by_out_degree: NetworkScores
    within: NetworkScores | None
    novel_by_out_degree: NetworkScores | None
    signs: NetworkSigns

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        novel, within = self.novel_by_out_degree, self.within
        return {
            "name": self.name,
            "edges": self.edges,
            "shared_with_reference": self.shared,
            "with_prior_edges": self.with_prior.to_json(),
            "prior_alone": self.alone.to_json(),
            "prior_by_out_degree": self.by_out_degree.to_json(),
            "among_prior_edges": None if within is None else within.to_json(),
            "novel_by_out_degree": None if novel is None else novel.to_json(),
            "signs_with_prior_edges": self.signs.to_json(),
        }


def prior_used(models: Sequence[Model], given: PriorNetwork | None = None) -> PriorNetwork | None:
    """The prior that models were fitted with, in the names of their genes; None without one.

    A field with parameters on candidate edges alone carries them. Of a prior that only pulled on
    the loss (`WithPrior`) a model keeps no edges: then it must be given.
    """
    if given is not None:
        return given
    carried = _carried(models[0])
    if carried is not None:
        return carried
    if any(_mentions(model.provenance.get("method"), "WithPrior") for model in models):
        raise InputError(
            "the prior network that this model was pulled towards in training",
            "a model that keeps no copy of it",
            "name it with prior=… (--prior NAME or FILE), so that its edges do not count as found",
        )
    return None


def _carried(model: Model) -> PriorNetwork | None:
    """The candidate edges of a field, unless they are all pairs; edges left free are no prior."""
    import numpy as np

    from hillflow.fields import CandidateEdges
    from hillflow.priors import PriorNetwork

    edges = getattr(model.field, "edges", None)
    if not isinstance(edges, CandidateEdges):
        return None
    source, target, sign, free = (
        part.numpy(force=True) for part in (edges.source, edges.target, edges.sign, edges.free)
    )
    every = len(model.genes) * (len(model.genes) - 1)
    if not free.any() and int((source != target).sum()) == every:
        return None
    names, kept = np.array(model.genes, dtype=object), ~free
    return PriorNetwork.from_columns(
        names[source[kept]], names[target[kept]], sign=sign[kept].tolist(),
        name="the candidate edges of the model",
    )  # fmt: skip


def _mentions(described: Any, kind: str) -> bool:
    if isinstance(described, Mapping):
        return described.get("kind") == kind or any(
            _mentions(value, kind) for value in described.values()
        )
    if isinstance(described, list | tuple):
        return any(_mentions(value, kind) for value in described)
    return False
