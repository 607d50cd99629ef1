"""What a fit learned of each gene beside its field: noise ν, and the rate γ_p of its protein."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Literal, TypeVar

import numpy as np
import torch

from hillflow.model import Member
from hillflow.objectives.heads import PerGene

Head = Literal["noise", "protein"]
H = TypeVar("H", bound=PerGene)


def learned(member: Member, head: Head) -> dict[str, float]:
    """ν or γ_p of each gene of a member; empty if the fit did not learn it."""
    module: PerGene | None = getattr(member.heads, head)
    if module is None:
        return {}
    return dict(zip(member.genes, module().detach().double().tolist(), strict=True))


def mean_learned(members: Sequence[Member], head: Head) -> dict[str, float]:
    """The mean over members of ν or γ_p of each gene; empty if one of them did not learn it."""
    by_member = [learned(member, head) for member in members]
    if not all(by_member):
        return {}
    return {gene: float(np.mean([of[gene] for of in by_member])) for gene in members[0].genes}


@torch.no_grad()
def head_with(head: H | None, values: Mapping[str, float]) -> H | None:
    """A copy of a head that has the values of each gene, in the order of its genes."""
    if head is None or not values:
        return None
    changed = deepcopy(head)
    wanted = torch.tensor(list(values.values()), dtype=head.unit.dtype)
    changed.unit.mul_(wanted / head().detach())
    return changed
