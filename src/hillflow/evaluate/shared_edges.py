"""Edge by edge: which of a reference were found, which missed, and what is new."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hillflow.evaluate.network import pair_weights
from hillflow.evaluate.universe import Universe
from hillflow.networks.network import Network

STATUS = ("matched", "missed", "novel", "given")


def shared_edges(
    network: Network,
    reference: Network,
    universe: Universe,
    prior: Network | None = None,
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
    weight = pair_weights(network, universe)
    order = np.argsort(-np.abs(weight), kind="stable")
    rank = np.full(len(weight), np.nan)
    rank[order] = np.arange(1, len(weight) + 1)
    rank[weight == 0] = np.nan

    known = pd.DataFrame(
        {
            "source": reference.source,
            "target": reference.target,
            "reference_sign": reference.sign,
            "evidence": reference.evidence,
        }
    )
    number = universe.numbers(known)
    inside = number >= 0
    edges = known.assign(rank=np.where(inside, rank[number], np.nan))
    called = edges["rank"].to_numpy() <= inside.sum()
    given = set() if prior is None else set(prior.pairs())
    is_given = np.array([pair in given for pair in _pairs(known)], dtype=bool)
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
    shared = pd.concat([edges, novel], ignore_index=True)
    strength = dict(zip(_pairs(network.edges), network.weight, strict=True))
    shared["weight"] = [strength.get(pair, 0.0) for pair in _pairs(shared)]
    shared["status"] = pd.Categorical(shared["status"], STATUS)
    columns = ["source", "target", "status", "rank", "weight", "reference_sign", "evidence"]
    shared = shared.sort_values(["status", "rank"], kind="stable", ignore_index=True)
    return shared[columns].astype({"status": str})


def _pairs(edges: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(edges["source"], edges["target"], strict=True))


def cited(evidence: str, most: int = 2) -> str:
    """``PMID 123, 456 …`` for identifiers of PubMed, and other evidence as it is."""
    papers = [item for item in evidence.split(";") if item]
    words = ", ".join(papers[:most]) + (" …" if len(papers) > most else "")
    return f"PMID {words}" if papers and all(map(str.isdigit, papers)) else words
