"""How well a fit predicts: its error beside no change, and populations that were left out."""

from __future__ import annotations

from hillflow.data.times import format_time
from hillflow.model.summary import how_far, mean_losses, mean_of
from hillflow.page.values import number, percent
from hillflow.results.describe import baseline_name
from hillflow.results.run import Run

VALIDATION_CELLS = "held out from gradient steps, used to choose the step"


def errors_of(run: Run) -> tuple[float, float] | None:
    """Return validation and no-change loss, means over members; None if not scored."""
    return mean_losses(run.metrics.get("members", [run.metrics]))


def no_better(run: Run) -> bool:
    """Whether predicting no change is as good as this fit."""
    errors = errors_of(run)
    return errors is not None and errors[0] >= errors[1]


def error_sentence(run: Run) -> str:
    """Describe the error of predictions beside that of predicting no change."""
    errors = errors_of(run)
    if errors is None:
        return "The prediction error of this fit was not scored."
    error, no_change = errors
    validated = run.fit[0].provenance.get("setting", {}).get("validation_share")
    cells = f"validation cells ({VALIDATION_CELLS})" if validated else "the training cells"
    series = run.manifest["request"]["data"]["kind"] == "trajectories"
    distance = "mean squared error" if series else "energy distance"
    if run.fit.at_rest:
        distance = "mean squared error in standard deviations"
    text = (
        f"The error of predictions {how_far(run.fit[0])}, on {cells}, is {number(error)} "
        f"({', '.join(part for part in (distance, mean_of(run.members)) if part)}); predicting no "
        f"change gives {number(no_change)}. "
    )
    if error >= no_change:
        return (
            f"{text}The fit is no better than predicting no change: do not interpret the results "
            "below."
        )
    return f"{text}The error is {percent(1 - error / no_change)} smaller."


def predicted_better(run: Run) -> tuple[int, int]:
    """How many left-out populations are predicted better than by the baseline, and of how many."""
    rows = run.metrics.get("left_out", [])
    return sum(row["w1"] < row["no_change_w1"] for row in rows), len(rows)


def left_out_sentence(run: Run) -> str:
    """Describe the predictions of times and perturbations that were left out of training."""
    rows = run.metrics.get("left_out", [])
    if not rows:
        return "No time or perturbation was left out to test the predictions."
    better, count = predicted_better(run)
    worst = max(rows, key=lambda row: row["w1"] / max(row["no_change_w1"], 1e-12))
    baselines = " or ".join(dict.fromkeys(baseline_name(row, run) for row in rows))
    return (
        f"Of {count} populations that were left out of training, it predicts {better} better "
        f"than {baselines} does. The worst prediction is {worst['perturbation']} at "
        f"{format_time(worst['time'], run.fit.time_unit)}, at a distance of {number(worst['w1'])}, "
        f"where {baseline_name(worst, run)} gives {number(worst['no_change_w1'])} (W1)."
    )
