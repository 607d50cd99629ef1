import dataclasses

import numpy as np

from hillflow.causal.groups import group_table, groups_of, turns
from hillflow.data import Snapshots, Trajectories

GENES = ("A", "B")
X = np.random.default_rng(0).random((40, 2))
TIME = np.repeat([0.0, 2.0], 20)


def cells(**options):
    return Snapshots.from_arrays(X, TIME, GENES, unit="h", **options)


def test_labels_come_first_then_conditions_then_times():
    labels = np.tile(["old", "young"], 20)
    conditions = ["control", "control", "A=ko", "A=ko"] * 10
    both = cells(conditions=conditions, labels=labels)
    np.testing.assert_array_equal(groups_of(both, "labels"), labels)
    assert set(groups_of(cells(conditions=conditions), "labels")) == {"control", "A=knockout"}
    assert list(groups_of(cells(), "labels")[[0, -1]]) == ["0 h", "2 h"]


def test_one_label_for_all_is_no_grouping():
    assert set(groups_of(cells(labels=["all"] * 40), "labels")) == {"0 h", "2 h"}


def test_without_groups_there_are_none():
    assert groups_of(cells(), None) is None
    alone = cells()
    assert groups_of(dataclasses.replace(alone, time=np.zeros(40)), "labels") is None


def test_series_are_grouped_by_condition():
    conditions = ["control"] * 4 + ["A=ko"] * 4
    rows = Trajectories.from_rows(
        X[:8], [0, 1] * 4, GENES, np.repeat(["a", "b", "c", "d"], 2), conditions
    )
    assert list(groups_of(rows, "labels")) == ["control"] * 4 + ["A=knockout"] * 4


def test_an_edge_turns_where_both_signs_count():
    by_group = np.array([[1.0, 1.0, 1.0, 0.0], [-0.5, -0.1, 0.5, 0.0], [0.2, 0.2, 0.2, 0.0]])
    np.testing.assert_array_equal(turns(by_group[:, None]), [[True, False, False, False]])


def test_the_table_has_a_row_a_group_and_listed_pair():
    by_group = np.arange(8.0).reshape(2, 2, 2)  # [group, target, source]
    listed = np.array([[False, True], [True, False]])
    table = group_table(GENES, ["x", "y"], by_group, listed)
    assert table.to_dict("records") == [
        {"group": "x", "source": "B", "target": "A", "weight": 1.0},
        {"group": "x", "source": "A", "target": "B", "weight": 2.0},
        {"group": "y", "source": "B", "target": "A", "weight": 5.0},
        {"group": "y", "source": "A", "target": "B", "weight": 6.0},
    ]
