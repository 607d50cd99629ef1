"""The schema of every JSON file that hillflow writes: names, types and ranges of its values.

`hillflow.records` reads the files by these. A schema lists what hillflow reads of a file; unknown
names are refused where hillflow alone writes the object, and permitted in open descriptions
(options of a field or method, settings). Values that depend on each other are compared in
``__post_init__``. Numbers are finite, since the reader refuses NaN and infinity.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

Name = Annotated[str, Meta(min_length=1)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]+$")]
Count = Annotated[int, Meta(ge=0, le=2**62)]
Positive = Annotated[int, Meta(ge=1, le=2**62)]
Sign = Annotated[int, Meta(ge=-1, le=1)]
Share = Annotated[float, Meta(ge=0, le=1)]
Genes = Annotated[list[Name], Meta(min_length=1)]
Times = Annotated[list[float], Meta(min_length=1)]
Dtype = Literal["float32", "float64", "float16", "bfloat16"]
Special = Literal["inf", "-inf", "nan"]  # floats that JSON does not have
MemberFile = Annotated[
    str,
    Meta(
        pattern=r"^(data\.h5ad|history\.csv|"
        r"model/member-[0-9]{1,9}/model\.(json|safetensors))\Z"
    ),
]


def _unique(names: list[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"the {what} {name!r} twice")
        seen.add(name)


# Shared parts ------------------------------------------------------------------------------------


class FindingRecord(Struct, forbid_unknown_fields=True):
    """A `hillflow.findings.Finding`."""

    code: str
    text: str
    severity: Literal["note", "warning"] = "warning"


class Versions(Struct):
    """Versions of the packages that affect the numbers."""

    hillflow: str
    python: str = ""
    torch: str = ""
    numpy: str = ""


class DataRecord(Struct):
    """`hillflow.model.describe.describe_data`."""

    kind: Literal["snapshots", "trajectories"]
    fingerprint: Digest
    rows: Positive
    genes: Positive
    times: Times
    conditions: list[str]
    time_unit: str
    scale: Literal["counts", "log1p", "unknown"]
    dtype: Literal["float32", "float64"]


class Kind(Struct):
    """Any object that is described by its kind and options."""

    kind: str


class StageRecord(Struct):
    """One stage of a method."""

    steps: Count
    objective: Kind


class MethodRecord(Struct):
    """`hillflow.model.describe.describe_method`."""

    name: str
    stages: list[StageRecord]


class FieldRecord(Struct):
    """`hillflow.model.describe.describe_field`, or the name alone."""

    name: str
    options: dict[str, Any] = {}


class SettingRecord(Struct):
    """`hillflow.train.Setting`, without what does not affect the result."""

    effort: Annotated[float, Meta(gt=0)] = 1.0
    validation_share: Share = 0.0


class ChoiceRow(Struct):
    """One candidate and left-out population."""

    left_out: str
    energy: float | None
    w1: float | None
    no_change_energy: float | None
    no_change_w1: float | None
    note: str | None
    field: str | UnsetType = UNSET
    method: str | UnsetType = UNSET


class ChoiceRecord(Struct, forbid_unknown_fields=True):
    """`hillflow.model.choice.Choice`; the file ``choice.json`` of an unfinished run."""

    name: str
    table: Annotated[list[ChoiceRow], Meta(min_length=1)]
    by: Literal["energy", "w1"] = "energy"
    sha256: Sha256 | None = None

    def __post_init__(self) -> None:
        candidates = {row.field if row.method is UNSET else row.method for row in self.table}
        if UNSET in candidates or self.name not in candidates:
            raise ValueError(f"the choice {self.name!r} without its scores")


# The run -----------------------------------------------------------------------------------------


class RequestRecord(Struct):
    """Everything that decides the result of a fit, before or after its field is chosen.

    Also the file ``asked.json`` of an unfinished run.
    """

    field: FieldRecord
    data: DataRecord
    method: MethodRecord
    seed: int
    members: Annotated[int, Meta(ge=1, le=10**6)]
    setting: SettingRecord
    sha256: Sha256 | None = None


class ManifestRecord(Struct, forbid_unknown_fields=True):
    """``manifest.json``; ``files`` has the SHA-256 of the cells, the history and the members."""

    format: str
    versions: Versions
    command: str
    asked: RequestRecord
    request: RequestRecord
    genes: Genes
    files: dict[MemberFile, Sha256]
    choice: ChoiceRecord | None = None
    sha256: Sha256 | None = None

    def __post_init__(self) -> None:
        _unique(self.genes, "gene")
        if len(self.genes) != self.request.data.genes:
            raise ValueError(f"{len(self.genes)} genes of data with {self.request.data.genes}")


class LeftOutRecord(Struct):
    """Scores of one left-out population."""

    perturbation: str
    time: float
    w1: float
    no_change_w1: float
    others_w1: float | UnsetType = UNSET
    floor_w1: float | UnsetType = UNSET


class MetricsRecord(Struct):
    """``metrics.json``; other scores may be added."""

    validation_loss: float | UnsetType = UNSET
    no_change_loss: float | UnsetType = UNSET
    members: list[dict[str, float]] = []
    left_out: list[LeftOutRecord] = []
    not_scored: list[str] = []
    findings: list[FindingRecord] = []
    sha256: Sha256 | None = None


class PublishRecord(Struct, forbid_unknown_fields=True):
    """``publish.json``: the files of a complete run that are moved into place."""

    files: list[
        Annotated[
            str,
            Meta(
                pattern=r"^([a-z]+(\.about)?\.(json|csv|h5ad|html)|"
                r"model/(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*)\Z"
            ),
        ]
    ]
    sha256: Sha256 | None = None


# The model ---------------------------------------------------------------------------------------


class Ensemble(Struct):
    """The fit to which a member belongs."""

    seed: int


class ProvenanceRecord(Struct):
    """How a member was fitted."""

    versions: Versions | UnsetType = UNSET
    seed: int | UnsetType = UNSET
    data: DataRecord | UnsetType = UNSET
    method: MethodRecord | UnsetType = UNSET
    setting: SettingRecord | UnsetType = UNSET
    ensemble: Ensemble | UnsetType = UNSET
    choice: ChoiceRecord | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.method is not UNSET and UNSET in (self.versions, self.seed):
            raise ValueError("a method without versions or seed")


class MemberRecord(Struct, forbid_unknown_fields=True):
    """``model.json``; ``tensors`` is the SHA-256 of ``model.safetensors``."""

    format: str
    tensors: Sha256
    field: Name
    defined_in: str | None
    options: dict[str, Any]
    dtype: Dtype
    heads: list[Literal["score", "growth", "diffusion", "potential"]]
    efficacy: Share | None
    cuts: list[tuple[Name, Name]]
    genes: Genes
    time_unit: str
    scale: Literal["counts", "log1p", "unknown"]
    times: Times
    conditions: Annotated[list[str], Meta(min_length=1)]
    seed: int
    metrics: dict[str, float]
    history: dict[str, list[float | None]]
    provenance: ProvenanceRecord
    sha256: Sha256 | None = None

    def __post_init__(self) -> None:
        _unique(self.genes, "gene")
        _unique(list(self.heads), "head")
        _unique(self.conditions, "condition")
        if len({len(column) for column in self.history.values()}) > 1:
            raise ValueError("columns of the history of unequal length")


class CheckpointRecord(Struct, forbid_unknown_fields=True):
    """The header of ``checkpoint.safetensors``; ``tensors`` is a digest of all tensors."""

    format: str
    request: str
    tensors: Sha256
    stage: Count
    step: Count
    rate_factor: Annotated[float, Meta(gt=0, le=1)]
    retries: Count
    best: float | Special
    history: list[dict[str, float | Special]]


class IntervalRecord(Struct, forbid_unknown_fields=True):
    """One interval of a plan: its populations and the options of its entropic part."""

    start: float
    start_condition: str
    end: float
    end_condition: str
    cost: float | Special
    epsilon: float | UnsetType = UNSET
    delta: float | Special | UnsetType | None = UNSET
    chunks: Count | UnsetType = UNSET


class PlanRecord(Struct, forbid_unknown_fields=True):
    """The header of a saved plan."""

    format: str
    fingerprint: Digest
    options: dict[str, Any]
    intervals: list[IntervalRecord]


# Results -----------------------------------------------------------------------------------------


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

    def __post_init__(self) -> None:
        _unique(self.parents, "parent")
        if self.signs and len(self.signs) != len(self.parents):
            raise ValueError(f"{len(self.signs)} signs of {len(self.parents)} parents")


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
    sha256: Sha256 | None = None

    def __post_init__(self) -> None:
        _unique([front.gene for front in self.laws], "gene")


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
    prior: dict[str, Any] | None = None
    counts: dict[str, Count] = {}
    findings: list[FindingRecord] = []
    sha256: Sha256 | None = None

    def __post_init__(self) -> None:
        curves = {} if self.curves is None else self.curves.precision
        for name in () if isinstance(curves, UnsetType) else curves:
            if name != "this network" and name not in self.baselines:
                raise ValueError(f"a curve of {name!r} without its scores")
