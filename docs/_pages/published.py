"""Published methods, and what they are in hillflow: the rows of docs/published.md.

The page is read on GitHub as well, so its table is committed; `make tables` writes it anew.
Each row names a composition that hillflow can build and the test that holds what the paper
promises. `tests/test_published.py` checks that both exist. Methods without a composition are in
`LEFT_OUT`, with the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).parents[1] / "published.md"
_TABLE = re.compile(r"(<!-- The table: [^>]*-->\n).*?(<!-- The end of the table -->)", re.DOTALL)


@dataclass(frozen=True)
class Published:
    """A published method.

    Attributes
    ----------
    name, source
        Its name and its paper.
    here
        Options of `hillflow fit`, or another verb with its options.
    same, differs
        What is as published, and what is not.
    test
        Where its promise is tested, as ``file::test``.
    uses
        Names in registries that the composition needs: ``("methods", "sf2m")``.
    """

    name: str
    source: str
    here: str
    same: str
    differs: str
    test: str
    uses: tuple[tuple[str, str], ...] = field(default=())


HEADINGS = {
    "dynamics": "Laws of motion and networks",
    "transport": "Populations at several times",
    "velocity": "Velocity, plans of others, and rest",
}

PUBLISHED = {
    "dynamics": (
        Published(
            "PHOENIX",
            "Hossain et al. 2024",
            "--field hill-dense --method phoenix --prior …",
            "sums and products in log space of Hill terms, trained on pairs of a series; the prior "
            "as a model of linear production, its weight an option",
            "rates instead of one step size; the sigmoid is that of the paper, states are scaled; "
            "default weight of the prior .03, chosen on other systems",
            "tests/fields/test_hill_dense.py",
            (("fields", "hill-dense"), ("methods", "phoenix")),
        ),
        Published(
            "C-NODE",
            "Aliee, Theis & Kilbertus 2021",
            "--field c-node",
            "the L1 norm of the path product of the weights as the penalty",
            "positive production and linear decay around the network; no decomposition by SVD",
            "tests/fields/test_path_norm.py::test_the_penalty_is_the_sum_over_paths",
            (("fields", "c-node"),),
        ),
        Published(
            "PathReg",
            "Aliee et al. 2022",
            "--field path-reg",
            "a hard-concrete gate for each weight; L0 of open paths and L1 of their weights",
            "production and decay as above",
            "tests/fields/test_gated.py::test_gates_close_on_a_sparse_truth_and_the_network_remains",
            (("fields", "path-reg"),),
        ),
        Published(
            "NGM",
            "Bellot, Branson & van der Schaar 2022",
            "--field sparse --method network",
            "a network for each gene, adaptive group lasso on its inputs by proximal steps",
            "positive production and linear decay; snapshots by optimal transport, where the paper "
            "has series",
            "tests/fields/test_group_lasso.py::test_it_finds_the_regulators_and_their_signs",
            (("fields", "sparse"), ("methods", "network")),
        ),
        Published(
            "Cell-MNN",
            "von Bassewitz et al. 2025",
            "--field locally-linear --method cell-mnn --components N",
            "a local linear operator of state and time, moved by its exponential; MMD to later "
            "snapshots; the operator in gene space",
            "affine, bounded, with complex eigenvalues; several data sets (--dataset) are aligned "
            "on their genes and shared times, a rule of our own; no knockouts on components",
            "tests/workflow/test_data_sets.py::"
            "test_the_shared_law_is_better_than_that_of_either_set",
            (("fields", "locally-linear"), ("methods", "cell-mnn")),
        ),
        Published(
            "FLeCS",
            "Bertin et al. 2025",
            "--pseudotime COLUMN --field hill --method endpoint --prior …",
            "cells in quantiles of a pseudotime, consecutive ones coupled by exact optimal "
            "transport; a saturating production on the edges of a network, less linear decay, "
            "integrated from cell to cell",
            "each regulator saturates, where the paper has one sigmoid of their sum; bins are as "
            "far apart as their mean pseudotimes; pairs of bins, no longer paths; no hidden genes",
            "tests/workflow/test_pseudotime.py::"
            "test_the_network_is_found_where_correlation_finds_none",
            (("couplings", "exact"), ("fields", "hill"), ("methods", "endpoint")),
        ),
        Published(
            "CausalKinetiX",
            "Pfister, Bauer & Peters 2019",
            "hillflow graph --invariance; hf.laws(…, invariance=True)",
            "sets of regulators ranked by how well their law predicts a left-out condition; "
            "the share of the best sets that hold an edge",
            "truth tables of coupled cells in place of smoothed trajectories; conditions are "
            "perturbations",
            "tests/closed_form/test_invariance.py",
            (("readouts", "weight"),),
        ),
        Published(
            "Boolean interpolation",
            "Wittmann et al. 2009 (Odefy)",
            "--field logic --method law",
            "multilinear interpolation of truth tables with Hill curves",
            "the tables are learnt, and so are the regulators, from candidates in closed form",
            "tests/fields/test_logic.py",
            (("fields", "logic"), ("methods", "law")),
        ),
    ),
    "transport": (
        Published(
            "OT-CFM, I-CFM",
            "Tong et al. 2024",
            "--method ot-cfm, cfm",
            "linear paths between pairs of an exact plan, or independent ones",
            "one plan of all cells instead of one a batch",
            "tests/objectives/test_match.py::test_flow_matching_between_gaussians",
            (("methods", "ot-cfm"), ("methods", "cfm")),
        ),
        Published(
            "SB-CFM, [SF]²M",
            "Tong et al. 2024 (both)",
            "--method sb-cfm, sf2m",
            "entropic plan with ε = 2σ²Δ, Brownian bridges of the same σ; sf2m learns the score, "
            "which draws the SDE forwards and backwards, and the likelihood",
            "σ is given or chosen by a stated rule; one plan of all cells",
            "tests/train/test_gaussian_bridge.py::"
            "test_random_paths_and_the_flow_have_the_marginals_of_the_bridge",
            (("methods", "sb-cfm"), ("methods", "sf2m"), ("couplings", "schrodinger")),
        ),
        Published(
            "MFM",
            "Kapuśniak et al. 2024",
            "--method mfm",
            "paths bent by a LAND metric, or by RBF in many coordinates",
            "—",
            "tests/objectives/test_metric.py::test_paths_bend_towards_the_data",
            (("methods", "mfm"),),
        ),
        Published(
            "WFR-FM",
            "Peng et al. 2025",
            "--method wfr-fm",
            "Dirac-to-Dirac paths of Wasserstein–Fisher–Rao, growth as a rate",
            "growth is relative: shares of populations are compared, and a finding says so",
            "tests/objectives/test_wfr_dirac.py::test_speed_integrates_to_the_distance",
            (("methods", "wfr-fm"), ("couplings", "wfr")),
        ),
        Published(
            "Action matching",
            "Neklyudov et al. 2023",
            "--method action-matching",
            "the dual of the kinetic action over a potential of state and time",
            "paths between plans instead of measured densities at all times",
            "tests/objectives/test_variational.py::test_the_action_of_the_truth_is_known_and_least",
            (("methods", "action-matching"), ("fields", "potential")),
        ),
        Published(
            "WLF",
            "Neklyudov et al. 2024",
            "--method wlf, wlf-pot, wlf-uot",
            "dual of a Lagrangian's action, paths moved by the adversary; kinetic, with a "
            "potential, unbalanced; other Lagrangians in Python",
            "one optimiser for value and paths; no Schrödinger bridge, whose Hamiltonian is not "
            "linear in the density",
            "tests/objectives/test_variational.py::"
            "test_moved_paths_find_optimal_transport_from_independent_pairs",
            (
                ("methods", "wlf"),
                ("methods", "wlf-pot"),
                ("methods", "wlf-uot"),
                ("lagrangians", "kinetic"),
            ),
        ),
        Published(
            "Neural LSB",
            "Koshizuka & Sato 2023",
            "--method nlsb",
            "an SDE with learnt noise, the cost of its paths by a Lagrangian of time, state and "
            "velocity, and the Hamilton–Jacobi–Bellman equation for a potential",
            "one σ a gene, not of time and state; the equation is asked at measured times",
            "tests/objectives/test_rollout.py::test_drift_and_noise_are_told_apart",
            (("methods", "nlsb"), ("lagrangians", "potential")),
        ),
        Published(
            "TrajectoryNet",
            "Tong et al. 2020",
            "--method trajectorynet",
            "continuous normalising flow by likelihood, with energy, Jacobian and density terms",
            "no network of growth; penalties of our own, in units of the data; control cells alone",
            "tests/objectives/test_likelihood.py::test_of_a_linear_flow_it_is_that_of_gaussians",
            (("methods", "trajectorynet"), ("divergences", "likelihood")),
        ),
        Published(
            "DeepRUOT",
            "Zhang, Li & Zhou 2025",
            "--method deepruot",
            "drift, growth and score together; the energy of the drift, weighed by mass",
            "energy distance and total mass in place of W₂ and the mass of each cell; the score is "
            "matched on simulated cells",
            "tests/train/test_deepruot.py::test_rates_and_shares_of_branches_are_found",
            (("methods", "deepruot"),),
        ),
        Published(
            "JKOnet*",
            "Terpin et al. 2024",
            "--method jkonet-star",
            "first-order conditions of the JKO step on plans",
            "potential energy alone",
            "tests/objectives/test_paths.py::test_an_arrival_stands_at_the_end",
            (("methods", "jkonet-star"),),
        ),
        Published(
            "MIOFlow",
            "Huguet et al. 2022",
            "--method mioflow --obsm X_geodesic",
            "rollout with a Wasserstein loss, energy and density terms; geodesic autoencoder "
            "(`hillflow.latent`)",
            "geodesics are shortest paths on the graph of nearest cells, not random walks; without "
            "`--obsm`, in genes",
            "tests/latent/test_mioflow.py::"
            "test_a_left_out_population_is_met_on_the_curve_that_a_straight_way_cuts",
            (("methods", "mioflow"),),
        ),
        Published(
            "TIGON",
            "Sha et al. 2024",
            "--method tigon",
            "drift and growth learnt together; mass-weighted energy with g²; growth genes",
            "an energy distance to cells instead of a density estimate",
            "tests/train/test_growth.py::test_tigon_finds_the_rate_of_each_branch",
            (("methods", "tigon"),),
        ),
        Published(
            "PRESCIENT",
            "Yeo et al. 2021",
            "--method prescient --field potential",
            "drift down a potential without time, constant noise, Sinkhorn loss, weights by growth",
            "softened in proportion to the noise; growth rates are given by gene sets or a layer",
            "tests/train/test_prescient.py::test_simulated_populations_have_the_known_moments",
            (("methods", "prescient"),),
        ),
    ),
    "velocity": (
        Published(
            "RegVelo",
            "Wang et al. 2024",
            "--field softplus --unspliced-layer LAYER --prior …",
            "transcription as a softplus of weighted spliced levels on a skeleton, splicing and "
            "degradation at a rate of each gene; knockouts in the fitted equations",
            "populations of several times (or bins of a latent time) by transport and simulation: "
            "no latent time of each cell and gene, and no variational posterior, so members in "
            "place of it; measured levels, not scaled to 1; the width of the softplus is fitted",
            "tests/train/test_splicing.py",
            (("fields", "softplus"), ("methods", "splicing"), ("systems", "splicing")),
        ),
        Published(
            "Dynamo; fields on velocity",
            "Qiu et al. 2022",
            "--velocity-layer LAYER",
            "a field fitted to the RNA velocity of cells, its Jacobian and least interventions",
            "any field in place of kernels; beside snapshots the unit of time is learnt",
            "tests/train/test_velocity.py::test_velocities_alone_recover_the_law",
            (("methods", "velocity"),),
        ),
        Published(
            "Waddington-OT, moscot",
            "Schiebinger et al. 2019; Klein et al. 2025",
            "--coupling FILE; unbalanced",
            "their plans are read and written; fates and ancestors",
            "plans of our own are unbalanced in one stage, without their iteration of growth",
            "tests/transport/test_given.py::test_transport_maps_as_anndata",
            (("couplings", "given"), ("couplings", "unbalanced")),
        ),
        Published(
            "Moslin",
            "Lange et al. 2024",
            "--coupling moslin --clone COLUMN",
            "fused Gromov–Wasserstein transport with lineage distances within each time",
            "clones are equal or not; balanced, without entropy",
            "tests/transport/test_moslin.py::test_relatives_stay_together_where_distances_mislead",
            (("couplings", "moslin"),),
        ),
        Published(
            "CellBox",
            "Yuan et al. 2021",
            "--method equilibrium",
            "perturbed cells at rest, with inputs; pairs from single perturbations",
            "rest states by implicit differentiation; any field with production and decay",
            "tests/objectives/test_equilibrium.py::"
            "test_rest_states_are_recovered_and_an_unseen_pair_is_predicted",
            (("methods", "equilibrium"),),
        ),
    ),
}

LEFT_OUT = (
    ("veloVI, DeepVelo, scVelo", "estimate RNA velocity itself. Their velocities are read "
     "(`--velocity-layer`), which serves their users better than another estimate"),
    ("scTour, LatentVelo", "live in the latent room of an autoencoder of counts, where no gene has "
     "a law. Their coordinates can be fitted (`--obsm`)"),
    ("GENOT, CFGen", "generate cells, or map between modalities, from noise: no law of motion "
     "between times follows"),
    ("foundation models", "need pretraining on data that are not at hand here, and give no law"),
)  # fmt: skip


def table() -> str:
    """The rows as Markdown, a section a kind."""
    parts = []
    for kind, rows in PUBLISHED.items():
        parts += [f"## {HEADINGS[kind]}\n", "| paper | here | the same | different | test |",
                  "|---|---|---|---|---|"]  # fmt: skip
        parts += [
            f"| **{one.name}**, {one.source} | `{one.here}` | {one.same} | {one.differs} "
            f"| `{one.test.partition('::')[0].removeprefix('tests/')}` |"
            for one in rows
        ]
        parts.append("")
    parts += ["## Left out\n", "| paper | why |", "|---|---|"]
    parts += [f"| {name} | {why} |" for name, why in LEFT_OUT]
    return "\n".join(parts) + "\n"


def page() -> str:
    """docs/published.md with the table as it should be."""
    text = PAGE.read_text(encoding="utf-8")
    return _TABLE.sub(lambda found: f"{found[1]}\n{table()}\n{found[2]}", text)


def write() -> None:
    """Write the table into docs/published.md."""
    PAGE.write_text(page(), encoding="utf-8")
