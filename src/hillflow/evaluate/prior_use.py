"""Which edges a model was given rather than found: validation must not count them as found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.errors import InputError
from hillflow.evaluate.network import NetworkScores
from hillflow.evaluate.network_signs import NetworkSigns
from hillflow.networks.network import Network

if TYPE_CHECKING:
    from hillflow.fields import CandidateEdges
    from hillflow.model import Member


@dataclass(frozen=True, eq=False)
class PriorUse:
    """What a prior explains of a validation.

    Attributes
    ----------
    name
        The name of the prior.
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
        Sign scores of the shared edges.
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


def prior_used(models: Sequence[Member], given: Network | None = None) -> Network | None:
    """The prior that models were fitted with, in the names of their genes; None without one.

    A field with parameters on candidate edges alone carries them; a prior that pulled on the
    loss (`WithPrior`) stands in the model. Only where that has several it must be given.
    """
    if given is not None:
        return given
    for carried in (_carried(models[0]), _pulled_towards(models[0])):
        if carried is not None:
            return carried
    if any(_mentions(model.provenance.get("method"), "WithPrior") for model in models):
        raise InputError(
            "the prior network that this model was pulled towards in training",
            "a model that keeps no copy of it",
            "name it with prior=… (--prior NAME or FILE), so that its edges do not count as found",
        )
    return None


def _carried(model: Member) -> Network | None:
    """The candidate edges of a field, unless they are all pairs; edges left free are no prior."""
    from hillflow.fields import CandidateEdges

    edges = getattr(model.field, "edges", None)
    if not isinstance(edges, CandidateEdges):
        return None
    every = len(model.genes) * (len(model.genes) - 1)
    if not edges.free.any() and int((edges.source != edges.target).sum()) == every:
        return None
    return _network(model, edges, "candidate edges of the model")


def _pulled_towards(model: Member) -> Network | None:
    """The soft prior of training."""
    return None if model.prior is None else _network(model, model.prior, "prior of training")


def _network(model: Member, edges: CandidateEdges, name: str) -> Network:
    """Candidate edges that are not free, in the names of the model's genes."""
    genes, kept = np.array(model.genes, dtype=object), ~edges.free
    source, target, sign = (
        part[kept].numpy(force=True) for part in (edges.source, edges.target, edges.sign)
    )
    return Network.from_columns(genes[source], genes[target], sign=sign.tolist(), name=name)


def _mentions(described: Any, kind: str) -> bool:
    if isinstance(described, Mapping):
        return described.get("kind") == kind or any(
            _mentions(value, kind) for value in described.values()
        )
    if isinstance(described, list | tuple):
        return any(_mentions(value, kind) for value in described)
    return False
