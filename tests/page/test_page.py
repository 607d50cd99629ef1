"""The page: whole, alone, and silent about nothing that is missing."""

from __future__ import annotations

import base64
import json
import re
import shutil
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from hillflow.data import Trajectories
from hillflow.errors import FileFormatError, InputError
from hillflow.networks import Network
from hillflow.networks.about_file import write_about
from hillflow.page import report
from hillflow.page.contents import Contents
from hillflow.page.context import first_member
from hillflow.page.limits import limits
from hillflow.page.page import environment
from hillflow.page.sentences import knockouts_sentence
from hillflow.results import Run, fit_run
from hillflow.train import Setting

from ..pl.conftest import GENES, TIMES, exact
from .conftest import HOSTILE, IMAGE, SCRIPT


class Outline(HTMLParser):
    """Which elements there are, with their attributes, and whether all are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "img", "input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def of(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name in names]


def test_the_page_is_whole_small_and_asks_nobody(page):
    outline = Outline(page)
    assert outline.open == []
    assert len(page) < 5_000_000
    for element in outline.of("img", "script", "link", "iframe", "source"):
        for key in ("src", "href"):
            assert (element.get(key) or "data:").startswith("data:")
    assert "default-src 'none'" in page
    assert "@import" not in page
    assert all(link["href"].startswith("#") for link in outline.of("a"))


def test_names_are_unique_and_links_lead_somewhere(page):
    outline = Outline(page)
    names = [a["id"] for _, a in outline.elements if "id" in a]
    assert len(names) == len(set(names))
    assert {link["href"][1:] for link in outline.of("a")} <= set(names)
    for _, attributes in outline.elements:
        for key in ("aria-labelledby", "for", "list"):
            assert attributes.get(key, names[0]) in names


def test_it_can_be_read_without_eyes(page):
    outline = Outline(page)
    assert all(len(image["alt"]) > 20 for image in outline.of("img"))
    tables = outline.of("table")
    assert len(outline.of("caption")) == len(tables) > 3
    assert all(head.get("scope") for head in outline.of("th"))
    for landmark in ("header", "nav", "main", "footer"):
        assert len(outline.of(landmark)) == 1
    live = [a for _, a in outline.elements if a.get("aria-live") == "polite"]
    assert {a["id"] for a in live} == {"shown", "edge"}
    labelled = page.count("<label")
    assert labelled == len(outline.of("input", "select"))
    (drawing,) = outline.of("canvas")
    assert "table below" in drawing["aria-label"]


def test_names_never_turn_into_markup(page):
    assert "a&b<c>" not in page.replace("\\u003c", "")
    assert "K lies &lt;outside&gt; the data" in page
    assert not [name for name, _ in Outline(page).elements if name in ("c", "outside")]


def test_an_edge_carries_its_evidence_and_stability(page):
    (data,) = re.findall(r'<script type="application/json" id="edges-data">(.*?)</script>', page)
    net = json.loads(data)
    ends = zip(net["source"], net["target"], strict=True)
    number = {(net["genes"][s], net["genes"][t]): k for k, (s, t) in enumerate(ends)}
    edge = number["NKX2-5", "a&b<c>"]
    facts = {
        one["label"]: one["texts"][one["of"][edge]] for one in net["facts"] if one["of"][edge] >= 0
    }
    assert "known" in facts["Evidence"]
    assert "12345678" in facts["Evidence"]
    assert "of the 2 members" in facts["Stability"]
    assert set(facts) >= {"Weight", "Confidence", "Same sign in"}
    # autoregulation has no confidence
    assert net["confidence"][number["NA", "NA"]] is None


def test_the_table_of_knockouts_is_the_ranking(page, filled):
    path = filled / "ranking.csv"
    ranking = pd.read_csv(path, keep_default_na=False, float_precision="round_trip")
    shown = page[page.index('id="ranking"') :]
    for row in ranking.to_dict("records"):
        assert f'data-value="{row["effect"]!r}"' in shown
    assert re.findall(r'<th scope="row" data-value="([^"]*)"', shown)[2].endswith("=knockout")


@pytest.mark.usefixtures("unrendered")
def test_what_was_not_computed_is_said_with_its_command(bare):
    page = report(bare).read_text(encoding="utf-8")
    for command in ("graph", "knockout", "scm", "laws", "validate"):
        assert f"<code>hillflow {command} bare" in page
    assert "No edge" not in page
    Outline(page)


def test_the_summary_names_the_data_and_the_caveats(page):
    assert "The field “linear”" in page
    assert "The fit is an ensemble of 2 members." in page
    (first,) = re.findall(
        r'id="summary-title">Summary</h2>\s*<p class="wide">(.*?)</p>', page, re.DOTALL
    )
    assert first.startswith("This model predicts how the expression of each gene changes over time")
    assert "ẋ" not in first
    assert "validation cells (held out from gradient steps, used to choose the step)" in page
    assert "(energy distance, mean of 2 members)" in page
    assert "240 cells × 4 genes" in page
    assert "under 1 perturbation (NKX2-5=knockout)" in page
    assert "No time or perturbation was left out" in page
    header = page[page.index("<header>") : page.index("</header>")]  # before all else
    assert "A sketch, with 0.02 of the method" in header
    assert page.count("A sketch, with 0.02 of the method") == 1
    assert "at the top of this page" in page


@pytest.mark.usefixtures("unrendered")
def test_runs_that_joined_are_named_with_what_repeats_them(filled, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(filled, copy)
    found = Network.load(copy / "edges.csv")
    about = found.about | {"readout": "consensus", "runs": ["run", "other"]}
    replace(found, about=about).save(copy / "edges.csv")
    asked = {"genes": "A,B", "mode": "knockdown=0.5", "pairs": True}
    write_about(copy / "ranking.csv", {"runs": ["run", "third"], "asked": asked})
    page = report(copy).read_text(encoding="utf-8")
    assert (
        "The edges were inferred from the fit by the readout “consensus” of the runs run and other "
        "together." in page
    )
    assert "hillflow graph run --also other --readout consensus" in page
    assert "over the members of this run and of third." in page
    assert (
        "hillflow knockout run --also third --genes A,B --mode knockdown=0.5 --pairs\n"
        in unescape(page)
    )
    assert "Against known, average precision" in page  # the weights are those that were validated


@pytest.mark.usefixtures("unrendered")
def test_scores_of_a_network_that_was_overwritten_are_not_shown(filled, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(filled, copy)
    found = Network.load(copy / "edges.csv")
    found.edges[["weight", "sign"]] *= -1
    found.save(copy / "edges.csv")
    page = report(copy).read_text(encoding="utf-8")
    assert "The network was overwritten after it was validated." in page
    assert "Against known, average precision" not in page
    path = copy / "edges.csv"
    path.write_text(path.read_text().replace("\n", "\r\n"))
    assert "The table was changed since it was written." in report(copy).read_text("utf-8")


def test_headings_and_links_have_one_name(page):
    links = re.findall(r'<a href="#(\w+)">([^<]+)</a>', page[page.index("<nav") :])
    headings = re.findall(r'<h2 id="(\w+)-title">([^<]+)</h2>', page)
    assert links == headings
    assert dict(links)["limits"] == "Limits"


def test_the_weight_of_an_edge_is_explained(page, filled):
    description = Run.open(filled).graph.about["description"]
    assert f"The weight of an edge is the {description}." in unescape(page)
    assert description in str(Run.open(filled).graph)


@pytest.mark.usefixtures("unrendered")
def test_pairs_of_weight_0_are_no_edges(filled, tmp_path):
    copy = shutil.copytree(filled, tmp_path / "run")
    found = Network.load(copy / "edges.csv")
    weights = found.edges["weight"].where(np.arange(len(found.edges)) < 5, 0.0)
    replace(found, edges=found.edges.assign(weight=weights)).save(copy / "edges.csv")
    page = report(copy).read_text(encoding="utf-8")
    assert "5 of 5 edges shown" in page
    assert f"also lists {len(found.edges) - 5} pairs of weight 0, which are no edges" in page


def test_an_effect_that_is_not_called_says_why(filled):
    contents = Contents.read(Run.open(filled))
    ranking = contents.ranking.assign(fdr=[0.076, 0.01, np.nan])
    ranking = ranking.assign(effect=[3.0, 2.0, 1.0], low=1.5, high=6.5)
    tables = replace(contents.knockouts, ranking=ranking)
    said = knockouts_sentence(replace(contents, knockouts=tables))
    why = "(95 % interval 1.5 to 6.5; after correction for 2 tests its FDR is 0.076, so it is not"
    assert said.count(f"{why} called)") == 1
    assert said.count("so it is not called") == 1


def test_the_limit_of_confidence_without_perturbations_is_said_where_it_applies(filled):
    contents = Contents.read(Run.open(filled))
    assert limits(contents)["unperturbed"] is False
    template = environment().get_template("limits.html")
    shown = {"notes": [], "warnings": 0, "snapshots": True, "confidence": True}
    shown["unperturbed"] = True
    too_high = "Without perturbations in the data, as here, it is too high."
    assert too_high in template.render(limits=shown)
    assert too_high not in template.render(limits=shown | {"unperturbed": False})


def test_a_single_point_of_training_is_not_drawn():
    history = pd.DataFrame({"step": [50, 50, 100], "member": [0, 1, 1]})
    assert len(first_member(history)) == 1
    assert len(first_member(history.drop(columns="member"))) == 3


def test_the_same_run_gives_the_same_page(filled, page, tmp_path):
    again = report(filled, tmp_path / "again.html").read_text(encoding="utf-8")
    assert again == page


@pytest.mark.usefixtures("unrendered")
def test_mistakes_are_said_before_anything_is_written(filled, tmp_path):
    with pytest.raises(InputError, match=r"ends in \.html"):
        report(filled, tmp_path / "page.txt")
    damaged = tmp_path / "damaged"
    shutil.copytree(filled, damaged)
    (damaged / "ranking.csv").write_text("perturbation,size\nA,1\n")
    with pytest.raises(FileFormatError, match=r"none called effect.*hillflow knockout"):
        report(damaged, tmp_path / "page.html")
    for name in ("ranking.csv", "knockouts.csv"):
        (damaged / name).unlink()
    (damaged / "validation.json").write_text("{}")
    with pytest.raises(FileFormatError, match="hillflow validate"):
        report(damaged, tmp_path / "page.html")
    assert not list(tmp_path.glob("*.html"))


@pytest.mark.usefixtures("unrendered")
def test_series_get_a_page_too(tmp_path):
    random = np.random.default_rng(0)
    start = 1 + 0.3 * random.normal(size=(12, 4))
    x = np.stack([exact(start, time) for time in TIMES], axis=1)
    courses = Trajectories.from_arrays(x.clip(0), TIMES, GENES, unit="h")
    fit_run("linear", courses, "endpoint", setting=Setting(effort=0.02), out=tmp_path / "run")
    page = report(tmp_path / "run").read_text(encoding="utf-8")
    assert "The field “linear”" in page
    assert "36 observations of series × 4 genes" in page
    assert "Each cell is measured once" not in page
    assert "The fit has one member" in page


SECTIONS = (
    "summary", "network", "knockouts", "scm", "laws", "validation", "dynamics", "limits",
    "reproduce",
)  # fmt: skip


def sections_of(page: str) -> dict[str, str]:
    """Each section's markup by its name."""
    parts = re.findall(r'<section id="(\w+)"(.*?)</section>', page, flags=re.DOTALL)
    return dict(parts)


