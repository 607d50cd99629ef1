"""Other tools' networks: read by name, whatever the order of columns, and refused with a fix."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import FileFormatError, GeneNameError
from hillflow.networks import Network, read_network

GENES = ["GATA1", "SPI1", "NKX2-5", "NA", "7157", "a&b<c>", "two words", "E2F1"]
EXPECTED = [("SPI1", "GATA1", -2.5), ("GATA1", "SPI1", 1.0), ("NA", "E2F1", 0.25)]


def rows(network: Network) -> list[tuple[str, str, float]]:
    assert list(network.edges) == ["source", "target", "weight", "sign", "confidence"]
    columns = network.edges[["source", "target", "weight"]]
    return list(columns.itertuples(index=False, name=None))


TABLES = {
    "pyscenic": "TF,target,importance\nGATA1,SPI1,1\nSPI1,GATA1,2.5\nNA,E2F1,0.25\n",
    "pyscenic in another order": (
        "importance\ttarget\tTF\n1\tSPI1\tGATA1\n2.5\tGATA1\tSPI1\n0.25\tE2F1\tNA\n"
    ),
    "genie3": ("regulatoryGene,targetGene,weight\nGATA1,SPI1,1\nSPI1,GATA1,2.5\nNA,E2F1,.25\n"),
    "beeline": "Gene1\tGene2\tEdgeWeight\nGATA1\tSPI1\t1\nSPI1\tGATA1\t-2.5\nNA\tE2F1\t0.25\n",
    "beeline as BoolODE orders": (
        "Gene2\tGene1\tEdgeWeight\nSPI1\tGATA1\t1\nGATA1\tSPI1\t-2.5\nE2F1\tNA\t0.25\n"
    ),
    "celloracle": (
        ",source,target,coef_mean,coef_abs,p,-logp\n0,GATA1,SPI1,1,1,0.1,1\n"
        "1,SPI1,GATA1,-2.5,2.5,0.01,2\n2,NA,E2F1,0.25,0.25,0.5,0.3\n"
    ),
    "scenic+ adjacencies": (
        "TF,target,importance,regulation,rho\nGATA1,SPI1,1,1,0.4\nSPI1,GATA1,2.5,-1,-0.3\n"
        "NA,E2F1,0.25,1,0.1\n"
    ),
    "scenic+ eRegulons": (
        "Region,Gene,TF,importance_TF2G,rho_TF2G\nchr1:1,SPI1,GATA1,1,0.4\nchr1:9,SPI1,GATA1,1,0.4\n"
        "chr2:3,GATA1,SPI1,2.5,-0.3\nchr3:4,E2F1,NA,0.25,0.2\n"
    ),
    "decoupler": "source,target,weight\nGATA1,SPI1,1\nSPI1,GATA1,-2.5\nNA,E2F1,0.25\n",
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("packed", [False, True])
def test_formats(name: str, packed: bool, tmp_path: Path) -> None:
    path = tmp_path / f"edges.tsv{'.gz' * packed}"
    text = TABLES[name].encode()
    path.write_bytes(gzip.compress(text) if packed else text)
    found = rows(read_network(path, inferred=True))
    signed = name.split()[0] not in ("pyscenic", "genie3")
    assert found == (EXPECTED if signed else [(s, t, abs(w)) for s, t, w in EXPECTED])


def test_links_of_several_clusters_need_a_choice(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text(
        "cluster,source,target,coef_mean\nA,GATA1,SPI1,1\nB,GATA1,SPI1,2\nB,SPI1,GATA1,-3\n"
    )
    with pytest.raises(FileFormatError, match=r"where=\{'cluster'"):
        read_network(path, inferred=True)
    found = read_network(path, where={"cluster": "B"}, inferred=True)
    assert rows(found) == [("SPI1", "GATA1", -3.0), ("GATA1", "SPI1", 2.0)]


pair_weights = st.dictionaries(
    st.tuples(st.sampled_from(GENES), st.sampled_from(GENES)),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    min_size=1,
)


@given(pair_weights)
def test_our_own_table_comes_back(tmp_path_factory, weights: dict) -> None:
    frame = pd.DataFrame([(*pair, w) for pair, w in weights.items()])
    frame.columns = ["source", "target", "weight"]
    sign = np.sign(frame["weight"]).astype(int)
    frame = frame.assign(sign=sign, confidence=float("nan"), jacobian=0.5)
    path = tmp_path_factory.mktemp("edges") / "edges.csv"
    Network(tuple(GENES), frame).save(path)
    found = {(s, t): w for s, t, w in rows(read_network(path, inferred=True))}
    assert found == weights


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "GATA1,SPI1,0.3\nSPI1,GATA1,0.2\n", "TF, target, importance"),
        ("a.csv", "source,target\nGATA1,SPI1\n", "columns named as in one of these"),
        ("a.csv", "source,target,weight\nGATA1,SPI1,high\n", "finite numbers"),
        ("a.csv", "source,target,weight\nGATA1,SPI1,\n", "finite numbers"),
        ("a.csv", "source,target,weight\nGATA1,SPI1,inf\n", "finite numbers"),
        ("a.csv", "source,target,weight\nGATA1,,1\n", "no target in edge 1"),
        ("a.csv", "source,target,weight\n", "edges in"),
        ("a.csv", "source,target,weight\nA,B,1\nA,B,2\n", "A → B"),
        ("a.csv", "", "which is empty"),
        ("a.json", "{", "damaged"),
        ("a.json", '{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "damaged"),
        ("a.json", "[1]", "JSON object"),
        ("a.json", '{"SPI1": "GATA1"}', "list of regulators"),
    ],
)
def test_unusable_files(name: str, content: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(FileFormatError, match=words):
        read_network(path, inferred=True)


def test_dates_of_a_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("TF,target,importance\n7-Sep,SPI1,1\n")
    with pytest.raises(GeneNameError, match="spreadsheet"):
        read_network(tmp_path / "a.csv", inferred=True)


@pytest.mark.parametrize("name", ["pyscenic", "genie3"])
def test_importances_tell_no_signs(name: str, tmp_path: Path) -> None:
    path = tmp_path / "edges.csv"
    path.write_text(TABLES[name])
    assert set(read_network(path, inferred=True).sign) == {0}


def test_signs_are_those_of_the_weights_where_some_are_negative(write) -> None:
    text = "source,target,{}\nA,B,0.5\nB,A,{}\n"
    assert read_network(write(text.format("score", 2)), inferred=True).sign.tolist() == [0, 0]
    assert read_network(write(text.format("score", -2)), inferred=True).sign.tolist() == [-1, 1]
    signed = write("source,target,weight,sign\nA,B,0.5,+\nB,A,2,-\nA,A,1,0\n")
    assert read_network(signed, inferred=True).weight.tolist() == [-2.0, 1.0, 0.5]
