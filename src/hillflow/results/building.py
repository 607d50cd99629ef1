"""Writing a run's folder: an unfinished run is kept apart from an older, finished one.

An unfinished run is in ``RUN/.building``. At the end it is published: its files are listed in
``.building/publish.json`` and then moved into place one by one, the manifest last. If this is
interrupted, the next call that opens the run completes it. So a fit that fails or is interrupted
leaves an older run unchanged, and resumes from ``.building``. Only files that hillflow writes, by
their exact names, are replaced or removed. A lock file names the process that writes the run.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from hillflow.errors import InputError
from hillflow.files import remove_drafts
from hillflow.model.storage import DESCRIPTION, TENSORS
from hillflow.records import damaged, read_record, write_record
from hillflow.results.manifest import differing, read_manifest
from hillflow.run_files import (
    ADDED,
    ASKED,
    BUILDING,
    DATA,
    HISTORY,
    HOLDER,
    LOCK,
    MANIFEST,
    METRICS,
    MODEL,
    PUBLISH,
)
from hillflow.run_folder import check_target
from hillflow.schemas import PublishRecord, RequestRecord
from hillflow.train.train_member import PLANS

_BEGIN_AGAIN = "begin the fit again with overwrite=True (--overwrite)"
RUN_FILES = (MANIFEST, DATA, HISTORY, METRICS, *ADDED)


@dataclass(frozen=True)
class UnfinishedRun:
    """An unfinished run in ``RUN/.building``; this process has the run's lock.

    Attributes
    ----------
    run
        The run's folder.
    inputs
        Everything that decides the result, as plain JSON values.
    """

    run: Path
    inputs: dict[str, Any]

    @property
    def folder(self) -> Path:
        """Folder of the unfinished run."""
        return self.run / BUILDING

    @property
    def model(self) -> Path:
        """Folder of the members and their checkpoints."""
        return self.folder / MODEL

    def publish(self) -> None:
        """Move all files into place, and remove those that an older run added later."""
        names = sorted(
            str(path.relative_to(self.folder))
            for path in self.folder.rglob("*")
            if path.is_file() and path.relative_to(self.folder).parts[0] in (*RUN_FILES, MODEL)
        )
        write_record(self.folder / PUBLISH, {"files": names}, PublishRecord)
        finish_publishing(self.run)


@contextmanager
def unfinished_run(
    run: Path, inputs: dict[str, Any], *, resume: bool, overwrite: bool
) -> Iterator[UnfinishedRun | None]:
    """Lock the run's folder and begin a run, or resume one; None if it is already finished.

    Parameters
    ----------
    run
        The run's folder.
    inputs
        Everything that decides the result. A resumed run must have the same.
    resume
        Continue an interrupted run, if there is one.
    overwrite
        Replace an existing run, once the new one is finished.
    """
    check_target(run, resume=resume, overwrite=overwrite)
    run.mkdir(exist_ok=True)
    with run_lock(run):
        finish_publishing(run)
        unfinished = UnfinishedRun(run, inputs)
        folder = unfinished.folder
        if resume and not folder.exists() and (run / MANIFEST).is_file():
            _check_same(run, read_manifest(run)["asked"], inputs)
            yield None
            return
        if resume and (folder / ASKED).is_file():
            begun = read_record(folder / ASKED, RequestRecord, fix=_BEGIN_AGAIN)
            _check_same(run, begun, inputs)
            remove_drafts(folder)
        elif folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(exist_ok=True)
        write_record(folder / ASKED, inputs, RequestRecord)
        yield unfinished


@contextmanager
def run_lock(run: Path) -> Iterator[None]:
    """Lock a run's folder for this process; the system releases the lock when the process ends."""
    lock = FileLock(str(run / LOCK), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise InputError(
            f"a run that no other process is writing ({run})", _lock_holder(run),
            "wait until it has finished, stop it, or name another folder",
        ) from None  # fmt: skip
    try:
        (run / HOLDER).write_text(
            json.dumps({"process": os.getpid(), "host": socket.gethostname(),
                        "since": time.strftime("%Y-%m-%d %H:%M:%S")})
        )  # fmt: skip
        yield
    finally:
        (run / HOLDER).unlink(missing_ok=True)
        (run / LOCK).unlink(missing_ok=True)
        lock.release()


def finish_publishing(run: Path) -> None:
    """Complete an interrupted `UnfinishedRun.publish`, if there was one."""
    folder = run / BUILDING
    if not (folder / PUBLISH).is_file():
        return
    names = read_record(folder / PUBLISH, PublishRecord, fix=_BEGIN_AGAIN)["files"]
    others = [name for name in names if name.partition("/")[0] not in (*RUN_FILES, MODEL)]
    if others:
        raise damaged(folder / PUBLISH, f"the file {others[0]!r}, which is of no run", _BEGIN_AGAIN)
    if (folder / MANIFEST).is_file():  # moved last, so nothing else has been removed yet
        for name in ADDED:
            (run / name).unlink(missing_ok=True)
        _remove_members(run / MODEL, keep=names)
    for name in sorted(names, key=lambda name: name == MANIFEST):
        if (folder / name).is_file():
            (run / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(folder / name, run / name)
    shutil.rmtree(folder)


def _remove_members(model: Path, keep: list[str]) -> None:
    """Remove the members of an older run, by the exact names of their files."""
    for member in model.glob("member-*"):
        for name in (TENSORS, DESCRIPTION):
            if f"{MODEL}/{member.name}/{name}" not in keep:
                (member / name).unlink(missing_ok=True)
        if not any(member.iterdir()):
            member.rmdir()
    for plan in (model / PLANS).glob("plan-*.npz"):
        if f"{MODEL}/{PLANS}/{plan.name}" not in keep:
            plan.unlink()


def _check_same(run: Path, begun: dict[str, Any], inputs: dict[str, Any]) -> None:
    different = differing(begun, inputs)
    if different:
        raise InputError(
            f"the inputs with which the run in {run} began", f"another {', '.join(different)}",
            "pass the same data, field, method, seed and setting, or begin a run in another folder",
        )  # fmt: skip


def _lock_holder(run: Path) -> str:
    try:
        holder = json.loads((run / HOLDER).read_text())
        return f"process {holder['process']} on {holder['host']}, since {holder['since']}"
    except (OSError, ValueError, KeyError):
        return "another process"
