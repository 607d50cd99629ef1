"""Checks of gene names, and matching of the names of two lists.

Nothing is guessed. A name that a spreadsheet turned into a date is refused, and the error
names the original symbol. Letter case is ignored only on request, because ``Gata1`` and
``GATA1`` are genes of two species.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from hillflow.errors import GeneNameError, listing
from hillflow.findings import warn
from hillflow.interventions import SEPARATORS

if TYPE_CHECKING:
    from rich.table import Table

# Genes of a small panel: fitted on every allowed pair, with sums in the order of older results.
# Larger ones are fitted on candidate edges, in smaller batches and fewer steps (see `train`).
SMALL_PANEL = 40

_MISSING = frozenset({"nan", "none", "null", "<na>"})

GeneStyle = Literal["human-like", "mouse-like", "other"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "(" + "|".join(_MONTHS) + ")[a-z]{0,6}"
_DAY_MONTH = re.compile(rf"(?P<day>\d{{1,2}})[-/ ]{_MONTH}([-/ ]\d{{2,4}})?", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"{_MONTH}[-/ ](?P<day>\d{{2}})", re.IGNORECASE)  # not sep-1 of worms
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})([ T]00:00:00(\.0+)?)?")
_NUMERIC = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}")
_FLOAT = re.compile(r"\d(\.\d+)?E\+\d{1,3}", re.IGNORECASE)  # 2310009E13 → 2.31E+19


def check_gene_names(names: Sequence[str], where: str = "the data") -> tuple[str, ...]:
    """Return the names as plain strings, or raise an error that lists what is wrong.

    Refused: names that are not strings, empty, padded with spaces, with characters that are not
    printed, duplicated, or turned into dates or numbers by a spreadsheet (Ziemann, Eren &
    El-Osta 2016; the renamed symbols are those of Bruford et al. 2020). Names that only look like
    a mistake (``nan``, or ``Gata1`` beside ``GATA1``), and names that later commands cannot read
    (``HLA+A``), give a warning.

    Parameters
    ----------
    names
        One name per gene, in the order of the columns.
    where
        What the names belong to, for the message.
    """
    if isinstance(names, Set):
        raise GeneNameError(
            f"gene names in {where} in the order of the columns", f"a {type(names).__name__}",
            "pass a list: a set has no order",
        )  # fmt: skip
    if not isinstance(names, Iterable):
        raise GeneNameError(
            f"a list of gene names in {where}", repr(names), "write for example ['GATA1', 'SPI1']"
        )
    names = list(names)
    wrong_type = [name for name in names if not isinstance(name, str)]
    if wrong_type:
        raise GeneNameError(
            f"gene names in {where} that are text",
            f"{listing(wrong_type)} ({type(wrong_type[0]).__name__})",
            "convert them, for example adata.var_names = adata.var_names.astype(str)",
        )
    blank = [position for position, name in enumerate(names) if not name.strip()]
    if blank:
        raise GeneNameError(
            f"a name for every gene in {where}",
            f"{len(blank):,} empty, the first at position {blank[0]}",
            "name these genes or leave them out",
        )
    padded = [name for name in names if name != name.strip()]
    if padded:
        raise GeneNameError(
            f"gene names in {where} without spaces around them",
            listing(padded),
            "strip them, for example adata.var_names = adata.var_names.str.strip()",
        )
    unprintable = [name for name in names if not name.isprintable()]
    if unprintable:
        raise GeneNameError(
            f"gene names in {where} of printable characters",
            listing(unprintable),
            "rename these genes: a line break or a tab ends a field of a table",
        )
    duplicated = [name for name, count in Counter(names).items() if count > 1]
    if duplicated:
        raise GeneNameError(
            f"each gene once in {where}",
            f"{listing(duplicated)} several times",
            "add up or drop the duplicated columns, or call adata.var_names_make_unique()",
        )
    refuse_mangled(names, where)
    _warn_of_odd_names(names, where)
    return tuple(str(name) for name in names)


def _warn_of_odd_names(names: Sequence[str], where: str) -> None:
    """Warn of names that can be right (``nan`` is a gene of the fly) but seldom are."""
    spellings: dict[str, list[str]] = {}
    for name in names:
        spellings.setdefault(name.casefold(), []).append(name)
    twins = [" and ".join(alike) for alike in spellings.values() if len(alike) > 1]
    missing = [name for name in names if name.casefold() in _MISSING]
    odd = []
    if twins:
        odd.append(f"{len(twins):,} gene names that differ only in case: {listing(twins, 3)}")
    if missing:
        odd.append(f"gene names that look like missing values: {listing(missing)}")
    parts = [name for name in names if set(name) & set(SEPARATORS)]
    if parts:
        odd.append(
            f"gene names with {' or '.join(SEPARATORS)}, which no perturbation or option can "
            f"name: {listing(parts)}"
        )
    if odd:
        warn(
            f"{where} has {' and '.join(odd)}. They are kept unchanged; check that they are genes.",
            "data.odd-gene-names",
        )


def refuse_mangled(names: Iterable[str], where: str) -> None:
    """Refuse names that a spreadsheet turned into dates or numbers."""
    mangled = {name: was for name in names if (was := _symbol_before_excel(name))}
    if mangled:
        known = "; ".join(f"{name} was {was}" for name, was in list(mangled.items())[:5])
        raise GeneNameError(
            f"gene symbols in {where}",
            f"{len(mangled):,} turned into dates or numbers by a spreadsheet: {listing(mangled)}",
            f"use the file from before Excel opened it, or rename them ({known})",
        )


def _symbol_before_excel(name: str) -> str:
    """Return the symbol that a date or a number was before; "" for an ordinary name."""
    if not any(character.isdigit() for character in name):
        return ""
    if match := _DAY_MONTH.fullmatch(name) or _MONTH_DAY.fullmatch(name):
        month = match[1] if match.re is _MONTH_DAY else match[2]
        return _dated_gene(month.casefold(), int(match["day"]))
    if (match := _ISO.fullmatch(name)) and 1 <= int(match["month"]) <= 12:
        month, day, year = _MONTHS[int(match["month"]) - 1], int(match["day"]), int(match["year"])
        as_day = _dated_gene(month, day)
        # SEPT7 becomes the 7th of September of this year, or September 2007
        if day == 1 and 2001 < year <= 2015:
            return f"{_dated_gene(month, year - 2000)}, or {as_day}"
        return as_day
    if _NUMERIC.fullmatch(name):
        return "a symbol such as SEPTIN7 (formerly SEPT7) or MARCHF1 (formerly MARCH1)"
    if _FLOAT.fullmatch(name):
        return "an identifier with an E between digits, such as 2310009E13Rik"
    return ""


def _dated_gene(month: str, day: int) -> str:
    if month == "sep":
        return "SELENOF (formerly SEP15)" if day == 15 else f"SEPTIN{day} (formerly SEPT{day})"
    if month == "mar":
        former = f"MARCHF{day} (formerly MARCH{day})"
        return f"{former}, or MTARC{day} (formerly MARC{day})" if day in (1, 2) else former
    if month == "dec" and day == 1:
        return "DELEC1 (formerly DEC1)"
    if month == "oct" and day == 4:
        return "POU5F1 (also called OCT4)"
    return f"{month.upper()}{day}"


def gene_style(names: Iterable[str]) -> GeneStyle:
    """Return how most names are written: GATA1 (human-like), Gata1 (mouse-like) or otherwise.

    This concerns upper and lower case, not the species: yeast genes are "human-like" too.
    """
    lettered = [name for name in names if sum(map(str.isalpha, name)) >= 2]
    upper = sum(name.isupper() for name in lettered)
    title = sum(name[0].isupper() and any(map(str.islower, name)) for name in lettered)
    if 2 * upper > len(lettered):
        return "human-like"
    return "mouse-like" if 2 * title > len(lettered) else "other"


@dataclass(frozen=True)
class GeneMatch:
    """Names matched to the names of a panel, and how each was matched.

    Attributes
    ----------
    mapping
        Wanted name → panel name, for every name that was matched.
    exact, case_folded, alias, unmatched
        The wanted names by how they were matched; every name is in exactly one list.
    ambiguous
        Unmatched names that, with case ignored, would match more than one gene, or share
        a gene with another name.
    would_fold
        Number of unmatched names that would match if case were ignored.
    assumption
        What was assumed in order to ignore case; "" if case was not ignored.
    """

    mapping: Mapping[str, str]
    exact: tuple[str, ...] = ()
    case_folded: tuple[str, ...] = ()
    alias: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    would_fold: int = 0
    assumption: str = ""

    def rows(self) -> list[tuple[str, int, str]]:
        """Return one (kind of match, number of names, examples) per line of the report."""
        renamed = [f"{name} → {self.mapping[name]}" for name in self.case_folded]
        aliased = [f"{name} → {self.mapping[name]}" for name in self.alias]
        lines: list[tuple[str, Sequence[str]]] = [
            ("exact", self.exact),
            ("case-folded", renamed),
            ("alias", aliased),
            ("unmatched", self.unmatched),
        ]
        if self.ambiguous:
            lines.append(("of these ambiguous", self.ambiguous))
        return [(how, len(names), _examples(names)) for how, names in lines]

    def table(self) -> Table:
        """Return the report as a rich table."""
        from rich.markup import escape
        from rich.table import Table

        table = Table("match", "names", "examples", title="Gene names")
        table.columns[1].justify = "right"
        for how, count, examples in self.rows():
            table.add_row(how, f"{count:,}", escape(examples))
        return table

    def __str__(self) -> str:
        lines = [
            f"{how:<18}  {count:>6,}  {examples}".rstrip() for how, count, examples in self.rows()
        ]
        if self.would_fold:
            lines.append(f"{self.would_fold:,} more would match if case were ignored")
        return "\n".join([*lines, self.assumption] if self.assumption else lines)


def match_genes(
    wanted: Sequence[str],
    panel: Sequence[str],
    *,
    fold_case: bool = False,
    aliases: Mapping[str, str] | None = None,
) -> GeneMatch:
    """Match each wanted name to the panel: by alias, then exactly, then optionally by case.

    Parameters
    ----------
    wanted, panel
        Two lists of gene names, for example of a prior and of the data.
    fold_case
        Also match names that differ only in case. If two wanted names would match one panel
        gene, or one wanted name two panel genes, the match is ambiguous and not made.
    aliases
        Wanted name → panel name. An alias takes precedence over an exact match. Entries whose
        panel name is not in the panel are ignored, so that a whole ortholog table can be given.
    """
    wanted, panel_names = list(dict.fromkeys(wanted)), set(panel)
    aliases = aliases or {}
    aliased = {name: aliases[name] for name in wanted if aliases.get(name) in panel_names}
    exact = {name: name for name in wanted if name in panel_names and name not in aliased}
    rest = [name for name in wanted if name not in aliased and name not in exact]

    taken = {*aliased.values(), *exact}
    folded_panel: dict[str, list[str]] = {}
    for gene in dict.fromkeys(panel):
        folded_panel.setdefault(gene.casefold(), []).append(gene)
    candidates = {
        name: folded_panel[name.casefold()] for name in rest if name.casefold() in folded_panel
    }
    claims = Counter(name.casefold() for name in candidates)
    clear = {
        name: genes[0]
        for name, genes in candidates.items()
        if len(genes) == 1 and claims[name.casefold()] == 1 and genes[0] not in taken
    }
    folded = clear if fold_case else {}
    assumption = ""
    if folded:
        assumption = (
            f"Case was ignored for {len(folded):,} names: assumed that the wanted names "
            f"({gene_style(wanted)}) and the panel ({gene_style(panel)}) are of one species"
        )
    return GeneMatch(
        mapping=MappingProxyType(aliased | exact | folded),
        exact=tuple(exact),
        case_folded=tuple(folded),
        alias=tuple(aliased),
        unmatched=tuple(name for name in rest if name not in folded),
        ambiguous=tuple(name for name in candidates if name not in clear),
        would_fold=0 if fold_case else len(clear),
        assumption=assumption,
    )


def _examples(names: Sequence[str], most: int = 5) -> str:
    more = f", … ({len(names) - most:,} more)" if len(names) > most else ""
    return ", ".join(names[:most]) + more
