"""``validate``: an inferred network beside a published one."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from hillflow.evaluate import Validation, ValidationSetting
from hillflow.evaluate import validate as validate_network
from hillflow.evaluate.inferred import InferredNetwork, inferred_network
from hillflow.files import replacing
from hillflow.findings import collect_findings, note, unique_findings
from hillflow.networks import Network, load_prior
from hillflow.results import Run
from hillflow.results.subject import subject_of_run
from hillflow.workflow.options.validate import VALIDATE, ValidateOptions
from hillflow.workflow.priors_options import read_names, terms_of
from hillflow.workflow.reading import gene_list, rows_to_keep
from hillflow.workflow.verb import verb

if TYPE_CHECKING:
    import pandas as pd

NetworkLike: TypeAlias = "Run | Network | pd.DataFrame | str | PathLike[str]"


@verb(VALIDATE)
def validate(
    network: NetworkLike,
    against: str | PathLike[str] | Network,
    out: str | PathLike[str] | None,
    options: ValidateOptions,
) -> Validation:
    """Do what `hillflow.validate` promises.

    Returns
    -------
    Validation
        Scores, nulls, baselines and the edges they rest on.

    Examples
    --------
    >>> import hillflow as hf
    >>> cells = hf.simulate("hematopoiesis", cells=20, times=[0, 12])
    >>> run = hf.fit(cells, field="linear", effort=0.02)
    >>> result = hf.validate(run, "hematopoiesis", shuffles=9)
    >>> result.scores.edges
    26
    """
    with collect_findings() as said:
        if isinstance(against, Network):
            reference = against
        else:
            reference = load_prior(
                against, options.organism, prior_file=options.prior_file, format=options.format,
                where=rows_to_keep(options.where),
            )  # fmt: skip
        prior = options.prior
        if prior is not None and not isinstance(prior, Network):
            prior = load_prior(prior, options.organism)
        setting = ValidationSetting(
            options.universe, options.fold_case, read_names(options.aliases),
            draws=options.shuffles, seed=options.seed,
        )  # fmt: skip
        run, subject = _subject(network, gene_list(options.genes), prior)
        result = validate_network(
            subject, reference, options.organism, prior=prior, setting=setting
        )
        note(f"{reference.name}: {terms_of(reference)}", "prior.licence")
    result = replace(result, noted=unique_findings([*result.noted, *said]))
    if out is not None:
        result.save(out)
    elif run is not None:
        run.keep("validation", result.to_json())
    if options.figure is not None:
        from hillflow import pl  # matplotlib

        with replacing(Path(options.figure)) as draft:
            pl.figure_of(pl.validation(result)).savefig(draft)
    return result


def _subject(
    network: NetworkLike, genes: tuple[str, ...] | None, prior: Any
) -> tuple[Run | None, InferredNetwork]:
    """What is to be validated, and the run it comes from, if any."""
    if isinstance(network, str | PathLike) and Path(network).is_dir():
        network = Run.open(network)
    if isinstance(network, Run):
        return network, subject_of_run(network, prior)
    return None, inferred_network(network, genes, prior=prior)
