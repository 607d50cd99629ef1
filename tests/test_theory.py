"""The theory pages: every entry has one, its formulas can be drawn, its figure shows something."""

from __future__ import annotations

import io
import re
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from hillflow.fields import FIELDS
from hillflow.objectives import METHODS
from hillflow.pl import figure_style
from hillflow.transport import COUPLINGS

sys.path.append(str(Path(__file__).parents[1] / "docs"))
from _pages import theory
from _pages.theory.page import TEXTS, Page, markdown


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return theory.pages()


def test_every_entry_is_on_one_page_with_what_its_registry_says(pages) -> None:
    contents = theory.contents()
    for registry in (FIELDS, METHODS, COUPLINGS):
        of_table = [page for page in contents if page.table == registry.table]
        assert sorted(name for page in of_table for name in page.names) == sorted(registry)
    for page in contents:
        for name in page.names:
            assert f"\n## `{name}`\n" in pages[page.path]
            assert "\n| cost | " in pages[page.path]
        assert f"theory/{page.path}\n" in theory.index()


def test_texts_and_figures_come_together_and_have_their_page(pages) -> None:
    texts = {path.relative_to(TEXTS).with_suffix("").as_posix() for path in TEXTS.rglob("*.md")}
    assert texts == set(theory.FIGURES)
    assert texts <= set(pages)
    for page in (page for page in theory.contents() if page.text):
        assert "\n## What it cannot know\n" in page.text, page.path
        assert f"_build/theory/{page.path}.png" in pages[page.path]


@pytest.mark.parametrize(
    ("table", "entry"),
    [("fields", FIELDS["linear"]), ("methods", METHODS["tigon"]), ("couplings", COUPLINGS["wfr"])],
    ids=["field", "method", "coupling"],
)
def test_a_new_entry_has_a_page_with_no_edit(table, entry) -> None:
    new = replace(entry, name="new", formula="a_b = c*")
    text = markdown(Page(f"{table}/new", table, ("new",)), {"new": new})
    assert text.startswith("# `new`\n\n## `new`\n")
    assert r"| formula | a\_b = c\* |" in text
    assert entry.cost in text.replace("\\", "")
    assert ".png" not in text
    if table == "methods":
        contents = theory.contents({"fields": {}, "methods": {"cfm": 0, "new": 0}, "couplings": {}})
        assert [page.path for page in contents[:2]] == ["methods/flow-matching", "methods/new"]


def test_facts_are_read_from_what_they_describe(pages) -> None:
    assert "| production and decay | not told apart |" in pages["fields/mlp"]
    assert "| perturbed cells | refused |" in pages["methods/trajectorynet"]
    assert (
        "training | matching velocities between times, 1,500 steps of 1,024 cells |"
        in (pages["methods/flow-matching"])
    )
    assert "pairs of the coupling `schrodinger`" in pages["methods/bridges"]
    assert (
        "{py:obj}`BrownianBridge <hillflow.objectives.BrownianBridge>`"
        in (pages["methods/bridges"])
    )
    assert pages["methods/lagrangian-flows"].count("With a potential head") == 1


def test_formulas_can_be_written_as_mathml(pages) -> None:
    mathml = pytest.importorskip(
        "docutils.utils.math.latex2mathml", reason="docutils comes with the extra 'docs'"
    )
    for path, text in pages.items():
        blocks = re.findall(r"\$\$(.+?)\$\$", text, re.DOTALL)
        inline = re.findall(
            r"(?<!\\)\$([^$]+?)(?<!\\)\$", re.sub(r"\$\$.+?\$\$", "", text, flags=re.S)
        )
        assert blocks or path not in theory.FIGURES, path
        for formula in blocks + inline:
            mathml.tex2mathml(formula.strip(), as_block=formula in blocks)
            # Such an index would be written below the letter.
            assert not re.search(r"\\dot\{[^}]*\}_", formula), path


@pytest.mark.slow
@pytest.mark.parametrize("path", theory.FIGURES)
def test_a_figure_draws_something(path) -> None:
    one = theory.FIGURES[path]
    assert one.caption.endswith(".")
    with figure_style(off_screen=True), warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        canvas = one.canvas()
        canvas.savefig(io.BytesIO(), format="png")
    assert len(canvas.axes) >= one.panels
    for ax in canvas.axes:
        assert ax.has_data()
        assert ax.get_xlabel() or ax.get_ylabel()


@pytest.mark.slow
@pytest.mark.parametrize("path", ["fields/sparse", "methods/bridges"])
def test_a_figure_has_the_same_bytes_every_time(path, tmp_path) -> None:
    from _pages.theory.figure import save

    with figure_style(off_screen=True):
        for name in ("one", "again"):
            save(theory.FIGURES[path].canvas(), tmp_path / f"{name}.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "again.png").read_bytes()
