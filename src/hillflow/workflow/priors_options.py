"""A prior network as an option: which, how its names are matched, and what is free beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from hillflow.findings import note
from hillflow.networks import Network, load_prior, read_aliases
from hillflow.networks.aligned import AlignedPrior
from hillflow.networks.load import named_entry
from hillflow.workflow.options.prior import NetworkOptions, PriorOptions
from hillflow.workflow.reading import rows_to_keep

if TYPE_CHECKING:
    from hillflow.fields import CandidateEdges


def read_prior_edges(options: PriorOptions, genes: tuple[str, ...]) -> CandidateEdges | None:
    """The candidate edges that the prior and its free neighbours give; None without a prior."""
    from hillflow.fields import CandidateEdges  # needs torch, which `priors list` does not

    if options.prior is None:
        return None
    aligned = aligned_prior(
        options.prior, genes, prior_file=options.prior_file, organism=options.organism,
        fold_case=options.fold_case, aliases=options.aliases, format=options.prior_format,
        where=options.where,
    )  # fmt: skip
    mask = aligned.mask(free=cast("Any", options.free_edges))
    free = len(mask) - len(aligned.network)
    if free:
        note(f"{free:,} free edges beside the prior, at a higher cost", "prior.free-edges")
    return CandidateEdges(
        mask.source_index, mask.target_index, len(genes), mask.sign, free=mask.free
    )


def read_network(options: NetworkOptions) -> Network:
    """The named network as it is, not laid over genes; its licence and its note are told."""
    prior = options.prior
    network = prior if isinstance(prior, Network) else load_prior(
        prior, options.organism, prior_file=options.prior_file, format=options.prior_format,
        where=rows_to_keep(options.where),
    )  # fmt: skip
    _tell_terms(network, prior, options.organism, options.prior_file)
    return network


def aligned_prior(
    prior: Any, genes: tuple[str, ...], *, prior_file: Any = None, organism: str | None = None,
    fold_case: bool = False, aliases: Any = None, format: str = "auto", where: Any = (),
) -> AlignedPrior:  # fmt: skip
    """A prior laid over genes; what was matched, its licence and its note are told."""
    network = prior
    if not isinstance(prior, Network):
        network = load_prior(
            prior, organism, prior_file=prior_file, format=format, where=rows_to_keep(where)
        )
    aligned = network.align(genes, fold_case=fold_case, aliases=read_names(aliases))
    matched = "; ".join(str(aligned).splitlines())
    note(f"prior {network.name}: {matched}", "prior.alignment")
    _tell_terms(network, prior, organism, prior_file)
    return aligned


def _tell_terms(network: Network, prior: Any, organism: str | None, prior_file: Any) -> None:
    """Under which terms the network may be used, and what must be known of it."""
    if network.licence or network.citation:  # of a user's own file there is nothing to say
        note(f"{network.name}: {terms_of(network)}", "prior.licence")
    entry = None if isinstance(prior, Network) else named_entry(prior, organism, prior_file)
    if entry and entry.note:
        note(f"{entry.name}: {entry.note}", "prior.note")


def terms_of(network: Network) -> str:
    """Licence and citation in words."""
    cite = f"; please cite {network.citation}" if network.citation else ""
    return f"{network.licence or 'licence not known'}{cite}"


def read_names(given: Any) -> dict[str, str] | None:
    """Aliases from a table's file, or as they are."""
    return given if given is None or isinstance(given, dict) else read_aliases(given)
