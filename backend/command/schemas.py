"""Shapes of the command API. Longitudes and latitudes in degrees, times in ISO 8601, codes as text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import AfterValidator, AwareDatetime, StringConstraints

Feature = dict[str, Any]
FIRST_YEAR, LAST_YEAR = 2000, 2099


def in_calendar(day: Any) -> Any:
    """A day or an instant that every calendar on the way, here and in the database, can hold."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"must lie between the years {FIRST_YEAR} and {LAST_YEAR}")
    return day


Day = Annotated[date, AfterValidator(in_calendar)]
Instant = Annotated[AwareDatetime, AfterValidator(in_calendar)]
Words = Annotated[str, StringConstraints(strip_whitespace=True)]


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
    grids_from: float
    synthetic: bool


class UnitOut(Schema):
    code: str
    name: str
    short_name: str
    level: str
    kind: str
    parent_name: str
    has_boundary: bool
    unofficial: bool


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
    """A photo that can be shown. The two texts say how its own place and time stand to the report's."""

    sha256: str
    url: str
    small_url: str
    place_word: str
    place_text: str
    time_word: str
    time_text: str


class ClosedPhotoOut(Schema):
    """A photo that is here and cannot be shown, or whose time is over; ``text`` says which."""

    sha256: str
    state: Literal["unreadable", "expired"]
    text: str


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
    photos_closed: list[ClosedPhotoOut]
    flags: list[str]


class ReportsOut(PageOut):
    items: list[ReportOut]


class CaseRow(Schema):
    id: UUID
    number: str
    title: str
    icon: str
    place: str
    grid: str
    grid_name: str
    state: str
    state_name: str
    office: str
    handler: str
    is_urgent: bool
    is_restricted: bool
    lon: float | None
    lat: float | None
    occurred_at: datetime
    moved_at: datetime
    merged: int


class LaneOut(Schema):
    """One lane: what waits there, urgent first, then what has waited longest. The first lane holds reports, the others cases."""

    key: str
    name: str
    count: int
    cases: list[CaseRow]
    reports: list[ReportOut]


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
    is_me: bool
    name: str
    grid_name: str
    state: Literal["seen", "not_seen", "not_reached"]
    at: datetime | None
    channels: list[ChannelOut]


class AlertDetailOut(AlertOut):
    recipients: list[RecipientOut]


class HelpCallOut(Schema):
    """Somebody pressed for help. The place is that of the call; where the person is now, the people on patrol say."""

    id: UUID
    person: PersonRef
    phone: str
    grid: str
    grid_name: str
    called_at: datetime
    received_at: datetime
    is_late: bool
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    note: str
    state: Literal["open", "seen", "ended"]
    state_name: str
    seen_by: str
    seen_at: datetime | None
    ended_by: str
    ended_at: datetime | None
    is_own_end: bool
    word: str


class CentreOut(Schema):
    at: datetime
    people: list[WalkerOut]
    reports: list[ReportOut]
    alerts: list[AlertOut]
    alarms: list[AlarmOut]
    lanes: list[LaneOut]
    help_calls: list[HelpCallOut]


class WordIn(Schema):
    """What is said to the person when a desk ends a call for help."""

    word: str = Field(min_length=1, max_length=200, pattern=r"\S")


class AreasIn(Schema):
    areas: list[str] = Field(min_length=1, max_length=200)
    severity: Literal["normal", "urgent"] = "normal"


class MessageIn(AreasIn):
    title: Words = Field(min_length=1, max_length=40)
    text: Words = Field(min_length=1, max_length=500)
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
    ground: Words = Field(min_length=2, max_length=200)
    from_: Instant = Field(alias="from")
    to: Instant
    items: list[str] = Field(min_length=1, max_length=30)


class GroundIn(Schema):
    ground: Words = Field(min_length=2, max_length=200)


class TaskItemOut(Schema):
    item: str
    text: str
    line: str
    result: str | None
    result_name: str
    note: str
    answered_at: datetime | None
    photos_expected: int
    photos: list[PhotoOut]
    photos_closed: list[ClosedPhotoOut]


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
    person: PersonRef | None
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


class TicketOut(Schema):
    ticket: str
    url: str
