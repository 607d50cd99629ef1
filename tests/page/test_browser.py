"""The page in a real browser: nothing complains, finding, choosing, sorting, saving work."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hillflow.networks import Network

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
pytestmark = pytest.mark.skipif(not BROWSER, reason="no chromium to open the page with")

_HAND = """
<script>
const said = {};
const press = (element) => element.dispatchEvent(new MouseEvent("click", {bubbles: true}));
const shown = () => all("#drawing .edge").filter((line) => !line.hasAttribute("hidden")).length;
const type = (id, text) => { find(id).value = text; find(id).dispatchEvent(new Event("input")); };
said.first = shown();
type("#gene", "a&b<c>");
said.found = all("#drawing .node.found").map((node) => node.dataset.gene);
said.status = find("#shown").textContent;
said.touching = all("#drawing .edge").filter((line) => !line.hasAttribute("hidden"))
  .every((line) => [line.dataset.source, line.dataset.target].includes("a&b<c>"));
type("#gene", "nothing");
said.nothing = find("#shown").textContent;
press(find("#reset"));
type("#top", "1");
said.strongest = shown();
type("#confidence", "1");
said.none = shown();
press(find("#reset"));
said.again = shown();
press(find('#drawing .edge[data-source="NKX2-5"][data-target="a&b<c>"]'));
said.title = find("#edge-title").textContent;
said.law = Boolean(find("#edge-body math mfrac"));
said.facts = all("#edge-body dt").map((one) => one.textContent);
press(find("#edges-table .choose"));
said.focus = document.activeElement.id;
press(find("[data-zoom='1']"));
said.wider = find("#drawing").style.width !== "";
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


def opened(page: Path, fragment: str = "", width: int = 1280) -> tuple[str, list[str]]:
    """The document once its scripts have run, and what the console said."""
    words = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
        f"--user-data-dir={page.parent / 'profile'}", f"--window-size={width},900", "--dump-dom",
        page.as_uri() + fragment,
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
    assert said["found"] == ["a&b<c>"]
    assert said["touching"]
    assert said["status"].endswith("edges shown, those of a&b<c>.")
    assert said["nothing"] == "0 of 16 edges shown: no gene begins with “nothing”."
    assert (said["strongest"], said["none"]) == (1, 0)
    assert said["title"] == "NKX2-5 activates a&b<c>"
    assert said["law"]
    assert said["facts"][0] == "Weight"
    assert said["facts"][-1] == "Law of a&b<c>"
    assert said["focus"] == "edge-title"
    assert said["wider"]
    assert said["rising"] == sorted(said["rising"]) == said["falling"][::-1]
    assert said["sorted"] == "ascending"
    assert said["csv"].startswith("Perturbation,Verdict,Effect (sd),Low,High")
    assert said["csv"].count("\r\n") == 4
    assert said["overflow"] <= 0


def test_an_address_opens_a_gene(page_file):
    document, console = opened(page_file, "#gene=NKX2-5")
    assert console == []
    assert re.search(r'class="node found" data-gene="NKX2-5"', document)


def test_names_that_are_markup_stay_text_when_the_script_shows_them(hostile, hostile_page_file):
    edge = Network.load(hostile / "edges.csv").edges.iloc[0]
    document, console = opened(hostile_page_file, "#edge=0")
    assert console == []
    (title,) = re.findall(r'<h3 id="edge-title"[^>]*>(.*?)</h3>', document, flags=re.DOTALL)
    assert "<" not in title
    assert html.unescape(title).startswith(f"{edge['source']} ")
    (body,) = re.findall(r'<div id="edge-body">(.*?)</div>', document, flags=re.DOTALL)
    assert not re.search(r"<(img|script)", body)
