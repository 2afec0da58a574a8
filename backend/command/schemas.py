"""Shapes of the command API. Longitudes and latitudes in degrees, times in ISO 8601, codes as text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

Feature = dict[str, Any]


class PageOut(Schema):
    page: int
    pages: int
    count: int


class PersonRef(Schema):
    id: UUID
    name: str


class PostOut(Schema):
    role: str
    role_name: str
    unit: str
    unit_name: str


class MeOut(Schema):
    id: UUID
    name: str
    roles: list[PostOut]
    units: list[str]
    live_url: str
    is_demo: bool
    tiles: str
    tiles_version: str
    bounds: list[float] | None
    synthetic: bool


class UnitOut(Schema):
    code: str
    name: str
    short_name: str
    level: str
    kind: str
    parent_name: str
    has_boundary: bool


class GridPersonOut(Schema):
    duty: int
    id: UUID
    name: str
    role: str
    phone: str


class GridOut(Schema):
    code: str
    name: str
    village: str
    village_code: str
    households: int
    area_m2: float
    persons: list[GridPersonOut]
    has_person: bool
    centre: list[float]
    bbox: list[float]


class PhotoOut(Schema):
    sha256: str
    url: str
    small_url: str


class ReportOut(Schema):
    id: UUID
    kind: str
    kind_name: str
    icon: str
    text: str
    is_urgent: bool
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    grid: str
    grid_name: str
    person: PersonRef
    occurred_at: datetime
    received_at: datetime
    photos_expected: int
    photos: list[PhotoOut]
    flags: list[str]


class ReportsOut(PageOut):
    items: list[ReportOut]


class WalkerOut(Schema):
    """Somebody on patrol: the last known place, never a track."""

    id: UUID
    name: str
    grid: str
    grid_name: str
    lon: float
    lat: float
    accuracy_m: float | None
    course: float | None
    t: datetime
    patrol_started_at: datetime | None
    is_stale: bool


class AlarmOut(Schema):
    kind: Literal["grid_without_person"]
    grid: str
    grid_name: str
    text: str


class AlertOut(Schema):
    id: UUID
    severity: str
    title: str
    text: str
    about: dict[str, Any]
    sender: str
    made_at: datetime
    expires_at: datetime | None
    people: int
    seen: int
    unseen: int
    unreachable: int


class ChannelOut(Schema):
    channel: str
    state: str
    text: str


class RecipientOut(Schema):
    name: str
    grid_name: str
    state: Literal["seen", "not_seen", "not_reached"]
    at: datetime | None
    channels: list[ChannelOut]


class AlertDetailOut(AlertOut):
    recipients: list[RecipientOut]


class CentreOut(Schema):
    at: datetime
    people: list[WalkerOut]
    reports: list[ReportOut]
    alerts: list[AlertOut]
    alarms: list[AlarmOut]


class AreasIn(Schema):
    areas: list[str] = Field(min_length=1, max_length=200)
    severity: Literal["normal", "urgent"] = "normal"


class MessageIn(AreasIn):
    title: str = Field(min_length=1, max_length=40)
    text: str = Field(min_length=1, max_length=500)
    expires_in_h: int = Field(default=24, ge=1, le=168)


class PreviewOut(Schema):
    people: int
    names: list[str]
    unreached: list[str]


class TaskIn(Schema):
    grid: str
    person: UUID | None = None
    key_place: UUID | None = None
    title: str = Field(default="", max_length=80)
    ground: str = Field(min_length=2, max_length=200)
    from_: datetime = Field(alias="from")
    to: datetime
    items: list[str] = Field(min_length=1, max_length=30)


class GroundIn(Schema):
    ground: str = Field(min_length=2, max_length=200)


class TaskItemOut(Schema):
    item: str
    text: str
    line: str
    result: str | None
    result_name: str
    note: str


class TaskOut(Schema):
    id: UUID
    title: str
    ground: str
    state: str
    state_name: str
    grid: str
    grid_name: str
    key_place: str
    withdrawal_ground: str
    person: PersonRef
    from_: datetime = Field(serialization_alias="from")
    to: datetime
    assigned_at: datetime
    assigned_by: str
    items: list[TaskItemOut]


class TasksOut(PageOut):
    items: list[TaskOut]


class ItemOut(Schema):
    item: str
    line: str
    office: str
    text: str
    object_kind: str
    place_kinds: list[str]
    evidence: str
    necessity_ground: str
    minutes: int


class KeyPlaceOut(Schema):
    id: UUID
    name: str
    kind: str
    risk: str
    grid: str
    lon: float
    lat: float
    radius_m: int


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


class DayReportOut(Schema):
    id: UUID
    kind_name: str
    text: str
    occurred_at: datetime


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
    reason: str = Field(min_length=4, max_length=200)


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


class PlanIn(Schema):
    unit: str
    target_households: int = Field(default=400, ge=20, le=5000)
    k: int | None = Field(default=None, ge=1, le=200)


class PlanRowOut(Schema):
    id: int
    unit: str
    unit_name: str
    state: str
    state_name: str
    grids: int
    parameters: dict[str, Any]
    metrics: dict[str, Any]
    made_at: datetime
    made_by: str
    published_at: datetime | None
    retired_at: datetime | None
    synthetic: bool


class PlanOut(PlanRowOut):
    grids: Feature  # type: ignore[assignment]
    current: Feature


class PublicationOut(Schema):
    published: bool
    moved_tasks: int
    carried_duties: int
    open_grids: list[str]


class DutyOut(Schema):
    id: int
    grid: str
    grid_name: str
    role: str
    role_name: str
    from_: datetime = Field(serialization_alias="from")
    to: datetime | None


class DutyIn(Schema):
    grid: str
    user: UUID
    role: Literal["chief", "worker", "stand_in"]
    from_: datetime | None = Field(default=None, alias="from")


class DeviceOut(Schema):
    id: UUID
    name: str
    kind: str
    enrolled_at: datetime
    seen_at: datetime | None
    revoked_at: datetime | None


class PersonOut(Schema):
    id: UUID
    name: str
    number: str
    is_active: bool
    posts: list[PostOut]
    duties: list[DutyOut]
    has_phone: bool


class PersonDetailOut(PersonOut):
    devices: list[DeviceOut]
    past_duties: list[DutyOut]
    may_manage: bool


class EnrolmentOut(Schema):
    code: str
    expires_at: datetime
    url: str
    qr_svg: str


class LookOut(Schema):
    at: datetime
    by: str
    about: str
    what: str
    reason: str
    is_mine: bool


class TicketOut(Schema):
    ticket: str
    url: str
