"""A prior network as an option: its edges, how names are matched, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import hillflow as hf
from hillflow.errors import HillflowError, InputError
from hillflow.findings import collect_findings
from hillflow.networks import load_prior
from hillflow.workflow.options.prior import PriorOptions
from hillflow.workflow.priors_options import aligned_prior, read_prior_edges

GENES = ("GATA1", "SPI1", "KLF1", "FLI1")


def test_edges_of_a_prior_with_and_without_free_ones():
    with collect_findings() as findings:
        edges = read_prior_edges(PriorOptions("hematopoiesis"), GENES)
    assert edges is not None
    assert not edges.free.any()
    said = {one.code: one.text for one in findings}
    assert "of 30 edges" in said["prior.alignment"]
    assert "Krumsiek" in said["prior.licence"]
    with collect_findings() as findings:
        every = read_prior_edges(PriorOptions("hematopoiesis", free_edges="all"), GENES)
    assert every is not None
    assert len(every) >= 12
    assert int((~every.free).sum()) == len(edges)
    said = {one.code: one.text for one in findings}
    assert said["prior.free-edges"].startswith(f"{int(every.free.sum())} free edges")
    assert read_prior_edges(PriorOptions(), GENES) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"free_edges": "al"}, "did you mean 'all'"),
        ({"free_edges": "all"}, "no prior=… (--prior)"),
        (
            {"organism": "mouse", "fold_case": True},
            "organism=… (--organism) and fold_case=… (--fold-case)",
        ),
        ({"prior_weight": 0.5}, "no prior=… (--prior)"),
        ({"prior": "hematopoiesis", "prior_weight": -1}, "of 0 or more"),
        ({"prior": "hematopoesis"}, "did you mean 'hematopoiesis'"),
        ({"where": ("level=b",)}, "a prior network for where=… (--where)"),
    ],
)
def test_options_of_a_prior_that_do_not_fit(options, message):
    with pytest.raises(HillflowError) as caught:
        read_prior_edges(PriorOptions(**options), GENES)
    assert message in str(caught.value)


def test_rows_of_the_priors_file_are_chosen(tmp_path: Path) -> None:
    path = tmp_path / "several.csv"
    path.write_text("level,source,target\na,GATA1,SPI1\nb,GATA1,SPI1\nb,SPI1,GATA1\n")
    with pytest.raises(InputError, match="--where level=b"):
        read_prior_edges(PriorOptions(str(path)), GENES)
    edges = read_prior_edges(PriorOptions(str(path), where=("level=b",)), GENES)
    assert edges is not None
    assert len(edges) == 2
    options = PriorOptions(str(path), where=("level=b",), prior_format="beeline")
    with pytest.raises(InputError, match="'gene1'"):
        read_prior_edges(options, GENES)


def test_a_network_and_a_dictionary_of_aliases_do_as_well():
    aliases = {gene: gene.title() for gene in GENES}
    named = aligned_prior("hematopoiesis", GENES).network.pairs()
    renamed = aligned_prior(load_prior("hematopoiesis"), tuple(aliases.values()), aliases=aliases)
    expected = {(aliases[source], aliases[target]) for source, target in named}
    assert set(renamed.network.pairs()) == expected


def test_a_network_or_a_table_is_aligned_as_the_name_is():
    named = str(hf.priors.align("hematopoiesis", GENES)).splitlines()[:2]
    network = load_prior("hematopoiesis")
    for given in (network, network.edges[["source", "target", "sign"]]):
        assert str(hf.priors.align(given, GENES)).splitlines()[:2] == named
    with pytest.raises(InputError, match="int"):
        hf.priors.align(3, GENES)
