"""A run in words: its fit, the score of what was left out, and what it was made with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hillflow.data.times import format_time
from hillflow.findings import Finding
from hillflow.model.summary import fit_facts
from hillflow.show import Block, Facts

if TYPE_CHECKING:
    from hillflow.results.run import Run


def run_blocks(run: Run) -> list[Block]:
    """What the fit says of itself, the score of what was left out, and the run around it."""
    facts = fit_facts(run.fit.members)
    metrics = run.metrics
    facts += [("Left out", _score(score, run)) for score in metrics.get("left_out", [])]
    if metrics.get("not_scored"):
        names = ", ".join(metrics["not_scored"])
        facts.append(("Not scored", f"{names}: the cells to predict them from are not there"))
    versions = ", ".join(f"{name} {number}" for name, number in run.manifest["versions"].items())
    facts += [("Versions", versions), ("Command", run.manifest["command"])]
    if run.path is not None:
        facts.append(("Folder", str(run.path)))
    return [Facts(facts)]


def run_findings(run: Run) -> list[Finding]:
    """What the scores of left-out populations say against the fit."""
    scores = run.metrics.get("left_out", [])
    missed = [score for score in scores if score["w1"] >= score["no_change_w1"]]
    if not missed:
        return []
    nothing = " or ".join(dict.fromkeys(_nothing(score, run) for score in missed))
    names = ", ".join(_population(score, run) for score in missed)
    return [
        Finding(
            "run.left-out-missed",
            f"no better (W1) than predicting {nothing} for {len(missed)} of the {len(scores)} "
            f"left-out populations: {names}",
        )
    ]


def _score(score: dict[str, Any], run: Run) -> str:
    names = {"no_change": _nothing(score, run), "others": "other perturbations",
             "floor": "two samples"}  # fmt: skip
    beside = ", ".join(
        f"{name} {score[f'{prefix}_w1']:.4g}"
        for prefix, name in names.items()
        if f"{prefix}_w1" in score
    )
    return f"{_population(score, run)}: W1 {score['w1']:.4g} ({beside})"


def _population(score: dict[str, Any], run: Run) -> str:
    return f"{score['perturbation']} at {format_time(score['time'], run.fit.time_unit)}"


def _nothing(score: dict[str, Any], run: Run) -> str:
    """What doing nothing means: of a time, no change; of a perturbation never seen, no effect."""
    seen = score["perturbation"] in {condition.name for condition in run.fit.conditions}
    return "no change" if seen else "no effect"
