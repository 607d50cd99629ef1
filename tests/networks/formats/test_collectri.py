"""CollecTRI, in full and reduced to three columns."""

from __future__ import annotations

from hillflow.networks import read_network

from ...networks_to_write import signed_edges


def test_collectri_in_full_and_reduced(write) -> None:
    full = write(
        "source,target,weight,resources,references,sign_decision\n"
        "MYC,TERT,1,ExTRI;HTRI,10022128;10491298,PMID\nSPI1,BGLAP,-1,ExTRI,,default\n"
    )
    assert signed_edges(full) == [("MYC", "TERT", 1), ("SPI1", "BGLAP", -1)]
    assert read_network(full).evidence.tolist() == ["10022128;10491298", ""]
    reduced = write("source,target,weight\nMYC,TERT,1\nSPI1,BGLAP,-1\n")
    assert signed_edges(reduced) == signed_edges(reduced, format="collectri") == signed_edges(full)
