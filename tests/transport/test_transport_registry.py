from __future__ import annotations

import pytest

from hillflow.errors import InputError
from hillflow.transport import (
    COUPLINGS,
    DIVERGENCES,
    make_coupling,
    make_divergence,
)


def test_every_coupling_has_its_row() -> None:
    entries = COUPLINGS.values()
    assert [e.name for e in entries] == [
        "independent", "exact", "sinkhorn", "schrodinger", "unbalanced", "wfr", "moslin", "given",
    ]  # fmt: skip
    for entry in entries:
        assert entry.cls.name == entry.name
        assert all((entry.formula, entry.source, entry.cost, entry.when_not))


def test_couplings_are_made_by_name() -> None:
    made = make_coupling("sinkhorn", epsilon=0.2)
    assert made.options() | {"epsilon": 0.2, "coupling": "sinkhorn"} == made.options()
    with pytest.raises(InputError, match="did you mean 'sinkhorn'"):
        COUPLINGS["sinkhron"]
    with pytest.raises(InputError, match=r"option of the sinkhorn.*did you mean 'epsilon'"):
        make_coupling("sinkhorn", epsilom=0.2)
    with pytest.raises(InputError, match=r"source, target.*Given\.from_table"):
        make_coupling("given")


def test_every_divergence_has_its_row() -> None:
    entries = list(DIVERGENCES.values())
    assert [e.name for e in entries if e.compares == "cells"] == [
        "energy", "mmd", "sinkhorn", "wasserstein", "sliced"
    ]  # fmt: skip
    assert entries[0].name == "energy"
    assert all(e.formula and e.source and e.cost and e.when_not for e in entries)
    with pytest.raises(InputError, match="did you mean 'energy'"):
        make_divergence("enrgy")
    with pytest.raises(InputError, match="did you mean 'bandwidth'"):
        make_divergence("mmd", bandwith=1.0)
