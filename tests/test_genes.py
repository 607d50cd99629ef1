"""Gene names: refused where they are unusable, matched only as far as the caller allows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import GeneNameError, HillflowWarning
from hillflow.genes import check_gene_names, gene_style, match_genes
from hillflow.interventions import Intervention

ODD_BUT_FINE = (
    "NKX2-5", "HLA-DRA", "7157", "a&b<c>", "S 1", "S", "E2F1", "sep-1", "mar-2", "H2-K1",
    "2310009E13Rik", "1700001A01Rik", "SEPTIN7", "MARCHF1", "DEC1", "RP11-34P13.7", "AC000123.1",
    "RTG1_RTG3", "12-345",
)  # fmt: skip


def test_odd_names_pass_unchanged() -> None:
    assert check_gene_names(ODD_BUT_FINE) == ODD_BUT_FINE


@pytest.mark.parametrize(
    ("names", "word"),
    [(["GATA1", "Gata1"], "'GATA1 and Gata1'"), (["A", "nan"], "'nan'"), (["None"], "'None'")],
)
def test_names_that_look_like_a_slip_are_kept_and_warned_of(names: list[str], word: str) -> None:
    with pytest.warns(HillflowWarning, match=f"the panel has .*{word}"):
        assert check_gene_names(names, "the panel") == tuple(names)


def test_numpy_strings_become_plain_ones() -> None:
    names = check_gene_names(np.array(["A", "B"]))
    assert [type(name) for name in names] == [str, str]


@pytest.mark.parametrize(
    ("mangled", "was"),
    [
        ("7-Sep", "SEPTIN7 (formerly SEPT7)"),
        ("07-SEP", "SEPTIN7"),
        ("Sep-07", "SEPTIN7"),
        ("1-Mar", "MARCHF1 (formerly MARCH1), or MTARC1"),
        ("5-March", "MARCHF5"),
        ("1-Dec", "DELEC1 (formerly DEC1)"),
        ("15-Sep", "SELENOF"),
        ("4-Oct", "POU5F1"),
        ("2001-09-01", "SEPTIN1"),
        ("2007-09-01", "SEPTIN7 (formerly SEPT7), or SEPTIN1"),
        ("2019-09-07 00:00:00", "SEPTIN7"),
        ("9/7/2019", "SEPTIN7"),
        ("2.31E+19", "2310009E13Rik"),
    ],
)
def test_dates_are_refused_with_the_symbol_they_were(mangled: str, was: str) -> None:
    with pytest.raises(GeneNameError) as error:
        check_gene_names(["GATA1", mangled])
    assert mangled in str(error.value)
    assert was in error.value.fix


@pytest.mark.parametrize(
    ("names", "word"),
    [
        (["A", "B", "A"], "'A'"),
        (["A", "", "B"], "position 1"),
        (["A", "  "], "position 1"),
        (["A", " B"], "strip"),
        (["A", 7157], "astype(str)"),
        (["A", None], "NoneType"),
    ],
)
def test_unusable_names_are_refused(names: list[str], word: str) -> None:
    with pytest.raises(GeneNameError, match="the panel") as error:
        check_gene_names(names, "the panel")
    assert word in str(error.value)


@pytest.mark.parametrize(
    ("names", "style"),
    [
        (["GATA1", "NKX2-5", "C1orf112"], "human-like"),
        (["Gata1", "Nkx2-5", "H2-K1"], "mouse-like"),
        (["GATA1", "Gata1"], "other"),
        (["7157", "672"], "other"),
        (["ENSG00000102145", "gata1", "Gata1"], "other"),
        ([], "other"),
    ],
)
def test_gene_style(names: list[str], style: str) -> None:
    assert gene_style(names) == style


def test_case_is_not_folded_unasked() -> None:
    match = match_genes(["Gata1", "SPI1"], ["GATA1", "SPI1"])
    assert dict(match.mapping) == {"SPI1": "SPI1"}
    assert match.unmatched == ("Gata1",)
    assert match.would_fold == 1
    assert not match.assumption
    assert "1 more would match if case were ignored" in str(match)


def test_folding_says_what_it_assumed() -> None:
    match = match_genes(["Gata1", "Spi1"], ["GATA1", "SPI1"], fold_case=True)
    assert dict(match.mapping) == {"Gata1": "GATA1", "Spi1": "SPI1"}
    assert match.case_folded == ("Gata1", "Spi1")
    assert "of one species" in match.assumption
    assert match.would_fold == 0


@pytest.mark.parametrize(
    ("wanted", "panel"),
    [
        (["gata1"], ["GATA1", "Gata1"]),  # which of the panel's?
        (["gata1", "Gata1"], ["GATA1"]),  # which of the prior's?
        (["gata1", "GATA1"], ["GATA1"]),  # taken by the exact one
    ],
)
def test_ambiguous_folds_stay_unmatched(wanted: list[str], panel: list[str]) -> None:
    match = match_genes(wanted, panel, fold_case=True)
    assert "gata1" in match.ambiguous
    assert set(match.ambiguous) <= set(match.unmatched)
    assert "ambiguous" in str(match)


def test_aliases_go_first_and_pass_over_absent_genes() -> None:
    aliases = {"TP53": "Trp53", "GATA1": "Gata1b", "MYC": "Nowhere"}
    match = match_genes(
        ["TP53", "GATA1", "MYC", "SPI1"], ["Trp53", "GATA1", "Gata1b", "MYC"], aliases=aliases
    )
    assert dict(match.mapping) == {"TP53": "Trp53", "GATA1": "Gata1b", "MYC": "MYC"}
    assert match.alias == ("TP53", "GATA1")
    assert "TP53 → Trp53" in str(match)


names = st.text("aAbB1", min_size=1, max_size=3)


@given(st.lists(names), st.lists(names), st.booleans(), st.dictionaries(names, names, max_size=3))
def test_every_name_is_in_one_list_and_maps_into_the_panel(
    wanted: list[str], panel: list[str], fold_case: bool, aliases: dict[str, str]
) -> None:
    match = match_genes(wanted, panel, fold_case=fold_case, aliases=aliases)
    lists = [*match.exact, *match.case_folded, *match.alias, *match.unmatched]
    assert sorted(lists) == sorted(set(wanted))
    assert set(match.mapping) == set(wanted) - set(match.unmatched)
    assert set(match.mapping.values()) <= set(panel)
    for name in match.case_folded:
        assert name != match.mapping[name]
        assert name.casefold() == match.mapping[name].casefold()
    without_alias = [match.mapping[name] for name in (*match.exact, *match.case_folded)]
    assert len(set(without_alias)) == len(without_alias)


def test_table_shows_markup_as_text() -> None:
    from rich.console import Console

    console = Console(width=100, record=True, file=None, force_terminal=False)
    with console.capture() as captured:
        console.print(match_genes(["a[b]"], ["a[b]"]).table())
    assert "a[b]" in captured.get()


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "a\x00b", "GATA1\u200b", "a\xa0b"])
def test_names_with_characters_that_are_not_printed_are_refused(name):
    with pytest.raises(GeneNameError, match="printable characters"):
        check_gene_names(["A", name])


@pytest.mark.parametrize("name", ["HLA+A", "a,b", "=cmd|' /C calc'!A0"])
def test_names_that_no_option_can_name_are_warned_of(name):
    with pytest.warns(HillflowWarning, match="no perturbation or option can name"):
        assert check_gene_names(["A", name]) == ("A", name)


def test_a_colon_is_part_of_a_name():
    assert Intervention.parse("mt:CoI=clamp:2").name == "mt:CoI=clamp:2"
