"""Perturbations of genes: one value object for training, prediction and simulation.

"Knockout" means different things in different tools. Here every meaning has its own
name, and each acts on one gene's equation ẋ_i = production_i(x) − decay_i(x):

====================  =========================================================
kind                  what changes
====================  =========================================================
``knockout``          production_i := 0; what the cell holds of it decays
``knockdown``         production_i := (1 − fraction) · production_i
``overexpression``    production_i := factor · production_i, or, given a level,
                      the same as a clamp at that level
``clamp``             x_i := level at all times, for itself and for its targets
``degradation``       decay_i := decay_i + rate · x_i
``cut_outgoing``      every other gene's production sees (1 − fraction) · x_i, by
                      default 0; gene i's own equation does not change (the protein
                      is lost, not the mRNA)
``cut_edge``          the production of one target sees (1 − fraction) · x_i, by
                      default 0; all others see x_i (a lost binding site)
====================  =========================================================

An :class:`Intervention` is a set of such actions, at most one per gene and one per edge; the empty
set is the control. It is frozen, hashable, and has one canonical text that `Intervention.parse`
reads. An edge is written ``GATA1=cut@SPI1``: what follows ``@`` is the target, whatever its name.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hillflow.errors import InterventionError, did_you_mean, listing

KINDS = (
    "knockout", "knockdown", "overexpression", "clamp", "degradation", "cut_outgoing", "cut_edge",
)  # fmt: skip
CUTS = ("cut_outgoing", "cut_edge")  # kinds that change what targets see, and no gene's level
AT = "@"  # before the target of an edge

_LARGEST = 1e12  # a level, factor or rate beyond it is none of a cell, and overflows float32

SEPARATORS = ",+="  # of the parts of a perturbation in text

_SHORT = {
    "ko": "knockout", "kd": "knockdown", "oe": "overexpression", "overexpress": "overexpression",
    "deg": "degradation", "cut": "cut_outgoing",
}  # fmt: skip
_CONTROL = ("control", "")
_EXAMPLE = {
    "knockdown": ":0.5", "overexpression": ":2", "clamp": ":1.5", "degradation": ":0.1",
    "cut_outgoing": ":0.5", "cut_edge": ":0.5@TARGET",
}  # fmt: skip


@dataclass(frozen=True, order=True)
class Action:
    """The perturbation of one gene or edge, built by the methods of :class:`Intervention`.

    Attributes
    ----------
    gene, kind
        The gene and one of ``KINDS``.
    value
        fraction (knockdown), factor (overexpression), level (clamp), rate (degradation),
        None (knockout). For cut_outgoing and cut_edge a fraction, or None if all is cut. An
        overexpression given by a level is stored as a clamp.
    target
        Of cut_edge, the gene that no longer sees this one; else None.
    """

    gene: str
    kind: str
    value: float | None = None
    target: str | None = None

    def __post_init__(self) -> None:
        _check_name(self.gene)
        if self.target is not None:
            _check_name(self.target)
        if self.kind not in KINDS:
            raise InterventionError(
                f"one of {_kinds_with_short_forms()}",
                repr(self.kind),
                _kind_meant(self.gene, self.kind),
            )
        if self.value is not None:
            object.__setattr__(self, "value", _number(self.value, self.gene, self.kind))
        if (self.kind == "cut_edge") != (self.target is not None):
            raise InterventionError(
                "a target for cut_edge" if self.target is None else "cut_edge for a target",
                f"{self.kind} of {self.gene}" + (f" at {self.target}" if self.target else ""),
                f"write {self.gene}=cut{AT}{self.target or 'TARGET'} to cut one edge, or "
                f"{self.gene}=cut to cut all edges that leave {self.gene}",
            )
        if self.kind in CUTS and self.value == 1.0:
            object.__setattr__(self, "value", None)  # so that equal actions have equal text
        takes_value = self.kind != "knockout"
        if takes_value != (self.value is not None) and self.kind not in CUTS:
            value = "without one" if takes_value else f"with the value {self.value}"
            raise InterventionError(
                "a value" if takes_value else "no value",
                f"{self.kind} of {self.gene} {value}",
                f"write {_example(self.gene, self.kind)}",
            )
        if self.value is None:
            return
        top = 1.0 if self.kind in ("knockdown", *CUTS) else _LARGEST
        if not 0.0 <= self.value <= top:  # NaN is refused too
            span = "between 0 and 1 (1 removes all)" if top == 1.0 else f"from 0 to {top:g}"
            raise InterventionError(
                f"a value of {self.kind} {span}",
                f"{self.value} for {self.gene}",
                f"write for example {_example(self.gene, self.kind)}",
            )

    @property
    def production_factor(self) -> float:
        """Factor on the gene's own production."""
        if self.kind == "knockout":
            return 0.0
        if self.kind == "knockdown":
            return 1.0 - float(self.value or 0.0)
        return float(self.value or 0.0) if self.kind == "overexpression" else 1.0

    @property
    def visible_share(self) -> float:
        """Share of the gene's level that remains visible: 1 − fraction where it is cut, else 1.

        By all other genes for cut_outgoing, by the target for cut_edge.
        """
        if self.kind not in CUTS:
            return 1.0
        return 0.0 if self.value is None else 1.0 - self.value

    def share_seen_by(self, gene: str) -> float:
        """Share of the perturbed gene's level that the production of `gene` sees."""
        cut = gene == self.target if self.kind == "cut_edge" else gene != self.gene
        return self.visible_share if cut else 1.0

    def __str__(self) -> str:
        value = "" if self.value is None else f":{_text(self.value)}"
        at = "" if self.target is None else f"{AT}{self.target}"
        return f"{self.gene}={self.kind}{value}{at}"


