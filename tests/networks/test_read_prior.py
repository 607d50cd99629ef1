"""Each file format: recognised, read by name, counted, and refused where it is something else."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from hillflow.errors import FileFormatError, GeneNameError, HillflowWarning, InputError
from hillflow.networks import FORMATS, read_prior


def edges(path: Path, **options: object) -> list[tuple[str, str, int]]:
    network = read_prior(path, **options)  # type: ignore[arg-type]
    return list(zip(network.source, network.target, network.sign.tolist(), strict=True))


@pytest.fixture
def write(tmp_path: Path):
    def write_file(text: str, name: str = "prior.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return write_file


def test_trrust(write) -> None:
    path = write(
        "AATF\tBAX\tRepression\t22909821\nAATF\tBAX\tActivation\t1;22909821\n"
        "AHR\tMYC\tUnknown\t7\nAHR\tMYC\tActivation\t8\n",
        "trrust.tsv",
    )
    network = read_prior(path, organism="human")
    assert network.sign.tolist() == [0, 1]
    assert network.both.tolist() == [True, False]
    assert network.evidence.tolist() == ["22909821;1", "7;8"]
    assert (network.name, network.organism) == ("trrust", "human")


def test_collectri_in_full_and_reduced(write) -> None:
    full = write(
        "source,target,weight,resources,references,sign_decision\n"
        "MYC,TERT,1,ExTRI;HTRI,10022128;10491298,PMID\nSPI1,BGLAP,-1,ExTRI,,default\n"
    )
    assert edges(full) == [("MYC", "TERT", 1), ("SPI1", "BGLAP", -1)]
    assert read_prior(full).evidence.tolist() == ["10022128;10491298", ""]
    reduced = write("source,target,weight\nMYC,TERT,1\nSPI1,BGLAP,-1\n")
    assert edges(reduced) == edges(reduced, format="collectri") == edges(full)


def test_dorothea_and_its_levels(write) -> None:
    path = write("tf,confidence,target,mor\nMYC,A,TERT,1\nMYC,D,BAX,-1\n")
    assert edges(path) == [("MYC", "TERT", 1), ("MYC", "BAX", -1)]
    assert edges(path, where={"confidence": ["A", "B", "C"]}) == [("MYC", "TERT", 1)]
    assert read_prior(path).evidence.tolist() == ["DoRothEA A", "DoRothEA D"]


@pytest.mark.parametrize(
    "text",
    ["Gene1,Gene2,Type\nA,B,+\nB,A,-\n", "Gene2,Gene1,Type\nB,A,+\nA,B,-\n"],
    ids=["BEELINE", "BoolODE"],
)
def test_beeline_is_read_by_name_not_by_position(write, text: str) -> None:
    assert edges(write(text)) == [("A", "B", 1), ("B", "A", -1)]


def test_beeline_without_type_and_with_edge_weights(write) -> None:
    assert edges(write("Gene1,Gene2\nA,B\n")) == [("A", "B", 0)]
    ranked = read_prior(write("Gene1\tGene2\tEdgeWeight\nA\tB\t-0.5\n"))
    assert (ranked.sign.tolist(), ranked.weight.tolist()) == ([-1], [0.5])


def test_pyscenic_importances_have_no_sign(write) -> None:
    path = write("TF\ttarget\timportance\nA\tB\t12.5\nA\tC\t0\n", "adj.tsv")
    network = read_prior(path)
    assert (network.sign.tolist(), network.weight.tolist()) == ([0, 0], [12.5, 0])


def test_plain_table_with_words_for_signs(write) -> None:
    words = [
        "+1",
        "-1",
        "activation",
        "repression",
        "+",
        "-",
        "activates",
        "inhibits",
        "both",
        "unknown",
        "1.0",
        "",
    ]
    rows = "".join(f"T{k},G,{word}\n" for k, word in enumerate(words))
    network = read_prior(write("Source,Target,Sign\n" + rows))
    assert network.sign.tolist() == [1, -1, 1, -1, 1, -1, 1, -1, 0, 0, 1, 0]
    assert network.both.tolist() == [word == "both" for word in words]


def test_unknown_words_for_signs_are_refused(write) -> None:
    with pytest.raises(FileFormatError, match="edge 2") as error:
        read_prior(write("source,target,sign\nA,B,1\nA,C,repressed\n"))
    assert "'represses'" in error.value.fix
    with pytest.raises(FileFormatError, match="'2'"):
        read_prior(write("source,target,sign\nA,B,2\n"))


@pytest.mark.parametrize("weight", ["high", "nan", "inf"])
def test_weights_must_be_finite_numbers(write, weight: str) -> None:
    with pytest.raises(FileFormatError, match="edge 1"):
        read_prior(write(f"source,target,weight\nA,B,{weight}\n"))


def test_other_columns_are_not_dropped_without_a_word(write) -> None:
    path = write("noise,source,target,weight\n0.0,A,B,1\n0.1,A,C,-1\n")
    with pytest.warns(HillflowWarning, match="'noise'"):
        assert len(read_prior(path)) == 2


def test_several_networks_in_one_file_need_a_choice(write) -> None:
    path = write("noise,source,target,weight\n0.0,A,B,1\n0.1,A,C,-1\n0.1,A,B,1\n")
    with pytest.raises(FileFormatError, match=r"another 'noise' \('0\.0', '0\.1'\)") as error:
        read_prior(path)
    assert "--where noise=0.1" in error.value.fix
    assert edges(path, where={"noise": 0}) == [("A", "B", 1)]
    with pytest.raises(FileFormatError, match=r"'0\.0', '0\.1'"):
        read_prior(path, where={"noise": 7})
    with pytest.raises(FileFormatError, match="'missing'"):
        read_prior(path, where={"missing": 7})


def test_rows_that_may_be_no_edges_need_a_choice(write) -> None:
    path = write("source,target,chip_bound\nA,B,1\nA,C,0\n")
    with pytest.raises(FileFormatError, match="perhaps not every row is an edge") as error:
        read_prior(path)
    assert "--where chip_bound=1" in error.value.fix
    assert edges(path, where={"chip_bound": 1}) == [("A", "B", 0)]
    path = write("source,target,chip_bound\nA,B,1\nA,C,1\n")
    with pytest.warns(HillflowWarning, match="not used"):
        assert len(read_prior(path)) == 2


def test_rows_of_parquet_cannot_be_chosen(tmp_path: Path) -> None:
    pd.DataFrame({"peak_id": ["p"], "gene_short_name": ["A"], "B": [1.0]}).to_parquet(
        tmp_path / "base.parquet"
    )
    with pytest.raises(FileFormatError, match="text table"):
        read_prior(tmp_path / "base.parquet", where={"B": 1})


def test_unsigned_weights_are_remarked_on(write) -> None:
    with pytest.warns(HillflowWarning, match="read as an activation"):
        read_prior(write("source,target,weight\nA,B,0.3\nA,C,0.7\n"))


def test_a_written_index_is_no_column(write) -> None:
    assert edges(write(",source,target\n0,A,B\n")) == [("A", "B", 0)]


def test_base_grn_as_parquet_and_as_text(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "peak_id": ["chr1_1_2", "chr1_5_6", "chr2_1_2"],
            "gene_short_name": ["MYC", "MYC", "TP53"],
            "SPI1": [1.0, 1.0, 0.0],
            "NKX2-5": [0.0, 0.0, 1.0],
        }
    )
    expected = [("SPI1", "MYC", 0), ("NKX2-5", "TP53", 0)]
    frame.to_parquet(tmp_path / "base.parquet")
    frame.to_csv(tmp_path / "base.csv")
    assert edges(tmp_path / "base.parquet") == edges(tmp_path / "base.csv") == expected


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("regulator,gene\nA,B\n", "pyscenic"),
        ("A,B,1\n", "name the columns"),
        ("source,target,sign\n", "only a header"),
        ("", "empty"),
        ("\n\n", "empty"),
        ("source,target\nA,B\nA,B,C\n", "line 3"),
        ('source,target\n"A,B\n', "quotes"),
        ("source,target,source\nA,B,C\n", "more than once"),
    ],
)
def test_wrong_files_are_refused(write, text: str, word: str) -> None:
    with pytest.raises(FileFormatError, match=word):
        read_prior(write(text))


def test_wrong_format_names(write) -> None:
    path = write("source,target\nA,B\n")
    with pytest.raises(InputError, match="'dorothea'"):
        read_prior(path, "dorotea")
    with pytest.raises(FileFormatError, match="'mor' missing"):
        read_prior(write("tf,target,confidence\nA,B,A\n"), "dorothea")


def test_spreadsheet_dates_are_refused(write) -> None:
    with pytest.raises(GeneNameError, match="SEPTIN7"):
        read_prior(write("7-Sep\tBAX\tUnknown\t1\n", "t.tsv"))


@pytest.mark.parametrize("encode", [lambda b: b, gzip.compress], ids=["plain", "gz"])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"], ids=["unix", "windows", "old mac"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "BOM"])
def test_line_ends_byte_order_marks_and_gzip(tmp_path: Path, mark, ends, encode) -> None:
    lines = [b"source;target;sign", b"A; B ;1", b"", b"B;A;-1", b""]
    path = tmp_path / "prior.csv.gz"
    path.write_bytes(encode(mark + ends.join(lines)))
    assert edges(path) == [("A", "B", 1), ("B", "A", -1)]
    assert read_prior(path).name == "prior"


def test_every_format_says_what_it_looks_like() -> None:
    assert list(FORMATS) == [known.name for known in FORMATS.values()]
    assert all(known.columns for known in FORMATS.values())


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        (
            "trrust_rawdata.human.tsv",
            {"edges": 8427, "regulators": 795, "targets": 2492, "both_signs": 207,
             "unknown_sign": 3568},
        ),
        ("trrust_rawdata.mouse.tsv", {"edges": 6490}),
    ],
)  # fmt: skip
def test_trrust_counts(benchmark_data: Path, file: str, counts: dict[str, int]) -> None:
    summary = read_prior(benchmark_data / "trrust" / file).summary()
    assert {key: summary[key] for key in counts} == counts


def test_trrust_rows(benchmark_data: Path) -> None:
    from hillflow.networks.text_table import read_table

    rows = {o: len(read_table(benchmark_data / f"trrust/trrust_rawdata.{o}.tsv").rows)
            for o in ("human", "mouse")}  # fmt: skip
    assert rows == {"human": 9396, "mouse": 7057}
