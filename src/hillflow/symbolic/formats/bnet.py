"""``.bnet``: the Boolean reading of logic laws, for PyBoolNet, BoolNet, mpbn and biodivine_aeon."""

from __future__ import annotations

import re
from pathlib import Path

from hillflow.files import check_output_file, replacing
from hillflow.symbolic.formats.names import safe_names
from hillflow.symbolic.formats.registry import LAW_FORMATS, LawFormat
from hillflow.symbolic.formats.remarks import fragile, origin, written_by
from hillflow.symbolic.laws import Laws

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = {"targets", "factors", "true", "false", "and", "or", "not"}  # of the format, in any case


def write_bnet(laws: Laws, path: str | Path) -> Path:
    """Write the Boolean rules of logic laws as a .bnet file.

    One line per gene, ``GATA1, FLI1 & !SPI1 | GATA1``; a gene whose name is no identifier gets one
    made from it, with its own name in a comment. Comments also say of which member of a fit the
    laws are, which members have each regulator, and which rules are fragile.

    Parameters
    ----------
    laws
        Logic laws (`read_laws`, or ``hillflow.laws`` of a fit of the field 'logic').
    path
        Name of the file, with the suffix .bnet.

    Returns
    -------
    Path
        The file.

    Examples
    --------
    >>> from hillflow.fields import make_field
    >>> from hillflow.symbolic import Laws, ParetoFront, laws_of_logic, write_bnet
    >>> laws = laws_of_logic(make_field("logic", ["GATA1", "SPI1"]))
    >>> fronts = {gene: ParetoFront(gene, [law]) for gene, law in laws.items()}
    >>> write_bnet(Laws(fronts), "laws.bnet").name
    'laws.bnet'
    """
    path = check_output_file(path, ".bnet")
    network = laws.boolean()
    names = safe_names(list(network), _is_name)
    said = [written_by(), *origin(laws), *(f"{gene}: {flag}" for gene, flag in fragile(laws))]
    lines = ["targets, factors", *(f"# {' '.join(text.split())}" for text in said)]
    lines += [f"# {name}: {gene!r}" for gene, name in names.items() if name != gene]
    lines += [f"{names[gene]}, {rule.text(names)}" for gene, rule in network.items()]
    with replacing(path) as draft:
        draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _is_name(text: str) -> bool:
    return bool(_NAME.fullmatch(text)) and text.casefold() not in _WORDS


LAW_FORMATS.add(
    LawFormat(
        "bnet", "Boolean rules of logic laws (.bnet) for PyBoolNet, BoolNet, mpbn and AEON",
        ".bnet", write_bnet,
    ),
    __name__,
)  # fmt: skip
