"""Stable states of known laws, and what leads from one to another, against SciPy and algebra."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from hillflow.causal import ScmResult, equilibrium_scm, stable_states
from hillflow.causal.equilibrium_dynamics import Dynamics
from hillflow.causal.rests import basins_of, rests
from hillflow.causal.switches import switches
from hillflow.data import Snapshots, Trajectories
from hillflow.errors import (
    FileFormatError,
    HillflowWarning,
    InputError,
    NumericalError,
    UnsupportedError,
)
from hillflow.interventions import Intervention
from hillflow.model import Fit
from hillflow.records import write_record
from hillflow.schemas import ScmRecord
from hillflow.systems.hematopoiesis import FATES, Hematopoiesis
from hillflow.systems.hill_terms import HillTermSystem, Term, represses
from hillflow.systems.repressilator import Repressilator
from hillflow.systems.toggle import Toggle

from ..linear_law import LinearLaw
from ..small_fits import model_of
from ..term_law import RuleField, TermField, long_time

KINDS = ("A=knockout", "B=knockout", "A=clamp:1.1", "B=clamp:1.1")


class DoubleField(TermField):
    """The toggle in double precision, at which a simulation can be compared with SciPy."""

    def __init__(self, system: Toggle) -> None:
        super().__init__(system)
        self.rate = self.rate.double()


def toggle_cells(labels: bool = True) -> Snapshots:
    """60 control cells that come to rest on either side, and a few without A."""
    x = np.random.default_rng(0).uniform(0.05, 1.1, (60, 2))
    x[:36, 0] = x[:36, 1] * 0.4  # 36 cells or more with B ahead
    condition = np.repeat(["control", "A=ko"], [40, 20])
    side = np.where(x[:, 0] > x[:, 1], "A high", "B high") if labels else None
    return Snapshots.from_arrays(
        x, np.tile([0.0, 1.0], 30), ("A", "B"), condition, unit="h", scale="log1p", labels=side
    )


MEMBER, CELLS = model_of(DoubleField(Toggle())), toggle_cells()
CONTROL = CELLS.x[CELLS.rows(condition=Intervention.control())].astype(float)


@pytest.fixture(scope="module")
def result() -> ScmResult:
    return stable_states(MEMBER, CELLS, KINDS, cells=1000)


def settled(system: Toggle, start: np.ndarray, end: float = 60.0) -> np.ndarray:
    return long_time(system, np.asarray(start, dtype=float), end)


def test_states_and_their_cells_are_the_limits_of_the_simulated_cells(result):
    ends = np.array([settled(Toggle(), cell) for cell in CONTROL])
    high = ends[:, 0] > ends[:, 1]
    assert result.table["cells"].tolist() == [int((~high).sum()), int(high.sum())]
    assert result.followed == 40
    assert result.unsettled == 0
    for number, rows in ((1, ~high), (2, high)):
        np.testing.assert_allclose(result.levels[number], ends[rows][0], atol=1e-6)
    assert result.table["label"].tolist() == ["B high", "A high"]
    assert result.table["in_support"].all()


def test_effects_are_slopes_in_standard_deviations(result):
    row = result.effects.query("state == 1 and source == 'A' and target == 'B'").iloc[0]
    a, power = result.levels.loc["A", 1], 4
    ratio = (a / 0.5) ** power
    slope = -0.98 * power * ratio / a / (1 + ratio) ** 2
    scale = result.spread[0] / result.spread[1]
    assert row["direct"] == pytest.approx(slope * scale, rel=1e-5)
    assert row["total"] == pytest.approx(slope * scale, rel=1e-5)  # no other path leads there
    np.testing.assert_allclose(result.spread, CONTROL.std(axis=0), rtol=1e-5)
    path = result.paths("A", "B", 1).iloc[0]
    assert (path["path"], path["sign"], path["length"]) == ("A ⊣ B", -1, 1)
    assert path["effect"] == row["direct"]
    assert set(zip(result.network(1).source, result.network(1).target, strict=True)) == {
        ("A", "B"), ("B", "A"),
    }  # fmt: skip
    with pytest.raises(InputError, match="a state from 1 to 2"):
        result.network(3)


def test_interventions_lead_where_the_simulator_goes_and_stays_without_them(result):
    table = result.interventions.set_index(["intervention", "state"])
    assert len(table) == 8
    for text in KINDS:
        for state in (1, 2):
            start = result.levels[state].to_numpy()
            held = settled(Toggle().apply(text), start)
            free = settled(Toggle(), held)
            to = 1 + int(np.abs(free - result.levels[2]).max() < 1e-4)
            assert table.loc[(text, state), "to"] == to
            outcome = "stays" if to == state else "switches"
            assert table.loc[(text, state), "outcome"] == outcome
            other = int(text[0] == "A")  # the gene that is not perturbed
            shift = abs(held - start)[other] / result.spread[other]
            assert table.loc[(text, state), "shift"] == pytest.approx(shift, abs=1e-4)
    assert (table["outcome"] == "switches").sum() == 4


def test_the_smallest_sets_that_switch_do_so_in_the_simulator_and_no_other_gene_alone_does(result):
    found = result.switches
    assert set(found["genes"]) == {1}
    for row in found.itertuples():
        start = result.levels[row.state].to_numpy()
        held = settled(Toggle().apply(row.intervention), start, result.held)
        np.testing.assert_allclose(
            settled(Toggle(), held), result.levels[row.to], atol=1e-5, err_msg=row.intervention
        )
    # From B high to A high: B is removed, or A is held high; and the other way round.
    kinds = found["intervention"].str.replace(r":.*", "", regex=True)
    ways = set(zip(found["state"], found["to"], kinds, strict=True))
    assert ways == {
        (1, 2, "B=knockout"), (1, 2, "A=clamp"), (2, 1, "A=knockout"), (2, 1, "B=clamp"),
    }  # fmt: skip


def test_two_genes_are_named_only_where_one_does_not_do():
    # Each of two independent toggles (A, B), (C, D) must be thrown.
    single = Toggle()
    terms = []
    for target, source in (("A", "B"), ("B", "A"), ("C", "D"), ("D", "C")):
        terms += [Term(target, 0.02), Term(target, 0.98, (represses(source, 0.5, 4.0),))]
    system = HillTermSystem(
        ("A", "B", "C", "D"), terms, decay=1.0, start=0.5, spread=0.1, noise=single.noise, step=0.02
    )
    member = model_of(DoubleField(system))
    low, high = sorted(settled(single, [1.0, 0.1]))
    states = np.array([[high, low, high, low], [low, high, low, high]])
    x = np.random.default_rng(0).uniform(0, 1.1, (40, 4))
    cells = Snapshots.from_arrays(x, np.tile([0.0, 1.0], 20), system.genes, unit="h")
    dynamics = Dynamics.of(member.field, member.as_fitted, "h", 300.0)
    found = switches(member, dynamics, states, cells, held=15.0, max_genes=2)
    assert {one.start for one in found} == {0, 1}
    assert {len(one.intervention) for one in found} == {2}
    for one in found:
        assert {gene in "AB" for gene in one.intervention.genes} == {True, False}
    assert not switches(member, dynamics, states, cells, held=15.0, max_genes=1)


def test_hematopoiesis_by_its_own_law_rests_at_its_four_fates():
    system = Hematopoiesis()
    x = np.random.default_rng(1).uniform(0, 1, (40, 11))
    scms = equilibrium_scm(RuleField(system), x)
    states = np.stack([scm.equilibrium for scm in scms])
    still = system.drift(np.concatenate([states, states], axis=1))  # proteins at rest with mRNA
    assert np.abs(still).max() < 1e-8
    assert set(FATES) <= set(system.labels(np.concatenate([states, states], axis=1)))


def test_what_leaves_the_listed_states_or_never_rests_is_said():
    toggle = Dynamics.of(MEMBER.field, MEMBER.as_fitted, "h", 100.0)
    state = equilibrium_scm(MEMBER, np.array([[0.1, 1.0]])).only.equilibrium[None]
    gone, kept = rests(toggle, state, [Intervention.parse("B=ko"), Intervention.parse("A=ko")])
    assert (gone.outcome, gone.to) == ("another state", None)
    assert (kept.outcome, kept.to) == ("stays", 0)
    # ẋ = x / 2 + 1 − x rests at 2; with three times the production nothing holds it.
    law = LinearLaw(("A",), np.array([[0.5]]), np.ones(1), np.ones(1))
    dynamics = Dynamics.of(law, lambda one: one, "h", 100.0)
    with pytest.warns(HillflowWarning, match="multiplies a production"):
        (away,) = rests(dynamics, np.array([[2.0]]), [Intervention.parse("A=oe:3")])
    assert (away.outcome, away.levels, away.to) == ("no rest", None, None)
    assert basins_of(toggle, state, np.array([[0.0, 1.0], [1.0, 0.0]])) == [0, None]


def codes(result: ScmResult) -> set[str]:
    return {finding.code for finding in result.findings}


def test_members_that_rest_elsewhere_are_counted(result):
    assert codes(result) >= {"scm.one-member", "scm.without-noise"}
    other = model_of(DoubleField(Toggle(threshold=5.0)))  # nothing is repressed: one state
    both = stable_states(Fit((MEMBER, MEMBER, other)), CELLS, max_genes=0)
    assert both.table["members"].tolist() == [2, 2]
    assert "scm.members-differ" in codes(both)
    assert both.switches.empty
    assert both.interventions.empty
    alone = stable_states(Fit((MEMBER, other)), CELLS, max_genes=0, members=1)
    assert alone.compared == 1
    assert "members=…" in str(alone)


def test_a_law_that_rests_from_some_cells_alone_leaves_the_others_out():
    class Half(LinearLaw):
        """Levels that sum to at most 2 decay to 0; higher ones circle around (2, 2)."""

        def production(self, x, t=None):
            high = (x[..., :1] + x[..., 1:] > 2).to(x)
            turn = torch.stack([-(x[..., 1] - 2), x[..., 0] - 2], dim=-1)
            return high * (turn + x)

    law = Half(("A", "B"), np.zeros((2, 2)), np.zeros(2), np.ones(2))
    x = np.array([[0.2, 0.1], [0.3, 0.4], [2.5, 2.0]])
    scms = equilibrium_scm(law, x, partial=True, patience=40)
    assert scms.only.rows.tolist() == [0, 1]
    assert "1 of 3 states" in scms.unsettled
    assert "scm.unsettled" in [finding.code for finding in scms.findings]
    with pytest.raises(NumericalError, match="1 of 3 states"):
        equilibrium_scm(law, x, patience=40)


def test_a_law_without_rest_is_refused_with_what_to_do():
    system = Repressilator(ring=3)
    genes = system.genes
    x = np.random.default_rng(0).uniform(0.1, 2, (2, len(genes)))
    cells = Snapshots.from_arrays(x, [0.0, 1.0], genes, unit="h", min_cells=1)
    with pytest.raises(NumericalError, match=r"come to rest, found .*limit cycle.*bounded"):
        stable_states(model_of(TermField(system)), cells, cells=1)


def test_what_cannot_be_asked_is_refused_before_the_work():
    many = tuple(f"G{k}" for k in range(201))
    law = LinearLaw(many, np.zeros((201, 201)), np.ones(201), np.ones(201))
    cells = Snapshots.from_arrays(np.ones((4, 201)), [0, 0, 1, 1], many, min_cells=1)
    with pytest.raises(UnsupportedError, match="at most 200 genes"):
        stable_states(model_of(law), cells)
    with pytest.raises(InputError, match="of at least 1"):
        stable_states(MEMBER, CELLS, cells=0)
    with pytest.raises(InputError, match="did you mean 'A'"):
        stable_states(MEMBER, CELLS, ["a=ko"])


def test_series_and_cells_without_control_are_followed_too():
    x = np.random.default_rng(0).uniform(0, 1.1, (4, 3, 2))
    series = Trajectories.from_arrays(x, [0, 1, 2], ["A", "B"], list("abcd"), unit="h")
    found = stable_states(MEMBER, series, max_genes=1)
    assert found.followed == 12
    assert found.table["label"].isna().all()
    knocked = Snapshots.from_arrays(CONTROL, np.tile([0.0, 1.0], 20), ("A", "B"), ["A=ko"] * 40)
    assert stable_states(MEMBER, knocked, max_genes=0).followed == 40


def test_a_file_gives_it_back_and_a_damaged_one_is_refused(result, tmp_path):
    path = result.save(tmp_path / "states.json")
    again = ScmResult.load(path)
    assert again.to_json() == result.to_json()
    assert str(again) == str(result)
    for table in ("table", "levels", "effects", "interventions", "switches"):
        assert getattr(again, table).equals(getattr(result, table)), table
    assert again._repr_html_() == result._repr_html_()
    whole = json.loads(path.read_text())
    for change in (
        {"spread": [1.0]}, {"states": []}, {"followed": 1}, {"genes": ["A", "A"]},
        {"switches": [whole["switches"][0] | {"to": 3}]},
        {"outcomes": [whole["outcomes"][0] | {"levels": None}]},
        {"states": [whole["states"][0] | {"direct": [[0.0, 0.0]]}]},
    ):  # fmt: skip
        write_record(path, whole | change, ScmRecord)
        with pytest.raises(FileFormatError, match="damaged"):
            ScmResult.load(path)
