from __future__ import annotations

import numpy as np
import pytest

from hillflow import pl
from hillflow.errors import InputError
from hillflow.symbolic import Law, ParetoFront, laws_of_logic, parse

from ..logic_laws import logic_field


def law(complexity: int, error: float, bic: float, beyond: float | None = None) -> Law:
    return Law(
        "G", parse("1.0 + A"), ("A",), 1.0, (), "free", "test", complexity, error, beyond, None, bic
    )


FRONT = ParetoFront("G", [law(3, 0.5, -10), law(9, 0.1, -50, 0.3), law(20, 0.05, -40, 2.0)])


def test_error_falls_with_complexity_and_the_lowest_bic_is_ringed():
    fitted, beyond, ring = pl.law_front(FRONT).lines
    np.testing.assert_array_equal(fitted.get_xydata(), [(3, 0.5), (9, 0.1), (20, 0.05)])
    np.testing.assert_array_equal(beyond.get_ydata(), [np.nan, 0.3, 2.0])
    np.testing.assert_array_equal(ring.get_xydata(), [(9, 0.1)])


def test_laws_that_were_not_searched_for_have_no_front():
    found = {gene: ParetoFront(gene, [law]) for gene, law in laws_of_logic(logic_field()).items()}
    fix = r"draw what it says: hillflow\.pl\.law\(run, 'GATA1'\)"
    with pytest.raises(InputError, match=fix):
        pl.law_front(found["GATA1"])
    with pytest.raises(InputError, match=fix):
        pl.law_fronts({"G": FRONT, **found})


def test_panels_left_out_are_counted():
    axes = pl.law_fronts({"G": FRONT, "H": FRONT, "I": FRONT}, top=2)
    figure = axes[0].figure
    assert figure.get_supxlabel().endswith("1 more gene not drawn")
    assert len(figure.axes) == len(axes) == 2
    figure.canvas.draw()
