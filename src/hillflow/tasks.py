"""Independent pieces of work: one after the other, in processes, or by the workers of a cluster.

Results come in the order of the pieces, whoever did them, so that what is made of them has the same
bytes. On a cluster (Dask) a piece whose worker is lost is done again by another one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from hillflow.errors import HillflowWarning, InputError, MissingPackageError
from hillflow.findings import Finding, collect_findings, report_findings
from hillflow.threads import one_blas_thread

if TYPE_CHECKING:
    from distributed import Client

T = TypeVar("T")
_AHEAD = 2  # pieces that each worker is given before the results of earlier ones are taken


@dataclass(frozen=True)
class Workers:
    """Who does the work.

    Attributes
    ----------
    jobs
        Processes on this machine; 1: this process alone.
    client
        A cluster to use instead.
    """

    jobs: int = 1
    client: Client | None = None

    def __post_init__(self) -> None:
        if self.jobs < 1:
            raise InputError("one job or more", f"jobs={self.jobs}", "write jobs=1")

    @property
    def alone(self) -> bool:
        """Whether this process does everything itself."""
        return self.client is None and self.jobs == 1

    @property
    def count(self) -> int:
        """How many pieces are done at the same time."""
        if self.client is not None:
            return max(1, len(self.client.nthreads()))
        return self.jobs

    def each(self, function: Callable[[Any], T], pieces: Sequence[Any]) -> Iterator[T]:
        """``function(piece)`` of each piece, in order.

        With several workers, the function and the pieces are sent to them: they hold little, or
        name files (`hillflow.data.on_disk.Stored`). Findings of the workers are reported here.
        """
        if self.alone or (self.client is None and len(pieces) < 2):
            return map(function, pieces)
        return self._by_others(partial(_with_findings, function), pieces)

    def _by_others(
        self, function: Callable[[Any], tuple[T, list[Finding]]], pieces: Sequence[Any]
    ) -> Iterator[T]:
        """What is found, after what was said on the way is said here."""
        if self.client is not None:
            every = self._on_cluster(self.client, function, pieces)
        else:
            from joblib import Parallel, delayed  # type: ignore[import-untyped]

            every = Parallel(n_jobs=min(self.jobs, len(pieces)), return_as="generator")(
                delayed(function)(piece) for piece in pieces
            )
        for found, findings in every:
            report_findings(*findings)
            yield found

    def _on_cluster(
        self, client: Client, function: Callable[[Any], T], pieces: Sequence[Any]
    ) -> Iterator[T]:
        """A few pieces ahead of what is taken, so that results do not pile up."""
        ahead, futures = _AHEAD * self.count, dict[int, Any]()
        for k in range(len(pieces)):
            for j in range(k, min(k + ahead, len(pieces))):
                if j not in futures:
                    # What all pieces need goes with each: scattered, it would die with its worker.
                    with warnings.catch_warnings():
                        warnings.filterwarnings("ignore", message="Sending large graph")
                        futures[j] = client.submit(function, pieces[j], pure=False, retries=2)
            result: T = futures[k].result()
            futures[k].release()
            yield result


def _with_findings(function: Callable[[Any], T], piece: Any) -> tuple[T, list[Finding]]:
    with one_blas_thread(), collect_findings() as findings, warnings.catch_warnings():
        warnings.simplefilter("ignore", HillflowWarning)  # said where the result arrives
        return function(piece), findings


SERIAL = Workers()


@contextmanager
def workers(jobs: int = 1, cluster: str | None = None) -> Iterator[Workers]:
    """Workers as they are named: processes, or ``local``, ``local:4``, or a scheduler's address.

    Parameters
    ----------
    jobs
        Processes on this machine.
    cluster
        ``local`` or ``local:N``: a Dask cluster of N processes on this machine; or the address of
        a Dask scheduler, as ``tcp://node1:8786``, whose workers read the same disk.

    Examples
    --------
    >>> from hillflow.tasks import workers
    >>> with workers() as alone:
    ...     list(alone.each(abs, [-1, 2]))
    [1, 2]
    """
    if cluster is None:
        yield Workers(jobs)
        return
    if not isinstance(cluster, str):
        raise InputError(
            "the name of a cluster, cluster=… (--cluster)", repr(cluster),
            "write 'local:4', or the address of a Dask scheduler, as its scheduler_address",
        )  # fmt: skip
    if jobs != 1:
        raise InputError(
            "jobs=… (--jobs) or cluster=… (--cluster)", "both", f"write cluster='local:{jobs}'"
        )
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise MissingPackageError(
            "the package distributed, for cluster=… (--cluster)",
            "none",
            "pip install 'hillflow[cluster]', or use jobs=… (--jobs)",
        ) from None
    if cluster.partition(":")[0] == "local":
        start = partial(
            LocalCluster, n_workers=_number(cluster), threads_per_worker=1, dashboard_address=None
        )
        with start() as local, Client(local) as client:
            yield Workers(client=client)
        return
    try:
        client = Client(cluster, timeout="10s")
    except (OSError, ValueError) as error:
        raise InputError(
            f"a Dask scheduler at {cluster}",
            f"none that answers ({error})",
            "start one (dask scheduler), or write cluster='local' (--cluster local)",
        ) from None
    with client:
        yield Workers(client=client)


def _number(cluster: str) -> int | None:
    """N of ``local:N``; None without it."""
    _, _, number = cluster.partition(":")
    if not number:
        return None
    if not number.isdecimal() or int(number) < 1:
        raise InputError(
            "a number of workers in cluster=… (--cluster)", repr(cluster), "write 'local:2'"
        )
    return int(number)
