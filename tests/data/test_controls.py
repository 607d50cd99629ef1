from __future__ import annotations

import pytest

from hillflow.data.controls import check_control, likely_controls
from hillflow.errors import InputError

LIKELY = [
    "wt", "WT", "wild type", "ctrl", "CTRL", "NT", "non-targeting", "Non_Targeting_Control",
    "DMSO", "untreated", "Control", "neg-ctrl", "scrambled",
]  # fmt: skip


@pytest.mark.parametrize("label", LIKELY)
def test_the_likeliest_label_is_proposed(refused, label):
    with refused(InputError, "'control' in 'guide'", repr(label), f"pass control={label!r}"):
        check_control(["SPI1", label], "control", ["SPI1", "WT1"], "guide")


@pytest.mark.parametrize("label", ["WT1", "CTRL2", "NTN1", "SPI1", "GATA1+ctrl"])
def test_genes_are_no_controls(refused, label):
    assert likely_controls([label], []) == []
    with refused(InputError, "'control' in 'guide'", repr(label), "control=None if there are none"):
        check_control([label], "control", ["SPI1"], "guide")


def test_a_gene_by_such_a_name_is_a_gene():
    assert likely_controls(["NT", "WT"], ["NT"]) == ["WT"]
    check_control(["NT"], None, ["NT"], "guide")


def test_no_control_although_there_is_one(refused):
    with refused(InputError, "control=None", "'WT'", "pass control='WT', or leave these"):
        check_control(["WT", "SPI1"], None, ["SPI1"], "guide")


@pytest.mark.parametrize("control", ["WT", None])
def test_labels_that_need_no_guess(control):
    check_control(["GATA1=knockout", "SPI1=clamp:1"], control, [], "guide")
    check_control(["WT", "GATA1"] if control else ["control", "GATA1"], control, [], "guide")
