"""Plain tables of edges, ours among them."""

from __future__ import annotations

import pytest

from hillflow.errors import FileFormatError, HillflowWarning
from hillflow.networks import read_network


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
    network = read_network(write("Source,Target,Sign\n" + rows))
    assert network.sign.tolist() == [1, -1, 1, -1, 1, -1, 1, -1, 0, 0, 1, 0]
    assert network.both.tolist() == [word == "both" for word in words]


def test_unknown_words_for_signs_are_refused(write) -> None:
    with pytest.raises(FileFormatError, match="edge 2") as error:
        read_network(write("source,target,sign\nA,B,1\nA,C,repressed\n"))
    assert "'represses'" in error.value.fix
    with pytest.raises(FileFormatError, match="'2'"):
        read_network(write("source,target,sign\nA,B,2\n"))


def test_unsigned_weights_are_remarked_on(write) -> None:
    with pytest.warns(HillflowWarning, match="read as an activation"):
        read_network(write("source,target,weight\nA,B,0.3\nA,C,0.7\n"))
