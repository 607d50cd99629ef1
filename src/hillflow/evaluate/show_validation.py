"""A validation as text and tables: its scores, the rankings, and the edges of each status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hillflow.evaluate.network_scores import ranking_facts
from hillflow.evaluate.null_distribution import NullDistribution
from hillflow.evaluate.shared_edges import cited
from hillflow.networks.edges import INTERACTION
from hillflow.show import Block, Facts, Table, Text

if TYPE_CHECKING:
    from hillflow.evaluate.validation import Validation

MAX_EDGES = 5  # shown of each status
CHANCE = 0.05
_NULLS = {
    "labels": "the same number of edges on random pairs",
    "degrees": "the reference rewired with all degrees unchanged",
}
_CHANCES = {"labels": "Chance (random pairs)", "degrees": "Chance (same hubs)"}
_TOO_FEW = {"labels": "too few such networks to tell", "degrees": "too few rewirings to tell"}
_COLUMNS = {
    "ranking": "ranking", "ap": "AP", "ap_over_base": "AP/base", "auroc": "AUROC",
    "early_precision": "early precision", "edges": "edges", "pairs": "pairs",
}  # fmt: skip


_BY_SIGN = {
    "ranking": "ranking", "sign": "edges that count", "ap": "AP", "base_rate": "base rate",
    "auroc": "AUROC", "edges": "edges", "pairs": "pairs",
}  # fmt: skip


def validation_blocks(result: Validation) -> list[Block]:
    """The scores, the rankings of the same pairs, and the strongest edges of each status."""
    name = result.reference.name or "the reference"
    blocks: list[Block] = [
        Text(f"{result.subject} against {name}"),
        Facts(validation_facts(result)),
    ]
    rankings = result.table()
    if len(rankings):
        rows = rankings[list(_COLUMNS)].to_numpy(object).tolist()
        blocks.append(Table(list(_COLUMNS.values()), rows, "Rankings of the same pairs"))
    if result.by_sign is not None and len(result.by_sign):
        signed = result.by_sign[list(_BY_SIGN)].to_numpy(object).tolist()
        blocks.append(Table(list(_BY_SIGN.values()), signed, "Rankings by sign"))
    return [*blocks, _edges(result)]


def validation_facts(result: Validation) -> list[tuple[str, str]]:
    """The result in lines of a label and a text."""
    facts = [("Pairs scored", str(result.universe))]
    facts += [("", line) for line in result.alignment.splitlines()]
    facts.append(("", _scored_edges(result)))
    if result.scores is not None:
        facts += ranking_facts(result.scores)
    for null, verdict in result.verdicts:
        p = f" (p = {null.p:.3g})" if null.informative else ""
        facts.append(
            (
                _CHANCES[null.kind],
                f"{null.low:.3f} to {null.high:.3f} for {_NULLS[null.kind]}: {verdict}{p}",
            )
        )
    facts += _signs(result)
    facts.append(("Cells", result.over_cells.description))
    if result.over_cells.scores:
        facts.append(("", result.over_cells.text()))
    if result.prior is not None:
        prior = result.prior
        facts.append(
            ("Prior", f"{prior.shared:,} edges of the reference are among the {prior.edges:,} that "
             f"the fit was given ({prior.name}) and are left out above; rankings that include them "
             "are circular, and shown only for comparison")
        )  # fmt: skip
    counts = ", ".join(f"{count:,} {status}" for status, count in result.counts().items())
    if result.scores is not None:
        counts += f"; the {result.scores.edges:,} strongest pairs count as inferred"
    return [*facts, ("Edges", counts)]


def verdict(null: NullDistribution) -> str:
    """Whether a score is above its null distribution, in words."""
    if not null.informative:
        return _TOO_FEW[null.kind]
    return "above chance" if null.p <= CHANCE else "no better than chance"


def _scored_edges(result: Validation) -> str:
    """How many reference edges with genes in the panel are scored, and why others are not."""
    own = int((result.reference.source == result.reference.target).sum())
    scored = 0 if result.scores is None else result.scores.edges
    shared = 0 if result.prior is None else result.prior.shared
    others = len(result.reference) - own - shared - scored
    parts = [f"{scored:,} of these {len(result.reference):,} edges are scored"]
    parts += [f"{own:,} are self-edges"] * bool(own)
    parts += [f"{shared:,} were given to the fit"] * bool(shared)
    parts += [f"{others:,} have no weight in the network"] * bool(others)
    return "; ".join(parts)


def _signs(result: Validation) -> list[tuple[str, str]]:
    signs = result.signs
    if signs is None:
        return []
    left_out = f"{signs.unknown:,} of unknown sign, {signs.unlisted:,} without a weight"
    if signs.scores is None:
        why = "the network has no signs" if signs.unsigned else f"none to compare ({left_out})"
        return [("Signs", why)]
    scores = signs.scores
    return [
        ("Signs", f"{scores.accuracy:.2f} of {scores.edges:,} edges correct (95 % interval over "
         f"edges {signs.low:.2f} to {signs.high:.2f}); baseline 'always activation' "
         f"{scores.always_activation:.2f}; Matthews correlation {scores.mcc:+.2f} "
         f"(p = {signs.p:.3g}); left out: {left_out}")
    ]  # fmt: skip


def _edges(result: Validation) -> Table:
    """The strongest edges of each status, with the published sign and the inferred one."""
    rows = []
    for status, edges in result.edges.groupby("status", sort=False):
        for edge in edges.head(MAX_EDGES).to_dict("records"):
            sign = (edge["weight"] > 0) - (edge["weight"] < 0)
            rows.append(
                [
                    str(status), edge["source"], edge["target"],
                    "–" if status == "novel" else INTERACTION[int(edge["reference_sign"])],
                    INTERACTION[int(sign)] if result.signed and sign else "–",
                    int(edge["rank"]) if edge["rank"] == edge["rank"] else None,
                    cited(str(edge["evidence"])),
                ]
            )  # fmt: skip
    return Table(
        ["", "source", "target", "published", "inferred", "rank", "evidence"], rows, "Edges",
        f"the first {MAX_EDGES} of each status; result.edges has all. 'regulates' means that the "
        "sign is not known",
    )  # fmt: skip
