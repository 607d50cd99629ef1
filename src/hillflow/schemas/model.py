"""Schemas of a member, of a checkpoint and of a saved plan."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from hillflow.schemas.parts import (
    ChoiceRecord,
    Count,
    DataRecord,
    Digest,
    Dtype,
    Genes,
    MethodRecord,
    Name,
    Positive,
    Scale,
    SettingRecord,
    Sha256,
    Share,
    Special,
    Times,
    Versions,
    unique,
)


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
    device: str | UnsetType = UNSET
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
    heads: list[
        Literal["score", "growth", "diffusion", "potential", "path", "noise", "protein", "splicing"]
    ]
    efficacy: Share | None
    cuts: list[tuple[Name, Name]]
    genes: Genes
    time_unit: str
    scale: Scale
    times: Times
    conditions: Annotated[list[str], Meta(min_length=1)]
    seed: int
    metrics: dict[str, float]
    history: dict[str, list[float | None]]
    provenance: ProvenanceRecord
    sha256: Sha256 | None = None

    def __post_init__(self) -> None:
        unique(self.genes, "gene")
        unique(list(self.heads), "head")
        unique(self.conditions, "condition")
        if len({len(column) for column in self.history.values()}) > 1:
            raise ValueError("columns of the history of unequal length")


class LatentRecord(Struct, forbid_unknown_fields=True):
    """``latent.json``; ``tensors`` is the SHA-256 of ``latent.safetensors``."""

    format: str
    tensors: Sha256
    genes: Genes
    latent: Positive
    unit: Annotated[float, Meta(gt=0)]
    seed: Count
    metrics: dict[str, float]
    sha256: Sha256 | None = None

    def __post_init__(self) -> None:
        unique(self.genes, "gene")


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
    dataset: str | UnsetType = UNSET


class PlanRecord(Struct, forbid_unknown_fields=True):
    """The header of a saved plan."""

    format: str
    fingerprint: Digest
    options: dict[str, Any]
    intervals: list[IntervalRecord]
