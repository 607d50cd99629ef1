"""The section on how to reproduce the run: the calls that are known to give the same results."""

from __future__ import annotations

import shlex
from typing import Any

from hillflow.networks.catalogue import catalogue
from hillflow.page.contents import Contents
from hillflow.results.joined_knockouts import calls_of
from hillflow.results.run import Run

DEFAULT_SHUFFLES = 199  # of `hillflow validate`
_USUAL_NAMES, _USUAL_PAIRS = "0 case-folded, 0 alias", "of the reference"
_PROGRAM = "hillflow"
_MOST_LISTED = 20  # names in a call


def reproduce(contents: Contents) -> dict[str, Any]:
    """Return the calls that repeat the run, in order, and seed, data and versions.

    A result whose options were not recorded is named in ``unknown``, without a command.
    """
    run, request = contents.run, contents.run.manifest["request"]
    command = _fit_command(run)
    results = {
        "graph": (contents.graph, _graph(contents)),
        "knockout": (contents.knockouts, _knockout(contents)),
        "scm": (contents.scm, _scm(contents)),
        "laws": (run.kept("laws"), _laws(contents)),  # laws that the fit is made of need none
        "validate": (contents.validation, _validate(contents)),
    }
    commands, unknown = [], []
    for name, (result, options) in results.items():
        if result is not None and options is None:
            unknown.append(name)
        elif result is not None and options is not None:
            commands += [run.command(name, *words) for words in options]
    return {
        "call": _fit_call(run) if command is None else None,
        "commands": [*([] if command is None else [command]), *commands, run.command("report")],
        "unknown": unknown,
        "facts": [
            ("seed", str(request.get("seed", run.fit.seed))),
            ("data", f"fingerprint {request['data']['fingerprint']}"),
            *_columns(run),
            *((name, str(version)) for name, version in run.manifest["versions"].items()),
        ],
    }


def _fit_command(run: Run) -> str | None:
    """The command line of the fit; None of a fit from Python."""
    words = shlex.split(run.manifest["command"])
    program = words[0] if words else ""
    return run.manifest["command"] if program == _PROGRAM else None


def _fit_call(run: Run) -> str:
    """The call of `hillflow.fit`, as it was recorded, or from what decided its result."""
    call = run.manifest.get("call")
    if call is not None:
        return _recorded(run, call)
    asked = run.manifest["asked"]
    field, setting = asked["field"], asked["setting"]
    given: dict[str, Any] = {"field": field["name"], "method": asked["method"]["name"]}
    if asked["members"] != 1:
        given["ensemble"] = asked["members"]
    given["seed"] = asked["seed"]
    if setting.get("effort", 1.0) != 1.0:
        given["effort"] = setting["effort"]
    if setting.get("efficacy") is not None:
        given["efficacy"] = setting["efficacy"]
    given |= _left_out(run)
    words = ", ".join(f"{name}={value!r}" for name, value in given.items())
    return f"hf.fit(data, {words})"


def _recorded(run: Run, call: dict[str, Any]) -> str:
    """``hf.fit('cells.h5ad', 'run', time='day')``; ``…`` for a value that cannot be shown here."""
    cells = repr(call["cells"]) if call["is_path"] else call["cells"]
    out = call["out"] or (None if run.path is None else run.name)
    words = [cells, *([] if out is None else [repr(out)])]
    for name, value in call["options"].items():
        unshown = value is None or (isinstance(value, list) and len(value) > _MOST_LISTED)
        words.append(f"{name}={'…' if unshown else repr(value)}")
    return f"hf.fit({', '.join(words)})"


def _columns(run: Run) -> list[tuple[str, str]]:
    """From which columns the cells were read, and with which label of the control."""
    call = run.manifest.get("call") or {"options": {}}
    names = {"time": "time column", "perturbation": "perturbation column",
             "control": "label of the control"}  # fmt: skip
    return [(words, str(call["options"][n])) for n, words in names.items() if n in call["options"]]


def _left_out(run: Run) -> dict[str, Any]:
    """The options that left out the populations that were scored."""
    trained = {condition.name for condition in run.fit.conditions}
    rows = run.metrics.get("left_out", [])
    names = dict.fromkeys(row["perturbation"] for row in rows if row["perturbation"] not in trained)
    times = dict.fromkeys(row["time"] for row in rows if row["perturbation"] in trained)
    found = {"leave_out_time": list(times), "leave_out_perturbation": list(names)}
    return {
        name: values[0] if len(values) == 1 else values for name, values in found.items() if values
    }


def _graph(contents: Contents) -> list[list[str]] | None:
    """Options of the command; None of a network that was changed or comes from elsewhere."""
    about = contents.graph_about
    if "readout" not in about:
        return None
    asked = about.get("asked")
    words = ["--readout", about["readout"]] if asked is None else options_as_words(asked)
    return None if words is None else [[*_also(about), *words]]


def _knockout(contents: Contents) -> list[list[str]] | None:
    """One command for each call that added perturbations to the run."""
    about = {} if contents.knockouts is None else contents.knockouts.about
    calls = [options_as_words(asked) for asked in calls_of(about)]
    known = [[*_also(about), *words] for words in calls if words is not None]
    return known if calls and len(known) == len(calls) else None


def _scm(contents: Contents) -> list[list[str]] | None:
    words = options_as_words(None if contents.scm is None else dict(contents.scm.asked))
    return None if words is None else [words]


def _laws(contents: Contents) -> list[list[str]] | None:
    """One command for each call that added laws to the run."""
    about = {} if contents.laws is None else contents.laws.about
    calls = [options_as_words(asked) for asked in about.get("asked", ())]
    known = [words for words in calls if words is not None]
    return known if calls and len(known) == len(calls) else None


def _validate(contents: Contents) -> list[list[str]] | None:
    """The reference and the shuffles, if the reference is one that everybody can fetch.

    None where gene names were matched by letter case or aliases, or all pairs were scored.
    """
    result = contents.validation or {"reference": {}}
    name = result["reference"].get("name")
    usual = _USUAL_NAMES in result.get("alignment", "")
    usual = usual and _USUAL_PAIRS in result["universe"]["words"]
    if name not in catalogue() or not usual:
        return None
    words = ["--against", name]
    shuffles = {null["shuffles"] for null in result.get("nulls", []) if "shuffles" in null}
    if shuffles and max(shuffles) != DEFAULT_SHUFFLES:
        words += ["--shuffles", str(max(shuffles))]
    return [words]


def options_as_words(asked: dict[str, Any] | None) -> list[str] | None:
    """Options and their values as words of a command line; None if one cannot be written."""
    if asked is None:
        return None
    words: list[str] = []
    for name, value in asked.items():
        if value is None or isinstance(value, dict):
            return None
        words.append(f"--{name.replace('_', '-')}")
        if isinstance(value, list):
            words.append(",".join(map(str, value)))
        elif value is not True:
            words.append(str(value))
    return words


def _also(about: dict[str, Any]) -> list[str]:
    """Return the options that join further runs."""
    return [word for run in about.get("runs", ())[1:] for word in ("--also", run)]
