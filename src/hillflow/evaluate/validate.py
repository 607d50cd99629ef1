"""Holding an inferred network against what is published, without fooling oneself.

The pairs that count are declared; edges that the model was given do not count as found; beside
the score stand chance (two nulls), simple baselines on the same cells, and, where there was a
prior, the two rankings that learn nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hillflow.errors import GeneNameError, InputError, did_you_mean
from hillflow.evaluate.network import NetworkScores, network_scores, pair_weights, true_numbers
from hillflow.evaluate.network_signs import network_signs
from hillflow.evaluate.nulls import KINDS, null
from hillflow.evaluate.over_cells import OverCells, over_cells
from hillflow.evaluate.prior_use import PriorUse
from hillflow.evaluate.shared_edges import shared_edges
from hillflow.evaluate.subject import Inferred, Subject, check_data, subject_of
from hillflow.evaluate.universe import Universe
from hillflow.evaluate.validation import Validation
from hillflow.findings import Finding
from hillflow.networks.aligned import AlignedPrior
from hillflow.networks.load import load_prior
from hillflow.networks.network import Network

if TYPE_CHECKING:
    from hillflow.data import Snapshots, Trajectories

UNIVERSES = ("reference", "ordered")
FEW = 10  # edges to find: chance alone then reaches several times the base rate
MOST_GENES = 100  # beyond which a tree ensemble takes minutes, and must be asked for


@dataclass(frozen=True)
class ValidationSetting:
    """How a validation is done.

    Attributes
    ----------
    universe
        "reference": regulators of the reference × the panel; "ordered": all ordered pairs of the
        panel, for a reference that is known to be complete.
    fold_case, aliases
        How names of reference and prior are matched to the panel, see `Network.align`.
    baselines
        Keys of `NETWORK_BASELINES`; None: all, without the tree ensemble beyond 100 genes.
    draws, seed
        Shuffles of each null, and the seed of all that is random.
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
    network: Inferred,
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
        A run or its folder, a model or ensemble (with `data`), a `Network`, or a table or
        file of edges from any tool (`read_network`).
    against, organism
        The reference: a network, a file, or a name of the catalogue ("trrust", "collectri").
    genes
        The measured panel, for a bare table.
    data
        The cells it was inferred from, for the baselines; a run brings its own.
    prior
        The prior network that the model was given, where it does not carry it itself.
    setting
        The rest.

    Returns
    -------
    Validation
        `.scores` (the headline), `.signs`, `.over_cells`, `.nulls`, `.baselines`, `.prior`,
        `.edges`; `.table()`, `.curves()`, `.to_json()`. `hillflow.pl.validation` draws it.
    """
    setting = setting or ValidationSetting()
    reference = _network(against, organism)
    named = None if prior is None else _network(prior, organism)
    subject = subject_of(network, genes, data, named)
    check_data(subject)
    aligned = _aligned(reference, subject, setting)
    known = aligned.network
    given = subject.prior if named is None else _aligned(named, subject, setting).network
    if not (known.source != known.target).any():
        raise GeneNameError(
            f"edges of {reference.name} between two different genes of the panel",
            f"{len(known):,} self-edges alone", "choose another reference",
        )  # fmt: skip
    whole = _universe(setting.universe, known, subject)
    universe = whole
    if given is not None:
        words = f"the {len(given):,} edges that the model was given ({given.name or 'its prior'})"
        universe = whole.without(given, words)

    findings = list(subject.findings)
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
                    "model: nothing is left to find")
        )  # fmt: skip
    elif given is not None and not pair_weights(subject.network, universe).any():
        findings.append(
            Finding("validation.prior-alone", "no pair outside the prior has a weight: the model "
                    "could find nothing new")
        )  # fmt: skip
    else:
        scores = network_scores(subject.network, known, universe, self_edges=given is None)
        if scores.edges < FEW:
            findings.append(
                Finding(
                    "validation.few-edges",
                    f"{scores.edges:,} edges to find are too few to judge a network by: a larger "
                    "panel, or a reference with more edges, would tell more",
                )
            )
    nulls = () if scores is None else tuple(
        null(scores, kind, setting.draws, setting.seed) for kind in KINDS
    )  # fmt: skip
    signs = None if scores is None else network_signs(
        subject.network, known, universe, seed=setting.seed
    )  # fmt: skip
    return Validation(
        subject=subject.words,
        reference=known,
        alignment=str(aligned),
        universe=universe,
        scores=scores,
        signs=signs,
        over_cells=_over_cells(subject, known, universe, scores),
        nulls=nulls,
        baselines={} if scores is None else _baselines(subject, known, universe, setting),
        prior=None if given is None else _prior_use(subject, known, given, whole, universe),
        edges=shared_edges(subject.network, known, universe, given),
        noted=tuple(findings),
    )


def _network(given: str | os.PathLike[str] | Network, organism: str | None) -> Network:
    return given if isinstance(given, Network) else load_prior(given, organism)


def _aligned(
    network: Network, subject: Subject, setting: ValidationSetting
) -> AlignedPrior[Network]:
    return network.align(subject.genes, fold_case=setting.fold_case, aliases=setting.aliases)


def _universe(kind: str, reference: Network, subject: Subject) -> Universe:
    if kind == "ordered":
        return Universe.ordered_pairs(subject.genes)
    return Universe.of_reference(reference, subject.genes)


def _over_cells(
    subject: Subject, reference: Network, universe: Universe, scores: NetworkScores | None
) -> OverCells:
    if scores is None:
        return OverCells("no interval over cells: there is no score")
    if not subject.refits:
        return OverCells(subject.no_refits)
    return over_cells(subject.refits, reference, universe)


def _baselines(
    subject: Subject, reference: Network, universe: Universe, setting: ValidationSetting
) -> dict[str, NetworkScores]:
    from hillflow.baselines import NETWORK_BASELINES

    if subject.data is None:
        return {}
    names = setting.baselines
    if names is None:
        wide = len(subject.genes) > MOST_GENES
        names = [name for name in NETWORK_BASELINES if not (wide and name == "dynamic-tree")]
    return {
        name: network_scores(NETWORK_BASELINES[name].network(subject.data), reference, universe)
        for name in names
    }


def _prior_use(
    subject: Subject,
    reference: Network,
    prior: Network,
    whole: Universe,
    universe: Universe,
) -> PriorUse:
    from hillflow.evaluate.prior_baselines import prior_alone, prior_by_out_degree

    hubs = prior_by_out_degree(prior, subject.genes)
    shared = len(true_numbers(reference, whole)) - len(true_numbers(reference, universe))
    novel = None
    if len(true_numbers(reference, universe)):
        novel = network_scores(hubs, reference, universe)
    only = whole.among(prior, "the edges of the prior")
    within = None
    if 0 < len(true_numbers(reference, only)) < len(only):
        within = network_scores(subject.network, reference, only)
    return PriorUse(
        name=prior.name,
        edges=len(prior),
        shared=shared,
        with_prior=network_scores(subject.network, reference, whole),
        alone=network_scores(prior_alone(prior, subject.genes), reference, whole),
        by_out_degree=network_scores(hubs, reference, whole),
        within=within,
        novel_by_out_degree=novel,
        signs=network_signs(subject.network, reference, whole),
    )
