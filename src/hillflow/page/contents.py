"""What a run holds by now: the results that its page is made of."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.errors import FileFormatError
from hillflow.files import read_json
from hillflow.networks.about_file import CHANGED, read_about
from hillflow.networks.network import Network
from hillflow.results.run import Run
from hillflow.symbolic import Laws

if TYPE_CHECKING:
    import pandas as pd

_NAMES = ("perturbation", "gene", "strongest", "fate_toward")  # a gene may be called NA


@dataclass(frozen=True, eq=False)
class Contents:
    """A run and what the other commands added to it; None where they have not been run.

    Attributes
    ----------
    run
        The fit itself.
    graph, laws, ranking, effects, validation
        Of ``edges.csv``, ``laws.json``, ``ranking.csv``, ``knockouts.csv``, ``validation.json``.
    ranking_about
        Which runs predicted the perturbations, where others joined.
    outdated
        Whether there is a validation of a network that was overwritten since, and so left out.
    """

    run: Run
    graph: Network | None = field(repr=False)
    laws: Laws | None = field(repr=False)
    ranking: pd.DataFrame | None = field(repr=False)
    effects: pd.DataFrame | None = field(repr=False)
    validation: dict[str, Any] | None = field(repr=False)
    ranking_about: dict[str, Any] = field(default_factory=dict, repr=False)
    outdated: bool = False

    @classmethod
    def read(cls, run: Run) -> Contents:
        """Read every result that is there, or say which of them is damaged."""
        edges, laws, validation = (
            _there(run, name) for name in ("edges.csv", "laws.json", "validation.json")
        )
        graph = None if edges is None else Network.load(edges, run.model.genes)
        scored = None if validation is None else _validation(validation)
        outdated = graph is not None and scored is not None and _of_another(scored, graph)
        ranking = _table(
            run, "ranking.csv", ("perturbation", "effect", "low", "high", "in_support")
        )
        return cls(
            run, graph,
            None if laws is None else Laws.load(laws),
            ranking,
            _table(run, "knockouts.csv", ("perturbation", "gene", "time", "delta", "low", "high")),
            None if outdated else scored,
            ranking_about={} if ranking is None else read_about(run.path / "ranking.csv"),
            outdated=outdated,
        )  # fmt: skip

    @property
    def sure(self) -> bool:
        """Whether edges carry a confidence."""
        return self.graph is not None and bool(self.graph.edges["confidence"].notna().any())

    @property
    def graph_about(self) -> dict[str, Any]:
        """How the network was made, where that was noted."""
        return {} if self.graph is None else self.graph.about

    @property
    def origin(self) -> str:
        """How the network was made, in a sentence."""
        about = self.graph_about
        if about.get(CHANGED):
            return " The table was changed since it was written."
        if "readout" not in about:
            return ""
        runs = about.get("runs")
        together = f" of the runs {' and '.join(runs)} together" if runs else ""
        sure = f" Confidence: {about['confidence']}." if self.sure and runs else ""
        return f" It was read off by “{about['readout']}”{together}.{sure}"

    def command(self, name: str, *options: str) -> str:
        """The command that adds to this run, from the folder that it lies in."""
        return shlex.join(["hillflow", name, self.run.path.absolute().name, *options])


def _of_another(validation: dict[str, Any], graph: Network) -> bool:
    """Whether the edges that were scored weigh otherwise in the network that is there now."""
    known = set(graph.genes)
    pairs = zip(graph.edges["source"], graph.edges["target"], strict=True)
    weights = dict(zip(pairs, graph.edges["weight"], strict=True))
    return any(
        not math.isclose(
            edge["weight"] or 0.0, weights.get((edge["source"], edge["target"]), 0.0), rel_tol=1e-6
        )
        for edge in validation["edges"]
        if edge["source"] in known and edge["target"] in known
    )


def _there(run: Run, name: str) -> Path | None:
    path = run.path / name
    return path if path.is_file() else None


def _table(run: Run, name: str, columns: Sequence[str]) -> pd.DataFrame | None:
    import pandas as pd

    path = _there(run, name)
    if path is None:
        return None
    try:
        there = list(pd.read_csv(path, nrows=0).columns)
        absent = [column for column in columns if column not in there]
        if not absent:
            empty = {column: [""] for column in there if column not in _NAMES}
            return pd.read_csv(path, keep_default_na=False, na_values=empty)
        found = f"none called {', '.join(absent)}"
    except ValueError as error:
        found = f"one that cannot be read ({error})"
    raise FileFormatError(
        f"a table {name} with the columns {', '.join(columns)}", found,
        "write it anew with `hillflow knockout`",
    )  # fmt: skip


def _validation(path: Path) -> dict[str, Any]:
    read = read_json(path, "a validation")
    absent = [key for key in ("subject", "reference", "scores", "edges") if key not in read]
    if absent:
        raise FileFormatError(
            "a validation as hillflow writes it", f"one without {absent[0]!r}",
            "write it anew with `hillflow validate`",
        )  # fmt: skip
    return read
