"""Edges that a fit was given as a prior, which a validation must not count as inferred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.errors import InputError
from hillflow.evaluate.network_scores import NetworkScores
from hillflow.evaluate.network_signs import NetworkSigns
from hillflow.networks.network import Network

if TYPE_CHECKING:
    from hillflow.fields import CandidateEdges
    from hillflow.model import Member


@dataclass(frozen=True, eq=False)
class PriorUse:
    """The part of a validation that is explained by a prior.

    Attributes
    ----------
    name
        The name of the prior.
    edges, shared
        Numbers of its edges, and of those that are also in the reference (without self-edges).
    with_prior
        The scores if its edges count as inferred. This is circular, and never the main score.
    alone, by_out_degree
        Scores of rankings that use no data, on the same universe: by the prior, and by the prior
        with ties broken by the number of targets of each regulator.
    within
        The scores on the prior's own edges: does the network rank those of the reference first?
        None if the reference has all of them or none.
    novel_by_out_degree
        Scores of the second ranking on the pairs outside the prior, for comparison with the main
        score; None if there is no main score.
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


def prior_used(members: Sequence[Member], given: Network | None = None) -> Network | None:
    """The prior that the members were fitted with, with their gene names; None without one.

    A field whose parameters exist only for candidate edges contains the prior. A soft prior in the
    loss (`WithPrior`) is stored with the member. If training had several soft priors, none is
    stored, and `given` is required.
    """
    if given is not None:
        return given
    for prior in (_candidate_edges(members[0]), _soft_prior(members[0])):
        if prior is not None:
            return prior
    if any(_mentions(member.provenance.get("method"), "WithPrior") for member in members):
        raise InputError(
            "the prior network that was used in training",
            "a fit that keeps no copy of it",
            "name it with prior=… (--prior NAME or FILE), so that its edges do not count as "
            "inferred",
        )
    return None


def _candidate_edges(member: Member) -> Network | None:
    """The candidate edges of the field that were given. Free edges are no prior."""
    from hillflow.fields import CandidateEdges

    edges = getattr(member.field, "edges", None)
    if not isinstance(edges, CandidateEdges) or not edges.told:
        return None
    return _network(member, edges, "candidate edges of the fit")


def _soft_prior(member: Member) -> Network | None:
    """The soft prior of training."""
    return None if member.prior is None else _network(member, member.prior, "prior of training")


def _network(member: Member, edges: CandidateEdges, name: str) -> Network:
    """Candidate edges that are not free, with the gene names of the member."""
    genes, fixed = np.array(member.genes, dtype=object), ~edges.free
    source, target, sign = (
        part[fixed].numpy(force=True) for part in (edges.source, edges.target, edges.sign)
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
