"""`hillflow laws`: the file, the blocks, the JSON, and mistakes told on one line."""

from __future__ import annotations

import json

import pytest
from hillflow.cli.laws import _block
from hypothesis import given
from hypothesis import strategies as st

from hillflow.cli import main
from hillflow.symbolic import Law, Laws, parse


@pytest.fixture(scope="module")
def found(run, tmp_path_factory):
    """Laws of two genes of the sketch of a fit."""
    out = tmp_path_factory.mktemp("laws") / "laws.json"
    words = ["laws", str(run), "--genes", "GATA1,KLF1", "--parents", "2", "--out", str(out)]
    assert main(words) == 0
    return out


def test_the_file_holds_a_front_a_gene(found):
    laws = Laws.load(found)
    assert list(laws) == ["GATA1", "KLF1"]
    assert laws.about["field"] == "linear"
    assert all(len(names) <= 2 for names in laws.about["candidates"].values())
    assert laws.time_unit == "h"
    for front in laws.values():
        assert front.best.decay > 0
        assert front.best.error_left_out is not None


def test_laws_of_some_genes_join_those_that_the_run_has(run, tmp_path, capsys):
    import shutil

    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    for gene in ("GATA1", "KLF1"):
        assert main(["laws", str(copy), "--genes", gene, "--parents", "1"]) == 0
    assert list(Laws.load(copy / "laws.json")) == ["GATA1", "KLF1"]
    told = " ".join(capsys.readouterr().err.split())
    assert "beside 1 other that it held" in told
    assert "Settings" not in told
    assert main(["laws", str(copy), "--genes", "KLF1", "--parents", "2"]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert "Settings of the others differ: 'GATA1' with parents 1, not 2" in told
    assert Laws.load(copy / "laws.json").settings("KLF1")["parents"] == 2


def test_blocks_show_formulas_and_errors(run, tmp_path, capsys):
    out = tmp_path / "laws.json"
    words = ["laws", str(run), "--genes", "KLF1", "--parents", "1", "--also", "FLI1"]
    assert main([*words, "--out", str(out)]) == 0
    shown = capsys.readouterr()
    assert "dKLF1/dt" in shown.out
    assert "beyond" in shown.out
    assert "where fitted" in shown.out
    assert max(map(len, shown.out.splitlines())) <= 80
    assert "laws: 1 of 1" in shown.err
    assert "FLI1" in Laws.load(out).about["candidates"]["KLF1"]


def test_json_is_what_the_file_holds(run, found, capsys):
    words = ["laws", str(run), "--genes", "GATA1,KLF1", "--parents", "2", "--out", str(found)]
    before = json.loads(found.read_text())
    assert main([*words, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed.pop("out") == str(found)
    assert printed == json.loads(found.read_text()) == before  # the same seed, the same laws


def test_a_long_law_is_broken_at_its_terms():
    """A term a line, decay last; the lines together are the formula."""
    law = _law(
        "0.02 + 1.2*GATA1**4.1/(0.03 + GATA1**4.1) + 1.5*SPI1**2.2/(0.44 + SPI1**2.2)"
        " + 0.75*`NKX2-5`**2.2/(0.44 + `NKX2-5`**2.2)",
        ("GATA1", "SPI1", "NKX2-5"), (1, 1, -1),
    )  # fmt: skip
    lines = _block(law)
    formula = [line for line in lines if not line.startswith("    ")]
    assert len(formula) == 5
    assert formula[0].startswith("dKLF1/dt = 0.02")
    assert formula[-1] == "  - 0.35*KLF1"
    read = parse(" ".join(formula).removeprefix("dKLF1/dt = "))
    assert float((read - law.rate()).subs(dict.fromkeys(read.free_symbols, 1.3))) == 0
    below = " ".join(" ".join(lines[5:]).split())
    assert below == (
        "additive: GATA1 activates, SPI1 activates, NKX2-5 represses "
        "error 3.1 % where fitted, 145 % beyond the cells; the same structure in 80 % of the "
        "members Flag: strength not determined: 0 to 2"
    )


@given(st.lists(st.sampled_from(["A", "LONGNAME", "`a b`", "NKX2"]), min_size=1, max_size=9))
def test_no_line_is_wider_than_a_terminal(names):
    terms = (f"{k + 1.125}*{name}**2.5/(0.5 + {name}**2.5)" for k, name in enumerate(names))
    law = _law(" + ".join(terms), tuple({name.strip("`") for name in names}), ())
    assert max(map(len, _block(law))) <= 80


def _law(formula: str, parents: tuple[str, ...], signs: tuple[int, ...]) -> Law:
    return Law(
        gene="KLF1", production=parse(formula), parents=parents, decay=0.35, parameters=(),
        family="additive", engine="template", complexity=1, error=0.031, error_off=1.45,
        error_left_out=None, bic=0.0, agreement=0.8, flags=("strength not determined: 0 to 2",),
        signs=signs,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [(["--genes", "GATA"], "did you mean"), (["--engine", "templates"], "name of an engine"),
     (["--also", "x"], "genes of the model"), (["--out", "laws.txt"], ".json"),
     (["--graph", "nowhere.csv"], "nothing at"), (["--genes", ","], "one gene or more"),
     (["--jobs", "0"], "one job or more"), (["--parents", "-1"], "found --parents -1")],
)  # fmt: skip
def test_mistakes_are_told_before_any_work(run, words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["laws", str(run), *words]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.iterdir())
    assert not (run / "laws.json").exists()
