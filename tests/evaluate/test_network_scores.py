"""Network scores against scikit-learn over a declared universe, and who is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from hillflow.errors import GeneNameError, InputError
from hillflow.evaluate import NetworkScores, Universe, network_scores
from hillflow.networks import Network

GENES = tuple("ABCDEFGH")


def case(seed: int = 0) -> tuple[np.ndarray, pd.DataFrame]:
    """Rounded weights [target, source] with ties and zeros, and 14 edges, two of them self."""
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(8, 8)).round(0)
    flat = random.choice(64, 14, replace=False)
    flat[:2] = (0, 9)
    target, source = np.divmod(np.unique(flat), 8)
    names = np.array(GENES)
    return matrix, pd.DataFrame({"source": names[source], "target": names[target], "sign": 1})


def labels(truth: pd.DataFrame) -> np.ndarray:
    found = np.zeros((8, 8), dtype=bool)
    for row in truth.itertuples():
        found[GENES.index(row.target), GENES.index(row.source)] = True
    return found


@pytest.mark.parametrize("seed", range(5))
def test_equal_to_scikit_learn_over_ordered_pairs(seed: int) -> None:
    matrix, truth = case(seed)
    off = ~np.eye(8, dtype=bool)
    y, score = labels(truth)[off], np.abs(matrix)[off]
    found = network_scores(matrix, truth, Universe.ordered_pairs(GENES), genes=GENES)
    assert found.ap == pytest.approx(metrics.average_precision_score(y, score))
    assert found.auroc == pytest.approx(metrics.roc_auc_score(y, score))
    assert (found.edges, found.pairs) == (y.sum(), 56)
    assert found.base_rate == pytest.approx(y.mean())
    assert found.ap_over_base == pytest.approx(found.ap / y.mean())
    assert found.early_precision == found.precision_at(found.edges)
    assert found.outside == len(truth) - y.sum()


def test_a_reference_of_some_regulators_scores_those_alone() -> None:
    matrix, truth = case()
    truth = truth[truth.source.isin(["A", "C"])]
    rows = [GENES.index(gene) for gene in ("A", "C")]
    keep = ~np.eye(8, dtype=bool)[:, rows]
    y, score = labels(truth)[:, rows][keep], np.abs(matrix)[:, rows][keep]
    found = network_scores(matrix, truth, Universe.of_reference(truth, GENES), genes=GENES)
    assert found.ap == pytest.approx(metrics.average_precision_score(y, score))
    assert found.pairs == 14


def test_matrix_table_graph_and_network_agree() -> None:
    matrix, truth = case()
    universe = Universe.ordered_pairs(GENES)
    table = pd.DataFrame(
        [(s, t, matrix[j, i]) for i, s in enumerate(GENES) for j, t in enumerate(GENES)],
        columns=["source", "target", "weight"],
    )
    graph = Network.from_matrix(GENES, matrix)
    network = Network.from_frame(truth)
    expected = network_scores(matrix, truth, universe, genes=GENES).to_json()
    for weights in (table, table[table.weight != 0].sample(frac=1, random_state=0), graph):
        assert network_scores(weights, network, universe).to_json() == expected


def test_a_perfect_ranking_scores_one_and_none_scores_the_base_rate() -> None:
    _, truth = case()
    universe = Universe.ordered_pairs(GENES)
    perfect = network_scores(truth.assign(weight=-1.0), truth, universe)
    assert (perfect.ap, perfect.auroc, perfect.early_precision) == (1.0, 1.0, 1.0)
    flat = network_scores(np.ones((8, 8)), truth, universe, genes=GENES)
    assert flat.ap == pytest.approx(flat.base_rate)
    assert flat.precision_at(3) == pytest.approx(flat.base_rate)
    assert flat.auroc == pytest.approx(0.5)


def test_self_edges_have_a_score_of_their_own() -> None:
    _, truth = case()
    truth = truth[(truth.source != truth.target) | truth.source.isin(["A", "B"])]
    universe = Universe.ordered_pairs(GENES)
    matrix = np.diag([9.0, 9, 1, 1, 1, 1, 1, 1])  # A and B regulate themselves
    scores = network_scores(matrix, truth, universe, genes=GENES, self_edges=True)
    assert isinstance(scores.self_edges, NetworkScores)
    assert (scores.self_edges.ap, scores.self_edges.edges, scores.self_edges.pairs) == (1.0, 2, 8)
    assert scores.ap == pytest.approx(scores.base_rate)  # nothing of it reaches the headline
    assert "self_edges" in scores.to_json()
    others = truth[truth.source != truth.target]
    assert network_scores(matrix, others, universe, genes=GENES, self_edges=True).self_edges is None


TABLE = pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"], "weight": [1.0, 2.0]})
TRUTH = pd.DataFrame({"source": ["A"], "target": ["B"]})


@pytest.mark.parametrize(
    ("weights", "truth", "words"),
    [
        (TABLE.rename(columns={"weight": "importance"}), TRUTH, "'weight' missing"),
        (pd.concat([TABLE, TABLE]), TRUTH, "A → B"),
        (TABLE.assign(weight=[1.0, np.nan]), TRUTH, "finite weight"),
        (np.zeros((3, 3)), TRUTH, "genes="),
        ("edges.csv", TRUTH, "read_network"),
        (TABLE, TRUTH.rename(columns={"source": "tf"}), "source, target, sign as the reference"),
        (TABLE, 3, "a Network or a table"),
    ],
)
def test_unusable_input_is_named(weights, truth, words: str) -> None:
    with pytest.raises(InputError, match=words):
        network_scores(weights, truth, Universe.ordered_pairs("ABC"))


def test_other_names_are_refused_and_not_scored_as_zero() -> None:
    universe = Universe.ordered_pairs("ABC")
    low = TABLE.assign(source=["a", "b"], target=["b", "c"])
    with pytest.raises(GeneNameError, match="a weight for some pair"):
        network_scores(low, TRUTH, universe)
    with pytest.raises(GeneNameError, match="edges of the reference"):
        network_scores(TABLE, low, universe)


def test_a_matrix_of_another_size() -> None:
    with pytest.raises(InputError, match="shape"):
        network_scores(np.zeros((2, 3)), TRUTH, Universe.ordered_pairs("ABC"), genes="ABC")


def test_a_universe_without_negatives_and_a_rank_beyond_it() -> None:
    with pytest.raises(InputError, match="not edges"):
        network_scores(TABLE, TRUTH, Universe.of_pairs([("A", "B")]))
    with pytest.raises(InputError, match="k from 1 to 6"):
        network_scores(TABLE, TRUTH, Universe.ordered_pairs("ABC")).precision_at(7)


def test_scores_show_themselves_and_warn_of_few_edges() -> None:
    edges = pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"], "weight": [1.0, 0.5]})
    scores = network_scores(edges, edges, Universe.ordered_pairs(["A", "B", "C"]))
    assert "average precision 1.000, 3.00 times the base rate" in str(scores)
    assert [finding.code for finding in scores.findings] == ["scores.few-edges"]
