"""The gallery: every function of `hf.pl` with the code that draws it, and the picture it draws.

One small run of simulated cells serves all of them, so its pictures are sketches. An error in any
of them fails the build.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

SETUP = """\
import hillflow as hf

genes = ["GATA1", "SPI1", "CEBPA", "ZFPM1", "KLF1", "FLI1", "GFI1"]
adata = hf.simulate("hematopoiesis", cells=60, times=[0, 8, 16, 32, 64], knockouts="GATA1,SPI1")
run = hf.fit(adata, time="time", genes=genes, effort=0.1)  # a sketch: a tenth of the steps
network, laws = hf.graph(run), hf.laws(run)
knockouts = hf.knockout(run, "GATA1,SPI1,GATA1+SPI1,KLF1")
agreement = hf.validate(run, against="hematopoiesis", shuffles=19)
"""
# In the order of an analysis; the code ends in the call of the figure.
FIGURES = {
    "populations": "hf.pl.populations(run.data)",
    "labels": "hf.pl.labels(run.data)",
    "history": "hf.pl.history(run)",
    "stream": "hf.pl.stream(run)",
    "trajectories": 'hf.pl.trajectories(run, genes=["GATA1", "SPI1", "KLF1", "CEBPA"])',
    "trajectory": 'hf.pl.trajectory(run, "KLF1")',
    "prediction": 'hf.pl.prediction(run.data, hf.predict(run, perturb="GATA1=ko"))',
    "fate_comparison": "hf.pl.fate_comparison(run)",
    "drivers": "hf.pl.drivers(network)",
    "network": "hf.pl.network(network, top=20)",
    "regulators": "hf.pl.regulators(network)",
    "law": 'hf.pl.law(laws, "FLI1", data=run.data)',
    "logic_network": "hf.pl.logic_network(laws)",
    "law_fronts": """\
linear = hf.fit(adata, time="time", field="linear", genes=genes, effort=0.1)
searched = hf.laws(linear, genes=["KLF1", "FLI1"], members=0)  # formulas of several sizes
hf.pl.law_fronts(searched)""",
    "law_front": 'hf.pl.law_front(searched["KLF1"])',
    "knockout_ranking": "hf.pl.knockout_ranking(knockouts)",
    "knockout_effects": "hf.pl.knockout_effects(knockouts)",
    "fates": "hf.pl.fates(knockouts)",
    "stable_states": "hf.pl.stable_states(hf.scm(run))",
    "validation": "hf.pl.validation(agreement)",
    "precision_recall": "hf.pl.precision_recall(agreement)",
    "scores": "hf.pl.scores(agreement)",
    "signs": "hf.pl.signs(agreement)",
    "reliability": """\
from hillflow.causal.confidence import reliability

known = hf.priors.load("hematopoiesis").edges
true = set(zip(known["source"], known["target"]))
edges = network.edges.dropna(subset="confidence")
is_true = [pair in true for pair in zip(edges["source"], edges["target"])]
hf.pl.reliability(reliability(edges["confidence"], is_true, bins=5))""",
}


def text() -> str:
    """The gallery as Markdown, with its pictures beside it."""
    from hillflow import pl

    parts = [f"```text\n{SETUP}```\n"]
    for name, code in FIGURES.items():
        first = (getattr(pl, name).__doc__ or "").strip().partition("\n")[0]
        parts.append(f"### {name}\n\n{first}\n\n```text\n{code}\n```\n\n![{first}]({name}.png)\n")
    return "\n".join(parts)


def draw(folder: Path) -> None:
    """Draw all of them into `folder`, unless they are there and newer than what draws them."""
    import hillflow

    folder.mkdir(parents=True, exist_ok=True)
    pictures = [folder / f"{name}.png" for name in FIGURES]
    sources = [Path(__file__), *(Path(hillflow.__file__).parent / "pl").glob("*.py")]
    newest = max(path.stat().st_mtime for path in sources)
    if all(path.is_file() and path.stat().st_mtime > newest for path in pictures):
        return
    with hillflow.pl.figure_style(off_screen=True):
        names: dict[str, Any] = {}
        _run(SETUP, names)
        for name, code in FIGURES.items():
            axes = _run(code, names)
            figure = hillflow.pl.figure_of(axes)
            figure.savefig(folder / f"{name}.png", dpi=120, bbox_inches="tight")


def _run(code: str, names: dict[str, Any]) -> Any:
    """Execute code in `names`; the value of its last expression."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "gallery", "exec"), names)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "gallery", "eval"), names)
