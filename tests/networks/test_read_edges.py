"""Other tools' networks: read by name, whatever the order of columns, and refused with a fix."""

from __future__ import annotations

import gzip
import json
import pickle
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.errors import FileFormatError, GeneNameError, InputError, MissingFileError
from hillflow.networks import EDGE_FORMATS, Network, read_edges

GENES = ["GATA1", "SPI1", "NKX2-5", "NA", "7157", "a&b<c>", "two words", "E2F1"]
EXPECTED = [("SPI1", "GATA1", -2.5), ("GATA1", "SPI1", 1.0), ("NA", "E2F1", 0.25)]


def rows(frame: pd.DataFrame) -> list[tuple[str, str, float]]:
    assert list(frame.columns) == ["source", "target", "weight"]
    return list(frame.itertuples(index=False, name=None))


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
    found = rows(read_edges(path))
    signed = name.split()[0] not in ("pyscenic", "genie3")
    assert found == (EXPECTED if signed else [(s, t, abs(w)) for s, t, w in EXPECTED])


def test_celloracle_dictionaries(tmp_path: Path) -> None:
    regulators = {"SPI1": ["GATA1", "RUNX1", "GATA1"], "GATA1": ["SPI1"]}
    path = tmp_path / "tfs.json"
    path.write_text(json.dumps(regulators))
    expected = [("GATA1", "SPI1", 1.0), ("RUNX1", "SPI1", 1.0), ("SPI1", "GATA1", 1.0)]
    assert rows(read_edges(path)) == rows(read_edges(regulators)) == expected


def test_parquet_and_frames(tmp_path: Path) -> None:
    frame = pd.DataFrame(EXPECTED, columns=["source", "target", "coef_mean"])
    frame.to_parquet(tmp_path / "links.parquet")
    assert rows(read_edges(tmp_path / "links.parquet")) == rows(read_edges(frame)) == EXPECTED


def test_links_of_several_clusters_need_a_choice(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text(
        "cluster,source,target,coef_mean\nA,GATA1,SPI1,1\nB,GATA1,SPI1,2\nB,SPI1,GATA1,-3\n"
    )
    with pytest.raises(FileFormatError, match=r"where=\{'cluster'"):
        read_edges(path)
    found = read_edges(path, where={"cluster": "B"})
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
    frame = frame.assign(sign=0, confidence=float("nan"), jacobian=0.5)
    path = tmp_path_factory.mktemp("edges") / "edges.csv"
    Network(tuple(GENES), frame).save(path)
    found = {(s, t): w for s, t, w in rows(read_edges(path))}
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
        ("a.json", "[1]", "JSON object"),
        ("a.json", '{"SPI1": "GATA1"}', "list of regulators"),
    ],
)
def test_unusable_files(name: str, content: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(FileFormatError, match=words):
        read_edges(path)


def test_dates_of_a_spreadsheet(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("TF,target,importance\n7-Sep,SPI1,1\n")
    with pytest.raises(GeneNameError, match="spreadsheet"):
        read_edges(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["dict.pkl", "dict.csv"])
def test_a_pickle_is_never_opened(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(pickle.dumps({"SPI1": ["GATA1"]}))
    with pytest.raises(FileFormatError, match="pickle"):
        read_edges(tmp_path / name)


def test_other_mistakes(tmp_path: Path) -> None:
    (tmp_path / "edges.csv").write_text(TABLES["decoupler"])
    with pytest.raises(MissingFileError, match="did you mean"):
        read_edges(tmp_path / "edgs.csv")
    with pytest.raises(InputError, match="did you mean 'genie3'"):
        read_edges(tmp_path / "edges.csv", "GENIE")
    with pytest.raises(InputError, match="a file, a DataFrame or a dictionary"):
        read_edges(3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="a table to select rows of"):
        read_edges({"A": ["B"]}, where={"x": 1})
    assert rows(read_edges(tmp_path / "edges.csv", "table")) == EXPECTED
    assert set(EDGE_FORMATS) == {
        "scenic+", "pyscenic", "genie3", "beeline", "celloracle", "table",
    }  # fmt: skip
