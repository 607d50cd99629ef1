"""Extended: an objective with a further term, which is otherwise what the objective is."""

from __future__ import annotations

from dataclasses import dataclass

from hillflow.objectives.base import Objective


@dataclass(frozen=True, eq=False)
class Extended(Objective):
    """The objective to which a subclass adds a term; what it needs and learns is the same.

    Parameters
    ----------
    objective
        The objective that is extended.
    """

    objective: Objective

    @property
    def learns(self) -> tuple[str, ...]:
        """The same as the objective."""
        return self.objective.learns

    @property
    def task(self) -> str:
        """The same as the objective."""
        return self.objective.task

    @property
    def bridges(self) -> bool:
        """The same as the objective."""
        return self.objective.bridges

    @property
    def takes_interventions(self) -> bool:
        """The same as the objective."""
        return self.objective.takes_interventions

    @property
    def takes_unspliced(self) -> bool:
        """The same as the objective."""
        return self.objective.takes_unspliced

    @property
    def takes_pairs(self) -> bool:
        """The same as the objective."""
        return self.objective.takes_pairs

    @property
    def at_rest(self) -> bool:
        """The same as the objective."""
        return self.objective.at_rest

    @property
    def couples(self) -> bool:
        """The same as the objective."""
        return self.objective.couples
