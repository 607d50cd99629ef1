"""How a validation shows itself: its scores in words, the rankings, the edges of each status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hillflow.evaluate.network import NetworkScores
from hillflow.evaluate.nulls import Null
from hillflow.evaluate.shared_edges import cited
from hillflow.networks.edges import INTERACTION
from hillflow.show import Block, Facts, Table, Text

if TYPE_CHECKING:
    from hillflow.evaluate.validation import Validation

MAX_EDGES = 5  # shown of each status
CHANCE = 0.05
_NULL_WORDS = {
    "labels": "as many edges on random pairs",
    "degrees": "the reference rewired, all degrees kept",
}
_TOO_FEW = {"labels": "too few such networks to tell", "degrees": "too few rewirings to tell"}
_COLUMNS = {
    "ranking": "ranking", "ap": "AP", "ap_over_base": "AP/base", "auroc": "AUROC",
    "early_precision": "early precision", "edges": "edges", "pairs": "pairs",
}  # fmt: skip


def validation_blocks(result: Validation) -> list[Block]:
    """What was scored, the rankings of the same pairs, and the strongest edges of each status."""
    name = result.reference.name or "the reference"
    blocks: list[Block] = [
        Text(f"{result.subject} against {name}"),
        Facts(validation_facts(result)),
    ]
    rankings = result.table()
    if len(rankings):
        rows = rankings[list(_COLUMNS)].to_numpy(object).tolist()
        blocks.append(Table(list(_COLUMNS.values()), rows, "Rankings of the same pairs"))
    return [*blocks, _edges(result)]


def validation_facts(result: Validation) -> list[tuple[str, str]]:
    """The result in lines of a label and what it is."""
    facts = [("Universe", str(result.universe))]
    facts += [("", line) for line in result.alignment.splitlines()]
    facts.append(("", _scored_edges(result)))
    if result.scores is not None:
        facts += _ranking(result.scores)
    for null, verdict in result.verdicts:
        p = f" (p = {null.p:.3g})" if null.tells else ""
        facts.append(
            (
                "Chance",
                f"{null.low:.3f} to {null.high:.3f} for {_NULL_WORDS[null.kind]}: {verdict}{p}",
            )
        )
    facts += _signs(result)
    facts.append(("Cells", result.over_cells.words))
    if result.over_cells.scores:
        facts.append(("", result.over_cells.said()))
    if result.prior is not None:
        prior = result.prior
        facts.append(
            ("Prior", f"{prior.shared:,} edges of the reference are among the {prior.edges:,} that "
             f"the model was given ({prior.name}): left out above; rankings that count them are "
             "circular, and shown for comparison alone")
        )  # fmt: skip
    counts = ", ".join(f"{count:,} {status}" for status, count in result.counts().items())
    if result.scores is not None:
        counts += f"; the {result.scores.edges:,} strongest pairs count as found"
    return [*facts, ("Edges", counts)]


def verdict(null: Null) -> str:
    """What a null distribution says of the score."""
    if not null.tells:
        return _TOO_FEW[null.kind]
    return "above chance" if null.p <= CHANCE else "no better than chance"


def _scored_edges(result: Validation) -> str:
    """What becomes of the edges whose genes are in the panel."""
    alone = int((result.reference.source == result.reference.target).sum())
    scored = 0 if result.scores is None else result.scores.edges
    shared = 0 if result.prior is None else result.prior.shared
    left = len(result.reference) - alone - shared - scored
    parts = [f"scores rest on {scored:,} of these {len(result.reference):,} edges"]
    parts += [f"{alone:,} are of a gene on itself"] * bool(alone)
    parts += [f"{shared:,} were given to the model"] * bool(shared)
    parts += [f"{left:,} are between pairs that it could give no weight"] * bool(left)
    return "; ".join(parts)


def _ranking(scores: NetworkScores) -> list[tuple[str, str]]:
    facts = [
        ("Ranking", f"average precision {scores.ap:.3f}, {scores.ap_over_base:.2f} times the base "
         f"rate {scores.base_rate:.3g} ({scores.edges:,} edges); AUROC {scores.auroc:.3f}")
    ]  # fmt: skip
    if scores.self_edges is not None:
        alone = scores.self_edges
        facts.append(
            ("", f"apart: average precision {alone.ap:.3f} over {alone.pairs:,} self-pairs, "
             f"{alone.ap_over_base:.2f} times the base rate ({alone.edges:,} edges)")
        )  # fmt: skip
    return facts


def _signs(result: Validation) -> list[tuple[str, str]]:
    signs = result.signs
    if signs is None:
        return []
    left_out = f"{signs.unknown:,} of unknown sign, {signs.unlisted:,} without a weight"
    if signs.scores is None:
        why = "the network has none" if signs.unsigned else f"none to compare ({left_out})"
        return [("Signs", why)]
    scores = signs.scores
    return [
        ("Signs", f"{scores.accuracy:.2f} right of {scores.edges:,} edges (95 % over edges "
         f"{signs.low:.2f} to {signs.high:.2f}); always activation "
         f"{scores.always_activation:.2f}; Matthews correlation {scores.mcc:+.2f} "
         f"(p = {signs.p:.3g}); left out {left_out}")
    ]  # fmt: skip


def _edges(result: Validation) -> Table:
    """The strongest edges of each status: the published sign, and the one found here."""
    rows = []
    for status, edges in result.edges.groupby("status", sort=False):
        for edge in edges.head(MAX_EDGES).to_dict("records"):
            here = (edge["weight"] > 0) - (edge["weight"] < 0)
            rows.append(
                [
                    str(status), edge["source"], edge["target"],
                    "–" if status == "novel" else INTERACTION[int(edge["reference_sign"])],
                    INTERACTION[int(here)] if result.signed and here else "–",
                    int(edge["rank"]) if edge["rank"] == edge["rank"] else None,
                    cited(str(edge["evidence"])),
                ]
            )  # fmt: skip
    return Table(
        ["", "source", "target", "published", "here", "rank", "evidence"], rows, "Edges",
        f"The first {MAX_EDGES} of each kind; the .json has all. regulates: sign not known",
    )  # fmt: skip
