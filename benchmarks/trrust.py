"""Published regulation as the truth of real cells: TRRUST and CollecTRI, edges and their signs.

Scored are all regulators with at least one signed target in the panel, over every gene of the
panel: `ap` of the ranking, with the worst and the best seed, beside the band that chance stays in
(`chance_low` to `chance_high`, central 95 % of the reference rewired with all degrees kept) and
two p: `p_random`, as many edges on random pairs, and `p_rewired`. Signs are scored over the edges
whose sign is published: `always activation` is the answer to beat, `p_shuffled` how often the
network's own signs, dealt out anew among these edges, agree as well. Importances of trees have
no signs. Each seed draws the cells of every time anew, with replacement, for all methods alike;
scores are means over seeds, p medians.

THP-1: 45 genes by qPCR of single cells (Kouno et al. 2013) against TRRUST v2 (human) and
CollecTRI; beside the methods stands what knocking down each regulator found in these cells
(Tomaru et al. 2009), as a yardstick of how far experiment and literature agree. Retinoic acid:
41 genes of mouse stem cells (Semrau et al. 2017) against TRRUST v2 (mouse), letter case folded; a
reference with fewer than 20 signed edges among the genes is counted and not scored, since no
score over so few could tell a method from chance. The recipe is that of `networks`, and no
reference here was looked at to settle it.

`hillflow` is that recipe, of eight fits. `cell-mnn` is one fit of the field locally-linear on five
principal components by the method of that name (von Bassewitz et al. 2025), read as V A Vᵀ, the
mean over cells. `hubs` needs no cells: how many other targets the regulator and how many other
regulators the target has in the reference itself.

The third table ranks edges by sign: activations by weight and repressions by −weight among all
pairs, and `sign alone` among the published edges. The fourth asks what the paper asked, which
targets of one factor activate and which repress, of all factors with five signed targets or more.
The paper did so for single factors in embryoid bodies, of which only components are at hand here,
and took the sign in cells where the factor is above its mean: its numbers are not repeated.

The committed numbers are older than the rows of `cell-mnn` and `hubs` and the last two tables.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.known_networks import PRIORS, Known, drawn_anew, retinoic_acid, thp1
from benchmarks.networks import timed_network
from benchmarks.reference_data import data_file
from benchmarks.table import Claim, Table
from hillflow.baselines import NETWORK_BASELINES
from hillflow.causal import graph
from hillflow.data import Snapshots
from hillflow.evaluate import Universe, network_scores, network_signs, null_distribution
from hillflow.evaluate.network_scores import (
    NetworkScores,
    pair_weights,
    scores_of_pairs,
    true_numbers,
)
from hillflow.evaluate.reference_hubs import hub_strength, signed_hub_strength
from hillflow.evaluate.sign_rankings import sign_rankings
from hillflow.networks import Network, load_prior
from hillflow.train import Setting, train

SEEDS = 3  # eight fits each
LEAST_SIGNED = 20  # edges, for a reference to be scored
CHANCE = 0.05
CELL_MNN, HUBS = "cell-mnn", "hubs"
COMPONENTS = 5  # as in the paper
LEAST_TARGETS = 5  # of a factor of its own row
METHODS = ("hillflow", CELL_MNN, *NETWORK_BASELINES)
RANKING = ("ap_over_base", "auroc", "chance_low", "chance_high")
BY_SIGN = ("ap", "base_rate", "auroc")
SIGNS = ("accuracy", "balanced_accuracy", "mcc", "f1_activation", "f1_repression")


@dataclass(frozen=True)
class Case:
    """Cells, the references to hold them against, and whether letter case is ignored."""

    load: Callable[[], Known]
    references: Mapping[str, str]
    fold_case: bool = False


@dataclass(frozen=True, eq=False)
class Reference:
    """Edges of the regulators that have a signed target, and the pairs that they are judged on."""

    edges: pd.DataFrame
    universe: Universe

    @property
    def network(self) -> Network:
        """The edges as a network."""
        return Network.from_columns(*(self.edges[key] for key in ("source", "target", "sign")))

    @property
    def signed(self) -> pd.DataFrame:
        """The edges whose sign is published, between different genes."""
        return self.edges[(self.universe.numbers(self.edges) >= 0) & (self.edges["sign"] != 0)]

    @property
    def signs(self) -> np.ndarray:
        """The signs that are published, of edges between different genes."""
        return self.signed["sign"].to_numpy()


CASES = {
    "THP-1": Case(
        lambda: thp1("45 genes"), {"TRRUST": "trrust-human", "CollecTRI": "collectri-human"}
    ),
    "retinoic acid": Case(retinoic_acid, {"TRRUST": "trrust-mouse"}, fold_case=True),
}


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("trrust", quick, seed)
    seeds = range(seed, seed + (1 if quick else SEEDS))
    for data, case in list(CASES.items())[-1:] if quick else CASES.items():
        known = case.load()
        references = {}
        for name, prior in case.references.items():
            network = load_prior(prior, prior_file=data_file(PRIORS[prior]))
            one = reference_of(network, known.cells.genes, fold_case=case.fold_case)
            _count(table, {"data": data, "reference": name}, one)
            if len(one.signs) >= LEAST_SIGNED:
                references[name] = one
        if references:
            _score(table, data, known, references, seeds, quick)
    return table


def _score(
    table: Table, data: str, known: Known, references: Mapping[str, Reference], seeds: range,
    quick: bool,
) -> None:  # fmt: skip
    """Every method against every reference: its networks are inferred once for all of them."""
    found = {
        method: [
            table.once(
                lambda s=s, m=method: _measured(known, references, m, s, quick),  # type: ignore[misc]
                data=data, method=method, seed=s,
            )
            for s in seeds
        ]
        for method in METHODS
    }  # fmt: skip
    if data == "THP-1":
        found["knockdowns in these cells"] = [_scored(_knockdowns(known), references)]
    found[HUBS] = [{name: _hubs(one) for name, one in references.items()}]
    for name, reference in references.items():
        labels = {"data": data, "reference": name}
        _add(table, labels, reference, {m: [s[name] for s in f] for m, f in found.items()})


def reference_of(network: Network, genes: tuple[str, ...], *, fold_case: bool = False) -> Reference:
    """The part of a published network that can be judged, signs included, among some genes."""
    edges = network.align(genes, fold_case=fold_case).network.to_frame()
    signed = edges[(edges["sign"] != 0) & (edges["source"] != edges["target"])]
    regulators = list(dict.fromkeys(signed["source"]))
    edges = edges[edges["source"].isin(regulators)].reset_index(drop=True)
    return Reference(edges, Universe.of_reference(regulators, genes))


def _measured(
    known: Known, references: Mapping[str, Reference], method: str, seed: int, quick: bool
) -> dict[str, Any]:
    """Scores against every reference of one method's network, from cells drawn anew."""
    cells = drawn_anew(known.cells, seed)
    start = time.process_time()
    if method == CELL_MNN:
        edges, seconds = cell_mnn(cells, seed, quick), time.process_time() - start
    else:
        edges, seconds = timed_network(method, cells, seed, quick)
    scored = _scored(edges, references)
    return {name: one | {"cpu_seconds": seconds} for name, one in scored.items()}


