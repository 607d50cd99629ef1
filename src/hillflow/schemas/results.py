"""Schemas of the results that commands add to a run."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from hillflow.schemas.parts import (
    Count,
    Digest,
    FindingRecord,
    Genes,
    Name,
    Positive,
    Sha256,
    Share,
    Sign,
    unique,
)


class AboutRecord(Struct):
    """How a table was made."""

    readout: str | UnsetType = UNSET
    confidence: str | UnsetType = UNSET
    members: Positive | UnsetType = UNSET
    states: Count | UnsetType = UNSET
    runs: list[str] | UnsetType = UNSET
    fields: list[str] | UnsetType = UNSET
    findings: list[FindingRecord] | UnsetType = UNSET


class AboutFile(Struct, forbid_unknown_fields=True):
    """``edges.about.json`` and ``ranking.about.json``: what is recorded beside a table.

    ``table`` is the BLAKE2b digest of the table, and ``others`` those of tables of the same result.
    """

    table: Digest
    about: AboutRecord
    others: dict[str, Digest] = {}
    sha256: Sha256 | None = None


class ParameterRecord(Struct, forbid_unknown_fields=True):
    """A constant of a law with its interval."""

    name: str
    value: float
    low: float | None
    high: float | None
    unit: str


class RuleRecord(Struct, forbid_unknown_fields=True):
    """`hillflow.symbolic.BooleanRule`."""

    terms: list[list[tuple[Name, Sign]]]
    level: float
    kept: float | None
    close: list[list[Name]] = []


class LawRecord(Struct, forbid_unknown_fields=True):
    """`hillflow.symbolic.Law`; the formula is read by `hillflow.symbolic.parse`."""

    gene: Name
    formula: str
    text: str
    latex: str
    parameters: list[ParameterRecord]
    parents: list[Name]
    decay: float | None
    family: str
    engine: str
    complexity: Count
    error: float | None
    error_off: float | None
    error_left_out: float | None
    bic: float | None
    agreement: float | None
    flags: list[str]
    signs: list[Sign]
    rule: RuleRecord | None = None
    members: Count = 0
    in_members: list[Count] = []

    def __post_init__(self) -> None:
        unique(self.parents, "parent")
        for name in ("signs", "in_members"):
            values = getattr(self, name)
            if values and len(values) != len(self.parents):
                raise ValueError(f"{len(values)} {name} of {len(self.parents)} parents")


class FrontRecord(Struct, forbid_unknown_fields=True):
    """The laws of one gene."""

    gene: Name
    best: Count
    laws: Annotated[list[LawRecord], Meta(min_length=1)]

    def __post_init__(self) -> None:
        other = next((law.gene for law in self.laws if law.gene != self.gene), None)
        if other is not None:
            raise ValueError(f"a law of {other!r} among those of {self.gene!r}")


class KnockoutAgreement(Struct, forbid_unknown_fields=True):
    """Agreement under one perturbation."""

    perturbation: str
    error: float | None
    correlation: float | None


class AgreementRecord(Struct, forbid_unknown_fields=True):
    """`hillflow.symbolic.Agreement`."""

    trajectory: float | None
    by_gene: dict[str, float]
    knockouts: list[KnockoutAgreement]
    diverged: list[str]


class LawsAbout(Struct):
    """Settings with which laws were found."""

    candidates: dict[str, list[str]] | UnsetType = UNSET
    joined: dict[str, dict[str, Any]] | UnsetType = UNSET
    findings: list[FindingRecord] | UnsetType = UNSET


class LawsRecord(Struct, forbid_unknown_fields=True):
    """``laws.json``."""

    format: str
    time_unit: str
    initial: dict[str, float]
    about: LawsAbout
    agreement: AgreementRecord | None
    laws: list[FrontRecord]
    floor: dict[str, float] = {}
    proteins: dict[str, float] = {}
    noise: dict[str, float] = {}
    sha256: Sha256 | None = None

    def __post_init__(self) -> None:
        unique([front.gene for front in self.laws], "gene")


class ReferenceRecord(Struct):
    """The reference of a validation."""

    name: str = ""
    licence: str = ""
    citation: str = ""


class UniverseRecord(Struct, forbid_unknown_fields=True):
    """The scored pairs."""

    pairs: Count
    words: str


class ScoresRecord(Struct):
    """`hillflow.evaluate.NetworkScores`."""

    ap: Share
    base_rate: Share
    ap_over_base: float
    auroc: Share | None
    early_precision: float
    edges: Count
    pairs: Positive


class SignsRecord(Struct):
    """`hillflow.evaluate.NetworkSigns`; the scores are there if some edges have signs."""

    edges: Count = 0
    network_has_signs: bool = False
    left_out: dict[str, Count] = {}
    accuracy: float | UnsetType | None = UNSET
    accuracy_interval: tuple[float | None, float | None] | UnsetType = UNSET
    always_activation: float | UnsetType | None = UNSET
    balanced_accuracy: float | UnsetType | None = UNSET
    mcc: float | UnsetType | None = UNSET
    mcc_p: float | UnsetType | None = UNSET
    f1_activation: float | UnsetType | None = UNSET
    f1_repression: float | UnsetType | None = UNSET
    confusion_true_by_predicted: list[list[Count]] | UnsetType = UNSET

    def __post_init__(self) -> None:
        scores = (
            "accuracy", "accuracy_interval", "always_activation", "balanced_accuracy", "mcc",
            "mcc_p", "f1_activation", "f1_repression", "confusion_true_by_predicted",
        )  # fmt: skip
        missing = next((name for name in scores if getattr(self, name) is UNSET), None)
        if self.edges and missing:
            raise ValueError(f"signs of {self.edges} edges without {missing}")


class SpreadRecord(Struct):
    """One score over refits."""

    values: list[float]
    mean: float
    interval: tuple[float, float]


class OverCellsRecord(Struct):
    """Scores over refits to resampled cells, or why there are none."""

    words: Name
    scores: dict[Literal["ap", "ap_over_base", "auroc", "sign_accuracy", "sign_mcc"], SpreadRecord]


class BandRecord(Struct):
    """The band of a null distribution along a curve."""

    kind: str
    low: list[float]
    high: list[float]


class CurvesRecord(Struct, forbid_unknown_fields=True):
    """Precision against recall of each ranking; empty if nothing was scored."""

    recall: list[float] | UnsetType = UNSET
    precision: dict[str, list[float]] | UnsetType = UNSET
    chance: BandRecord | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.recall is UNSET and self.precision is UNSET and self.chance is UNSET:
            return
        if (
            isinstance(self.recall, UnsetType)
            or isinstance(self.precision, UnsetType)
            or isinstance(self.chance, UnsetType)
        ):
            raise ValueError("curves without recall, precision or chance")
        if "this network" not in self.precision:
            raise ValueError("curves without that of this network")
        each = (*self.precision.values(), self.chance.low, self.chance.high)
        if len(self.recall) < 2 or {len(values) for values in each} != {len(self.recall)}:
            raise ValueError("curves of unequal length")


class NullRecord(Struct):
    """A null distribution."""

    kind: str
    p: Share
    interval: tuple[float, float]
    verdict: str
    tells: bool = True


class EdgeRecord(Struct):
    """An edge of a validation."""

    source: str
    target: str
    status: Literal["matched", "missed", "novel", "given"]
    rank: float | None
    weight: float | None
    reference_sign: float | None
    evidence: str | None

    def __post_init__(self) -> None:
        if self.reference_sign not in (None, -1, 0, 1):
            raise ValueError(f"the sign {self.reference_sign:g}")


class SignRankingRecord(Struct, forbid_unknown_fields=True):
    """A row of `hillflow.evaluate.sign_rankings`."""

    ranking: str
    sign: str
    ap: float
    base_rate: float
    auroc: float
    edges: Positive
    pairs: Positive


class ValidationRecord(Struct, forbid_unknown_fields=True):
    """``validation.json``: `hillflow.evaluate.Validation`."""

    subject: str
    reference: ReferenceRecord
    scores: ScoresRecord | None
    edges: list[EdgeRecord]
    alignment: str | None = None
    universe: UniverseRecord = field(default_factory=lambda: UniverseRecord(0, ""))
    signs: SignsRecord | None = None
    over_cells: OverCellsRecord | None = None
    curves: CurvesRecord | None = None
    nulls: list[NullRecord] = []
    baselines: dict[str, ScoresRecord] = {}
    hubs: ScoresRecord | None = None
    by_sign: list[SignRankingRecord] = []
    prior: dict[str, Any] | None = None
    counts: dict[str, Count] = {}
    findings: list[FindingRecord] = []
    sha256: Sha256 | None = None

    def __post_init__(self) -> None:
        curves = {} if self.curves is None else self.curves.precision
        for name in () if isinstance(curves, UnsetType) else curves:
            if name != "this network" and name not in self.baselines:
                raise ValueError(f"a curve of {name!r} without its scores")


class StateRecord(Struct, forbid_unknown_fields=True):
    """`hillflow.causal.scm_result.StableState`."""

    cells: Positive
    recovery_time: Annotated[float, Meta(gt=0)]
    period: float | None
    label: str | None
    members: Positive
    in_support: bool
    levels: list[float]
    direct: list[list[float]]
    total: list[list[float | None]]


class OutcomeRecord(Struct, forbid_unknown_fields=True):
    """`hillflow.causal.scm_result.Outcomes`."""

    intervention: str
    state: Positive
    outcome: Literal["stays", "switches", "another state", "no rest"]
    to: Positive | None
    levels: list[float] | None


class SwitchRecord(Struct, forbid_unknown_fields=True):
    """A row of the table of switches."""

    state: Positive
    to: Positive
    intervention: str
    genes: Positive
    distance: float


class ScmRecord(Struct, forbid_unknown_fields=True):
    """``scm.json``: `hillflow.causal.ScmResult`."""

    genes: Genes
    time_unit: str
    spread: list[Annotated[float, Meta(gt=0)]]
    states: Annotated[list[StateRecord], Meta(min_length=1)]
    outcomes: list[OutcomeRecord]
    switches: list[SwitchRecord]
    followed: Positive
    unsettled: Count
    compared: Positive
    held: float
    asked: dict[str, Any]
    findings: list[FindingRecord]
    sha256: Sha256 | None = None

    def __post_init__(self) -> None:
        unique(self.genes, "gene")
        size = len(self.genes)
        vectors = [self.spread, *(state.levels for state in self.states)]
        vectors += [one.levels for one in self.outcomes if one.levels is not None]
        matrices = [matrix for state in self.states for matrix in (state.direct, state.total)]
        rows = [row for matrix in matrices for row in matrix]
        if any(len(matrix) != size for matrix in matrices) or any(
            len(values) != size for values in (*vectors, *rows)
        ):
            raise ValueError(f"levels or effects that are not those of {size} genes")
        known = {*range(1, len(self.states) + 1), None}
        moves = [(one.state, one.to) for one in self.outcomes]
        moves += [(one.state, one.to) for one in self.switches]
        if not {state for move in moves for state in move} <= known:
            raise ValueError(f"a state that is not among the {len(self.states)}")
        for one in self.outcomes:
            if (one.outcome == "no rest") != (one.levels is None):
                raise ValueError(f"the outcome {one.outcome!r} that its levels contradict")
        settled = sum(state.cells for state in self.states)
        if settled + self.unsettled > self.followed:
            raise ValueError(f"{settled} settled cells of {self.followed}")
