"""A fit that is killed at any moment, or runs out of disk, loses nothing that was kept.

Fifteen processes are killed at random moments, with a checkpoint after every step, so that many are
killed within a write. Resumed to the end, the run has the bytes of one that was never interrupted.
A full disk is a file system of one megabyte where one may be mounted, and a write that the system
refuses elsewhere.
"""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import safetensors.torch

from hillflow.cli import main
from hillflow.results import Run
from hillflow.run_files import BUILDING
from hillflow.systems.to_file import simulate_to_file
from hillflow.train.checkpoint import CheckpointWriter

WORDS = ("fit", "cells.h5ad", "--out", "run", "--time", "time", "--field", "linear",
         "--method", "ot-cfm", "--effort", "0.1", "--ensemble", "2")  # fmt: skip
LONG, LONGER = "0.5", "20"  # efforts that last for a second, and until a signal


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("killed")
    simulate_to_file("toggle", path / "cells.h5ad", cells=20, times=(0.0, 1.0, 2.0))
    return path


def contents(run: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(run)): path.read_bytes()
        for path in sorted(run.rglob("*"))
        if path.is_file() and not path.name.startswith(".lock")
    }


def lasting(words: Sequence[str], effort: str = LONG) -> list[str]:
    return [effort if before == "--effort" else word for before, word in pairwise(["", *words])]


@contextmanager
def called(folder: Path, *words: str) -> Iterator[BaseProcess]:
    """A copy of this process that runs a command in `folder`, with a checkpoint each step."""

    def run() -> None:
        os.chdir(folder)
        init = CheckpointWriter.__init__
        CheckpointWriter.__init__ = lambda self, path, request, _: init(self, path, request, 0.0)
        sys.argv = ["hillflow", *words]
        with (folder / "said.txt").open("w") as file:
            sys.stdout = sys.stderr = file
            status = main(words)
        os._exit(status)

    process = get_context("fork").Process(target=run)
    process.start()
    yield process
    process.join()


def begun(run: Path) -> bool:
    return any((run / BUILDING).rglob("*.safetensors"))


@pytest.fixture(scope="module")
def whole(folder: Path) -> dict[str, bytes]:
    """The bytes of a run that was never interrupted."""
    with called(folder, *WORDS, "--overwrite"):
        pass
    found = contents(folder / "run")
    shutil.rmtree(folder / "run")
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again_a_run_has_the_bytes_of_an_unbroken_one(folder, whole, seed):
    draw, run, killed = random.Random(seed), folder / "run", 0
    for _ in range(5):
        with called(folder, *WORDS, "--resume") as process:
            while process.is_alive() and not begun(run):
                time.sleep(0.001)
            time.sleep(draw.uniform(0.0, 0.1))
            process.kill()
        killed += process.exitcode == -signal.SIGKILL
    with called(folder, *WORDS, "--resume") as process:
        pass
    assert process.exitcode == 0, (folder / "said.txt").read_text()
    assert killed
    assert contents(run) == whole
    assert Run.open(run).members == 2
    shutil.rmtree(run)


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_half_written_files_of_a_killed_process_do_not_enter_the_run(folder, whole):
    """A process that is killed cannot remove its drafts: `replacing` names them after itself."""
    run = folder / "run"
    while not list(run.rglob("*.training")):  # a busy machine may finish the run before the kill
        with called(folder, *WORDS, "--overwrite") as process:
            while process.is_alive() and not begun(run):
                time.sleep(0.001)
            process.kill()
    (training,) = run.rglob("*.training")
    for place in (training, training.parent, run / BUILDING):
        (place / ".checkpoint.1.part.safetensors").write_bytes(b"half a file")
        (place / ".member-0.1.part").mkdir()
        (place / ".member-0.1.part" / "model.json").write_text("{")
    with called(folder, *WORDS, "--resume") as process:
        pass
    assert process.exitcode == 0, (folder / "said.txt").read_text()
    assert contents(run) == whole
    shutil.rmtree(run)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_cluster_that_ends_a_job_loses_nothing(folder, name, tmp_path):
    if signal.getsignal(getattr(signal, name)) is signal.SIG_IGN:
        pytest.skip(f"started so that {name} is ignored, as by a shell in the background")
    shutil.copy(folder / "cells.h5ad", tmp_path)
    with called(tmp_path, *lasting(WORDS, LONGER)) as process:
        while process.is_alive() and not begun(tmp_path / "run"):
            time.sleep(0.001)
        os.kill(process.pid, getattr(signal, name))
    said = (tmp_path / "said.txt").read_text()
    assert process.exitcode == 130, said
    assert "Interrupted" in said
    assert "--resume" in said
    assert begun(tmp_path / "run")


def test_a_disk_that_is_full_at_a_checkpoint(folder, tmp_path, monkeypatch, capsys):
    """The old checkpoint stays, the message is one, and the fit goes on from the checkpoint."""
    words = lasting([str(folder / word) if word == "cells.h5ad" else word for word in WORDS])
    monkeypatch.chdir(tmp_path)
    checkpoint, written, save = tmp_path / "run" / BUILDING, [], safetensors.torch.save_file

    def fill(tensors, filename, *about):
        if len(written) > 5:
            Path(filename).write_bytes(b"half a file")
            raise OSError(errno.ENOSPC, "No space left on device", str(filename))
        save(tensors, filename, *about)
        written.append(Path(filename).read_bytes())

    init = CheckpointWriter.__init__
    monkeypatch.setattr(
        CheckpointWriter, "__init__", lambda self, path, request, _: init(self, path, request, 0.0)
    )
    monkeypatch.setattr("safetensors.torch.save_file", fill)
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "No space left" in said
    assert "Traceback" not in said
    (kept,) = checkpoint.rglob("*.safetensors")
    assert kept.read_bytes() == written[-1]
    monkeypatch.setattr("safetensors.torch.save_file", save)
    assert main([*words, "--resume"]) == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    try:
        made = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        made = False
    if not made:
        pytest.skip("no file system may be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=False)


def test_a_small_disk(folder, small_disk, capsys):
    """An old run on it stays whole when there is no room for the new one."""
    words = [str(folder / word) if word == "cells.h5ad" else word for word in WORDS]
    words[words.index("run")] = str(small_disk / "run")
    assert main(words) == 0
    before = contents(small_disk / "run")
    free = small_disk / "filler"
    with contextlib.suppress(OSError), free.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    assert main([*words, "--seed", "1", "--overwrite"]) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "No space left" in said
    assert {name: (small_disk / "run" / name).read_bytes() for name in before} == before
    free.unlink()
    assert main([*words, "--seed", "1", "--overwrite"]) == 0
    assert contents(small_disk / "run") != before
