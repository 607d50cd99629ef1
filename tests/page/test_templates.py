"""The macros that every section is made of: text stays text, and tables keep exact numbers."""

from __future__ import annotations

import json
import math
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from hillflow.page.page import environment

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
ENVIRONMENT = environment()
MACROS: Any = ENVIRONMENT.get_template("macros.html").module


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
    found = read(MACROS.table(attribute, (inside,), [(inside,)]))
    names = [name for name, _ in found.tags]
    assert names == ["div", "table", "caption", "thead", "tr", "th", "tbody", "tr", "th"]
    assert found.tags[0][1]["aria-label"] == attribute
    assert found.tags[-1][1] == {"scope": "row", "data-value": inside}
    assert "".join(found.texts).replace("\n", "") == f"{attribute}{inside}{inside}"
    entries = read(MACROS.bullets([inside]))
    assert [name for name, _ in entries.tags] == ["ul", "li"]
    assert "".join(entries.texts).replace("\n", "") == inside
    command = read(MACROS.missing(inside, attribute))
    assert [name for name, _ in command.tags] == ["p", "code"]
    assert f"{inside} Run {attribute} and" in "".join(command.texts)


@given(TEXT)
def test_data_comes_back_from_the_page_and_cannot_end_its_element(name):
    page = ENVIRONMENT.from_string('<script type="application/json">{{ data|tojson }}</script>')
    written = page.render(data={"name": name, "trap": "</script><b>"})
    assert written.count("</script>") == 1
    inside = written.removeprefix('<script type="application/json">')
    assert json.loads(inside.removesuffix("</script>"))["name"] == name


def test_numbers_that_json_does_not_have_are_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        ENVIRONMENT.from_string("{{ data|tojson }}").render(data=[math.nan])


def test_attributes_may_be_left_out():
    assert read(MACROS.bullets(["x"])).tags[0] == ("ul", {})
    assert read(MACROS.bullets(["x"], "flags")).tags[0] == ("ul", {"class": "flags"})
    assert MACROS.bullets([]).strip() == ""


def test_a_table_names_its_columns_and_rows_and_keeps_exact_numbers():
    rows = [("A", 1 / 3), ("B", math.nan), ("C", 12345), ("D", None), ("E", True), ("F", "many")]
    found = read(MACROS.table("Effects", ("Gene", "Size"), rows, id="t"))
    heads = [attributes for name, attributes in found.tags if name == "th"]
    assert [head["scope"] for head in heads] == ["col", "col", *["row"] * 6]
    cells = [attributes for name, attributes in found.tags if name == "td"]
    assert [cell.get("data-value") for cell in cells] == [repr(1 / 3), "", "12345", *[None] * 3]
    words = [text.strip() for text in found.texts if text.strip()]
    assert words[0] == "Effects"
    assert words[3:] == ["A", "0.333", "B", "–", "C", "12,345", "D", "–", "E", "yes", "F", "many"]
    assert found.tags[1][1]["id"] == "t"
    with pytest.raises(TypeError, match="not dict"):
        MACROS.table("x", ("A", "B"), [("a", {})])


def test_a_table_to_sort_has_a_button_in_each_heading():
    found = read(MACROS.table("x", ("A", "B"), [("a", 1)], sortable=True))
    assert [name for name, _ in found.tags].count("button") == 2
    assert found.tags[1][1] == {"class": "sortable"}


def test_a_value_that_no_section_gave_is_a_mistake():
    with pytest.raises(UndefinedError):
        ENVIRONMENT.get_template("summary.html").render(summary={"fit": "x"})
