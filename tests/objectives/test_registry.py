from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from hillflow.data import Trajectories
from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import FIELDS, CandidateEdges, make_field
from hillflow.interventions import Intervention
from hillflow.objectives import (
    METHODS,
    Likelihood,
    Match,
    Method,
    Metric,
    Rollout,
    Stage,
    make_method,
    trajectory_problem,
)
from hillflow.objectives.measured_velocity import MeasuredVelocity
from hillflow.objectives.with_prior import WithPrior
from hillflow.transport import ExactOT, Independent

FIRST_ORDER = [e.name for e in FIELDS.values() if e.name != "sparse-second-order"]
CLAIMED = [
    (method.name, field)
    for method in METHODS.values()
    if method.data != "screens"  # see test_equilibrium
    for field in (FIRST_ORDER if method.trains == "any" else [method.trains])
    if "splicing" not in method.heads or make_field(field, ("a", "b")).decay_rate() is not None
]


def shortened(method: Method, steps: int) -> Method:
    """A handful of small, careful steps of the first stage of each kind."""
    stages, kinds = [], {type(stage.objective): stage for stage in reversed(method.stages)}
    for stage in reversed(kinds.values()):
        objective = stage.objective
        if isinstance(objective, Match) and isinstance(objective.path, Metric):
            objective = replace(objective, path=Metric(steps=10, landmarks=50))
        if isinstance(objective, Rollout):
            objective = replace(objective, steps=1)
        rate = 3e-3
        if isinstance(objective, Likelihood):  # a cell that flows back feels a step of the weights
            objective, rate = replace(objective, steps=1, solver="euler", density=0.0), 3e-4
        stages.append(replace(stage, objective=objective, steps=steps, rate=rate, cells=120))
    return replace(method, stages=tuple(stages))


def followed(populations):
    x = np.stack(list(populations["control"].values()), 1)
    data = Trajectories.from_arrays(x, list(populations["control"]), ["g0", "g1", "g2"], unit="h")
    return trajectory_problem(data, orthant=False, dtype=torch.float32)


def moving(problem):
    """The problem with a velocity of every cell, towards 1."""
    value = 1 - problem.states
    rows = tuple(torch.cat(data.rows) for data in problem.by_condition)
    weights = tuple(torch.cat(data.weights) for data in problem.by_condition)
    time = torch.zeros(len(value), dtype=torch.float64)
    velocities = MeasuredVelocity(value, torch.ones_like(value), value.std(0), time, rows, weights)
    return replace(problem, velocities=velocities)


def with_unspliced(problem):
    """The problem with half as much unspliced mRNA as spliced."""
    return replace(problem, states=torch.cat((problem.states, problem.states / 2), -1))


@pytest.mark.parametrize(("name", "field_name"), CLAIMED)
def test_every_method_trains_every_field_it_claims_to(
    problem_of, training_of, descend, total, drifting, name, field_name
) -> None:
    method = shortened(METHODS[name], 8)
    field = make_field(field_name, ("g0", "g1", "g2"), seed=1, **method.options_of(field_name))
    method.check_field(field)
    if method.data == "trajectories":
        problem = followed(drifting)
    else:
        problem = problem_of(
            drifting, method.coupling, orthant=field.keeps_orthant, dtype=torch.float32
        )
    if not method.couples:
        problem = moving(problem)
    if "splicing" in method.heads:
        problem = with_unspliced(problem)
    training = training_of(field, problem, method.heads)
    for stage in method.stages:

        def loss(stage: Stage = stage) -> float:
            terms = stage.objective.loss(training, 240, torch.Generator().manual_seed(9))
            return float(total(terms).detach())

        stage.objective.check(training)
        stage.objective.prepare(training, 0)
        before = loss()
        descend(training, stage.objective, stage.steps, stage.cells, stage.rate)
        assert loss() < before


def test_the_named_methods_are_there() -> None:
    named = {
        "cfm", "ot-cfm", "sb-cfm", "sf2m", "mfm", "endpoint", "mioflow", "tigon",
        "action-matching", "phoenix", "cell-mnn", "default", "law", "wfr-fm", "jkonet-star",
        "network", "prescient", "equilibrium", "velocity", "wlf", "wlf-pot", "wlf-uot", "nlsb",
        "trajectorynet", "deepruot", "splicing",
    }  # fmt: skip
    assert set(METHODS) == named
    assert next(iter(METHODS)) == "default"


