"""What every file of laws says about them: whose they are, without what, in which units."""

from __future__ import annotations

from collections.abc import Iterable

from hillflow._version import __version__
from hillflow.symbolic.boolean import row_words
from hillflow.symbolic.law import Law
from hillflow.symbolic.laws import Laws
from hillflow.symbolic.mathml import xml_text
from hillflow.symbolic.show_laws import in_members_words, members_sentence, proteins_sentence

WITHOUT_NOISE = (
    "Noise is left out: these equations give the path without noise, which differs from the mean "
    "over cells where cells branch."
)


def remarks(laws: Laws, unit: str | None = None) -> list[str]:
    """Sentences on laws as equations: version, origin, members, noise, proteins, units.

    Parameters
    ----------
    laws
        The laws.
    unit
        Unit of time of the file; that of the laws unless given.
    """
    sentences = [written_by(), *origin(laws), WITHOUT_NOISE]
    if laws.proteins:
        sentences.append(_sentence(proteins_sentence(laws)))
    scale = laws.about.get("scale", "unknown")
    return [*sentences, units(laws.time_unit if unit is None else unit, str(scale))]


def written_by() -> str:
    """The program and its version."""
    return f"Written by hillflow {__version__}."


def origin(laws: Laws) -> list[str]:
    """Whether the laws are the model, one member's, or distilled; the members of each edge."""
    best = list(laws.best.values())
    sentences = []
    if best and all(law.rule is not None for law in best):
        if not any(law.agreement is not None for law in best):
            sentences.append("The laws are the fitted model itself.")
    elif "field" in laws.about:
        sentences.append(f"The laws were distilled from a fit of the field {laws.about['field']}.")
    members = members_sentence(laws)
    if members:
        sentences.append(_sentence(members))
    counted = [f"{law.gene} ({words})" for law in best if (words := _counts(law))]
    if counted:
        sentences.append(f"Members that have each regulator: {'; '.join(counted)}.")
    return sentences


def _counts(law: Law) -> str:
    return in_members_words(law).partition(": ")[2]


def fragile(laws: Laws) -> list[tuple[str, str]]:
    """Genes whose Boolean rule is fragile, with the rows near the cut."""
    found = []
    for gene, law in laws.best.items():
        if law.rule is not None and law.rule.close:
            rows = (row_words(on, law.parents) for on in law.rule.close)
            found.append((gene, f"the rule is fragile, near the cut with {', with '.join(rows)}"))
    return found


def units(unit: str, scale: str) -> str:
    """``Time is in h and rates are in 1/h; levels are in units of expression (log1p).``"""
    time = f"Time is in {unit} and rates are in 1/{unit}" if unit else "The unit of time is unknown"
    known = "" if scale == "unknown" else f" ({scale})"
    return f"{time}; levels are in units of expression{known}."


def xhtml_notes(sentences: Iterable[str]) -> str:
    """Sentences as the XHTML that SBML permits in notes, a paragraph each."""
    paragraphs = "".join(f"<p>{xml_text(sentence)}</p>" for sentence in sentences)
    return f'<body xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</body>'


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
