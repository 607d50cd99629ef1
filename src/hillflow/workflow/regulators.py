"""The genes that may act, read from what was given."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hillflow.errors import InputError, did_you_mean, listing
from hillflow.findings import note
from hillflow.workflow.options.base import named
from hillflow.workflow.options.regulators import ALL, PRIOR, RegulatorOptions
from hillflow.workflow.reading import gene_list


def read_regulators(
    options: RegulatorOptions,
    genes: Sequence[str],
    of_prior: Callable[[], Sequence[str]] | None = None,
) -> tuple[str, ...] | None:
    """Return the genes that may act, in the order of `genes`; None for all.

    Parameters
    ----------
    of_prior
        Returns the regulators of the prior network; None without one.
    """
    given = options.regulators
    if given is None or (isinstance(given, str) and given == ALL):
        return None
    if isinstance(given, str) and given == PRIOR:
        if of_prior is None:
            raise InputError(
                "a prior network for regulators='prior' (--regulators prior)", "none",
                "name one, prior=… (--prior), of a fit; or give a file with one regulator a line",
            )  # fmt: skip
        chosen = tuple(of_prior())
    else:
        chosen = gene_list(given) or ()
    if not chosen:
        raise InputError(
            f"genes in {named('regulators')}", "none", "leave it out to let every gene act"
        )
    unknown = [gene for gene in chosen if gene not in set(genes)]
    if len(unknown) == len(set(chosen)):
        raise InputError(
            f"genes of the data in {named('regulators')}", listing(unknown),
            did_you_mean(unknown[0], tuple(genes)),
        )  # fmt: skip
    if unknown:  # lists of all factors of a species name many that were not measured
        note(
            f"{len(unknown):,} of {len(set(chosen)):,} regulators are not among the genes of the "
            f"data and are left out: {listing(unknown)}", "regulators.not-measured",
        )  # fmt: skip
    return tuple(gene for gene in genes if gene in set(chosen))
