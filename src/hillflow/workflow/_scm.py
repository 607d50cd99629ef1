"""``scm``: the stable states of a run's law, and what moves it between them."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path

from hillflow.causal import ScmResult, stable_states
from hillflow.errors import GeneNameError, did_you_mean
from hillflow.findings import collect_findings, note, unique_findings
from hillflow.interventions import Intervention
from hillflow.workflow.cells import check_genes_are
from hillflow.workflow.options.base import asked
from hillflow.workflow.options.scm import KNOCKOUTS, SCM, ScmOptions
from hillflow.workflow.reading import names
from hillflow.workflow.runs import RunLike, open_run
from hillflow.workflow.verb import verb


@verb(SCM)
def scm(run: RunLike, out: str | PathLike[str] | None, options: ScmOptions) -> ScmResult:
    """Do what `hillflow.scm` promises.

    Returns
    -------
    ScmResult
        ``result.table`` has the stable states, ``result.levels``, ``result.effects``,
        ``result.interventions`` and ``result.switches`` what follows from them, as tables.
        ``result.paths("GATA1", "KLF1", state=1)`` and ``result.network(state=1)`` read the causal
        graph at a state.

    Examples
    --------
    >>> import hillflow as hf
    >>> cells = hf.simulate("toggle", cells=30, times=[0, 2, 4], seed=1)
    >>> result = hf.scm(hf.fit(cells, field="hill", effort=0.02), max_genes=0)
    >>> list(result.interventions["intervention"].unique())
    ['A=knockout', 'B=knockout']
    """
    with collect_findings() as said:
        opened = open_run(run)
        check_genes_are("equilibria under perturbations", opened.fit.scale)
        genes = opened.fit.genes
        for gene in (options.source, options.target):
            if gene is not None and gene not in genes:
                raise GeneNameError("a gene of the fit", repr(gene), did_you_mean(gene, genes))
        if options.do is not None:
            wanted = [Intervention.parse(name) for name in names(options.do)]
        elif len(genes) <= KNOCKOUTS:
            wanted = [Intervention.knockout(gene) for gene in genes]
        else:
            wanted = []
            note(
                f"no perturbation was named, and {len(genes):,} genes are too many to knock out "
                "each: name some with do='GATA1,SPI1' (--do GATA1,SPI1)", "scm.no-interventions",
            )  # fmt: skip
        result = stable_states(
            opened.fit, opened.data, wanted, cells=options.cells, max_genes=options.max_genes,
            members=options.members,
        )  # fmt: skip
    noted = unique_findings([*said, *result.findings, *opened.fit.findings])
    result = replace(result, asked=asked(options), noted=noted)
    if out is not None:
        result.save(Path(out))
    else:
        opened.keep("scm", result)
    return result
