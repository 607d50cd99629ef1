"""BLAS takes one thread while a verb works, here and in workers, and gets its own back."""

from __future__ import annotations

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import hillflow as hf
from hillflow.errors import HillflowError
from hillflow.tasks import workers
from hillflow.threads import one_blas_thread


def blas_threads(_: object = None) -> list[int]:
    return [
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    ]


@pytest.fixture(autouse=True)
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        yield


def test_one_thread_within_the_block_and_two_after_it():
    with one_blas_thread():
        assert set(blas_threads()) == {1}
    assert set(blas_threads()) == {2}


def test_a_verb_works_with_one_thread_and_gives_the_others_back():
    seen = []
    cells = hf.simulate("toggle", cells=20, times=[0, 1, 2], seed=0)
    hf.graph(cells, time="time", bootstraps=0, progress=lambda *_: seen.append(blas_threads()))
    assert seen
    assert {number for numbers in seen for number in numbers} == {1}
    assert set(blas_threads()) == {2}


def test_after_an_error_too():
    with pytest.raises(HillflowError):
        hf.graph("nothing.h5ad")
    assert set(blas_threads()) == {2}


def test_workers_take_one_thread():
    with workers(jobs=2) as two:
        every = list(two.each(blas_threads, [0, 1]))
    assert all(set(numbers) <= {1} for numbers in every)