def test_heads_are_what_a_method_learns_beside_its_field() -> None:
    heads = {name: method.heads for name, method in METHODS.items() if method.heads}
    assert heads == {
        "sf2m": ("score", "diffusion"), "tigon": ("growth",), "wfr-fm": ("growth",),
        "law": ("noise", "protein"), "prescient": ("diffusion",), "wlf": ("path",),
        "wlf-pot": ("path",), "wlf-uot": ("path", "growth"), "nlsb": ("diffusion",),
        "deepruot": ("score", "growth", "diffusion"), "splicing": ("splicing",),
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(METHODS))
def test_entries_tell_everything(name) -> None:
    method = METHODS[name]
    for text in (method.formula, method.source, method.cost, method.when_not):
        assert len(text) > 10
        assert not text.endswith(".")
    assert method.data in ("snapshots", "trajectories", "both", "screens")
    assert method.trains == "any" or method.trains in {e.name for e in FIELDS.values()}


def test_a_name_that_is_near_is_offered() -> None:
    with pytest.raises(InputError, match="did you mean 'mioflow'"):
        make_method("mio-flow")


def test_effort_scales_steps() -> None:
    assert [s.steps for s in make_method("default", effort=0.1).stages] == [150, 25]
    assert make_method("cfm", effort=1e-9).stages[0].steps == 1


@pytest.mark.parametrize("name", ["action-matching", "jkonet-star"])
def test_a_gradient_flow_refuses_a_law_and_offers_to_teach(name) -> None:
    hill = make_field("hill", ("a", "b"))
    with pytest.raises(UnsupportedError, match=r"no gradient.*Stage\(Teach\(landscape\.field\)\)"):
        METHODS[name].check_field(hill)
    METHODS[name].check_field(make_field("potential", ("a", "b")))


def test_the_locally_linear_method_refuses_other_fields() -> None:
    with pytest.raises(UnsupportedError, match="'locally-linear' field for 'cell-mnn'"):
        METHODS["cell-mnn"].check_field(make_field("mlp", ("a", "b")))


def test_a_field_of_second_order_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="first order"):
        METHODS["default"].check_field(make_field("sparse-second-order", ("a", "b")))


def test_exact_flow_refuses_perturbed_cells(problem_of, training_of, with_knockout) -> None:
    problem = problem_of(with_knockout, dtype=torch.float32)
    training = training_of(make_field("locally-linear", problem.genes), problem)
    with pytest.raises(UnsupportedError, match="control cells"):
        METHODS["cell-mnn"].stages[0].objective.check(training)


def test_a_method_takes_a_prior(training_of, descend, drifting) -> None:
    edges = CandidateEdges([0, 1], [1, 2], 3, sign=[1, -1])
    method = make_method("phoenix").with_prior(edges, strength=0.2)
    (stage,) = method.stages
    assert isinstance(stage.objective, WithPrior)
    training = training_of(
        make_field("hill-dense", ("g0", "g1", "g2"), hidden=4), followed(drifting)
    )
    descend(training, stage.objective, steps=3)
    terms = stage.objective.loss(training, 32, torch.Generator().manual_seed(0))
    assert set(terms) == {"velocity", "prior"}


def test_a_composition_must_teach_what_it_promises() -> None:
    with pytest.raises(InputError, match="fits 'growth'"):
        replace(METHODS["cfm"], learns=("velocity", "growth"))
    with pytest.raises(InputError, match="one stage or more"):
        replace(METHODS["cfm"], stages=())
    noisy = replace(
        METHODS["cfm"],
        name="noisy",
        learns=("velocity", "diffusion"),
        coupling=Independent(),
        stages=(Stage(Rollout("sinkhorn", solver="euler-maruyama", energy=1e-3)),),
    )
    assert noisy.heads == ("diffusion",)
    assert METHODS["ot-cfm"].coupling == ExactOT()


def test_perturbed_cells_are_refused_in_plain_words() -> None:
    taking = {entry.name: entry.takes_interventions for entry in METHODS.values()}
    assert not taking["cell-mnn"]
    assert not taking["action-matching"]
    assert taking["default"]
    assert taking["tigon"]
    treated = [Intervention.control(), Intervention.knockout("A")]
    with pytest.raises(UnsupportedError, match=r"'cell-mnn' cannot learn from.*'A=knockout'.*'def"):
        make_method("cell-mnn").check_conditions(treated)
    make_method("default").check_conditions(treated)
    make_method("cell-mnn").check_conditions(treated[:1])


def test_members_take_the_path_of_sparsity_and_interventions_shorten_it():
    method = make_method("network")
    path = [method.of_member(k).stages[0].penalty for k in range(6)]
    assert path == [0.25, 1.0, 2.5, 5.0, 10.0, 0.25]
    knocked_out = [method.of_member(k, perturbed=1.0).stages[0].penalty for k in range(5)]
    assert knocked_out == [0.25, 1.0, 1.0, 1.0, 1.0]
    assert method.of_member(4, perturbed=0.5).stages[0].penalty == pytest.approx(10**0.5)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_progress_line_has_plain_words(name) -> None:
    for stage in METHODS[name].stages:
        words = stage.objective.task
        assert type(stage.objective).__name__ not in words
        assert words == words.lower()
        assert " " in words
