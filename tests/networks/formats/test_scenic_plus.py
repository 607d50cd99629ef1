"""SCENIC+ as a known network: signs by correlation, the strongest region of each pair."""

from __future__ import annotations

import pytest

from hillflow.errors import FileFormatError
from hillflow.networks import read_network

REGIONS = (
    "Region,Gene,TF,importance_TF2G,rho_TF2G\nchr1:1,SPI1,GATA1,1,0.4\nchr1:9,SPI1,GATA1,2,0.4\n"
    "chr2:3,GATA1,SPI1,2.5,-0.3\n"
)


def test_regions_of_one_pair_become_one_edge(write) -> None:
    network = read_network(write(REGIONS))
    assert network.pairs() == [("SPI1", "GATA1"), ("GATA1", "SPI1")]
    assert network.weight.tolist() == [-2.5, 2.0]
    assert network.sign.tolist() == [-1, 1]


def test_missing_correlations_are_named(write) -> None:
    with pytest.raises(FileFormatError, match="finite numbers in 'rho_tf2g'"):
        read_network(write(REGIONS.replace("-0.3", "")))
