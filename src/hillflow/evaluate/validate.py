"""`validate`: an inferred network compared with a published one.

The scored pairs are declared, and edges that the fit was given as a prior do not count as inferred.
The scores are reported with two null distributions, simple baselines on the same cells and, if a
prior was given, two rankings that use only the prior.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hillflow.errors import GeneNameError, InputError, did_you_mean
from hillflow.evaluate.inferred import (
    InferredNetwork,
    NetworkLike,
    check_data,
    inferred_network,
)
from hillflow.evaluate.network_scores import (
    NetworkScores,
    network_scores,
    pair_weights,
    scores_of_pairs,
    true_numbers,
)
from hillflow.evaluate.network_signs import network_signs
from hillflow.evaluate.null_distribution import KINDS, null_distribution
from hillflow.evaluate.over_cells import OverCells, over_cells
from hillflow.evaluate.prior_use import PriorUse
from hillflow.evaluate.reference_hubs import hub_strength, signed_hub_strength
from hillflow.evaluate.shared_edges import shared_edges
from hillflow.evaluate.sign_rankings import sign_rankings
from hillflow.evaluate.universe import Universe
from hillflow.evaluate.validation import HUBS, THIS, Validation
from hillflow.findings import Finding
from hillflow.networks.aligned import AlignedPrior
from hillflow.networks.load import load_prior
from hillflow.networks.network import Network

if TYPE_CHECKING:
    from hillflow.data import Snapshots, Trajectories

UNIVERSES = ("reference", "ordered")
MOST_GENES = 100  # beyond it the tree ensemble takes minutes, and must be requested


@dataclass(frozen=True)
class ValidationSetting:
    """Options of `validate`.

    Parameters
    ----------
    universe
        "reference": regulators of the reference × the panel; "ordered": all ordered pairs of the
        panel, for a reference that is known to be complete.
    fold_case, aliases
        How gene names of the reference and the prior are matched to the panel, see
        `Network.align`.
    baselines
        Keys of `NETWORK_BASELINES`; None: all, without the tree ensemble for more than 100 genes.
    draws, seed
        Number of shuffles of each null distribution, and the seed of all random numbers.
    """

    universe: str = "reference"
    fold_case: bool = False
    aliases: Mapping[str, str] | None = None
    baselines: Sequence[str] | None = None
    draws: int = 199
    seed: int = 0

    def __post_init__(self) -> None:
        from hillflow.baselines import NETWORK_BASELINES

        if self.universe not in UNIVERSES:
            raise InputError(
                "the universe 'reference' or 'ordered'", repr(self.universe),
                did_you_mean(self.universe, UNIVERSES),
            )  # fmt: skip
        for name in self.baselines or ():
            if name not in NETWORK_BASELINES:
                raise InputError(
                    "the name of a network baseline", repr(name),
                    did_you_mean(name, tuple(NETWORK_BASELINES)),
                )  # fmt: skip


def validate(
    network: NetworkLike,
    against: str | os.PathLike[str] | Network = "trrust",
    organism: str | None = None,
    *,
    genes: Sequence[str] | None = None,
    data: Snapshots | Trajectories | None = None,
    prior: str | os.PathLike[str] | Network | None = None,
    setting: ValidationSetting | None = None,
) -> Validation:
    """Score an inferred network against a reference.

    Parameters
    ----------
    network
        A fit or member (with `data`), a `Network`, or a table or file of edges from any tool
        (`read_network`).
    against, organism
        The reference: a network, a file, or a name in the catalogue ("trrust", "collectri").
    genes
        The measured genes, for a table of edges.
    data
        The cells from which the network was inferred, for the baselines.
    prior
        The prior network of the fit, if the fit does not store it.
    setting
        Further options, see `ValidationSetting`.

    Returns
    -------
    Validation
        `.scores` (the main scores), `.signs`, `.by_sign`, `.over_cells`, `.nulls`, `.baselines`,
        `.hubs`, `.prior`, `.edges`; `.table()`, `.curves()`, `.to_json()`.
        `hillflow.pl.validation` draws it. Cost: that of the null distributions and the baselines.

    Examples
    --------
    >>> import pandas as pd
    >>> from hillflow.evaluate import ValidationSetting, validate
    >>> from hillflow.networks import Network
    >>> known = Network.from_columns(["A", "B"], ["B", "C"], sign=[1, -1])
    >>> edges = pd.DataFrame(
    ...     {"source": ["A", "B", "B"], "target": ["B", "C", "A"], "weight": [2.0, -1.0, 0.5]}
    ... )
    >>> result = validate(edges, known, setting=ValidationSetting(draws=9))
    >>> result.scores.ap, result.counts()
    (1.0, {'matched': 2, 'missed': 0, 'novel': 0})
    """
    setting = setting or ValidationSetting()
    reference = _network(against, organism)
    named = None if prior is None else _network(prior, organism)
    inferred = inferred_network(network, genes, data, named)
    check_data(inferred)
    aligned = _aligned(reference, inferred, setting)
    known = aligned.network
    given = inferred.prior if named is None else _aligned(named, inferred, setting).network
    if not (known.source != known.target).any():
        raise GeneNameError(
            f"edges of {reference.name} between two different genes of the panel",
            f"{len(known):,} self-edges only", "choose another reference",
        )  # fmt: skip
    whole = _universe(setting.universe, known, inferred)
    universe = whole
    if given is not None:
        name = given.name or "its prior"
        universe = whole.without(given, f"the {len(given):,} edges given to the fit ({name})")

    findings = list(inferred.findings)
    scores = None
    if len(known) and not known.evidence.astype(bool).any():
        name = known.name or "the reference"
        findings.append(
            Finding("validation.no-evidence", f"this copy of {name} cites no papers for its edges",
                    "note")
        )  # fmt: skip
    if not len(true_numbers(known, universe)):
        findings.append(
            Finding("validation.nothing-to-find", "every edge of the reference was given to the "
                    "fit as a prior: none is left to infer")
        )  # fmt: skip
    elif given is not None and not pair_weights(inferred.network, universe).any():
        findings.append(
            Finding("validation.prior-alone", "no pair outside the prior has a weight: the fit "
                    "could infer no new edge")
        )  # fmt: skip
    else:
        scores = network_scores(inferred.network, known, universe, self_edges=given is None)
        findings += scores.findings
    nulls = () if scores is None else tuple(
        null_distribution(scores, kind, setting.draws, setting.seed) for kind in KINDS
    )  # fmt: skip
    signs = None if scores is None else network_signs(
        inferred.network, known, universe, seed=setting.seed
    )  # fmt: skip
    simple = {} if scores is None else _simple_networks(inferred, setting)
    signed = {} if scores is None else {
        name: pair_weights(network, universe)
        for name, network in ({THIS: inferred.network} | simple).items()
    } | {HUBS: signed_hub_strength(known, universe)}  # fmt: skip
    return Validation(
        subject=inferred.description,
        reference=known,
        alignment=str(aligned),
        universe=universe,
        scores=scores,
        signs=signs,
        over_cells=_over_cells(inferred, known, universe, scores),
        nulls=nulls,
        baselines={
            name: network_scores(network, known, universe) for name, network in simple.items()
        },
        prior=None if given is None else _prior_use(inferred, known, given, whole, universe),
        edges=shared_edges(inferred.network, known, universe, given),
        noted=tuple(findings),
        hubs=None if scores is None else _hubs(known, universe),
        by_sign=sign_rankings(signed, known, universe),
    )


def _network(given: str | os.PathLike[str] | Network, organism: str | None) -> Network:
    return given if isinstance(given, Network) else load_prior(given, organism)


def _aligned(
    network: Network, inferred: InferredNetwork, setting: ValidationSetting
) -> AlignedPrior[Network]:
    return network.align(inferred.genes, fold_case=setting.fold_case, aliases=setting.aliases)


def _universe(kind: str, reference: Network, inferred: InferredNetwork) -> Universe:
    if kind == "ordered":
        return Universe.ordered_pairs(inferred.genes)
    return Universe.of_reference(reference, inferred.genes)


def _over_cells(
    inferred: InferredNetwork, reference: Network, universe: Universe, scores: NetworkScores | None
) -> OverCells:
    if scores is None:
        return OverCells("no interval over cells: there is no score")
    if not inferred.refits:
        return OverCells(inferred.no_refits)
    return over_cells(inferred.refits, reference, universe)


def _hubs(reference: Network, universe: Universe) -> NetworkScores:
    true = true_numbers(reference, universe)
    return scores_of_pairs(hub_strength(true, universe), true, len(reference), universe)


def _simple_networks(inferred: InferredNetwork, setting: ValidationSetting) -> dict[str, Network]:
    """The networks of the baselines, from the same cells; none without cells."""
    from hillflow.baselines import NETWORK_BASELINES

    if inferred.data is None:
        return {}
    names = setting.baselines
    if names is None:
        wide = len(inferred.genes) > MOST_GENES
        names = [name for name in NETWORK_BASELINES if not (wide and name == "dynamic-tree")]
    return {name: NETWORK_BASELINES[name].network(inferred.data) for name in names}


def _prior_use(
    inferred: InferredNetwork,
    reference: Network,
    prior: Network,
    whole: Universe,
    universe: Universe,
) -> PriorUse:
    from hillflow.evaluate.prior_baselines import prior_alone, prior_by_out_degree

    hubs = prior_by_out_degree(prior, inferred.genes)
    shared = len(true_numbers(reference, whole)) - len(true_numbers(reference, universe))
    novel = None
    if len(true_numbers(reference, universe)):
        novel = network_scores(hubs, reference, universe)
    within_prior = whole.among(prior, "the edges of the prior")
    within = None
    if 0 < len(true_numbers(reference, within_prior)) < len(within_prior):
        within = network_scores(inferred.network, reference, within_prior)
    return PriorUse(
        name=prior.name,
        edges=len(prior),
        shared=shared,
        with_prior=network_scores(inferred.network, reference, whole),
        alone=network_scores(prior_alone(prior, inferred.genes), reference, whole),
        by_out_degree=network_scores(hubs, reference, whole),
        within=within,
        novel_by_out_degree=novel,
        signs=network_signs(inferred.network, reference, whole),
    )
