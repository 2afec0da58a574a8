"""What is said about tracker apps and files, to a phone and to a desk."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import StringConstraints

Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]


class TrackerIn(Schema):
    app: Literal["traccar", "osmand", "owntracks"]
    crs: Literal["wgs84", "gcj02", "bd09"] = Field("wgs84", description="the datum the app sends in")
    interval_s: int = Field(10, ge=1, le=3600, description="how often the app is set to send a position")


class HandedOut(Schema):
    """Told once. ``link`` opens the app with everything filled in, where it can; ``qr_svg`` is the same to scan."""

    device: UUID
    app: str
    app_name: str
    crs: str
    interval_s: int
    url: str
    id: str
    user: str
    password: str
    link: str
    qr_svg: str


class TrackerDayOut(Schema):
    """Numbers only: what lay outside every patrol is deleted unread, what made no sense is not kept."""

    day: str
    deleted: int
    unreadable: int


class TrackerOut(Schema):
    device: UUID
    app: str
    app_name: str
    crs: str
    interval_s: int
    enrolled_at: int
    seen_at: int | None
    days: list[TrackerDayOut]


class PatrolOut(Schema):
    id: UUID
    started_at: int
    ended_at: int | None


class GpxIn(Schema):
    """A file as text. Without a patrol one is made of each outing in it: a silence of more than 12 hours ends one."""

    gpx: str = Field(min_length=1, max_length=6_000_000)
    crs: Datum = Field(description="the datum the file is in: named, never guessed")
    patrol: UUID | None = None


class DeskGpxIn(GpxIn):
    reason: Reason


class GpxOutcomeOut(Schema):
    id: str
    status: str
    code: str
    text: str


class GpxOut(Schema):
    """``patrol`` is the first of ``patrols``. ``outside`` fixes lay outside the patrol and were not taken; ``assumed`` said nothing of their accuracy."""

    patrol: UUID
    patrols: list[UUID]
    taken: int
    outside: int
    assumed: int
    outcomes: list[GpxOutcomeOut]