def cell_mnn(cells: Snapshots, seed: int, quick: bool) -> Network:
    """The operator between genes of one fit on components."""
    setting = Setting(components=COMPONENTS, effort=0.05 if quick else 1.0)
    fit = train("locally-linear", cells, CELL_MNN, seed=seed, setting=setting)
    return graph(fit, cells, "weight")


def _hubs(reference: Reference) -> dict[str, Any]:
    """Scores of the degrees in the reference, each pair's own edge apart."""
    network, universe = reference.network, reference.universe
    true = true_numbers(network, universe)
    scores = scores_of_pairs(hub_strength(true, universe), true, len(network), universe)
    signed = signed_hub_strength(network, universe)
    return _ranked(scores) | dict.fromkeys(("signed_edges", *SIGNS, "p_shuffled")) | {
        "by_sign": _by_sign(signed, reference), "by_factor": {}, "cpu_seconds": 0.0,
    }  # fmt: skip


def _knockdowns(known: Known) -> pd.DataFrame:
    """The edges that were measured, as a network of weights +1 and −1."""
    return known.truth.rename(columns={"sign": "weight"})[["source", "target", "weight"]]


def _scored(edges: Any, references: Mapping[str, Reference]) -> dict[str, dict[str, Any]]:
    return {name: _scores(edges, reference) for name, reference in references.items()}


