"""The runs that figures are drawn of too, one whose every name is markup, and their pages.

A page with its figures takes seconds. `page` and `hostile_page` have them and are made once; for
what a page says, `section_of` and the fixture `unrendered` do without.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hillflow.model import Member
from hillflow.networks import Network

from ..linear_law import LinearLaw
from ..pl.conftest import *  # noqa: F403
from ..pl.conftest import OFFSET, RATE, TIMES, WEIGHTS, exact
from ..small_fits import model_of

IMAGE = "<img src=x onerror=alert(1)>"
SCRIPT = "</script><script>alert(2)</script>"
QUOTE = "\"onmouseover='alert(3)'"
HOSTILE = (IMAGE, SCRIPT, f"{QUOTE} {IMAGE}", "{{ 7 * 191 }}")


@pytest.fixture(scope="session")
def page_file(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of `filled`, with its figures."""
    from hillflow.page import report

    return report(filled, tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="session")
def page(page_file: Path) -> str:
    return page_file.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def hostile_page_file(hostile: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of `hostile`, with its figures."""
    from hillflow.page import report

    return report(hostile, tmp_path_factory.mktemp("hostile-page") / "report.html")


@pytest.fixture(scope="session")
def hostile_page(hostile_page_file: Path) -> str:
    return hostile_page_file.read_text(encoding="utf-8")


@pytest.fixture
def unrendered(unrendered: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As everywhere; streamlines, which take long to trace, are left out too."""
    from matplotlib.figure import Figure

    monkeypatch.setattr("hillflow.pl.stream", lambda *given, **options: Figure().add_subplot())


def linear_member(genes: tuple[str, ...]) -> Member:
    """The chain of `pl.conftest`, of genes of other names."""
    return model_of(LinearLaw(genes, WEIGHTS, OFFSET, RATE))


@pytest.fixture(scope="session")
def large() -> Network:
    """200 genes in ten modules, each a ring with a hub; modules are joined by one edge each."""
    pairs = []
    for start in range(0, 200, 20):
        members = range(start, start + 20)
        pairs += [(start, k) for k in members if k != start]
        pairs += [(k, start + (k - start) % 19 + 1) for k in members if k != start]
        pairs.append((start, (start + 20) % 200))
    weight = np.random.default_rng(0).normal(size=len(pairs))
    return Network.from_columns(
        [f"G{s}" for s, _ in pairs], [f"G{t}" for _, t in pairs], sign=np.sign(weight).astype(int)
    )


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with every result, in which all that a user or a file can name is markup."""
    from hillflow.causal import graph, knockout, stable_states
    from hillflow.data import Snapshots
    from hillflow.evaluate import ValidationSetting, validate
    from hillflow.networks import Network
    from hillflow.networks.about_file import write_about
    from hillflow.results import fit_run
    from hillflow.results.subject import subject_of_run
    from hillflow.symbolic import Law, Laws, Parameter, ParetoFront, parse
    from hillflow.train import Setting

    folder = tmp_path_factory.mktemp("hostile") / "<i>run<"
    random = np.random.default_rng(0)
    x = np.concatenate([exact(1 + 0.3 * random.normal(size=(30, 4)), t) for t in TIMES] * 2)
    x[:, 2] = x[:, 0]  # two genes that nothing tells apart, which the page says
    labels = np.where(x[:, 1] > np.median(x[:, 1]), IMAGE, QUOTE)
    done = np.repeat(["control", f"{SCRIPT}=ko"], len(x) // 2)
    cells = Snapshots.from_arrays(
        x.clip(0), np.tile(np.repeat(TIMES, 30), 2), HOSTILE, done, unit="h", labels=labels
    )
    run = fit_run("linear", cells, members=2, setting=Setting(effort=0.02), out=folder)
    network = graph(run.fit, run.data)
    network.about.update(readout=IMAGE, runs=["run", SCRIPT])
    network.save(folder / "edges.csv")
    knockout(run.fit, [SCRIPT, HOSTILE[3]], run.data, graph=network).save(folder / "knockouts.csv")
    write_about(folder / "ranking.csv", {"runs": ["run", IMAGE]})
    at_rest = stable_states(linear_member(HOSTILE), run.data, [f"{SCRIPT}=ko"], max_genes=0)
    asked = {"source": HOSTILE[0], "target": HOSTILE[1]}
    replace(at_rest, asked=asked).save(folder / "scm.json")
    laws = {}
    for gene, other in zip(HOSTILE, HOSTILE[1:] + HOSTILE[:1], strict=True):
        law = Law(
            gene=gene, production=parse(f"0.1 + 1.5*`{other}`**2.0/(0.3 + `{other}`**2.0)"),
            parents=(other,), decay=1.0, parameters=(Parameter(IMAGE, 0.5, 0.4, 0.7, SCRIPT),),
            family=IMAGE, engine="template", complexity=9, error=0.05, error_off=0.1,
            error_left_out=0.2, bic=-80.0, agreement=1.0, flags=(SCRIPT, QUOTE), signs=(1,),
        )  # fmt: skip
        laws[gene] = ParetoFront(gene, [law])
    Laws(laws, "h").save(folder / "laws.json")
    reference = Network.from_columns(
        [HOSTILE[0], HOSTILE[1], HOSTILE[2]], [HOSTILE[1], HOSTILE[2], HOSTILE[3]], sign=[1, 1, -1],
        evidence=[IMAGE, SCRIPT, QUOTE], name=f"{SCRIPT}{QUOTE}",
    )  # fmt: skip
    path = folder / "validation.json"
    validate(subject_of_run(run), reference, setting=ValidationSetting(draws=9)).save(path)
    read = json.loads(path.read_text())
    read["reference"] |= {"licence": IMAGE, "citation": SCRIPT}
    read["over_cells"]["words"] = IMAGE
    read["findings"].append({"code": "x", "severity": "note", "text": SCRIPT})
    del read["sha256"]  # edited
    path.write_text(json.dumps(read))
    return folder
