"""A run in words, as `hillflow fit` ends and as `hillflow info` answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hillflow.fit import Run


def describe_run(run: Run) -> str:
    """What the model says of itself, how what was left out was met, and the run around it."""
    manifest = run.manifest
    lines = [run.model.summary()]
    if run.members > 1:
        lines.insert(0, f"{run.members} members, of which the first:")
    lines += [_held_out_line(score, run) for score in run.metrics.get("held_out", [])]
    versions = ", ".join(f"{name} {number}" for name, number in manifest["versions"].items())
    return "\n".join([*lines, f"Versions    {versions}", f"Command     {manifest['command']}"])


def _held_out_line(score: dict[str, Any], run: Run) -> str:
    from hillflow.data import format_time

    names = {"still": "no motion", "others": "other perturbations", "floor": "sampling alone"}
    beside = ", ".join(
        f"{name} {score[f'{prefix}_w1']:.3g}"
        for prefix, name in names.items()
        if f"{prefix}_w1" in score
    )
    when = format_time(score["time"], run.model.time_unit)
    return f"Left out    {score['perturbation']} at {when}: W1 {score['w1']:.3g} ({beside})"
