"""Every figure, in one style: ``import hillflow as hf; hf.pl.network(graph)``.

Each function takes what it draws first, then keyword options, and returns the axes it drew on.
``ax=None`` makes a new figure. Figures of several panels take ``axes=None`` and return an array
of axes. ``ax.figure.savefig("figure.png")`` saves it.
"""

from __future__ import annotations

from hillflow.pl._drivers import drivers
from hillflow.pl._fates import fate_comparison, fates
from hillflow.pl._history import history
from hillflow.pl._knockout_effects import knockout_effects
from hillflow.pl._knockout_ranking import knockout_ranking
from hillflow.pl._labels import labels
from hillflow.pl._law import law
from hillflow.pl._law_fronts import law_front, law_fronts
from hillflow.pl._logic_network import logic_network
from hillflow.pl._network import network
from hillflow.pl._populations import populations
from hillflow.pl._precision_recall import precision_recall
from hillflow.pl._prediction import prediction
from hillflow.pl._regulators import regulators
from hillflow.pl._reliability import reliability
from hillflow.pl._scores import scores
from hillflow.pl._signs import signs
from hillflow.pl._stable_states import stable_states
from hillflow.pl._stream import stream
from hillflow.pl._style import figure_of as figure_of
from hillflow.pl._style import figure_style as figure_style
from hillflow.pl._trajectories import trajectories, trajectory
from hillflow.pl._validation import validation

__all__ = [
    "drivers",
    "fate_comparison",
    "fates",
    "history",
    "knockout_effects",
    "knockout_ranking",
    "labels",
    "law",
    "law_front",
    "law_fronts",
    "logic_network",
    "network",
    "populations",
    "precision_recall",
    "prediction",
    "regulators",
    "reliability",
    "scores",
    "signs",
    "stable_states",
    "stream",
    "trajectories",
    "trajectory",
    "validation",
]