def _check_name(gene: object) -> None:
    if not isinstance(gene, str) or not gene or gene != gene.strip():
        raise InterventionError(
            "a gene name", repr(gene), "name the gene as text, without spaces around it"
        )
    if set(gene) & set(SEPARATORS):
        raise InterventionError(
            "a gene name without , + or = (they separate the parts of a perturbation)",
            repr(gene),
            "rename this gene in your data before you perturb it",
        )


def _number(value: object, gene: str, kind: str) -> float:
    try:
        return float(value) + 0.0  # type: ignore[arg-type]  # + 0.0 turns -0.0 into 0.0
    except (TypeError, ValueError):
        raise InterventionError(
            f"a number after {kind}:", repr(value), f"write {_example(gene, kind)}"
        ) from None


def _kind_meant(gene: str, kind: str) -> str:
    """How to write a kind that is not known; a bare number is a knockdown or an overexpression."""
    try:
        value = float(kind)
    except ValueError:
        value = math.nan
    if 0 < value < 1:
        return f"write {gene}=kd:{kind} (its production falls by {100 * value:g} %)"
    if 1 <= value < math.inf:
        return (
            f"write {gene}=oe:{kind} (its production is multiplied by {value:g}) or "
            f"{gene}=clamp:{kind} (its level is held at {value:g})"
        )
    near = difflib.get_close_matches(kind, (*KINDS, *_SHORT), n=1)
    return f"did you mean {near[0]!r}?" if near else f"write for example {gene}=ko"


def _kinds_with_short_forms() -> str:
    short = {kind: name for name, kind in reversed(_SHORT.items())}
    return ", ".join(f"{kind} ({short[kind]})" if kind in short else kind for kind in KINDS)


def _example(gene: str, kind: str) -> str:
    return f"{gene}={kind}{_EXAMPLE.get(_SHORT.get(kind, kind), '')}"


def _text(value: float) -> str:
    """Shortest digits that read back as the same number, without ``+``, the separator."""
    short = f"{value:g}"
    return (short if float(short) == value else repr(value)).replace("+", "")


