"""Save and load plans, with a digest of the cells and the basis they were computed from.

A plan is one ``.npz`` file without pickles: a JSON header (format, fingerprint, options,
intervals) and the arrays of each interval under its number. It is written atomically.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow.errors import InputError, MissingFileError
from hillflow.interventions import Intervention
from hillflow.records import check, parse, reading, special
from hillflow.schemas import PlanRecord
from hillflow.transport.entropic import EntropicChunk, EntropicPlan
from hillflow.transport.pairs import Interval, Pairs

if TYPE_CHECKING:
    from hillflow.data.snapshots import Population, Snapshots

_FORMAT = "hillflow-plan-1"
_SPECIAL = ("inf", "-inf", "nan")
_FIX = "compute the plan again"
_CHUNK_ARRAYS = ("i", "log_start", "j", "log_end")


def fingerprint(snapshots: Snapshots) -> str:
    """Return a digest of the cells, their times, conditions, weights and growth, and the basis."""
    digest = hashlib.blake2b(digest_size=16)
    basis = snapshots.basis
    arrays = [snapshots.x, snapshots.time, snapshots.condition, snapshots.weights]
    arrays += [None, None, None] if basis is None else [basis.mean, basis.components, basis.scale]
    for values in arrays:
        if values is None:
            digest.update(b"none")
            continue
        digest.update(f"{values.dtype.str}{values.shape}".encode())
        digest.update(np.ascontiguousarray(values).data)
    if snapshots.sets is not None and snapshots.batch is not None:
        digest.update("\0".join(snapshots.batch.tolist()).encode())
    if snapshots.growth is not None:
        digest.update(np.ascontiguousarray(snapshots.growth).data)
    digest.update(json.dumps([c.name for c in snapshots.conditions]).encode())
    return digest.hexdigest()


def write_plan(plan: Sequence[Interval], digest: str, options: dict[str, Any], path: Path) -> Path:
    """Write the intervals of a plan; the ending ``.npz`` is added if the name lacks it."""
    path = path if path.suffix == ".npz" else path.with_name(path.name + ".npz")
    arrays: dict[str, np.ndarray] = {}
    heads = []
    for number, interval in enumerate(plan):
        head, parts = _packed(interval)
        heads.append(head)
        arrays |= {f"{number}/{name}": values for name, values in parts.items()}
    header = {
        "format": _FORMAT,
        "fingerprint": digest,
        "options": {k: special(v) if isinstance(v, float) else v for k, v in options.items()},
        "intervals": heads,
    }
    arrays["header"] = np.array(json.dumps(header, allow_nan=False))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def read_plan(path: Path, snapshots: Snapshots) -> tuple[tuple[Interval, ...], str, dict[str, Any]]:
    """Return intervals, fingerprint and options of a plan; refuse a plan of other snapshots."""
    if not path.is_file():
        raise MissingFileError("a saved plan", f"nothing at {path}", "correct the path")
    with reading(path, _FIX), np.load(path, allow_pickle=False) as file:
        header = parse(str(file["header"]))
        if header.get("format") != _FORMAT:
            raise ValueError(f"format {header.get('format')!r}")
        check(header, PlanRecord)
        arrays = {name: file[name] for name in file.files}
    if header["fingerprint"] != fingerprint(snapshots):
        raise InputError(
            "the data set this plan was computed from",
            "other cells, times, conditions, weights or another basis",
            "compute the plan again for these snapshots",
        )
    populations = {(p.condition.name, p.time, p.dataset): p for p in snapshots.populations()}
    intervals = []
    with reading(path, _FIX):
        for number, head in enumerate(header["intervals"]):
            start, end = (
                populations[
                    Intervention.parse(head[f"{side}_condition"]).name,
                    head[side],
                    head.get("dataset"),
                ]
                for side in ("start", "end")
            )
            pairs = _unpacked(head, arrays, number)
            _check_pairs(pairs, start, end)
            intervals.append(Interval(start, end, pairs))
    options = {k: float(v) if v in _SPECIAL else v for k, v in header["options"].items()}
    return tuple(intervals), header["fingerprint"], options


def _check_pairs(pairs: Pairs, start: Population, end: Population) -> None:
    """Refuse pairs of cells outside the two populations, and numbers that are not finite."""
    count = len(pairs.weight)
    if not len(pairs.i) == len(pairs.j) == count:
        raise ValueError(f"{len(pairs.i):,} and {len(pairs.j):,} cells with {count:,} weights")
    _check_rows(pairs.i, start)
    _check_rows(pairs.j, end)
    for name, values in (("weight", pairs.weight), ("growth", pairs.growth)):
        if values is not None and not (
            _floats(values, count) and (values >= 0).all() and (values < np.inf).all()
        ):
            raise ValueError(f"{name} that is not one finite number of at least 0 for each pair")
    if not 0 < pairs.weight.sum() < np.inf:
        raise ValueError("no pair with a weight")
    for chunk in () if pairs.entropic is None else pairs.entropic.chunks:
        for cells, potential, population in (
            (chunk.i, chunk.log_start, start), (chunk.j, chunk.log_end, end),
        ):  # fmt: skip
            _check_rows(cells, population)
            if not (_floats(potential, len(cells)) and (potential < np.inf).all()):
                raise ValueError("potentials that are not one number for each cell")


def _check_rows(cells: np.ndarray, population: Population) -> None:
    if cells.ndim != 1 or cells.dtype.kind not in "iu" or not np.isin(cells, population.rows).all():
        raise ValueError(
            f"cells that are not of {population.condition.name} at {population.time:g}"
        )


def _floats(values: np.ndarray, count: int) -> bool:
    return values.shape == (count,) and values.dtype.kind == "f" and not np.isnan(values).any()


def _packed(interval: Interval) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    pairs = interval.pairs
    head: dict[str, Any] = {
        "start": interval.start.time,
        "start_condition": interval.start.condition.name,
        **({} if interval.end.dataset is None else {"dataset": interval.end.dataset}),
        "end": interval.end.time,
        "end_condition": interval.end.condition.name,
        "cost": special(float(pairs.cost)),
    }
    parts = {"i": pairs.i, "j": pairs.j, "weight": pairs.weight}
    if pairs.growth is not None:
        parts["growth"] = pairs.growth
    if pairs.entropic is not None:
        plan = pairs.entropic
        head |= {
            "epsilon": plan.epsilon, "delta": special(plan.delta), "chunks": len(plan.chunks),
        }  # fmt: skip
        for k, chunk in enumerate(plan.chunks):
            parts |= {f"chunk{k}/{name}": getattr(chunk, name) for name in _CHUNK_ARRAYS}
    return head, parts


def _unpacked(head: dict[str, Any], arrays: dict[str, np.ndarray], number: int) -> Pairs:
    entropic = None
    if "chunks" in head:
        chunks = (
            EntropicChunk(**{name: arrays[f"{number}/chunk{k}/{name}"] for name in _CHUNK_ARRAYS})
            for k in range(head["chunks"])
        )
        delta = None if head["delta"] is None else float(head["delta"])
        entropic = EntropicPlan(tuple(chunks), head["epsilon"], delta)
    i, j, weight = (arrays[f"{number}/{name}"] for name in ("i", "j", "weight"))
    return Pairs(i, j, weight, float(head["cost"]), arrays.get(f"{number}/growth"), entropic)
