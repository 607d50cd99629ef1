import csv

import numpy as np
import pytest

from hillflow.systems import Hematopoiesis, simulate

TO_HUMAN = {
    "Eklf": "KLF1", "Fog1": "ZFPM1", "Scl": "TAL1", "Pu1": "SPI1", "cJun": "JUN", "EgrNab": "EGR1",
}  # fmt: skip


@pytest.fixture(scope="module")
def late():
    """Share of each fate after two days, for the control and three knockouts."""
    knockouts = ("GATA1", "SPI1", "KLF1")
    data = simulate(Hematopoiesis(), (48.0,), 400, knockouts, seed=1)
    return {
        name: {
            fate: float(np.mean(data.population(name, 48.0).labels == fate))
            for fate in ("erythrocyte", "megakaryocyte", "monocyte", "granulocyte", "progenitor")
        }
        for name in ("control", *knockouts)
    }


def test_thirty_edges_of_which_four_are_autoregulation():
    network = Hematopoiesis().network()
    assert len(network) == 30
    assert set(network.source[network.source == network.target]) == {
        "GATA1", "GATA2", "CEBPA", "SPI1",
    }  # fmt: skip


def test_network_is_the_published_one(benchmark_data):
    with (benchmark_data / "boolode_hsc" / "truth.csv").open() as table:
        published = {
            (*(TO_HUMAN.get(row[end], row[end].upper()) for end in ("source", "target")),
             int(row["sign"]))
            for row in csv.DictReader(table)
        }  # fmt: skip
    assert set(Hematopoiesis().edges()) == published


def test_progenitors_take_all_four_fates(late):
    control = late["control"]
    for fate in ("erythrocyte", "megakaryocyte", "monocyte", "granulocyte"):
        assert control[fate] > 0.1
    assert control["progenitor"] < 0.1


def test_every_cell_starts_as_a_progenitor():
    start = Hematopoiesis().initial_states(500, np.random.default_rng(0))
    assert (Hematopoiesis().labels(start) == "progenitor").all()


def test_gata1_knockout_leaves_no_erythroid_fate(late):
    assert late["GATA1"]["erythrocyte"] == late["GATA1"]["megakaryocyte"] == 0.0
    assert late["GATA1"]["monocyte"] + late["GATA1"]["granulocyte"] > 0.5


def test_spi1_knockout_leaves_no_myeloid_fate(late):
    assert late["SPI1"]["monocyte"] == late["SPI1"]["granulocyte"] == 0.0
    control = late["control"]["erythrocyte"] + late["control"]["megakaryocyte"]
    assert late["SPI1"]["erythrocyte"] + late["SPI1"]["megakaryocyte"] > control + 0.1


def test_klf1_knockout_turns_erythrocytes_into_megakaryocytes(late):
    assert late["KLF1"]["erythrocyte"] == 0.0
    assert late["KLF1"]["megakaryocyte"] > late["control"]["megakaryocyte"] + 0.1


def test_knockout_stops_transcription_and_lets_protein_decay():
    system = Hematopoiesis().apply("GATA2=ko")
    i, n = system.genes.index("GATA2"), len(system.genes)
    data = simulate(Hematopoiesis(), (6.0,), 200, ["GATA2"], seed=0)
    state = data.population("GATA2", 6.0).state
    start = system.start[i]
    gamma, pi = 0.35, 0.2
    mrna = start * np.exp(-gamma * 6.0)
    protein = start * np.exp(-pi * 6.0) + pi * start / (pi - gamma) * (
        np.exp(-gamma * 6.0) - np.exp(-pi * 6.0)
    )
    assert state[:, i].mean() == pytest.approx(mrna, abs=0.02)
    assert state[:, n + i].mean() == pytest.approx(protein, abs=0.04)


def test_cells_without_any_factor_are_no_progenitors():
    nothing = "+".join(Hematopoiesis().genes)
    data = simulate(Hematopoiesis(), (0.0, 48.0), 20, [nothing])
    assert (data.population(nothing, 48.0).labels == "all low").all()
    assert (data.population("control", 0.0).labels == "progenitor").all()