@dataclass(frozen=True)
class Intervention:
    """A set of actions on different genes and edges, sorted; the empty set is the control.

    >>> Intervention.knockout("GATA1") + Intervention.clamp("SPI1", 1.5)
    Intervention('GATA1=knockout,SPI1=clamp:1.5')
    >>> Intervention.parse("GATA1=ko,SPI1=oe:2").genes
    ('GATA1', 'SPI1')
    """

    actions: tuple[Action, ...] = ()

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.actions, key=lambda action: (action.gene, action.target or "")))
        acted_on = [
            action.gene if action.target is None else f"{action.gene} at {action.target}"
            for action in ordered
        ]
        repeated = sorted({one for one in acted_on if acted_on.count(one) > 1})
        if repeated:
            raise InterventionError(
                "at most one action per gene, and one per edge",
                f"several on {listing(repeated)}",
                "keep one of them",
            )
        object.__setattr__(self, "actions", ordered)

    @classmethod
    def control(cls) -> Intervention:
        """No perturbation."""
        return cls()

    @classmethod
    def knockout(cls, *genes: str) -> Intervention:
        """Set the production of one or several genes to 0."""
        return cls(tuple(Action(gene, "knockout") for gene in genes))

    @classmethod
    def knockdown(cls, gene: str, fraction: float) -> Intervention:
        """Remove a fraction (0 to 1) of a gene's production."""
        return cls((Action(gene, "knockdown", fraction),))

    @classmethod
    def overexpression(
        cls, gene: str, *, factor: float | None = None, level: float | None = None
    ) -> Intervention:
        """Multiply a gene's production, or hold the gene at a level, as a transgene does."""
        if (factor is None) == (level is None):
            raise InterventionError(
                "either a factor or a level",
                "both" if factor is not None else "neither",
                f"write Intervention.overexpression({gene!r}, level=2.0)",
            )
        if level is not None:
            return cls((Action(gene, "clamp", level),))
        return cls((Action(gene, "overexpression", factor),))

    @classmethod
    def clamp(cls, gene: str, level: float) -> Intervention:
        """Hold a gene at a level: Pearl's do(x = level)."""
        return cls((Action(gene, "clamp", level),))

    @classmethod
    def degradation(cls, gene: str, rate: float) -> Intervention:
        """Add a degradation rate (per unit of time) to a gene."""
        return cls((Action(gene, "degradation", rate),))

    @classmethod
    def cut_outgoing(cls, *genes: str, fraction: float = 1.0) -> Intervention:
        """Hide genes, or a fraction of each, from their targets; their levels do not change."""
        return cls(tuple(Action(gene, "cut_outgoing", fraction) for gene in genes))

    @classmethod
    def cut_edge(cls, source: str, target: str, fraction: float = 1.0) -> Intervention:
        """Hide a gene, or a fraction of it, from one target; no other gene's view changes."""
        return cls((Action(source, "cut_edge", fraction, target),))

    @classmethod
    def parse(cls, text: str, kind: str = "knockout", value: float | None = None) -> Intervention:
        """Read ``"GATA1=ko,SPI1=oe:2"``, or gene names alone, ``"GATA1+SPI1"``, as `kind`.

        Short forms: ko, kd:fraction, oe:factor, clamp:level, deg:rate, cut, cut:fraction;
        ``GATA1=cut@SPI1`` and ``GATA1=cut:0.5@SPI1`` cut the edge from GATA1 to SPI1.
        ``"control"`` and the empty text are the control. ``,`` and ``+`` separate actions.
        """
        if text.strip().casefold() in _CONTROL:
            return cls()
        actions = []
        for part in re.split(r"[,+]", text.strip()):
            gene, equals, action = part.strip().partition("=")
            if not equals:
                actions.append(Action(gene.strip(), _SHORT.get(kind, kind), value))
                continue
            done, at, target = action.partition(AT)
            name, colon, number = (piece.strip().casefold() for piece in done.partition(":"))
            amount = _number(number, gene.strip(), name) if colon else None
            name = "cut_edge" if at and name == "cut" else _SHORT.get(name, name)
            actions.append(Action(gene.strip(), name, amount, target.strip() if at else None))
        return cls(tuple(actions))

    @property
    def genes(self) -> tuple[str, ...]:
        """All genes that are named, sorted: the perturbed ones, and both ends of cut edges."""
        named = (gene for action in self.actions for gene in (action.gene, action.target))
        return tuple(sorted({gene for gene in named if gene is not None}))

    @property
    def perturbed(self) -> tuple[str, ...]:
        """The genes that are perturbed as a whole, sorted: not those of which one edge is cut.

        Their own change is the perturbation, no prediction.
        """
        return tuple(action.gene for action in self.actions if action.target is None)

    @property
    def sources(self) -> tuple[str, ...]:
        """The genes that actions begin at, sorted: the perturbed ones and the sources of edges."""
        return tuple(sorted({action.gene for action in self.actions}))

    @property
    def is_control(self) -> bool:
        """Whether nothing is perturbed."""
        return not self.actions

    @property
    def name(self) -> str:
        """Canonical text, which `parse` reads back as an equal intervention."""
        return ",".join(str(action) for action in self.actions) or "control"

    def check(self, genes: Sequence[str], of: str = "the fit") -> Intervention:
        """Return the intervention if all its genes are among `genes`; else raise an error.

        `of` says whose genes these are. Of "the data", whose cells were perturbed in an
        experiment, the fix may be to read that gene too; a prediction can only name another one.
        """
        known = set(genes)
        for gene in self.genes:
            if gene not in known:
                fix = _edge_meant(gene, known) or did_you_mean(gene, tuple(genes))
                if of == "the data":
                    fix = (
                        f"add {gene} to the genes, or leave its cells out; of CRISPR activation, "
                        f"perturbation_kind='activation' makes it an input; if misspelt, {fix}"
                    )
                raise InterventionError(
                    f"perturbed genes among the genes of {of}", f"{gene!r} in {self.name!r}", fix
                )
        return self

    def established(self) -> Intervention:
        """The same perturbation, established before the first cells were measured.

        A knockout removes production at the start, so what a control cell holds of the gene
        decays from then on. Cells that never expressed the gene start without it: each knockout
        becomes a clamp at 0.
        """
        actions = (
            Action(action.gene, "clamp", 0.0) if action.kind == "knockout" else action
            for action in self
        )
        return Intervention(tuple(actions))

    def __add__(self, other: Intervention) -> Intervention:
        return Intervention(self.actions + other.actions)

    def __iter__(self) -> Iterator[Action]:
        return iter(self.actions)

    def __len__(self) -> int:
        return len(self.actions)

    def __bool__(self) -> bool:
        return True  # the control is a condition like any other, not a missing value

    def __repr__(self) -> str:
        return f"Intervention({self.name!r})"

    def __str__(self) -> str:
        return self.name


