"""A run in text: facts on its fit, scores of left-out populations, versions and command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hillflow.data.times import format_time
from hillflow.findings import Finding
from hillflow.model.summary import fit_facts
from hillflow.show import Block, Facts
from hillflow.symbolic.read_laws import has_laws

if TYPE_CHECKING:
    from hillflow.results.run import Run


def run_blocks(run: Run) -> list[Block]:
    """Return the facts of the fit, the scores of left-out populations, versions and command."""
    facts = [*fit_facts(run.fit.members), *laws_facts(run)]
    metrics = run.metrics
    facts += [("Left out", _score(score, run)) for score in metrics.get("left_out", [])]
    facts += _not_scored(metrics.get("not_scored", []), run)
    versions = ", ".join(f"{name} {number}" for name, number in run.manifest["versions"].items())
    facts += [("Versions", versions), ("Command", run.manifest["command"])]
    if run.path is not None:
        facts.append(("Folder", str(run.path)))
    return [Facts(facts)]


def laws_facts(run: Run) -> list[tuple[str, str]]:
    """Say that laws are of the first member, where all else is of all members."""
    if run.members < 2 or not has_laws(run.fit):
        return []
    text = (
        f"those of hillflow.laws are of the first of {run.members} members; losses, noise, rates "
        "of proteins and predictions are of all members"
    )
    return [("Laws", text)]


def run_findings(run: Run) -> list[Finding]:
    """Return a finding if left-out populations were predicted no better than by no change."""
    scores = run.metrics.get("left_out", [])
    no_better = [score for score in scores if score["w1"] >= score["no_change_w1"]]
    if not no_better:
        return []
    no_change = " or ".join(dict.fromkeys(baseline_name(score, run) for score in no_better))
    names = ", ".join(_population(score, run) for score in no_better)
    return [
        Finding(
            "run.left-out-missed",
            f"no better (W1) than predicting {no_change} for {len(no_better)} of the {len(scores)} "
            f"left-out populations: {names}",
        )
    ]


def _score(score: dict[str, Any], run: Run) -> str:
    names = {"no_change": baseline_name(score, run), "others": "other perturbations",
             "floor": "two samples"}  # fmt: skip
    baselines = ", ".join(
        f"{name} {score[f'{prefix}_w1']:.4g}"
        for prefix, name in names.items()
        if f"{prefix}_w1" in score
    )
    better = "better" if score["w1"] < score["no_change_w1"] else "not better"
    verdict = f"{better} than {names['no_change']}"
    return f"{_population(score, run)}: W1 {score['w1']:.4g}, {verdict} ({baselines})"


def _not_scored(names: list[str], run: Run) -> list[tuple[str, str]]:
    """Say why left-out populations have no score."""
    start = format_time(run.fit.times[0], run.fit.time_unit)
    first = [name for name in names if name.endswith(f" at {start}")]
    others = [name for name in names if name not in first]
    facts = []
    if first:
        facts.append(("Not scored", f"{', '.join(first)}: {start} is the starting time"))
    if others:
        facts.append(
            ("Not scored", f"{', '.join(others)}: the cells to predict them from are missing")
        )
    return facts


def _population(score: dict[str, Any], run: Run) -> str:
    name = f"{score['perturbation']} at {format_time(score['time'], run.fit.time_unit)}"
    return f"{name} in {score['dataset']}" if "dataset" in score else name


def baseline_name(score: dict[str, Any], run: Run) -> str:
    """Name the baseline: no change since the time before, or no effect of a new perturbation."""
    trained = score["perturbation"] in {condition.name for condition in run.fit.conditions}
    return "no change" if trained else "no effect"
