"""Shared by all tests: benchmark data if there is any, hypothesis profile, one thread, speed."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("hillflow", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("hillflow")
# scanpy's neighbours compile umap for 20 seconds in each process; on our few cells plain Python
# takes a fraction of one. `make scverse` runs the compiled code.
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")

# What is imported is there for good: a fifth of the tests' time went into collecting it again.
gc.disable()

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    gc.enable()


# Files go to one process or the other as a whole, for the fixtures that their tests share. These
# are long and share little, or share much with their neighbours.
TEST_BY_TEST = ("tests/test_docs.py",)
TOGETHER = ("tests/page/",)
# These are few tests that take long. They come first, so that both processes end together.
FIRST = (
    *TEST_BY_TEST, "tests/benchmarks/test_main.py", "tests/results/test_f", "tests/results/test_k",
    "tests/cli/test_demo.py", "tests/symbolic/test_", "tests/page/", "tests/causal/test_scm.py",
    "tests/evaluate/test_null_distribution.py", "tests/baselines/test_network_baselines.py",
)  # fmt: skip


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """As `--dist loadfile`, with the exceptions above."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(TEST_BY_TEST):
                return nodeid
            folder = next((folder for folder in TOGETHER if nodeid.startswith(folder)), None)
            return folder or super()._split_scope(nodeid)

        def _assign_work_unit(self, node: object) -> None:
            first = next((scope for scope in self.workqueue if scope.startswith(FIRST)), None)
            if first is not None:
                self.workqueue.move_to_end(first, last=False)
            super()._assign_work_unit(node)

    return Scheduling(config, log)


@pytest.fixture(scope="session")
def benchmark_data() -> Path:
    """Folder of benchmark data: HILLFLOW_DATA, else ../shared/data, else the test is skipped."""
    given = os.environ.get("HILLFLOW_DATA")
    folder = Path(given) if given else BESIDE_THE_CHECKOUT
    if not folder.is_dir():
        pytest.skip(f"no benchmark data: {folder} is not there (set HILLFLOW_DATA)")
    return folder


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """Keep torch on one thread, without importing it for tests that do not need it."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture(params=["pretend", pytest.param("cuda", marks=pytest.mark.cuda)])
def device(request: pytest.FixtureRequest) -> Callable[[], AbstractContextManager[str]]:
    """Gives, in ``with device() as name:``, a pretend device, and CUDA where there is one."""
    import torch

    from .pretend_device import pretend_device

    if request.param == "pretend":
        return pretend_device
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return lambda: nullcontext("cuda")


@pytest.fixture
def unrendered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are made, but not rendered, which takes seconds and is for the tests of `pl`."""

    def savefig(figure, file, **options):
        content = b"<svg/>"
        file.write(content) if hasattr(file, "write") else Path(file).write_bytes(content)

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", savefig)


@pytest.fixture
def registries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is forgotten after it."""
    from hillflow.workflow._methods import REGISTRIES

    for registry in REGISTRIES.values():
        monkeypatch.setattr(registry, "_entries", dict(registry.items()))
        monkeypatch.setattr(registry, "_module_of", dict(registry._module_of))
