"""Shapes of visits, evidence and tracks."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ninja import Field, Schema

from backend.command.schemas import ClosedPhotoOut, PersonRef, PhotoOut, Words


class GridDayOut(Schema):
    code: str
    name: str
    village: str
    visited: bool
    visits: int
    first_at: datetime | None
    last_at: datetime | None
    duration_s: int
    has_person: bool


class DayOut(Schema):
    day: date
    computed_at: datetime
    rule: str
    grids: list[GridDayOut]


class StayOut(Schema):
    from_: datetime = Field(serialization_alias="from")
    to: datetime
    duration_s: int
    fixes: int
    patrol: UUID
    item: UUID
    is_late: bool


class DayAnswerOut(Schema):
    item: str
    text: str
    result: str
    result_name: str
    note: str
    task: str
    answered_at: datetime
    photos_expected: int
    photos: list[PhotoOut]
    photos_closed: list[ClosedPhotoOut]


class DayReportOut(Schema):
    id: UUID
    kind_name: str
    text: str
    occurred_at: datetime
    photos_expected: int
    photos: list[PhotoOut]
    photos_closed: list[ClosedPhotoOut]


class GridEvidenceOut(Schema):
    code: str
    name: str
    day: date
    visits: list[StayOut]
    answers: list[DayAnswerOut]
    reports: list[DayReportOut]
    note: str


class LookIn(Schema):
    visit: UUID
    reason: Words = Field(min_length=4, max_length=200)


class GapOut(Schema):
    from_: int = Field(serialization_alias="from")
    to: int
    cause: str


class SegmentOut(Schema):
    coordinates: list[list[float]]


class TrackOut(Schema):
    person: PersonRef
    segments: list[SegmentOut]
    gaps: list[GapOut]


class LookOut(Schema):
    at: datetime
    by: str
    about: str
    what: str
    reason: str
    is_mine: bool
