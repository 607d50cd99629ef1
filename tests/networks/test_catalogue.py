"""The catalogue: every entry complete, the included networks as described, names resolved."""

from __future__ import annotations

from pathlib import Path

import pytest

from hillflow.errors import FileFormatError, InputError
from hillflow.networks import FORMATS, catalogue, load_prior
from hillflow.networks.catalogue import catalogue_folder, find_entry

ENTRIES = list(catalogue().values())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_entries_are_complete(entry) -> None:
    assert entry.format in FORMATS
    assert entry.organism in ("human", "mouse")
    assert entry.licence
    assert "doi:" in entry.citation
    if entry.included:
        assert (catalogue_folder() / entry.included).is_file()
    else:
        assert entry.url.startswith("https://")
        assert entry.files
        assert len(entry.sha256) == 64  # what is downloaded is verified


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.included], ids=lambda e: e.name)
def test_included_networks_have_the_counts_of_their_entry(entry) -> None:
    network = load_prior(entry.name)
    summary = network.summary() | {"pairs": len(network), "rows": len(network)}
    assert {key: summary[key] for key in entry.counts} == dict(entry.counts)
    assert network.about == entry.about


def test_hematopoiesis_is_the_published_wiring(benchmark_data: Path) -> None:
    """Against the benchmark's truth table of the same model, whose symbols are older."""
    import csv

    symbol = {"Eklf": "KLF1", "Fog1": "ZFPM1", "Scl": "TAL1", "Pu1": "SPI1", "cJun": "JUN",
              "EgrNab": "EGR1"}  # fmt: skip
    with open(benchmark_data / "boolode_hsc" / "truth.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    old = [(row["source"], row["target"]) for row in rows]
    new = [tuple(symbol.get(name, name.upper()) for name in pair) for pair in old]
    truth = {(*pair, int(row["sign"])) for pair, row in zip(new, rows, strict=True)}
    ours = load_prior("hematopoiesis")
    assert set(zip(ours.source, ours.target, ours.sign.tolist(), strict=True)) == truth


@pytest.mark.parametrize(
    ("name", "organism", "found"),
    [
        ("trrust", None, "trrust-human"),
        ("trrust", "human", "trrust-human"),
        ("trrust", "mouse", "trrust-mouse"),
        ("trrust-mouse", None, "trrust-mouse"),
        ("collectri", None, "collectri-human"),
        ("hematopoiesis", "human", "hematopoiesis"),
    ],
)
def test_names_are_resolved_by_organism(name: str, organism: str | None, found: str) -> None:
    assert find_entry(name, organism).name == found


@pytest.mark.parametrize(
    ("name", "organism", "word"),
    [
        ("trust", None, "did you mean 'trrust'"),
        ("trrust-human", "mouse", "use trrust-mouse"),
        ("collectri", "mouse", "use trrust-mouse"),
        ("trrust", "zebrafish", "--prior-file"),
    ],
)
def test_names_that_are_not_there(name: str, organism: str | None, word: str) -> None:
    with pytest.raises(InputError) as error:
        find_entry(name, organism)
    assert word in error.value.fix


@pytest.mark.parametrize(
    "text",
    ["name = ", 'name = "x"', 'name="y"\norganism=""\nformat=""\nlicence=""\ncitation=""\nurl="u"'],
)
def test_broken_entries_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(FileFormatError, match=r"x\.toml"):
        catalogue(tmp_path)
