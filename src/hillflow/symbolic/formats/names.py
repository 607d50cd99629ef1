"""Names that a format permits in place of those of genes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence


def safe_names(
    genes: Sequence[str], is_valid: Callable[[str], bool], reserved: Collection[str] = ()
) -> dict[str, str]:
    """A valid, unique name for each gene: its own if valid, else ``g_`` and its letters."""
    own = {gene for gene in genes if gene not in reserved and is_valid(gene)}
    taken, names = set(own), {}
    for gene in genes:
        name = gene
        if gene not in own:
            name = base = "g_" + re.sub(r"\W", "_", gene, flags=re.ASCII)
            number = 2
            while name in taken:
                name, number = f"{base}_{number}", number + 1
            taken.add(name)
        names[gene] = name
    return names