def _scores(edges: Any, reference: Reference) -> dict[str, Any]:
    signs = network_signs(edges, reference.edges, reference.universe)
    if not isinstance(edges, Network):
        source, target, weight = (edges[key] for key in ("source", "target", "weight"))
        edges = Network.from_columns(source, target, weight=weight)
    weights = pair_weights(edges, reference.universe)
    return _ranked(network_scores(edges, reference.edges, reference.universe)) | {
        "by_sign": _by_sign(weights, reference), "by_factor": _by_factor(weights, reference),
        "signed_edges": 0 if signs.scores is None else signs.scores.edges,
        **{key: None if signs.scores is None else getattr(signs.scores, key) for key in SIGNS},
        "p_shuffled": signs.p, "cpu_seconds": 0.0,
    }  # fmt: skip


def _ranked(scores: NetworkScores) -> dict[str, Any]:
    rewired = null_distribution(scores, "degrees")
    return {
        "ap": scores.ap, "ap_over_base": scores.ap_over_base, "auroc": scores.auroc,
        "chance_low": rewired.low, "chance_high": rewired.high,
        "p_random": null_distribution(scores, "labels").p, "p_rewired": rewired.p,
    }  # fmt: skip


def _by_sign(weight: np.ndarray, reference: Reference) -> dict[str, dict[str, float]]:
    """Average precision, base rate and AUROC of each question; none of a network without signs."""
    rows = sign_rankings({"it": weight}, reference.network, reference.universe)
    return {
        row.sign: {key: float(getattr(row, key)) for key in BY_SIGN} for row in rows.itertuples()
    }


def _by_factor(weight: np.ndarray, reference: Reference) -> dict[str, float]:
    """Share of the signs that are right, by factor; a weight of 0 is wrong."""
    if not (weight < 0).any():
        return {}
    edges = reference.signed
    right = weight[reference.universe.numbers(edges)] * edges["sign"] > 0
    found = right.groupby(edges["source"]).agg(["mean", "size"])
    return {str(k): float(v) for k, v in found["mean"][found["size"] >= LEAST_TARGETS].items()}


def _count(table: Table, labels: dict[str, Any], reference: Reference) -> None:
    """What there is to find."""
    signs, universe = reference.signs, reference.universe
    edges = int((universe.numbers(reference.edges) >= 0).sum())
    table.add(
        **labels, regulators=len(universe.sources), genes=len(universe.targets),
        pairs=len(universe), edges=edges, signed_edges=len(signs),
        base_rate=edges / len(universe), always_activation=float((signs > 0).mean()),
        scored=len(signs) >= LEAST_SIGNED,
    )  # fmt: skip


