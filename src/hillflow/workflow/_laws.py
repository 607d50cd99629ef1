"""``laws``: each gene's regulation in a run as a formula."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from hillflow.errors import InputError, listing
from hillflow.findings import collect_findings, note, unique_findings
from hillflow.model.at_rest import check_moving
from hillflow.networks import Network
from hillflow.progress import ProgressCallback, progress_callback
from hillflow.results import Run
from hillflow.symbolic import Laws, Sampling, distill, read_laws
from hillflow.symbolic.over_conditions import (
    check_conditions,
    errors_by_condition,
    worst_conditions,
)
from hillflow.symbolic.read_laws import has_laws
from hillflow.tasks import workers
from hillflow.workflow.options.base import asked, named
from hillflow.workflow.options.laws import LAWS, LawOptions
from hillflow.workflow.reading import names
from hillflow.workflow.runs import RunLike, open_run
from hillflow.workflow.verb import verb

if TYPE_CHECKING:
    from rich.progress import Progress


@verb(LAWS)
def laws(
    run: RunLike, out: str | PathLike[str] | None, options: LawOptions,
    progress: Progress | ProgressCallback | bool | None = None,
) -> Laws:  # fmt: skip
    """Do what `hillflow.laws` promises.

    Returns
    -------
    Laws
        A Pareto front of laws for each gene.

    Examples
    --------
    >>> import hillflow as hf
    >>> cells = hf.simulate("toggle", cells=30, times=[0, 1, 2])
    >>> laws = hf.laws(hf.fit(cells, field="linear", effort=0.02), parents=1, members=0)
    >>> list(laws)
    ['A', 'B']
    """
    with collect_findings() as said:
        opened = open_run(run)
        if has_laws(opened.fit):
            _refuse_search(options, opened)
        else:
            check_moving(opened.fit.members[0], "a search for laws")
        if options.invariance:
            check_conditions(None, opened.data)
        network = options.graph
        if network is not None and not isinstance(network, Network):
            network = Network.load(network, opened.fit.genes)
        wanted = None if options.genes is None else names(options.genes)
        before = opened.kept("laws") if wanted is not None and out is None else None
        if has_laws(opened.fit):
            found = read_laws(opened.fit, opened.data, wanted)
        else:
            with workers(options.jobs, options.cluster) as those:
                found = distill(
                    opened.fit, opened.data, network, genes=wanted, engine=options.engine,
                    parents=options.parents, also=names(options.also), seed=options.seed,
                    sampling=Sampling(tolerance=options.tolerance, members=options.members),
                    workers=those, progress=progress_callback(progress),
                )  # fmt: skip
        if options.invariance:
            table = errors_by_condition(found, opened.data, options.seed)
            found.about["conditions"] = worst_conditions(table)
        if before is not None:
            _note_other_settings(before, found)
    noted = unique_findings([*said, *opened.fit.findings])
    found.about["asked"] = [asked(options)]
    found.about["findings"] = [finding.to_json() for finding in noted]
    found = replace(found, show_constants=options.constants)
    together = found if before is None else before.updated(found)
    if out is None:
        opened.keep("laws", together)
    else:
        together.save(Path(out))
    return found


def _refuse_search(options: LawOptions, opened: Run) -> None:
    """Refuse options of the search for formulas where laws are read, not searched for."""
    given = asked(options, "genes", "seed", "invariance")
    if given:
        raise InputError(
            "a fit whose laws are searched for",
            f"the field 'logic', which is its own laws, with {', '.join(map(named, given))}",
            f"leave these options out: `{opened.command('laws')}` reads the laws",
        )


def _note_other_settings(before: Laws, found: Laws) -> None:
    """That the run keeps the laws of other genes, and which were found with other settings."""
    kept = sum(gene not in found for gene in before)
    if kept:
        genes = f"{kept:,} other gene{'s' * (kept != 1)}"
        note(f"the run keeps the laws of {genes} beside these", "laws.others-kept")
    now = found.settings(next(iter(found)))
    others: dict[str, list[str]] = {}
    for gene in before:
        if gene in found:
            continue
        then = before.settings(gene)
        # A setting that the file does not mention cannot be said to differ.
        changed = [key for key in now if then.get(key, now[key]) != now[key]]
        unlike = [f"{key} {_in_words(then[key])}, not {_in_words(now[key])}" for key in changed]
        if unlike:
            others.setdefault("; ".join(unlike), []).append(gene)
    if others:
        parts = (f"{listing(genes)} with {settings}" for settings, genes in others.items())
        note(f"the other laws were found with other settings: {'; '.join(parts)}",
             "laws.other-settings")  # fmt: skip


def _in_words(setting: object) -> str:
    return (", ".join(map(str, setting)) or "none") if isinstance(setting, list) else str(setting)
