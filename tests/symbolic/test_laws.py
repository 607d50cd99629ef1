"""Laws of a system: the file they are kept in, tables, merging."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import FileFormatError, GeneNameError, InputError, MissingFileError
from hillflow.records import write_record
from hillflow.schemas import LawsRecord
from hillflow.symbolic import Laws, ParetoFront, to_text
from hillflow.symbolic.agreement import Agreement

NAMES = st.one_of(
    st.sampled_from(["NKX2-5", "HLA-DRA", "7157", "a&b<c>", "a b", "S", "N", "E", "I", "E2F1"]),
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(
        lambda name: name == name.strip() and "`" not in name
    ),
)
MET = Agreement(
    0.25, {"S": 0.25}, ({"perturbation": "S=knockout", "error": 0.1, "correlation": None},),
    ("control",),
)  # fmt: skip


def laws_of(known) -> Laws:
    fronts = {gene: ParetoFront(gene, [law]) for gene, law in known.ring().items()}
    return Laws(fronts, "h", MET, dict.fromkeys(known.GENES, 0.5), {"engine": "by hand"})


def test_what_is_saved_is_read(known, tmp_path):
    laws = laws_of(known)
    path = laws.save(tmp_path / "laws.json")
    read = Laws.load(path)
    assert read.best == laws.best
    assert (read.time_unit, read.agreement, read.initial, read.about) == (
        "h", MET, laws.initial, laws.about,
    )  # fmt: skip
    assert json.loads(path.read_text())["laws"][1]["laws"][0]["latex"].startswith(r"\frac")


@given(NAMES, st.floats(1e-3, 1e3), st.floats(0.5, 9.0))
def test_any_name_and_number_survives(tmp_path_factory, known, name, half, power):
    quoted = "`" + name + "`"
    law = known.law_of(name, f"{quoted}**{power!r}/({half!r} + {quoted}**{power!r})", (name,), 0.1)
    path = tmp_path_factory.mktemp("laws") / "laws.json"
    Laws({name: ParetoFront(name, [law])}).save(path)
    (read,) = Laws.load(path).best.values()
    assert read == law
    assert to_text(read.production) == to_text(law.production)


def test_text_in_a_file_is_never_run(known, tmp_path):
    path = laws_of(known).save(tmp_path / "laws.json")
    content = json.loads(path.read_text())
    content["laws"][0]["laws"][0]["formula"] = "__import__('os').system('true')"
    write_record(path, content, LawsRecord)
    with pytest.raises(FileFormatError, match="numbers, genes"):
        Laws.load(path)


def test_tables_name_regulators_and_signs(known):
    laws = laws_of(known)
    assert list(laws) == list(known.GENES)
    assert laws.edges().to_records(index=False).tolist() == [
        ("E2F1", "NKX2-5", -1), ("NKX2-5", "S", 1), ("S", "E2F1", 1),
    ]  # fmt: skip
    assert list(laws.table()["parents"]) == ["E2F1", "NKX2-5", "S"]
    assert laws.text().count("\n") == 2


def test_fronts_of_two_engines_merge(known):
    laws = laws_of(known)
    flat = known.law_of("S", "0.7", (), 1.0, error=1.0, bic=50.0)
    other = Laws({"S": ParetoFront("S", [flat])}, "h")
    both = laws.merge(other)
    assert len(both["S"]) == 2
    assert both["S"].best == laws["S"].best
    assert both.agreement is None
    with pytest.raises(InputError, match="same unit of time"):
        laws.merge(Laws({}, "d"))


def test_newer_laws_take_the_place_of_a_gene_and_leave_the_others(known):
    laws = laws_of(known)
    flat = ParetoFront("S", [known.law_of("S", "0.7", (), 1.0, error=1.0, bic=50.0)])
    newer = laws.updated(Laws({"S": flat}, "h"))
    assert list(newer) == list(laws)
    assert newer["S"] is flat
    assert all(newer[gene] is laws[gene] for gene in laws if gene != "S")
    assert newer.initial == laws.initial


def test_what_was_set_otherwise_for_a_newer_law_is_kept(known):
    def of(gene: str, parents: int) -> Laws:
        about = {"parents": parents, "seed": 0, "candidates": {gene: ["E2F1"]}}
        return Laws({gene: ParetoFront(gene, [known.ring()[gene]])}, "h", about=about)

    both = of("S", 3).updated(of("E2F1", 4))
    assert both.settings("S") == {"parents": 3, "seed": 0}
    assert both.settings("E2F1") == {"parents": 4, "seed": 0}
    assert both.about["candidates"] == {"S": ["E2F1"], "E2F1": ["E2F1"]}
    again = both.updated(of("E2F1", 3))
    assert again.settings("E2F1") == {"parents": 3, "seed": 0}
    assert again.about["joined"] == {}


def test_printed_laws_have_their_flags(known):
    flagged = known.law_of("S", "0.7", (), 1.0, flags=("made by hand",))
    laws = Laws({"S": ParetoFront("S", [flagged])}, "h")
    shown = str(laws)
    assert shown.startswith(laws.text())
    assert "\n    Flag: made by hand\n" in shown
    assert [finding.code for finding in laws.findings] == ["laws.flagged"]
    assert shown.endswith(f"Warning: {laws.findings[0].text}")
    assert "Flag: made by hand" in laws._repr_html_()


def test_units_of_time_must_be_the_same(known):
    laws = laws_of(known)
    with pytest.raises(InputError, match="same unit of time"):
        laws.updated(Laws({}, "d"))


def test_mistakes(known, tmp_path):
    with pytest.raises(GeneNameError, match="did you mean 'E2F1'"):
        laws_of(known)["E2F2"]
    with pytest.raises(MissingFileError, match="a file of laws"):
        Laws.load(tmp_path / "laws.json")
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(FileFormatError, match="hillflow-laws-1"):
        Laws.load(tmp_path / "other.json")
    (tmp_path / "part.json").write_text('{"format": "hillflow-laws-1", "laws": [{}]}')
    with pytest.raises(FileFormatError, match=r"damaged file: part\.json: .*missing required"):
        Laws.load(tmp_path / "part.json")
    with pytest.raises(InputError, match=r"\.json"):
        laws_of(known).save(tmp_path / "laws.txt")
