"""Validation from every kind of input, and that nothing given counts as found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hillflow import pl
from hillflow.baselines import NETWORK_BASELINES
from hillflow.causal import graph
from hillflow.data import Snapshots
from hillflow.errors import GeneNameError, InputError
from hillflow.evaluate import Universe, Validation, ValidationSetting, network_scores, validate
from hillflow.fields import make_field
from hillflow.interventions import Intervention
from hillflow.model import Fit, Member
from hillflow.networks import Network
from hillflow.objectives.heads import Heads

GENES = tuple("ABCDEF")
PAIRS = [(s, t) for s in GENES for t in GENES if s != t]
REFERENCE = Network.from_columns(
    ["A", "A", "B", "C", "E", "B", "X"],
    ["B", "C", "C", "D", "F", "B", "A"],
    sign=[1, -1, 1, 0, 1, 1, 1],
    evidence=["11;12", "13", "", "14", "15", "16", "17"],
    name="ours",
)
QUICK = ValidationSetting(draws=19)


def table(seed: int = 0) -> pd.DataFrame:
    weight = np.random.default_rng(seed).normal(size=len(PAIRS))
    source, target = zip(*PAIRS, strict=True)
    return pd.DataFrame({"source": source, "target": target, "weight": weight})


def cells() -> Snapshots:
    random = np.random.default_rng(0)
    return Snapshots.from_arrays(
        random.uniform(size=(90, 6)), np.repeat([0.0, 1.0, 2.0], 30), GENES, unit="h"
    )


def model_of(edges: object = None, name: str = "hill") -> Member:
    options = {} if edges is None else {"edges": edges}
    field = make_field(name, GENES, seed=0, **options)
    return Member(
        Heads(field), "h", "unknown", (0.0, 1.0, 2.0), (Intervention.control(),), None, 0, {}, {},
        pd.DataFrame(),
    )  # fmt: skip


def test_a_table_over_the_regulators_of_the_reference() -> None:
    found = validate(table(), REFERENCE, setting=QUICK)
    universe = Universe.of_reference(["A", "B", "C", "E"], GENES)
    assert found.scores is not None
    assert found.scores.ap == network_scores(table(), REFERENCE, universe).ap
    assert (found.scores.edges, found.scores.pairs) == (5, 20)
    assert [one.kind for one in found.nulls] == ["labels", "degrees"]
    assert found.baselines == {}
    assert found.prior is None
    assert found.signs is not None
    assert found.signs.unknown == 1
    assert sum(found.counts().values()) >= 5
    assert "the panel is assumed to be the 6 genes" in found.summary()
    assert "a list of edges does not show whether" in found.summary()
    assert "5 of these 6 edges are scored; 1 are self-edges" in found.summary()


def test_ordered_pairs_and_a_wider_panel() -> None:
    setting = ValidationSetting(universe="ordered", draws=9)
    found = validate(table(), REFERENCE, genes=[*GENES, "G"], setting=setting)
    assert found.scores is not None
    assert found.scores.pairs == 42
    assert "7 genes" in found.universe.description


def test_graph_and_file_and_table_agree(tmp_path: Path) -> None:
    edges = table()
    matrix = edges.pivot(index="target", columns="source", values="weight").fillna(0).to_numpy()
    graph = Network.from_matrix(GENES, matrix)
    path = graph.save(tmp_path / "edges.csv")
    expected = validate(edges, REFERENCE, setting=QUICK).to_json()["scores"]
    assert validate(path, REFERENCE, setting=QUICK).to_json()["scores"] == expected
    of_graph = validate(graph, REFERENCE, setting=QUICK).to_json()["scores"]
    assert of_graph.pop("self_edges")["edges"] == 1
    expected.pop("self_edges", None)
    assert of_graph == expected


def test_a_model_stands_beside_the_baselines_of_its_cells() -> None:
    found = validate(model_of(), REFERENCE, data=cells(), setting=QUICK)
    assert list(found.baselines) == list(NETWORK_BASELINES)
    assert found.prior is None
    assert "'hill' field" in found.subject
    rankings = list(found.table()["ranking"])
    assert rankings == ["this network", *NETWORK_BASELINES, "hubs of the reference"]
    assert {"correlation", "ridge-lag"} <= set(found.by_sign["ranking"])
    assert found.to_json()["by_sign"] == found.by_sign.to_dict("records")
    few = ValidationSetting(baselines=("correlation",), draws=9)
    assert list(validate(model_of(), REFERENCE, data=cells(), setting=few).baselines) == [
        "correlation"
    ]


PRIOR = Network.from_columns(["A", "B", "D", "D"], ["B", "C", "A", "E"], sign=[1, 1, 1, -1])


def test_fits_of_two_fields_are_judged_by_their_consensus() -> None:
    fits = Fit.of(model_of(), model_of(name="dense"))
    found = validate(fits, REFERENCE, data=cells(), setting=QUICK)
    joint = graph(fits, cells(), "consensus")
    expected = validate(joint, REFERENCE, data=cells(), setting=QUICK)
    assert found.scores is not None
    assert expected.scores is not None
    assert found.scores.ap == expected.scores.ap
    assert "by the readout 'consensus', of 2 'hill' and 'dense' fields" in found.summary()


def test_edges_of_the_prior_do_not_count_as_found() -> None:
    model = model_of(PRIOR.align(GENES).mask("all"))
    found = validate(model, REFERENCE, data=cells(), setting=QUICK)
    assert found.prior is not None
    assert found.scores is not None
    assert (found.prior.edges, found.prior.shared) == (4, 2)
    assert found.scores.edges == 3  # of five
    assert found.scores.pairs == 20 - 2  # D is no regulator of the reference
    assert found.prior.with_prior.edges == 5
    assert found.prior.alone.ap > found.prior.alone.base_rate
    whole = Universe.of_reference(REFERENCE.align(GENES).network, GENES)
    assert (found.universe.numbers([("A", "B"), ("B", "C")]) == -1).all()
    assert (whole.numbers([("A", "B"), ("B", "C")]) >= 0).all()
    assert found.counts()["given"] == 2
    assert {"prior alone", "prior, ties by out-degree", "hubs of the prior"} <= set(
        found.table()["ranking"]
    )
    assert "2 edges of the reference are among the 4 that the fit was given" in found.summary()
    assert (
        "3 of these 6 edges are scored; 1 are self-edges; 2 were given to the fit"
        in found.summary()
    )


def test_a_masked_model_can_find_nothing_new() -> None:
    model = model_of(PRIOR.align(GENES).mask())
    found = validate(model, REFERENCE, data=cells(), setting=QUICK)
    assert found.scores is None
    assert "could infer no new edge" in found.summary()
    assert "3 have no weight in the network" in found.summary()
    assert found.curves() == {}
    assert found.signed
    assert found.prior is not None
    assert found.prior.with_prior.edges == 5
    assert found.to_json()["scores"] is None


def test_a_reference_that_was_given_whole_says_nothing() -> None:
    found = validate(table(), REFERENCE, prior=REFERENCE, setting=QUICK)
    assert found.scores is None
    assert "none is left to infer" in found.summary()
    assert found.prior is not None
    assert found.prior.alone.ap == 1.0


def test_a_prior_named_by_hand_is_left_out_of_a_bare_table() -> None:
    found = validate(table(), REFERENCE, prior=PRIOR, setting=QUICK)
    assert found.prior is not None
    assert found.prior.within is None  # both of its edges in the universe are the reference's
    assert found.scores is not None
    assert found.scores.edges == 3
    ordered = ValidationSetting(universe="ordered", draws=9)
    within = validate(table(), REFERENCE, prior=PRIOR, setting=ordered).prior
    assert within is not None
    assert within.within is not None
    assert (within.within.edges, within.within.pairs) == (2, 4)


def test_the_result_is_json_and_comes_back(tmp_path: Path) -> None:
    found = validate(table(), REFERENCE, prior=PRIOR, setting=QUICK)
    path = found.save(tmp_path / "validation.json")
    read = json.loads(path.read_text())
    assert len(read.pop("sha256")) == 64
    assert read == json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert read["scores"]["ap"] == found.scores.ap
    assert read["universe"]["words"] == found.universe.description
    evidence = {row["source"] + row["target"]: row["evidence"] for row in read["edges"]}
    assert evidence["AC"] == "13"
    assert "AP" in repr(found)


def test_curves_for_drawing_follow_the_ranking_and_stay_small() -> None:
    found = validate(model_of(), REFERENCE, data=cells(), setting=QUICK)
    curves = json.loads(json.dumps(found.to_json()["curves"], allow_nan=False))
    recall = np.array(curves["recall"])
    assert list(curves["precision"]) == ["this network", *NETWORK_BASELINES]
    assert found.scores is not None
    true = {(row.source, row.target) for row in found.reference.to_frame().itertuples()}
    strength = graph(model_of(), cells()).edges
    strength = strength[(strength.source != strength.target) & strength.source.isin(list("ABCE"))]
    hits = np.cumsum([(row.source, row.target) in true for row in strength.itertuples()])
    for at, precision in zip(recall, curves["precision"]["this network"], strict=True):
        first = int(np.argmax(hits >= at * 5 - 1e-9))
        assert precision == pytest.approx(hits[first] / (first + 1), abs=1e-4)
    assert curves["precision"]["correlation"][-1] == pytest.approx(5 / 20, abs=0.1)
    band = curves["chance"]
    assert found.chance is not None
    assert band["kind"] == found.chance.kind
    assert (np.array(band["low"]) <= np.array(band["high"])).all()
    lists = [recall, *curves["precision"].values(), band["low"], band["high"]]
    assert {len(one) for one in lists} == {51}
    assert len(json.dumps(curves)) < 600 * len(lists)


def test_papers_are_told_where_there_are_some() -> None:
    found = validate(table(), Network.from_columns(["A"], ["B"], name="bare"), setting=QUICK)
    assert "this copy of bare cites no papers" in found.summary()
    assert "cites no papers" not in validate(table(), REFERENCE, setting=QUICK).summary()


def test_same_seed_same_result() -> None:
    first, second = (validate(table(), REFERENCE, setting=QUICK).to_json() for _ in range(2))
    assert first == second


def test_case_is_folded_only_when_asked() -> None:
    low = table().assign(
        source=lambda t: t.source.str.lower(), target=lambda t: t.target.str.lower()
    )
    with pytest.raises(GeneNameError, match="fold_case"):
        validate(low, REFERENCE, setting=QUICK)
    found = validate(low, REFERENCE, setting=ValidationSetting(fold_case=True, draws=9))
    assert isinstance(found, Validation)
    assert "5 reference edges are too few" in found.summary()
    assert found.summary().count("Case was ignored") == 1
    assert str(found.to_json()).count("Case was ignored") == 1


def test_mistakes() -> None:
    with pytest.raises(InputError, match="did you mean 'reference'"):
        ValidationSetting(universe="refrence")
    with pytest.raises(InputError, match="did you mean 'ridge-lag'"):
        ValidationSetting(baselines=("ridge",))
    with pytest.raises(InputError, match="only in the table"):
        validate(table(), REFERENCE, genes=["A", "B"])
    with pytest.raises(InputError, match="cells at which"):
        validate(model_of(), REFERENCE)
    with pytest.raises(InputError, match="cells of the network's 6 genes"):
        validate(table(), REFERENCE, genes=GENES, data=cells().select_genes("ABC"))
    alone = Network.from_columns(["A"], ["A"])
    with pytest.raises(GeneNameError, match="self-edges only"):
        validate(table(), alone)


def test_where_nothing_can_be_rewired_random_pairs_judge() -> None:
    stuck = Network.from_columns(["A", "A", "B", "B"], ["C", "D", "C", "D"], name="stuck")
    true = {("A", "C"), ("A", "D"), ("B", "C"), ("B", "D")}
    weight = [1.0 if pair in true else 0.1 for pair in PAIRS]
    found = validate(table().assign(weight=weight), stuck, setting=ValidationSetting(draws=99))
    assert found.chance is found.nulls[0]
    assert [words for _, words in found.verdicts] == ["above chance", "too few rewirings to tell"]
    assert "all degrees unchanged: too few rewirings to tell\n" in found.summary()
    assert "no better than chance" not in found.summary()
    read = found.to_json()
    assert [one["tells"] for one in read["nulls"]] == [True, False]
    assert read["nulls"][1]["verdict"] == "too few rewirings to tell"
    assert read["curves"]["chance"]["kind"] == "labels"
    panel = pl.validation(found)[0]
    _, *verdicts = panel.get_title("left").split("\n")
    assert verdicts == [
        f"above chance (p = {found.nulls[0].p:.2g} on random pairs)", "too few rewirings to tell"
    ]  # fmt: skip
