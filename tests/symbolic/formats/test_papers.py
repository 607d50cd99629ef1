"""Laws for papers: LaTeX whose brackets match, Markdown with tables, XHTML that is XML."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from hillflow.data import Snapshots
from hillflow.errors import InputError
from hillflow.model import Fit
from hillflow.symbolic import (
    Law,
    Laws,
    ParetoFront,
    parse,
    read_laws,
    write_latex,
    write_markdown,
    write_mathml,
)

from ...logic_laws import GENES, logic_member

X = np.random.default_rng(2).uniform(0.05, 1.4, (90, 4))
CELLS = Snapshots.from_arrays(X, np.repeat([0.0, 1.0, 2.0], 30), GENES, unit="h", scale="log1p")
ODD = ("a&b<c>", "50%_{x}", "p|q`r", "$1#2", "two\nlines", "[a](b)", "&lt;")
MATH = "{http://www.w3.org/1998/Math/MathML}"


@pytest.fixture(scope="module")
def laws() -> Laws:
    """Of three members with proteins, the first with a fragile rule."""
    members = [logic_member(seed, 0.1, proteins=True) for seed in range(3)]
    rows = np.repeat([0.02, 0.01, 0.95, 0.5], 2)
    members[0].field.table.data[0] = torch.from_numpy(rows).logit()
    return read_laws(Fit(tuple(members)), CELLS)


def odd_laws() -> Laws:
    quoted = ["`" + name.replace("`", "``") + "`" for name in ODD]
    text = " + ".join(f"{k + 1.5}*{name}**2.0/(1 + {name}**2.0)" for k, name in enumerate(quoted))
    production = parse(text)
    return Laws({
        name: ParetoFront(name, [Law(
            name, production, ODD, 0.5, (), "free", "test", 1, 0.1, None, None, 0.0,
            flags=("a|b",),
        )])
        for name in ODD
    })  # fmt: skip


def unbalanced(text: str) -> str:
    """The brackets of LaTeX that have no partner; escaped ones are letters."""
    text = re.sub(r"(?<!\\)%.*", "", text)
    text = re.sub(r"\\[{}%&#$_]", "", text)
    text = text.replace(r"\left(", "(").replace(r"\right)", ")")
    partner, found = {"}": "{", ")": "("}, []
    for letter in text:
        if letter in "{(":
            found.append(letter)
        elif letter in partner and not (found and found.pop() == partner[letter]):
            return letter
    return "".join(found)


def test_latex_is_one_align_with_a_number_for_each_equation(laws, tmp_path):
    text = write_latex(laws, tmp_path / "laws.tex").read_text()
    assert unbalanced(text) == ""
    assert text.count(r"\begin{align}") == text.count(r"\end{align}") == 1
    body = text.partition("\\begin{align}\n")[2].partition("\n\\end{align}")[0]
    lines = body.split(" \\\\\n")
    assert not body.endswith("\\")
    assert all(line.count("&") == 1 for line in lines)
    assert sum(r"\notag" not in line for line in lines) == 4 + 3  # genes, proteins of regulators
    assert r"\frac{d\,\mathrm{NKX2-5}}{dt} &= " in body
    assert r"p_{\mathrm{SPI1}}^{" in body
    assert re.search(r"- 0\.9 \\mathrm\{SPI1\}", body)  # the mRNA decays
    assert (
        r"\frac{d\,p_{\mathrm{SPI1}}}{dt} &= 0.8 \left(\mathrm{SPI1} - p_{\mathrm{SPI1}}\right)"
        in body
    )
    assert "% The laws are those of the first of 3 members; predictions of the fit" in text
    assert "% Noise is left out" in text


def test_latex_of_odd_names_is_balanced(tmp_path):
    text = write_latex(odd_laws(), tmp_path / "laws.tex").read_text()
    assert unbalanced(text) == ""
    assert unbalanced("{(}") == "}"
    assert "p_{" not in text
    for line in text.partition("\\begin{align}\n")[2].splitlines()[:-1]:
        assert len(re.findall(r"(?<!\\)&", line)) <= 1


def test_markdown_has_a_section_for_each_gene(laws, tmp_path):
    text = write_markdown(laws, tmp_path / "laws.md").read_text()
    sections = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    assert list(sections) == [*GENES, "Proteins"]
    gata = sections["GATA1"]
    assert gata.count("$$") == 2
    assert unbalanced(gata.split("$$")[1]) == ""
    assert "Boolean rule: GATA1" in gata
    assert "| on | on | 0.5 | on, near the cut |" in gata
    assert "| constant | value [range of 3 members] | unit |" in gata
    assert re.search(r"^\| K\[SPI1\] \| [\d.]+ \[[\d.]+, [\d.]+\] \| – \|$", gata, re.M)
    assert re.search(r"^\| protein \| 0.5 \| 1/h \|$", gata, re.M)
    assert "Boolean" not in sections["targets"]
    assert "first of 3 members" in text.partition("## ")[0]


def test_names_are_not_markup_in_markdown(tmp_path):
    text = write_markdown(odd_laws(), tmp_path / "laws.md").read_text()
    heads = [line for line in text.splitlines() if line.startswith("## ")]
    assert heads == [
        r"## a&b\<c\>", r"## 50%\_{x}", r"## p\|q\`r", r"## \$1\#2", "## two lines",
        "## [a]&#40;b)", "## &amp;lt;",
    ]  # fmt: skip
    assert r"- a\|b" in text


def test_mathml_is_xml_with_every_equation(laws, tmp_path):
    page = ElementTree.parse(write_mathml(laws, tmp_path / "laws.xhtml")).getroot()
    html = "{http://www.w3.org/1999/xhtml}"
    assert page.tag == f"{html}html"
    heads = [head.text for head in page.iter(f"{html}h2")]
    assert heads == [*GENES, "Proteins"]
    assert len(list(page.iter(f"{html}div"))) == 4 + 3
    assert all(child.tag == f"{MATH}math" for div in page.iter(f"{html}div") for child in div)
    assert len(list(page.iter(f"{MATH}msub"))) > 4
    assert "the first of 3 members" in " ".join(page.itertext())


def test_names_are_not_markup_in_mathml(tmp_path):
    page = ElementTree.parse(write_mathml(odd_laws(), tmp_path / "laws.xhtml")).getroot()
    heads = [head.text for head in page.iter("{http://www.w3.org/1999/xhtml}h2")]
    assert heads == list(ODD)


@pytest.mark.parametrize("write", [write_latex, write_markdown, write_mathml])
def test_another_suffix_is_refused(laws, tmp_path, write):
    with pytest.raises(InputError, match="ends in"):
        write(laws, tmp_path / "laws.txt")
    assert not list(tmp_path.iterdir())
