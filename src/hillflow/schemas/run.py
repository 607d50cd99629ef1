"""Schemas of a run's own files: manifest, metrics, and the files of an unfinished run."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from hillflow.schemas.parts import (
    ChoiceRecord,
    DataRecord,
    FieldRecord,
    FindingRecord,
    Genes,
    MethodRecord,
    SettingRecord,
    Sha256,
    Versions,
    unique,
)

MemberFile = Annotated[
    str,
    Meta(
        pattern=r"^(data\.h5ad|history\.csv|"
        r"model/member-[0-9]{1,9}/model\.(json|safetensors))\Z"
    ),
]


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


class CallRecord(Struct, forbid_unknown_fields=True):
    """How a fit was asked for; an option is None if JSON cannot hold its value."""

    cells: str
    is_path: bool
    out: str | None
    options: dict[str, Any]


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
    call: CallRecord | None = None
    sha256: Sha256 | None = None

    def __post_init__(self) -> None:
        unique(self.genes, "gene")
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
    dataset: str | UnsetType = UNSET


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
