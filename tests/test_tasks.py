"""Pieces of work come back in order, from this process, from several, and from a cluster."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import hillflow as hf
from hillflow.closed_form import closed_form_network
from hillflow.data import Snapshots
from hillflow.errors import HillflowWarning, InputError
from hillflow.findings import collect_findings, warn
from hillflow.tasks import Workers, workers


def squared(number: int) -> int:
    return number**2


def squared_unless_killed(folder: str, number: int) -> int:
    """The first process that gets 3 dies of it."""
    mark = Path(folder) / "killed"
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


@pytest.fixture(scope="module")
def cells() -> Snapshots:
    return Snapshots.from_anndata(hf.simulate("six-gene", cells=30, times=[0, 1, 2]))


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_are_in_order(jobs) -> None:
    with workers(jobs) as those:
        assert those.count == jobs
        assert list(those.each(squared, range(7))) == [k**2 for k in range(7)]
        assert list(those.each(squared, [])) == []


def said(number: int) -> int:
    warn(f"the number {number % 2}", "test.number")
    return number


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_workers_say_is_heard_once_where_the_results_arrive(jobs) -> None:
    with (
        workers(jobs) as those,
        pytest.warns(HillflowWarning, match="the number") as heard,
        collect_findings() as findings,
    ):
        assert list(those.each(said, range(4))) == [0, 1, 2, 3]
    assert [one.text for one in findings] == ["the number 0", "the number 1"]
    assert len(heard) == 2


def test_processes_give_the_same_network(cells) -> None:
    alone = closed_form_network(cells, bootstraps=2)
    with workers(2) as those:
        together = closed_form_network(cells, bootstraps=2, workers=those)
    assert alone.edges.to_csv() == together.edges.to_csv()


def test_a_cluster_gives_the_same_though_a_worker_is_lost(cells, tmp_path) -> None:
    pytest.importorskip("distributed")
    with workers(cluster="local:2") as those:
        assert those.count == 2
        assert list(those.each(partial(squared_unless_killed, str(tmp_path)), range(9))) == [
            k**2 for k in range(9)
        ]
        assert (tmp_path / "killed").exists()
        network = closed_form_network(cells, bootstraps=2, workers=those)
    assert network.edges.to_csv() == closed_form_network(cells, bootstraps=2).edges.to_csv()


@pytest.mark.parametrize(
    ("jobs", "cluster", "said"),
    [
        (1, "local:none", "a number of workers.*'local:none'.*write 'local:2'"),
        (1, "local:0", "a number of workers.*'local:0'"),
        (3, "local", r"jobs=… \(--jobs\) or cluster=….*both.*'local:3'"),
        (1, 4, "the name of a cluster.*found 4.*'local:4'"),
        (1, "nowhere:1", "a Dask scheduler at nowhere:1.*none that answers.*cluster='local'"),
    ],
)
def test_what_names_no_cluster_is_refused(jobs, cluster, said) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match=said), workers(jobs, cluster):
        pass


def test_a_piece_that_fails_says_why() -> None:
    def fails(number: int) -> float:
        raise InputError("a number", str(number), "give another")

    with pytest.raises(InputError, match="give another"):
        list(Workers().each(fails, [1]))
    np.testing.assert_array_equal(list(Workers().each(np.sqrt, [4.0])), [2.0])
