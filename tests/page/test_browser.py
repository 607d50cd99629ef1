"""The page in a real browser: nothing complains, finding, choosing, sorting, saving work."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from hillflow.networks import Network
from hillflow.page.contents import Contents
from hillflow.page.network import network
from hillflow.page.page import environment
from hillflow.results import Run

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
pytestmark = pytest.mark.skipif(not BROWSER, reason="no chromium to open the page with")

_HAND = """
<script>
const said = {};
const press = (element) => element.dispatchEvent(new MouseEvent("click", {bubbles: true}));
const rows = () => all("#edges-table tbody tr").map(
  (row) => [row.cells[1].textContent, row.cells[3].textContent]);
const type = (id, text) => { find(id).value = text; find(id).dispatchEvent(new Event("input")); };
const canvas = find("#drawing");
const gene = (name) => JSON.parse(find("#edges-data").textContent).genes.indexOf(name);
const touch = ([x, y]) => ["pointerdown", "pointerup"].forEach((event) => {
  const frame = canvas.getBoundingClientRect();
  canvas.dispatchEvent(new PointerEvent(event, {clientX: frame.left + x, clientY: frame.top + y}));
});
const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
said.colors = new Set(pixels).size;
said.first = rows().length;
type("#gene", "a&b<c>");
said.status = find("#shown").textContent;
said.touching = rows().length > 0 && rows().every((ends) => ends.includes("a&b<c>"));
type("#gene", "nothing");
said.nothing = find("#shown").textContent;
press(find("#reset"));
type("#top", "1");
said.strongest = rows().length;
type("#confidence", "1");
said.none = rows().length;
press(find("#reset"));
said.again = rows().length;
const [a, b] = ["NKX2-5", "a&b<c>"].map((name) => drawing.place(gene(name)));
const bend = [(a[0] + b[0]) / 2 + 0.12 * (b[1] - a[1]), (a[1] + b[1]) / 2 - 0.12 * (b[0] - a[0])];
touch([0, 1].map((k) => a[k] / 4 + bend[k] / 2 + b[k] / 4));
said.title = find("#edge-title").textContent;
said.law = Boolean(find("#edge-body math mfrac"));
said.facts = all("#edge-body dt").map((one) => one.textContent);
touch(a);
said.touched = find("#gene").value;
press(find("#reset"));
press(find("#edges-table .choose"));
said.focus = document.activeElement.id;
const [c, d] = ["NA", "7157"].map(gene);
const apart = () => Math.hypot(...[0, 1].map((k) => drawing.place(c)[k] - drawing.place(d)[k]));
const before = apart();
press(find("[data-zoom='1']"));
said.wider = apart() / before;
const heads = all("#ranking thead button");
press(heads[2]);
said.falling = all("#ranking tbody tr").map((row) => Number(row.cells[2].dataset.value));
press(heads[2]);
said.rising = all("#ranking tbody tr").map((row) => Number(row.cells[2].dataset.value));
said.sorted = heads[2].parentElement.getAttribute("aria-sort");
said.csv = asCsv(find("#ranking"));
press(find("#download"));
said.overflow = document.documentElement.scrollWidth - innerWidth;
document.body.append(Object.assign(make("pre", JSON.stringify(said)), {id: "said"}));
</script>
</body>"""


def opened(
    page: Path, fragment: str = "", width: int = 1280, *options: str
) -> tuple[str, list[str]]:
    """The document once its scripts have run, and what the console said."""
    words = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
        f"--user-data-dir={page.parent / 'profile'}", f"--window-size={width},900", "--dump-dom",
        *options, page.as_uri() + fragment,
    ]  # fmt: skip
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    except subprocess.TimeoutExpired:  # says nothing of the page: a browser may hang at its start
        pytest.skip("the browser did not come up within a minute")
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.parametrize("width", [1280, 390])
def test_a_hand_can_use_it(page, tmp_path, width):
    tried = tmp_path / "tried.html"
    tried.write_text(page.replace("</body>", _HAND), encoding="utf-8")
    document, console = opened(tried, width=width)
    assert console == []
    (text,) = re.findall(r'<pre id="said">(.*?)</pre>', document, flags=re.DOTALL)
    said = json.loads(html.unescape(text))
    assert said["first"] == said["again"] == 16
    assert said["colors"] > 10
    assert said["touching"]
    assert said["status"].endswith("edges shown, those of a&b<c>.")
    assert said["nothing"] == "0 of 16 edges shown: no gene begins with “nothing”."
    assert (said["strongest"], said["none"]) == (1, 0)
    assert said["title"] == "NKX2-5 activates a&b<c>"
    assert said["law"]
    assert said["facts"][0] == "Weight"
    assert said["facts"][-1] == "Law of a&b<c>"
    assert said["focus"] == "edge-title"
    assert said["wider"] == pytest.approx(1.25)
    assert said["touched"] == "NKX2-5"
    assert said["rising"] == sorted(said["rising"]) == said["falling"][::-1]
    assert said["sorted"] == "ascending"
    assert said["csv"].startswith("Perturbation,Verdict,Effect (sd),Low,High")
    assert said["csv"].count("\r\n") == 4
    assert said["overflow"] <= 0


def test_an_address_opens_a_gene(page_file):
    document, console = opened(page_file, "#gene=NKX2-5")
    assert console == []
    assert "edges shown, those of NKX2-5." in document


_NEIGHBOURS = """
<script>
const said = [];
for (const [id, value] of [["#gene", "G7"], ["#steps", "2"], ["#gene", ""], ["#group", "1"]]) {
  find(id).value = value;
  find(id).dispatchEvent(new Event("input"));
  const ends = all("#edges-table tbody tr").map(
    (row) => [row.cells[1].textContent, row.cells[3].textContent]);
  said.push({ends, status: find("#shown").textContent});
}
document.body.append(Object.assign(make("pre", JSON.stringify(said)), {id: "said"}));
</script>"""


@pytest.mark.usefixtures("unrendered")
def test_neighbourhoods_and_groups_of_a_large_network(filled, large, tmp_path):
    contents = replace(Contents.read(Run.open(filled)), graph=large)
    source = (
        "<!doctype html><style>{{ style }}</style>{% include 'network.html' %}"
        "<script>{{ script }}</script>"
    )
    tried = tmp_path / "tried.html"
    values = network(contents)
    page = environment().from_string(source).render(network=values)
    tried.write_text(page + _NEIGHBOURS, encoding="utf-8")
    document, console = opened(tried)
    assert console == []
    (text,) = re.findall(r'<pre id="said">(.*?)</pre>', document, flags=re.DOTALL)
    one, two, _, group = json.loads(html.unescape(text))
    pairs = set(large.pairs())
    around = {pair for pair in pairs if "G7" in pair}
    assert {tuple(ends) for ends in one["ends"]} == around
    near = {gene for pair in around for gene in pair}
    assert {tuple(ends) for ends in two["ends"]} == {p for p in pairs if set(p) & near}
    assert "within 2 steps of G7" in two["status"]
    genes, members = values["data"]["genes"], values["data"]["groups"][1]
    inside = {genes[k] for k in members}
    assert {tuple(ends) for ends in group["ends"]} == {p for p in pairs if set(p) <= inside}


def test_names_that_are_markup_stay_text_when_the_script_shows_them(hostile, hostile_page_file):
    edge = Network.load(hostile / "edges.csv").edges.iloc[0]
    document, console = opened(hostile_page_file, "#edge=0")
    assert console == []
    (title,) = re.findall(r'<h3 id="edge-title"[^>]*>(.*?)</h3>', document, flags=re.DOTALL)
    assert "<" not in title
    assert html.unescape(title).startswith(f"{edge['source']} ")
    (body,) = re.findall(r'<div id="edge-body">(.*?)</div>', document, flags=re.DOTALL)
    assert not re.search(r"<(img|script)", body)