def _add(
    table: Table, labels: dict[str, str], reference: Reference,
    found: Mapping[str, list[dict[str, Any]]],
) -> None:  # fmt: skip
    """A row a method for its ranking, and one for its signs."""
    about = f"{labels['data']}, {labels['reference']}"
    for method, seeds in found.items():
        p = {key: _median(seeds, key) for key in ("p_random", "p_rewired")}
        aps = [one["ap"] for one in seeds]
        table.add(
            **labels, method=method, seeds=_drawn(method, seeds), ap=float(np.mean(aps)),
            low=min(aps), high=max(aps), **{key: _mean(seeds, key) for key in RANKING}, **p,
            cpu_seconds=_mean(seeds, "cpu_seconds"),
        )  # fmt: skip
        if method == "hillflow":
            text = f"{about}: larger p of the two nulls of the ranking"
            table.claims.append(Claim(text, max(p.values()), CHANCE))
    constant = _constant(reference.signs)
    _add_signs(table, labels | {"method": "always activation", "seeds": 0}, [constant])
    for method, seeds in found.items():
        if seeds[0]["mcc"] is not None:
            row = {"method": method, "seeds": _drawn(method, seeds)}
            _add_signs(table, labels | row, seeds)
    _add_by_sign(table, labels, found)
    _add_by_factor(table, labels, reference, found)
    gain = _mean(found["hillflow"], "accuracy") - constant["accuracy"]
    text = f"{about}: share of signs right beyond always activation"
    table.claims.append(Claim(text, gain, 0.0, at_least=True))


def _add_by_sign(
    table: Table, labels: dict[str, str], found: Mapping[str, list[dict[str, Any]]]
) -> None:
    """A row a question and method, for the ranking of edges by sign."""
    for question in dict.fromkeys(q for seeds in found.values() for q in seeds[0]["by_sign"]):
        for method, seeds in found.items():
            rows = [one["by_sign"][question] for one in seeds if question in one["by_sign"]]
            if rows:
                table.add(
                    **labels, ranking_of=question, method=method, seeds=_drawn(method, seeds),
                    **{key: _mean(rows, key) for key in BY_SIGN},
                    auroc_low=min(r["auroc"] for r in rows),
                    auroc_high=max(r["auroc"] for r in rows),
                )  # fmt: skip


def _add_by_factor(
    table: Table, labels: dict[str, str], reference: Reference,
    found: Mapping[str, list[dict[str, Any]]],
) -> None:  # fmt: skip
    """A row a factor: the share of its signs that are right, by method."""
    signed = reference.signed
    for factor in found[CELL_MNN][0]["by_factor"]:
        own = signed.loc[signed["source"] == factor, "sign"]
        table.add(
            **labels, factor=factor, signed_targets=len(own),
            **{"always activation": float((own > 0).mean())},
            **{
                method: float(np.mean([one["by_factor"][factor] for one in found[method]]))
                for method in (CELL_MNN, "hillflow", "correlation")
            },
        )  # fmt: skip


def _add_signs(table: Table, labels: dict[str, Any], seeds: list[dict[str, Any]]) -> None:
    mccs = [one["mcc"] for one in seeds]
    table.add(
        **labels, signs=_mean(seeds, "signed_edges"), **{key: _mean(seeds, key) for key in SIGNS},
        mcc_low=min(mccs), mcc_high=max(mccs), p_shuffled=_median(seeds, "p_shuffled"),
    )  # fmt: skip


def _constant(signs: np.ndarray) -> dict[str, Any]:
    """The scores of calling every edge an activation."""
    share = float((signs > 0).mean())
    return {
        "signed_edges": len(signs), "accuracy": share, "balanced_accuracy": 0.5, "mcc": 0.0,
        "f1_activation": 2 * share / (1 + share), "f1_repression": 0.0, "p_shuffled": 1.0,
    }  # fmt: skip


def _drawn(method: str, seeds: list[dict[str, Any]]) -> int:
    """How many draws of the cells a row rests on."""
    return len(seeds) if method in METHODS else 0


def _mean(seeds: list[dict[str, Any]], key: str) -> float:
    return float(np.mean([one[key] for one in seeds]))


def _median(seeds: list[dict[str, Any]], key: str) -> float:
    return float(np.median([one[key] for one in seeds]))
