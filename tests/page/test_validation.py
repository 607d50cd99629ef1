"""The section on the validation: its curves, its intervals, its papers; and those of old files."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from pathlib import Path

import pytest

from hillflow.page import report
from hillflow.page.sentences import _compared

pytestmark = pytest.mark.usefixtures("unrendered")


def section_of(run: Path, tmp_path: Path, **changes: object) -> str:
    """The section of a page made of a run whose validation is changed first; None drops a key."""
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    path = copy / "validation.json"
    read = {**json.loads(path.read_text()), "sha256": None, **changes}
    path.write_text(json.dumps({key: value for key, value in read.items() if value is not None}))
    page = report(copy).read_text(encoding="utf-8")
    return unescape(page[page.index('<section id="validation"') :].split("</section>")[0])


def alts(section: str) -> list[str]:
    return re.findall(r'<img[^>]* alt="([^"]*)"', section)


def test_precision_and_recall_are_drawn_and_said(filled, tmp_path) -> None:
    read = json.loads((filled / "validation.json").read_text())
    curves = read["curves"]
    (alt,) = [one for one in alts(section_of(filled, tmp_path)) if "recall" in one]
    ends = curves["precision"]["this network"][-1], curves["chance"]["low"][-1]
    assert alt.endswith(
        f"{ends[0]:.2f} (chance {ends[1]:.2f} to {curves['chance']['high'][-1]:.2f}) at recall 1.0."
    )
    assert alt.startswith("Precision against recall. This network: ")


def test_the_interval_over_cells_or_why_there_is_none(filled, tmp_path) -> None:
    section = section_of(filled, tmp_path)
    assert "<p>No interval over cells: 2 refits are too few" in section
    over = {
        "words": "95 % interval",
        "scores": {
            "ap": {"values": [0.2, 0.4], "mean": 0.3, "interval": [0.123, 0.456]},
            "sign_mcc": {"values": [0, 0], "mean": 0.0, "interval": [-0.5, 0.5]},
        },
    }
    with_interval = section_of(filled, tmp_path / "second", over_cells=over)
    said = "95 % interval: average precision 0.12 to 0.46; Matthews correlation −0.5 to 0.5."
    assert f"<p>{said}</p>" in with_interval


def test_papers_are_named_as_such(filled, tmp_path) -> None:
    assert "<td>PMID 12345678</td>" in section_of(filled, tmp_path)


@pytest.mark.parametrize("gone", ["curves", "over_cells"])
def test_a_file_of_an_earlier_version_is_read(filled, tmp_path, gone) -> None:
    section = section_of(filled, tmp_path, **{gone: None})
    assert "÷ base rate" in section
    assert ("Precision against recall" in section) == (gone != "curves")


def test_an_edge_found_with_the_other_sign_is_marked(filled, tmp_path) -> None:
    read = json.loads((filled / "validation.json").read_text())
    edge = {**read["edges"][0], "status": "matched"}
    edges = [{**edge, "reference_sign": sign} for sign in (1, -1)]
    for signed, marks in ((True, 1), (False, 0)):
        signs = {"edges": 0, "network_has_signs": signed}
        section = section_of(filled, tmp_path / str(signed), edges=edges, signs=signs)
        assert section.count("(opposite sign here)") == marks


def test_a_null_that_cannot_tell_gives_no_p(filled, tmp_path) -> None:
    read = json.loads((filled / "validation.json").read_text())
    shared = {"shuffles": 9, "mean": 0.4, "interval": [0.4, 0.4]}
    nulls = [
        {**shared, "kind": "labels", "p": 0.01, "tells": True, "verdict": "above chance"},
        {**shared, "kind": "degrees", "p": 1, "tells": False, "verdict": "too few rewirings"},
    ]
    chance = {**read["curves"]["chance"], "kind": "labels"}
    section = section_of(filled, tmp_path, nulls=nulls, curves={**read["curves"], "chance": chance})
    assert "random pairs: 0.4 to 0.4 (p = 0.01)" in section
    assert "all degrees kept: 0.4 to 0.4 (too few rewirings)" in section
    assert "Grey band: as many edges on random pairs" in section
    summary = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "above chance (largest p = 0.01; too few rewirings)" in summary


@pytest.mark.parametrize(
    ("baseline", "interval", "words"),
    [
        (0.687, [0.0, 1.0], "level with"),
        (0.3, [0.5, 0.8], "better than"),
        (0.9, [0.5, 0.8], "below"),
        (0.66, None, "level with"),
        (0.6, None, "better than"),
        (0.8, None, "below"),
    ],
)
def test_a_simple_baseline_is_beaten_only_beyond_the_cells(baseline, interval, words) -> None:
    over = {"scores": {"ap": {"interval": interval}} if interval else {}}
    assert _compared({"scores": {"ap": 0.691}, "over_cells": over}, baseline) == words
