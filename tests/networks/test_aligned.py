"""Laying a prior over a panel: what is found, and how loudly nothing is said to be found."""

from __future__ import annotations

from pathlib import Path

import pytest

from hillflow.data import read_gene_names
from hillflow.errors import GeneNameError, HillflowWarning
from hillflow.networks import Network, read_network


def network(organism: str = "mouse", *pairs: tuple[str, str]) -> Network:
    pairs = pairs or (("Gata1", "Spi1"), ("Spi1", "Gata1"), ("Spi1", "Spi1"), ("Myc", "Trp53"))
    return Network.from_columns(
        [p[0] for p in pairs], [p[1] for p in pairs], sign=[-1] * len(pairs),
        name="small", organism=organism,
    )  # fmt: skip


def test_only_edges_with_both_ends_stay() -> None:
    aligned = network().align(["Myc", "Spi1", "Gata1"])
    assert len(aligned) == 3
    assert aligned.edges_by_match == {"exact": 3, "case-folded": 0, "alias": 0}
    assert aligned.uncovered == ("Myc",)
    assert aligned.regulators == ("Myc", "Spi1", "Gata1")  # Myc regulates an unmeasured gene
    assert aligned.genes == ("Myc", "Spi1", "Gata1")
    assert "3 of 4 edges" in str(aligned)


def test_upper_case_panel_needs_folding_to_be_asked_for() -> None:
    panel = ["GATA1", "SPI1"]
    with pytest.raises(GeneNameError, match="3 edges would match with case folded") as error:
        network().align(panel)
    assert "--fold-case" in error.value.fix
    assert "fold_case=True" in error.value.fix
    aligned = network().align(panel, fold_case=True)
    assert aligned.edges_by_match == {"exact": 0, "case-folded": 3, "alias": 0}
    assert set(aligned.network.genes) == {"GATA1", "SPI1"}
    assert "one species" in str(aligned)


@pytest.mark.parametrize("fold_case", [False, True])
def test_mouse_symbols_never_become_human_ones(fold_case: bool) -> None:
    human = network("human", ("GATA1", "SPI1"), ("SPI1", "GATA1"))
    with pytest.raises(GeneNameError, match=r"a network of mouse \(trrust-mouse\)"):
        human.align(["Gata1", "Spi1"], fold_case=fold_case)


def test_an_ortholog_table_does() -> None:
    human = network("human", ("TP53", "MYC"), ("MYC", "TP53"), ("SPI1", "MYC"))
    aligned = human.align(["Trp53", "Myc"], aliases={"TP53": "Trp53", "MYC": "Myc"})
    assert aligned.edges_by_match == {"exact": 0, "case-folded": 0, "alias": 2}
    assert aligned.network.sign.tolist() == [-1, -1]


def test_aliases_that_nobody_has_are_warned_of() -> None:
    aliases = {"prior": "data", "GATA1": "Gata1", "TPP53": "Trpp53", "Gata1": "nowhere"}
    with pytest.warns(HillflowWarning, match=r"1 of 4 aliases .*'TPP53 → Trpp53'"):
        network().align(["Gata1", "Spi1"], aliases=aliases)


def test_several_names_of_one_gene_are_merged() -> None:
    prior = Network.from_columns(
        ["NFKB1", "RELA"], ["MYC", "MYC"], sign=[1, -1], evidence=["1", "2"]
    )
    aligned = prior.align(["NFKB", "MYC"], aliases={"NFKB1": "NFKB", "RELA": "NFKB"})
    assert len(aligned) == 1
    assert aligned.network.both.tolist() == [True]
    assert aligned.network.evidence.tolist() == ["1;2"]
    assert sum(aligned.edges_by_match.values()) == 1


def test_names_without_edges_between_them_are_no_overlap() -> None:
    with pytest.raises(GeneNameError, match="no edge joins two of them"):
        network().align(["Gata1", "Myc"])
    with pytest.raises(GeneNameError, match="Ensembl"):
        network().align(["ENSMUSG00000000001"])


def test_summary_is_plain() -> None:
    import json

    summary = json.loads(json.dumps(network().align(["Spi1", "Gata1"]).summary()))
    assert summary["prior"]["edges"] == 3
    assert summary["panel"] == {"genes": 2, "with_edges": 2, "without_edges": []}


@pytest.mark.parametrize(
    ("file", "organism", "edges", "self_edges"),
    [
        ("trrust/trrust_rawdata.human.tsv", "human", 38, 6),
        ("collectri/collectri.csv", "human", 155, 28),
    ],
)
def test_thp1(benchmark_data: Path, file: str, organism: str, edges: int, self_edges: int) -> None:
    """Distinct pairs with both ends among the 45 factors, self-pairs included."""
    panel = read_gene_names(benchmark_data / "thp1" / "expression.h5ad")
    aligned = read_network(benchmark_data / file, organism=organism).align(panel)
    assert len(aligned) == edges
    assert aligned.network.summary()["self_edges"] == self_edges


def test_semrau_in_capitals(benchmark_data: Path) -> None:
    panel = read_gene_names(benchmark_data / "semrau" / "expression.h5ad")
    prior = read_network(benchmark_data / "trrust/trrust_rawdata.mouse.tsv", organism="mouse")
    as_it_is = prior.align(panel)
    assert len(as_it_is) == 18
    capitals = [gene.upper() for gene in panel]
    with pytest.raises(GeneNameError, match="18 edges would match with case folded"):
        prior.align(capitals)
    folded = prior.align(capitals, fold_case=True)
    assert folded.edges_by_match == {"exact": 0, "case-folded": 18, "alias": 0}
    assert len(folded.match.case_folded) == 33
