"""``export``: the network, or the laws, in the form that another tool reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

from hillflow.causal import graph as read_graph
from hillflow.errors import InputError, did_you_mean
from hillflow.findings import Finding, collect_findings, note
from hillflow.networks import FORMATS, Network, annotated
from hillflow.results import Run
from hillflow.results.exported import Exported
from hillflow.results.laws_of_run import laws_of_run
from hillflow.symbolic import LAW_FORMATS, Laws
from hillflow.workflow.files import check_new_file
from hillflow.workflow.options.base import named
from hillflow.workflow.options.export import EXPORT, ExportOptions
from hillflow.workflow.priors_options import aligned_prior
from hillflow.workflow.runs import check_run_like
from hillflow.workflow.verb import verb

SELECTION = ("confidence", "top", "top_per_target")
KNOWN_NETWORK = ("prior", "prior_file", "organism", "fold_case", "aliases")
STATUSES = ("agreement", "opposite", "novel", "missing")
_VELOCITY = "use hillflow.velocity(run, 'velocity.h5ad') (`hillflow velocity`)"
# Tools whose name is not that of the format they read: name, and what to write.
TOOLS = {
    "cytoscape": ("Cytoscape", "cx2"), "cytoscape.js": ("Cytoscape.js", "cyjs"),
    "gephi": ("Gephi", "graphml"), "networkx": ("NetworkX", "graphml"),
    "igraph": ("igraph", "graphml"), "copasi": ("COPASI", "sbml"),
    "tellurium": ("Tellurium", "sbml"), "boolnet": ("BoolNet", "bnet"),
    "pyboolnet": ("PyBoolNet", "bnet"), "ginsim": ("GINsim", "sbml-qual"),
    "aeon": ("AEON", "sbml-qual"), "scenic": ("SCENIC", "pyscenic"),
    "tex": ("LaTeX", "latex"), "md": ("Markdown", "markdown"), "xhtml": ("XHTML", "mathml"),
    "cellrank": ("CellRank", _VELOCITY), "scvelo": ("scVelo", _VELOCITY),
}  # fmt: skip
READABLE = 500  # edges that a picture still shows

ExportLike: TypeAlias = Run | Network | Laws | str | PathLike[str]


@verb(EXPORT)
def export(
    source: ExportLike, to: str, out: str | PathLike[str], options: ExportOptions
) -> Exported:
    """Do what `hillflow.export` promises.

    Returns
    -------
    Exported
        The paths written, and how many genes and edges.

    Examples
    --------
    >>> import hillflow as hf, tempfile
    >>> cells = hf.simulate("toggle", cells=30, times=[0, 1, 2])
    >>> run = hf.fit(cells, field="linear", effort=0.02)
    >>> folder = tempfile.TemporaryDirectory()
    >>> exported = hf.export(run, "graphml", f"{folder.name}/network.graphml")
    >>> [path.name for path in exported.paths]
    ['network.graphml']
    """
    written = [one.name for one in FORMATS.values() if one.write is not None]
    _check_format(to, out, (*written, *LAW_FORMATS))
    selection = {name: getattr(options, name) for name in SELECTION}
    known_network = {name: getattr(options, name) for name in KNOWN_NETWORK}
    if to in LAW_FORMATS:
        laws_form = LAW_FORMATS[to]
        path = _new(out, laws_form.suffix, options)
        _refuse({**selection, "gene": options.gene, **known_network}, "a network",
                f"{to}, which holds laws")  # fmt: skip
        return Exported((laws_form.write(_laws(source), path),), to)
    form = FORMATS[to]
    path = _new(out, form.suffix, options, form.beside)
    if not form.overlay:
        able = [one.name for one in FORMATS.values() if one.overlay]
        _refuse(known_network, f"{named('to')} among {', '.join(able)}", to)
    elif options.prior is None:
        _refuse(known_network, f"{named('prior')} with its options", "none")
    with collect_findings() as said:
        network = _network(source)
        if any(value is not None for value in selection.values()):
            network = network.select(**selection)
        prior = None
        if options.prior is not None:
            prior = aligned_prior(
                options.prior, network.genes, prior_file=options.prior_file,
                organism=options.organism, fold_case=options.fold_case, aliases=options.aliases,
            ).network  # fmt: skip
        if options.gene is not None:
            network = network.neighbourhood(options.gene, options.radius)
        paths = network.write(path, to, prior=prior)
    findings = list(said)
    if form.picture and len(network) > READABLE:
        findings.append(
            Finding(
                "export.many-edges",
                f"{len(network):,} edges are more than a picture shows; top=100 (--top 100) or "
                "gene=… (--gene) makes it readable",
            )
        )
    status = {} if prior is None else _against(network, prior)
    return Exported(
        tuple(paths), to, len(network.genes), len(network), status,
        "" if prior is None else prior.name, tuple(findings),
    )  # fmt: skip


def _check_format(to: Any, out: Any, known: Sequence[str]) -> None:
    """Refuse what is no format; names of tools are answered with the format they read."""
    if to in known:
        return
    expected = f"the name of a format as {named('to')}"
    if str(out) in known:
        raise InputError(
            expected, f"{str(to)!r}, with the format {str(out)!r} as the file",
            f"name the format first: hillflow.export(source, {str(out)!r}, {str(to)!r})",
        )  # fmt: skip
    tool = str(to).casefold()
    if tool in TOOLS:
        fix = f"for {TOOLS[tool][0]}: {TOOLS[tool][1]}"
    elif (near := did_you_mean(str(to), known)).endswith("?"):
        fix = near
    else:
        fix = f"choose one of {', '.join(known)}"
    raise InputError(expected, repr(to), fix)


def _new(
    out: str | PathLike[str], ending: str, options: ExportOptions, beside: Sequence[str] = ()
) -> Path:
    path = Path(out)
    check_new_file(path, ending, options.overwrite, beside=[path.stem + end for end in beside])
    return path


def _refuse(options: dict[str, Any], expected: str, found: str) -> None:
    """Say which options mean nothing here, rather than passing over them."""
    given = [named(name) for name, value in options.items() if value not in (None, False)]
    if given:
        raise InputError(expected, f"{found}, with {', '.join(given)}", "leave these options out")


def _network(source: ExportLike) -> Network:
    """The edges of a table or of a run; of a run without a table, what its fit says."""
    if isinstance(source, Network):
        return source
    if isinstance(source, Laws):
        raise InputError("a network", "laws", 'export them to="sbml" (--to sbml)')
    if not isinstance(source, Run):
        check_run_like(source)
        if Path(source).is_file():
            return Network.load(Path(source))
        source = Run.open(source)
    if source.graph is not None:
        return source.graph
    note(f"no network in {source.name} yet: it is inferred from the fit", "export.no-graph")
    return read_graph(source.fit, source.data)


def _laws(source: ExportLike) -> Laws:
    """The laws of a run, or of the file that `laws` wrote."""
    if isinstance(source, Laws):
        return source
    if isinstance(source, str | PathLike) and Path(source).is_file():
        return Laws.load(Path(source))
    check_run_like(source)
    run = source if isinstance(source, Run) else Run.open(source)  # type: ignore[arg-type]
    return laws_of_run(run)


def _against(network: Network, prior: Any) -> dict[str, int]:
    """How many of the edges written have each status beside the prior."""
    marks = annotated(network, prior).edges(data="status")
    count = Counter(status for *_, status in marks)
    return {status: count[status] for status in STATUSES}
