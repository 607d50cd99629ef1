"""What cannot be concluded, from any such data and from this run; and how to repeat it."""

from __future__ import annotations

from typing import Any

import numpy as np

from hillflow.data import Snapshots
from hillflow.page.contents import Contents
from hillflow.page.parts import Html, items, paragraph, section, table, tag

ALIKE = 0.9  # correlation from which two genes can stand in for each other
_MOST = 6  # pairs named
_CELLS = 5000  # that correlations are taken over


def limits(contents: Contents) -> Html:
    """The section of warnings: of this run first, then those that always hold."""
    own = [*_notes(contents), *_look_alikes(contents)]
    parts = [tag("h3", "Of this run"), items(own)] if own else []
    return section(
        "limits", "What cannot be concluded", *parts, tag("h3", "Of every such fit"),
        items(_always(contents)),
    )  # fmt: skip


def reproduce(contents: Contents) -> Html:
    """The section with the commands, the seed and the versions."""
    run = contents.run
    request = run.manifest["request"]
    facts = [
        ("seed", str(request.get("seed", run.model.seed))),
        ("data", f"fingerprint {request['data']['fingerprint']}"),
        *((name, str(number)) for name, number in run.manifest["versions"].items()),
    ]
    added = {
        "graph": contents.graph is not None, "knockout": contents.ranking is not None,
        "laws": contents.laws is not None, "validate": contents.validation is not None,
    }  # fmt: skip
    made = contents.graph_about
    options = {
        "graph": (*_also(made), *(("--readout", made["readout"]) if "readout" in made else ())),
        "knockout": ("--all", *_also(contents.ranking_about)),
        "validate": ("--against", "REFERENCE"),
    }
    lines = [
        run.manifest["command"],
        *(contents.command(name, *options.get(name, ())) for name, there in added.items() if there),
        contents.command("report"),
    ]
    return section(
        "reproduce", "How to repeat it",
        paragraph("The fit was made by the first line; the others stand for what was added since. "
                  "Of the options of those no more is kept than the readout and which runs "
                  "joined."),
        tag("pre", tag("code", "\n".join(lines)), tabindex="0"),
        table("Versions, seed and data", ("What", "Value"), facts),
    )  # fmt: skip


def _also(about: dict[str, Any]) -> list[str]:
    """The options that join further runs."""
    return [word for run in about.get("runs", ())[1:] for word in ("--also", run)]


def _notes(contents: Contents) -> list[str]:
    """What the model says of itself: the lines of its summary that warn."""
    lines = contents.run.model.summary().splitlines()
    notes = [line.removeprefix("Note").strip() for line in lines if line.startswith("Note ")]
    notes = [note[0].upper() + note[1:] + "." for note in notes]
    if contents.run.members == 1:
        notes.append("One fit was made: nothing here says how much another seed would change.")
    scores = (contents.validation or {}).get("scores")
    better = [
        name for name, one in (contents.validation or {}).get("baselines", {}).items()
        if scores is not None and one["ap"] > scores["ap"]
    ]  # fmt: skip
    if better:
        notes.append(f"In the validation, this network ranks below {', '.join(better)}.")
    return notes


def _look_alikes(contents: Contents) -> list[str]:
    """Pairs of genes that rise and fall together in these cells."""
    data = contents.run.data
    x = data.x[:: max(1, -(-len(data.x) // _CELLS))]
    varying = np.flatnonzero(x.std(axis=0) > 0)
    if len(varying) < 2:
        return []
    together = np.atleast_2d(np.corrcoef(x[:, varying], rowvar=False))
    rows, columns = np.nonzero(np.triu(np.abs(together) >= ALIKE, k=1))
    order = np.argsort(-np.abs(together[rows, columns]), kind="stable")
    if not len(order):
        return []
    named = [
        f"{data.genes[varying[rows[k]]]} and {data.genes[varying[columns[k]]]} "
        f"({together[rows[k], columns[k]]:+.2f})"
        for k in order[:_MOST]
    ]
    more = f", and {len(order) - _MOST:,} more pairs" if len(order) > _MOST else ""
    return [
        "These genes move together (correlation over all cells), so that one may stand in for the "
        f"other as a regulator: {', '.join(named)}{more}."
    ]


def _always(contents: Contents) -> list[str]:
    found = []
    if isinstance(contents.run.data, Snapshots):
        found.append(
            "Cells are seen once. Snapshots fix how populations change, not which cell became "
            "which: a circulation that leaves every population as it is cannot be seen."
        )
    found += [
        "Regulators that rise and fall together are exchangeable. Only a perturbation that "
        "parts them tells which one acts.",
        "Decay trades with the scale of production: the ratio is far better known than either.",
        "Proteins, chromatin and unmeasured genes are unseen. An edge says that the level of one "
        "transcript tells how fast another changes, not that its product binds there.",
        "Formulas and perturbations hold where cells were measured. Beyond, they are guesses.",
    ]
    if contents.sure:
        found.append(
            "The confidence was calibrated on simulated systems. Counting noise, batch effects and "
            "hidden regulators were not among them; and where nothing was perturbed it is too sure."
        )
    return found
