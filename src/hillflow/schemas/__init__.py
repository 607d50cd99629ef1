"""The schema of every JSON file that hillflow writes: names, types and ranges of its values.

`hillflow.records` reads the files by these. A schema lists what hillflow reads of a file; unknown
names are refused where hillflow alone writes the object, and permitted in open descriptions
(options of a field or method, settings). Values that depend on each other are compared in
``__post_init__``. Numbers are finite, since the reader refuses NaN and infinity.
"""

from __future__ import annotations

from hillflow.schemas.model import CheckpointRecord, LatentRecord, MemberRecord, PlanRecord
from hillflow.schemas.parts import ChoiceRecord
from hillflow.schemas.results import AboutFile, LawsRecord, ScmRecord, ValidationRecord
from hillflow.schemas.run import ManifestRecord, MetricsRecord, PublishRecord, RequestRecord

__all__ = [
    "AboutFile",
    "CheckpointRecord",
    "ChoiceRecord",
    "LatentRecord",
    "LawsRecord",
    "ManifestRecord",
    "MemberRecord",
    "MetricsRecord",
    "PlanRecord",
    "PublishRecord",
    "RequestRecord",
    "ScmRecord",
    "ValidationRecord",
]
