"""Boolean rules as a drawing: a dot for each condition of several regulators."""

from __future__ import annotations

from dataclasses import replace

import pytest
from matplotlib.colors import to_hex

from hillflow import pl
from hillflow.errors import GeneNameError, UnsupportedError
from hillflow.symbolic import BooleanNetwork, BooleanRule, Laws, ParetoFront, laws_of_logic

from ..logic_laws import logic_field

RULES = BooleanNetwork({gene: law.rule for gene, law in laws_of_logic(logic_field()).items()})


def test_conditions_of_several_regulators_have_a_dot():
    ax = pl.logic_network(RULES)
    (dots,) = ax.lines
    assert len(dots.get_xdata()) == 2  # GATA1 & !SPI1, of GATA1 and of NKX2-5
    assert {text.get_text() for text in ax.texts} == {
        "GATA1", "SPI1", "NKX2-5", "targets", "dashed: constant, always on (targets)",
    }  # fmt: skip
    colors = [to_hex(patch.get_edgecolor()) for patch in ax.patches]
    # Two conditions with an activator, a repressor and an arrow to the gene; targets, SPI1 alone.
    assert [colors.count(color) for color in ("#0072b2", "#d55e00", "#1a1a1a")] == [4, 2, 2]
    ax.figure.canvas.draw()


def test_some_genes_with_their_regulators():
    ax = pl.logic_network(RULES, genes=["GATA1"])
    assert {text.get_text() for text in ax.texts} == {"GATA1", "SPI1"}
    constant = pl.logic_network(RULES, genes=["targets"])
    assert [text.get_text() for text in constant.texts] == [
        "targets", "dashed: constant, always on (targets)",
    ]  # fmt: skip
    assert not constant.patches
    with pytest.raises(GeneNameError, match="did you mean 'GATA1'"):
        pl.logic_network(RULES, genes=["GATA"])


def test_constant_genes_are_drawn_by_themselves():
    rules = {**RULES, "KLF1": BooleanRule((), 0.5)}
    rules |= {f"g{k}": BooleanRule(((),), 0.5) for k in range(9)}
    ax = pl.logic_network(BooleanNetwork(rules))
    borders = {text.get_text(): text.get_bbox_patch() for text in ax.texts}
    assert set(rules) < set(borders)
    dashed = {gene for gene in rules if borders[gene].get_linestyle() != "-"}
    assert dashed == {"targets", "KLF1", *(f"g{k}" for k in range(9))}
    caption = next(text for text in borders if text not in rules)
    assert caption == (
        "dashed: constant, always on (targets, g0, g1, g2, g3, g4, g5, g6 and 2 more) or never on "
        "(KLF1)"
    )


def test_other_laws_have_no_rules():
    other = replace(laws_of_logic(logic_field())["targets"], rule=None)
    with pytest.raises(UnsupportedError, match="logic laws"):
        pl.logic_network(Laws({"targets": ParetoFront("targets", [other])}))
