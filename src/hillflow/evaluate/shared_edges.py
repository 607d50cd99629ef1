"""The status of each edge in a validation: matched, missed, novel or given as a prior."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hillflow.evaluate.network_scores import pair_weights
from hillflow.evaluate.universe import Universe
from hillflow.networks.network import Network

STATUS = ("matched", "missed", "novel", "given")


def shared_edges(
    network: Network,
    reference: Network,
    universe: Universe,
    prior: Network | None = None,
) -> pd.DataFrame:
    """All edges of the reference, and the strongest pairs that are not in the reference.

    The strongest k pairs count as inferred, where k is the number of reference edges in the
    universe.

    Returns
    -------
    DataFrame
        ``source, target, status, rank, weight, reference_sign, evidence``, sorted by status and
        rank. Status: ``matched`` (inferred, and in the reference), ``missed`` (in the reference,
        not inferred), ``novel`` (inferred, not in the reference), ``given`` (in the reference, and
        in the prior of the fit). Rank counts from 1 over the universe; it is missing for pairs
        without a weight or outside the universe.
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
    inferred = edges["rank"].to_numpy() <= inside.sum()
    given = set() if prior is None else set(prior.pairs())
    is_given = np.array([pair in given for pair in _pairs(known)], dtype=bool)
    edges["status"] = np.select([is_given, inferred], ["given", "matched"], "missed")
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
    """``PMID 123, 456 …`` for PubMed identifiers; other evidence unchanged."""
    papers = [item for item in evidence.split(";") if item]
    text = ", ".join(papers[:most]) + (" …" if len(papers) > most else "")
    return f"PMID {text}" if papers and all(map(str.isdigit, papers)) else text
