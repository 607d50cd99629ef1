"""A run in words, as `hillflow fit` ends and as `hillflow info` answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hillflow.results import Run


def describe_run(run: Run) -> str:
    """What the model says of itself, how what was left out was met, and the run around it."""
    from hillflow.model import Fit

    manifest, metrics = run.manifest, run.metrics
    lines = [Fit(run.models).summary() if run.members > 1 else run.model.summary()]
    scores = metrics.get("left_out", [])
    lines += [_left_out_line(score, run) for score in scores]
    if metrics.get("not_scored"):
        names = ", ".join(metrics["not_scored"])
        lines.append(f"Not scored  {names}: the cells to predict them from are not there")
    missed = [score for score in scores if score["w1"] >= score["no_change_w1"]]
    if missed:
        nothing = " or ".join(dict.fromkeys(_still(score, run) for score in missed))
        names = ", ".join(_population(score, run) for score in missed)
        lines.append(
            f"Note        no better (W1) than {nothing} for {len(missed)} of the {len(scores)} "
            f"left-out populations: {names}"
        )
    versions = ", ".join(f"{name} {number}" for name, number in manifest["versions"].items())
    return "\n".join([*lines, f"Versions    {versions}", f"Command     {manifest['command']}"])


def _left_out_line(score: dict[str, Any], run: Run) -> str:
    names = {"still": _still(score, run), "others": "other perturbations", "floor": "two samples"}
    beside = ", ".join(
        f"{name} {score[f'{prefix}_w1']:.4g}"
        for prefix, name in names.items()
        if f"{prefix}_w1" in score
    )
    return f"Left out    {_population(score, run)}: W1 {score['w1']:.4g} ({beside})"


def _population(score: dict[str, Any], run: Run) -> str:
    from hillflow.data import format_time

    return f"{score['perturbation']} at {format_time(score['time'], run.model.time_unit)}"


def _still(score: dict[str, Any], run: Run) -> str:
    """What doing nothing means: of a time, no motion; of a perturbation never seen, no effect."""
    seen = score["perturbation"] in {condition.name for condition in run.model.conditions}
    return "no motion" if seen else "no effect"
