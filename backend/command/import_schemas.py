"""Shapes of layer imports."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema


class ImportRowOut(Schema):
    id: UUID
    unit: str
    unit_name: str
    kind: str
    kind_name: str
    state: str
    state_name: str
    step: str
    file_name: str
    size: int
    made_at: datetime
    made_by: str
    read_at: datetime | None
    taken_in_at: datetime | None
    result: dict[str, Any]
    unsolved: int


class ChoiceOut(Schema):
    value: str
    label: str


class FindingOut(Schema):
    """One thing that was looked at: ``error`` stands in the way until it is answered, the first choice is proposed."""

    key: str
    code: str
    level: str
    title: str
    where: str
    advice: str
    mark: int | None
    choices: list[ChoiceOut]
    answer: str
    figures: dict[str, Any]


class FieldWantedOut(Schema):
    name: str
    label: str
    otherwise: str
    chosen: str


class UploadedFieldOut(Schema):
    name: str
    samples: list[str]


class UploadedLayerOut(Schema):
    name: str
    format: str
    count: int
    geometry_type: str
    letters: str
    crs: str | None
    has_z: bool
    fields: list[UploadedFieldOut]


class ImportOut(ImportRowOut):
    layers: list[UploadedLayerOut]
    layer: str
    fields: list[FieldWantedOut]
    department: str
    synthetic: bool
    findings: list[FindingOut]
    counts: dict[str, int]
    rows: int
    preview: list[dict[str, str]]
    marks: dict[str, Any]
    has_converted: bool


class ImportChoicesIn(Schema):
    """What a person chose; what is left out stays as it was. An answer of ``""`` is taken back."""

    layer: str | None = Field(default=None, max_length=120)
    fields: dict[str, str] | None = None
    answers: dict[str, str] | None = None
    synthetic: bool | None = None
    department: str | None = Field(default=None, max_length=40)


class ImportShapesOut(Schema):
    """The layer as it would be taken in, in degrees, beside what is there now."""

    layer: dict[str, Any]
    county: dict[str, Any] | None
