"""A run while it is being made: apart from what stands in its folder, until the end.

Everything goes to ``RUN/.building``. At the end it is published: listed in
``.building/publish.json``, then moved into place file by file, the manifest last. Whoever opens
a run in which that was cut short finishes it first. So a fit that fails or is interrupted leaves
an older run whole, and goes on from ``.building`` when it is resumed. Only files that hillflow
writes, by their exact names, are ever replaced or removed; a lock names the process that holds
the folder.
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
from hillflow.files import read_json, write_json
from hillflow.model.storage import DESCRIPTION, TENSORS
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
from hillflow.train.member import PLANS

OURS = (MANIFEST, DATA, HISTORY, METRICS, *ADDED)


@dataclass(frozen=True)
class Building:
    """The folder ``RUN/.building`` of a fit that holds the run's lock.

    Attributes
    ----------
    run
        The run's folder.
    asked
        What was asked for: plain JSON values.
    """

    run: Path
    asked: dict[str, Any]

    @property
    def folder(self) -> Path:
        """Where everything goes until the end."""
        return self.run / BUILDING

    @property
    def model(self) -> Path:
        """Of the members and their checkpoints."""
        return self.folder / MODEL

    def publish(self) -> None:
        """Move all that was made into place, and remove what the old run had beside it."""
        names = sorted(
            str(path.relative_to(self.folder))
            for path in self.folder.rglob("*")
            if path.is_file() and path.relative_to(self.folder).parts[0] in (*OURS, MODEL)
        )
        write_json(self.folder / PUBLISH, {"files": names})
        finish_publishing(self.run)


@contextmanager
def building(
    run: Path, asked: dict[str, Any], *, resume: bool, overwrite: bool
) -> Iterator[Building | None]:
    """Hold the run's folder while a fit is made in it; None where it is finished already.

    Parameters
    ----------
    asked
        What decides the result. A resumed fit must ask for the same.
    resume
        Go on with what is there, be it nothing.
    overwrite
        Replace a run that is there, when the new one is finished.
    """
    check_target(run, resume=resume, overwrite=overwrite)
    run.mkdir(exist_ok=True)
    with held(run):
        finish_publishing(run)
        place = Building(run, asked)
        if resume and not place.folder.exists() and (run / MANIFEST).is_file():
            _check_same(run, read_manifest(run)["asked"], asked)
            yield None
            return
        if resume and (place.folder / ASKED).is_file():
            begun = read_json(place.folder / ASKED, "what an interrupted run was asked for")
            _check_same(run, begun, asked)
        elif place.folder.exists():
            shutil.rmtree(place.folder)
        place.folder.mkdir(exist_ok=True)
        write_json(place.folder / ASKED, asked)
        yield place


@contextmanager
def held(run: Path) -> Iterator[None]:
    """The run's lock, which one process can hold; the system frees it when that process ends."""
    lock = FileLock(str(run / LOCK), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise InputError(
            f"a run that no other process is writing ({run})", _holder(run),
            "wait until it is done, stop it, or name another folder",
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
    """Finish what `Building.publish` began, if it was cut short; else do nothing."""
    folder = run / BUILDING
    if not (folder / PUBLISH).is_file():
        return
    names = read_json(folder / PUBLISH, "what a run publishes")["files"]
    if (folder / MANIFEST).is_file():  # the last to move: the old run's additions go first
        for name in ADDED:
            (run / name).unlink(missing_ok=True)
        _remove_members(run / MODEL, keep=names)
    for name in sorted(names, key=lambda one: one == MANIFEST):
        if (folder / name).is_file():
            (run / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(folder / name, run / name)
    shutil.rmtree(folder)


def _remove_members(model: Path, keep: list[str]) -> None:
    """Members of an older run, by the exact names of their files."""
    for member in model.glob("member-*"):
        for name in (TENSORS, DESCRIPTION):
            if f"{MODEL}/{member.name}/{name}" not in keep:
                (member / name).unlink(missing_ok=True)
        if not any(member.iterdir()):
            member.rmdir()
    for plan in (model / PLANS).glob("plan-*.npz"):
        if f"{MODEL}/{PLANS}/{plan.name}" not in keep:
            plan.unlink()


def _check_same(run: Path, begun: dict[str, Any], asked: dict[str, Any]) -> None:
    different = differing(begun, asked)
    if different:
        raise InputError(
            f"what the run in {run} was begun with", f"another {', '.join(different)}",
            "give the same data, field, method, seed and setting, or begin a run in another folder",
        )  # fmt: skip


def _holder(run: Path) -> str:
    try:
        holder = json.loads((run / HOLDER).read_text())
        return f"process {holder['process']} on {holder['host']}, since {holder['since']}"
    except (OSError, ValueError, KeyError):
        return "another process"
