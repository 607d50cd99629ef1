"""Edge by edge: which of a reference were found, which missed, and what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hillflow.evaluate.network import pair_weights
from hillflow.evaluate.universe import Universe
from hillflow.networks.edge_table import pairs_of

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.networks import PriorNetwork

STATUS = ("matched", "missed", "novel", "given")


def shared_edges(
    table: pd.DataFrame,
    reference: PriorNetwork,
    universe: Universe,
    prior: PriorNetwork | None = None,
) -> pd.DataFrame:
    """Every edge of the reference, and the strongest pairs that it does not have.

    As many of the strongest pairs as the reference has edges in the universe count as called.

    Returns
    -------
    DataFrame
        ``source, target, status, rank, weight, reference_sign, evidence``, by status and rank.
        Status: ``matched`` (called, and in the reference), ``missed`` (in the reference, not
        called), ``novel`` (called, not in the reference), ``given`` (in the reference, and in the
        prior that the model was given). Rank counts from 1 over the universe, and is missing
        for pairs without a weight or outside the universe.
    """
    import pandas as pd

    weight = pair_weights(table, universe)
    order = np.argsort(-np.abs(weight), kind="stable")
    rank = np.full(len(weight), np.nan)
    rank[order] = np.arange(1, len(weight) + 1)
    rank[weight == 0] = np.nan

    known = reference.to_frame()[["source", "target", "sign", "evidence"]]
    known = known.rename(columns={"sign": "reference_sign"})
    number = universe.numbers(known)
    inside = number >= 0
    edges = known.assign(rank=np.where(inside, rank[number], np.nan))
    called = edges["rank"].to_numpy() <= inside.sum()
    given = set() if prior is None else set(pairs_of(prior))
    is_given = np.array([pair in given for pair in pairs_of(known)], dtype=bool)
    edges["status"] = np.select([is_given, called], ["given", "matched"], "missed")
    edges = edges[inside | is_given]

    top = order[: inside.sum()]
    new = np.setdiff1d(top[weight[top] != 0], number[inside])
    names = universe.names(new)
    novel = pd.DataFrame(
        {
            "source": [pair[0] for pair in names],
            "target": [pair[1] for pair in names],
            "reference_sign": 0,
            "evidence": "",
            "rank": rank[new],
            "status": "novel",
        }
    )
    found = pd.concat([edges, novel], ignore_index=True)
    strength = dict(zip(pairs_of(table), table["weight"], strict=True))
    found["weight"] = [strength.get(pair, 0.0) for pair in pairs_of(found)]
    found["status"] = pd.Categorical(found["status"], STATUS)
    columns = ["source", "target", "status", "rank", "weight", "reference_sign", "evidence"]
    found = found.sort_values(["status", "rank"], kind="stable", ignore_index=True)
    return found[columns].astype({"status": str})


def cited(evidence: str, most: int = 2) -> str:
    """``PMID 123, 456 …`` for identifiers of PubMed, and other evidence as it is."""
    papers = [item for item in evidence.split(";") if item]
    words = ", ".join(papers[:most]) + (" …" if len(papers) > most else "")
    return f"PMID {words}" if papers and all(map(str.isdigit, papers)) else words
