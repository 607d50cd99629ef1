"""`hillflow.knockout`: modes, what is kept, and what is shown."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from rich.console import Console

import hillflow as hf
from hillflow.causal import knockout
from hillflow.causal.effects import false_discovery_rate
from hillflow.errors import FileFormatError, HillflowWarning, InputError, InterventionError
from hillflow.page.contents import Contents
from hillflow.page.knockouts import knockouts as knockouts_of_page
from hillflow.page.reproduce import reproduce
from hillflow.workflow._knockout import read_mode

from .conftest import quiet


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("knockout", ("knockout", None)), ("ko", ("knockout", None)),
        ("knockdown=0.5", ("knockdown", 0.5)), ("overexpress=2", ("overexpression", 2.0)),
        ("clamp:1.5", ("clamp", 1.5)), ("cut_outgoing", ("cut_outgoing", None)),
    ],
)  # fmt: skip
def test_modes(text, expected):
    assert read_mode(text) == expected


def test_a_mode_that_does_not_exist_is_answered_with_those_that_do():
    with pytest.raises(InterventionError, match=r"knockdown=0\.5, overexpress=2"):
        read_mode("remove")


def test_nothing_is_cut_on_a_narrow_screen(blood_run: hf.Run) -> None:
    wanted = ["GATA1+SPI1", "FLI1=clamp:0.25,SPI1=clamp:2.125", "KLF1"]
    result = knockout(blood_run.fit, wanted, blood_run.data)
    stream = io.StringIO()
    Console(file=stream, width=80).print(result)
    shown = stream.getvalue()
    assert "…" not in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    words = " ".join(shown.replace("│", " ").split())
    assert "GATA1=ko, SPI1=ko" in words
    assert {"FLI1=clamp:0.25,", "SPI1=clamp:2.125"} <= set(words.split())  # over two lines
    ranking = result.ranking.set_index("perturbation")
    assert f"{ranking.loc['KLF1=knockout', 'fate_shift']:.0%}" in words


def codes_of(result) -> list[str]:
    return [one.code for one in result.findings if one.code.startswith("knockout.")]


def test_a_further_call_adds_its_perturbations(own_blood_run: hf.Run) -> None:
    first = quiet(hf.knockout, own_blood_run, "GATA1,SPI1", cells=20)
    assert "knockout.others-kept" not in codes_of(first)
    second = quiet(hf.knockout, own_blood_run, "KLF1", cells=20)
    assert "knockout.others-kept" in codes_of(second)
    assert list(second.ranking["perturbation"]) == ["KLF1=knockout"]
    kept = hf.Run.open(own_blood_run.path).knockouts
    assert set(kept.ranking["perturbation"]) == {f"{g}=knockout" for g in ("GATA1", "SPI1", "KLF1")}
    at_once = quiet(knockout, own_blood_run.fit, ["GATA1", "SPI1", "KLF1"], own_blood_run.data,
                    cells=20)  # fmt: skip
    for name in ("effect", "fdr"):
        np.testing.assert_allclose(kept.ranking[name], at_once.ranking[name], rtol=1e-5)
    commands = reproduce(Contents.read(own_blood_run))["commands"]
    assert [line for line in commands if "knockout" in line] == [
        "hillflow knockout run --genes GATA1,SPI1 --cells 20",
        "hillflow knockout run --genes KLF1 --cells 20",
    ]


def test_what_was_predicted_otherwise_is_replaced_and_named(own_blood_run: hf.Run) -> None:
    quiet(hf.knockout, own_blood_run, "GATA1,SPI1", cells=20)
    result = quiet(hf.knockout, own_blood_run, "SPI1", cells=10)
    (finding,) = [one for one in result.findings if one.code == "knockout.replaced"]
    assert "'GATA1=knockout'" in finding.text
    assert "'SPI1=knockout'" not in finding.text  # it is there again
    assert "cells was 20, is 10" in finding.text
    assert list(own_blood_run.knockouts.ranking["perturbation"]) == ["SPI1=knockout"]


def test_tables_that_cannot_be_read_are_replaced(own_blood_run: hf.Run) -> None:
    quiet(hf.knockout, own_blood_run, "GATA1", cells=20)
    (own_blood_run.path / "ranking.csv").unlink()
    result = quiet(hf.knockout, own_blood_run, "GATA1", cells=20)
    assert "knockout.replaced" in codes_of(result)
    assert list(own_blood_run.knockouts.ranking["perturbation"]) == ["GATA1=knockout"]


def test_the_strongest_edges_of_the_run_are_cut(own_blood_run: hf.Run) -> None:
    with pytest.raises(InputError, match="hillflow graph"):
        quiet(hf.knockout, own_blood_run, edges=2)
    edges = quiet(hf.graph, own_blood_run).edges.query("weight != 0 and source != target").head(2)
    names = [f"{a}=cut_edge@{b}" for a, b in zip(edges["source"], edges["target"], strict=True)]
    alone = quiet(hf.knockout, own_blood_run, edges=2, cells=10)
    assert alone.names == names
    source = edges["source"].iloc[0]
    own = own_blood_run.graph.edges.query("weight != 0 and source == @source and target != @source")
    leaving = [f"{source}=cut_edge@{target}" for target in own["target"].head(2)]
    more = quiet(hf.knockout, own_blood_run, source, edges=2, cells=10)
    assert more.names == [f"{source}=knockout", *leaving]
    kept = hf.Run.open(own_blood_run.path).knockouts
    assert set(kept.ranking["perturbation"]) == {f"{source}=knockout", *names, *leaving}
    commands = reproduce(Contents.read(own_blood_run))["commands"]
    assert f"hillflow knockout run --genes {source} --edges 2 --cells 10" in commands


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "either genes"), ({"genes": "A", "all": True}, "both genes and all"),
        ({"edges": 2, "pairs": True}, "edges alone"), ({"edges": True}, "how many"),
        ({"edges": -1}, "how many"), ({"edges": "A>B"}, "GATA1=cut@SPI1"),
    ],
)  # fmt: skip
def test_what_is_asked_is_checked_before_the_run_is_read(asked, words, tmp_path) -> None:
    with pytest.raises(InputError, match=words):
        hf.knockout(tmp_path, **asked)


def test_the_run_keeps_the_fates_that_its_ranking_counts(own_blood_run: hf.Run) -> None:
    quiet(hf.knockout, own_blood_run, "SPI1", cells=20)
    result = quiet(hf.knockout, own_blood_run, "GATA1,KLF1", cells=20)
    kept = hf.Run.open(own_blood_run.path).knockouts
    moved = kept.fates["shift"].abs().groupby(kept.fates["perturbation"]).sum() / 2
    ranking = kept.ranking.set_index("perturbation")
    assert len(moved) == 3
    np.testing.assert_allclose(moved[ranking.index], ranking["fate_shift"], atol=1e-12)
    for table, p in ((kept.ranking, "fate_p"), (kept.fates, "p")):  # corrected over all three
        fdr = false_discovery_rate(table[p].to_numpy(float))
        np.testing.assert_allclose(table[p.removesuffix("p") + "fdr"], fdr)
    own = kept.fates.set_index(["perturbation", "label"])["predicted"]
    again = result.fates.set_index(["perturbation", "label"])["predicted"]
    np.testing.assert_allclose(own[again.index], again)


def test_the_page_neither_simulates_nor_warns_again(own_blood_run: hf.Run, monkeypatch) -> None:
    with pytest.warns(HillflowWarning, match="multiplies a production"):
        hf.knockout(own_blood_run, "SPI1=kd:0.5,KLF1", cells=20)
    monkeypatch.setattr("hillflow.causal.shifts.roll_out", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error", HillflowWarning)
        section = knockouts_of_page(Contents.read(own_blood_run))
    assert section["fates"] is not None


def test_progress_counts_the_members_that_are_read(own_blood_run: hf.Run) -> None:
    reports = []
    quiet(hf.graph, own_blood_run, progress=lambda *report: reports.append(report))
    counted = [report[1:] for report in reports if report[2]]
    assert counted == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    "damage",
    [
        lambda rows: [*rows, rows[1]], lambda rows: rows[:-1], lambda rows: [rows[0].upper()],
        lambda rows: [rows[0], rows[1].replace("GATA1", "X"), *rows[2:]],
        lambda rows: [rows[0], *(row.replace(",0.", ",7.") for row in rows[1:])],
    ],
    ids=["twice", "missing", "columns", "gene", "share"],
)  # fmt: skip
def test_damaged_fates_are_named(own_blood_run: hf.Run, damage) -> None:
    quiet(hf.knockout, own_blood_run, "GATA1", cells=20)
    path = own_blood_run.path / "fates.csv"
    path.write_text("\n".join(damage(path.read_text().splitlines())) + "\n")
    with pytest.raises(FileFormatError, match=r"damaged run: .*fates\.csv"):
        hf.Run.open(own_blood_run.path).knockouts
