"""A table of names: what the prior calls a gene, and what the data call it."""

from __future__ import annotations

import os

from hillflow.errors import InputError, listing
from hillflow.genes import refuse_mangled
from hillflow.networks.text_table import read_table


def read_aliases(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read two columns, prior name and data name, from CSV or TSV.

    A header does no harm: it is the alias of a gene that nobody has. Several prior names may
    stand for one gene of the data; the reverse is refused.
    """
    table = read_table(path)
    table.require_width(2)
    aliases: dict[str, str] = {}
    doubled = []
    for prior_name, data_name in table.rows:
        if aliases.setdefault(prior_name, data_name) != data_name:
            doubled.append(prior_name)
    if doubled:
        raise InputError(
            f"one data name for each prior name in {table.path}",
            f"several for {listing(dict.fromkeys(doubled))}",
            "keep the one that is meant",
        )
    refuse_mangled([*aliases, *aliases.values()], str(table.path))
    return aliases
