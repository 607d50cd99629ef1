from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from hillflow.networks import Network
from hillflow.networks.show_network import MAX_DRAWN, MAX_ROWS
from hillflow.networks.svg import network_svg

HOSTILE = ("<img src=x onerror=alert(1)>", "\"onmouseover='alert(2)'", "</svg><script>")


def small(genes: tuple[str, ...] = ("GATA1", "SPI1", "KLF1")) -> Network:
    a, b, c = genes
    return Network.from_columns(
        [a, b, a, c], [b, a, a, a], sign=[-1, -1, 1, 0], weight=[4, 3, 2, 1]
    )


def svg_of(network: Network) -> ElementTree.Element:
    return ElementTree.fromstring(network_svg(network, name="n", title="<t>"))


def test_every_edge_and_gene_is_an_element_that_a_script_can_find():
    root = svg_of(small())
    space = "{http://www.w3.org/2000/svg}"
    groups = list(root.iter(f"{space}g"))
    edges = [group for group in groups if group.get("class").startswith("edge")]
    assert [(e.get("data-source"), e.get("data-target"), e.get("class")) for e in edges[::-1]] == [
        ("GATA1", "SPI1", "edge inhibits"), ("SPI1", "GATA1", "edge inhibits"),
        ("GATA1", "GATA1", "edge activates"), ("KLF1", "GATA1", "edge regulates"),
    ]  # fmt: skip
    nodes = [group.get("data-gene") for group in groups if group.get("class") == "node"]
    assert sorted(nodes) == ["GATA1", "KLF1", "SPI1"]
    ends = {marker.get("id") for marker in root.iter(f"{space}marker")}
    used = {line.get("marker-end") for line in root.iter(f"{space}path") if line.get("marker-end")}
    assert used <= {f"url(#{name})" for name in ends}


def test_the_strongest_edge_is_the_broadest_and_lies_on_top():
    lines = [line for line in svg_of(small()).iter() if line.get("class") == "line"]
    widths = [float(line.get("stroke-width")) for line in lines]
    assert widths == sorted(widths)
    assert widths[-1] == 5.0


def test_names_that_are_markup_stay_names():
    network = small(HOSTILE)
    assert {node.text for node in svg_of(network).iter() if node.tag.endswith("text")} == set(
        HOSTILE
    )


def test_names_that_are_markup_stay_names_in_a_notebook():
    tags: set[str] = set()
    attributes: set[str] = set()

    class Seen(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.add(tag)
            attributes.update(key for key, _ in attrs)

    Seen().feed(small(HOSTILE)._repr_html_())
    assert "svg" in tags
    assert not tags & {"img", "script"}
    assert not [key for key in attributes if key.startswith("on")]


def test_what_is_shown_of_a_large_network_is_bounded():
    random = np.random.default_rng(0)
    genes = [f"G{k}" for k in range(60)]
    network = Network.from_matrix(genes, random.normal(size=(60, 60)))
    text, html = str(network), network._repr_html_()
    assert len(re.findall(r"^G\d+ +(activates|inhibits)", text, re.MULTILINE)) == MAX_ROWS
    assert html.count('class="edge ') == MAX_DRAWN
    assert f"{60 * 60 - MAX_ROWS:,} more edges" in text
    assert f"The {MAX_DRAWN} strongest of {60 * 59:,} edges" in html


def test_self_edges_are_shown_where_there_is_nothing_else():
    alone = Network.from_columns(["A"], ["A"], sign=[-1])
    assert "Strongest edges\n" in str(alone)
    assert "Strongest edges between genes" in str(small())


def test_what_was_noted_is_shown():
    noted = [{"code": "fit.sketch", "text": "a sketch <b>", "severity": "warning"}]
    network = Network(("A", "B"), Network.from_columns(["A"], ["B"]).edges, {"findings": noted})
    assert network.findings[0].code == "fit.sketch"
    assert str(network).endswith("Warning: a sketch <b>")
    assert "a sketch &lt;b&gt;" in network._repr_html_()


def test_a_network_without_edges_says_so():
    empty = Network.from_matrix(["A", "B"], np.zeros((2, 2)))
    assert str(empty) == repr(empty)


@pytest.mark.parametrize("name", ["a", "b"])
def test_two_drawings_of_one_document_do_not_share_names(name):
    assert f'id="{name}-activates"' in network_svg(small(), name=name, title="")


@pytest.mark.parametrize(("edges", "said"), [(1, False), (20, True)])
def test_a_share_of_a_few_edges_is_not_stated(edges, said):
    halves = {"edges": edges, "found_again": 0.0, "by_chance": 0.5}
    about = {"readout": "closed-form", "description": "as stated", "halves": halves}
    network = Network(("A", "B"), Network.from_columns(["A"], ["B"]).edges, about)
    assert ("Found again" in str(network)) == said
