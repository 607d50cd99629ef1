from __future__ import annotations

import json
import math
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hillflow.page.parts import Html, embedded, join, number, table, tag

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]))


class Reader(HTMLParser):
    """Texts, and tags with their attributes, as a browser reads them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def read(markup: str) -> Reader:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    return reader


@given(TEXT, TEXT)
def test_text_stays_text_wherever_it_goes(inside, attribute):
    found = read(tag("p", inside, data_gene=attribute))
    assert found.tags == [("p", {"data-gene": attribute})]
    assert "".join(found.texts) == inside


@given(TEXT)
def test_data_comes_back_from_the_page_and_cannot_end_its_element(name):
    written = embedded("x", {"name": name, "trap": "</script><b>"})
    assert written.count("</script>") == 1
    inside = written.removeprefix('<script type="application/json" id="x">')
    assert json.loads(inside.removesuffix("</script>"))["name"] == name


def test_markup_is_kept_and_attributes_may_stand_alone_or_be_left_out():
    assert tag("b", Html("<i>x</i>"), hidden=True, id=None, class_="y") == (
        '<b hidden class="y"><i>x</i></b>'
    )
    assert tag("input", value=0) == '<input value="0">'
    assert join(["<", Html("<br>")], " ") == "&lt; <br>"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (math.nan, "–"), (12345, "12,345"), (-0.01234, "−0.0123"), (True, "1")],
)
def test_numbers_for_people(value, shown):
    assert number(value) == shown


def test_a_table_names_its_columns_and_rows_and_keeps_exact_numbers():
    found = read(table("Effects", ("Gene", "Size"), [("A", 1 / 3), ("B", math.nan)], id="t"))
    heads = [attributes for name, attributes in found.tags if name == "th"]
    assert [one["scope"] for one in heads] == ["col", "col", "row", "row"]
    cells = [attributes for name, attributes in found.tags if name == "td"]
    assert [one["data-value"] for one in cells] == [repr(1 / 3), ""]
    assert found.texts[0] == "Effects"
    with pytest.raises(TypeError, match="not dict"):
        table("x", ("A", "B"), [("a", {})])