def _edge_meant(name: str, known: Collection[str]) -> str:
    """How to write an edge for one that was written with an arrow, ``GATA1>SPI1``."""
    source, _, target = name.partition(">")
    source, target = source.rstrip("- "), target.strip()
    return f"cut an edge by {source}=cut{AT}{target}" if {source, target} <= set(known) else ""


def parse_conditions(
    labels: Iterable[str], control: str = "control", kind: str = "knockout"
) -> dict[str, Intervention]:
    """Map the labels of a perturbation column to interventions.

    `control` is the label of control cells; a gene may precede or follow it (``GATA1+ctrl``).
    Other labels may be canonical text (``GATA1=clamp:1``), gene names (``GATA1``,
    ``GATA1+SPI1``: read as `kind`), or gene names with a usual ending of a knockout
    (``GATA1_KO``, ``Gata1-null+Spi1-null``). ``sgGATA1`` is *not* guessed.
    """
    ending = re.compile(r"[ _-](ko|knockout|del|null)$", re.IGNORECASE)
    conditions = {}
    for label in dict.fromkeys(labels):
        conditions[label] = Intervention.control()
        if label == control:
            continue
        for part in re.split(r"[,+]", label):
            if part.strip() != control:
                gene = part.strip() if "=" in part else ending.sub("", part.strip())
                conditions[label] += Intervention.parse(
                    gene, "knockout" if gene != part.strip() else kind
                )
    return conditions
