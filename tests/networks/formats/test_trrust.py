"""TRRUST: modes as signs, PubMed numbers as evidence, and the counts of the true files."""

from __future__ import annotations

from pathlib import Path

import pytest

from hillflow.networks import read_network


def test_trrust(write) -> None:
    path = write(
        "AATF\tBAX\tRepression\t22909821\nAATF\tBAX\tActivation\t1;22909821\n"
        "AHR\tMYC\tUnknown\t7\nAHR\tMYC\tActivation\t8\n",
        "trrust.tsv",
    )
    network = read_network(path, organism="human")
    assert network.sign.tolist() == [0, 1]
    assert network.both.tolist() == [True, False]
    assert network.evidence.tolist() == ["22909821;1", "7;8"]
    assert (network.name, network.organism) == ("trrust", "human")


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
    summary = read_network(benchmark_data / "trrust" / file).summary()
    assert {key: summary[key] for key in counts} == counts


def test_trrust_rows(benchmark_data: Path) -> None:
    from hillflow.networks.text_table import read_table

    rows = {o: len(read_table(benchmark_data / f"trrust/trrust_rawdata.{o}.tsv").rows)
            for o in ("human", "mouse")}  # fmt: skip
    assert rows == {"human": 9396, "mouse": 7057}