def test_names_that_are_markup_are_text_in_every_section(hostile_page):
    outline = Outline(hostile_page)
    assert outline.open == []
    assert tuple(sections_of(hostile_page)) == SECTIONS
    plain = {"html", "head", "meta", "title", "link", "body", "a", "header", "h1", "span",
             "nav", "main", "section", "h2", "h3", "p", "dl", "div", "dt", "dd", "ul", "li",
             "strong", "form", "label", "input", "datalist", "option", "output", "button", "svg",
             "defs", "marker", "path", "g", "rect", "text", "details", "summary", "table",
             "caption", "thead", "tbody", "tr", "th", "td", "figure", "img", "figcaption", "script",
             "article", "math", "mrow", "mi", "mo", "mn", "mfrac", "msup", "code", "pre",
             "footer", "style", "noscript", "canvas", "select"}  # fmt: skip
    assert {name for name, _ in outline.elements} <= plain
    assert len(outline.of("script")) == 2  # the page's own, and the edges' data
    assert all(image["src"].startswith("data:image/svg+xml;base64,") for image in outline.of("img"))
    for _, attributes in outline.elements:
        assert not [key for key in attributes if key.startswith("on")]
    for name, section in sections_of(hostile_page).items():
        text = unescape(section)
        shown = {hostile for hostile in (IMAGE, SCRIPT) if hostile in text}
        assert name == "dynamics" or shown, name  # its names stand in pictures alone
    assert "1337" not in hostile_page  # a name is never evaluated as a template either
    assert "{{ 7 * 191 }}" in hostile_page


def test_names_that_are_markup_are_text_in_pictures_and_data(hostile_page):
    for image in Outline(hostile_page).of("img"):
        drawn = base64.b64decode(image["src"].split(",")[1])
        tags = {element.tag.split("}")[-1] for element in ElementTree.fromstring(drawn).iter()}
        assert not tags & {"img", "script", "foreignObject"}
    (data,) = re.findall(r'id="edges-data">(.*?)</script>', hostile_page)
    assert set(json.loads(data)["genes"]) == set(HOSTILE)


def test_progress_counts_the_sections(bare, tmp_path):
    seen = []
    report(Run.open(bare), tmp_path / "page.html", progress=lambda *told: seen.append(told))
    (task, *begun), *steps = seen
    assert begun == [0, 0]  # said at once, since its length is not known
    assert steps == [(task, done, 9) for done in range(1, 10)]
