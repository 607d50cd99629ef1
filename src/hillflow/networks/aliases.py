"""A table of aliases: the name of a gene in the prior, and its name in the data."""

from __future__ import annotations

import os

from hillflow.errors import InputError, listing
from hillflow.genes import refuse_mangled
from hillflow.networks.text_table import read_table


def read_aliases(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read two columns, prior name and data name, from CSV or TSV.

    Parameters
    ----------
    path
        The file. A header is allowed: it is read as an alias that matches no gene. Several
        prior names may have one data name, but not the reverse.

    Returns
    -------
    dict
        Prior name → data name, for :func:`hillflow.networks.align`.

    Examples
    --------
    >>> import tempfile
    >>> from hillflow.networks import read_aliases
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     _ = file.write("human,mouse\\nTP53,Trp53\\n")
    ...     file.flush()
    ...     aliases = read_aliases(file.name)
    >>> aliases["TP53"]
    'Trp53'
    """
    table = read_table(path)
    table.require_width(2)
    aliases: dict[str, str] = {}
    ambiguous = []
    for prior_name, data_name in table.rows:
        if aliases.setdefault(prior_name, data_name) != data_name:
            ambiguous.append(prior_name)
    if ambiguous:
        raise InputError(
            f"one data name for each prior name in {table.path}",
            f"several for {listing(dict.fromkeys(ambiguous))}",
            "keep the correct one",
        )
    refuse_mangled([*aliases, *aliases.values()], str(table.path))
    return aliases
