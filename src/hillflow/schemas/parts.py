"""Types and parts that several schemas share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

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
Scale = Literal["counts", "log1p", "coordinates", "unknown"]
Special = Literal["inf", "-inf", "nan"]  # floats that JSON does not have


def unique(names: list[str], what: str) -> None:
    """Refuse a name that is there twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"the {what} {name!r} twice")
        seen.add(name)


class FindingRecord(Struct, forbid_unknown_fields=True):
    """A `hillflow.findings.Finding`."""

    code: Name
    text: Name
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
    scale: Scale
    dtype: Literal["float32", "float64"]
    velocity: bool = False
    unspliced: bool = False
    sets: list[str] = []


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
