"""The commands: each does what the verb of its name does, and says what it wrote."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from hillflow.cli import results
from hillflow.cli.build import JsonOption, add_command
from hillflow.cli.root import app, console, print_result, say
from hillflow.findings import collect_findings, unique_findings
from hillflow.progress import shown_progress
from hillflow.run_files import BUILDING
from hillflow.run_folder import check_run
from hillflow.show import rich_escape
from hillflow.workflow.options.activity import ACTIVITY
from hillflow.workflow.options.base import Spec
from hillflow.workflow.options.check import CHECK
from hillflow.workflow.options.export import EXPORT
from hillflow.workflow.options.fit import FIT
from hillflow.workflow.options.graph import GRAPH
from hillflow.workflow.options.knockout import KNOCKOUT
from hillflow.workflow.options.laws import LAWS as LAWS_SPEC
from hillflow.workflow.options.methods import METHODS
from hillflow.workflow.options.predict import PREDICT
from hillflow.workflow.options.priors import ALIGN, FETCH
from hillflow.workflow.options.report import REPORT
from hillflow.workflow.options.scm import SCM as SCM_SPEC
from hillflow.workflow.options.simulate import SIMULATE
from hillflow.workflow.options.validate import VALIDATE
from hillflow.workflow.options.velocity import VELOCITY

__all__ = ["app"]

NOTHING_DONE = "fit.already-finished"  # a finding, after which no file was written
LONG = ("simulate", "fit", "graph", "laws", "knockout", "report")
SEED = Annotated[int, typer.Option(help="Seed of everything random.")]


def runner(spec: Spec, room: str = "hillflow.workflow") -> Callable[[bool, dict[str, Any]], None]:
    """What runs a verb and prints its result; the verb is imported when it is asked for."""

    def run(as_json: bool, given: dict[str, Any]) -> None:
        spec.read(given)  # what can be refused before anything heavy is loaded
        verb = getattr(importlib.import_module(room), spec.name)
        with collect_findings() as said:
            if spec.name in LONG:
                with shown_progress(console) as progress:
                    result = _long(verb, given, progress)
            else:
                result = verb(**given)
        say(unique_findings([*said, *getattr(result, "findings", ())]))
        if as_json:
            print_result(results.as_json(spec.name, result, given), True)
            return
        print_result(None, False, results.as_shown(spec.name, result, given))
        if any(finding.code == NOTHING_DONE for finding in said):
            return
        for line in results.files_written(spec.name, result, given):
            console.print(rich_escape(line), soft_wrap=True)  # paths are not broken

    return run


def _long(verb: Any, given: dict[str, Any], progress: Any) -> Any:
    try:
        return verb(**given, progress=progress)
    except KeyboardInterrupt:
        out = given.get("out")
        if out is not None and (out / BUILDING).is_dir():
            console.print(
                f"{out} keeps what was done: the same command with --resume goes on from there."
            )
        raise


class _WithSystems(TyperCommand):
    """Lists the systems in its help, and loads them only when the help is asked for."""

    def format_help(self, *arguments: Any) -> None:
        from hillflow.systems import SYSTEMS

        systems = "\n\n".join(
            f"{one.name}: {one.description} (at {', '.join(f'{time:g}' for time in one.times)} h)"
            for one in SYSTEMS.values()
        )
        summary = self.help
        self.help = f"{summary}\n\nSystems:\n\n{systems}"
        super().format_help(*arguments)
        self.help = summary


@app.command("demo")
def demo_command(
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("demo"),
    quick: Annotated[bool, typer.Option("--quick", help="Fewer cells, members and steps.")] = False,
    seed: SEED = 0,
    as_json: JsonOption = False,
) -> None:
    """Run every step on simulated blood cells with knockouts, and write a report.

    Example: hillflow demo --out demo --quick
    """
    from hillflow.workflow._demo import demo

    with console.status("Starting") as status:

        def chapter(text: str) -> None:
            status.update(text)
            console.print(text)

        result = demo(out, quick=quick, seed=seed, say=chapter)
    say(result.findings)
    print_result(result.to_json() if as_json else None, as_json, result)


add_command(app, SIMULATE, runner(SIMULATE), cls=_WithSystems)
for _spec in (
    CHECK, FIT, GRAPH, ACTIVITY, LAWS_SPEC, VALIDATE, KNOCKOUT, SCM_SPEC, PREDICT, VELOCITY, EXPORT,
    REPORT,
):  # fmt: skip
    add_command(app, _spec, runner(_spec))


@app.command("info")
def info_command(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="The folder that `hillflow fit` wrote.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Show the field, method, data, errors and versions of a run.

    Example: hillflow info run
    """
    check_run(run)
    from hillflow.results import Run

    opened = Run.open(run)
    say(opened.findings)
    found = {"path": str(run), "manifest": opened.manifest, "metrics": opened.metrics}
    print_result(found, as_json, opened)


priors_app = typer.Typer(no_args_is_help=True, help="List, download and inspect prior networks.")
app.add_typer(priors_app, name="priors")


@priors_app.command("list")
def list_command(as_json: JsonOption = False) -> None:
    """List the prior networks: name, organism, pairs, licence, source.

    Example: hillflow priors list
    """
    from hillflow.workflow._priors import list_priors

    catalogue = list_priors()
    print_result(catalogue.to_json() if as_json else None, as_json, catalogue)


for _spec in (FETCH, ALIGN):
    add_command(priors_app, _spec, runner(_spec, "hillflow.workflow._priors"))
add_command(app, METHODS, runner(METHODS))
