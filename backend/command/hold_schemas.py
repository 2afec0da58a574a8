"""Shapes of holds and seals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from backend.command.schemas import Day, PageOut, PersonRef, Words


class HoldIn(Schema):
    person: UUID | None = None
    unit: str | None = Field(default=None, max_length=15)
    ground: Literal["dispute", "case"]
    reason: Words = Field(min_length=2, max_length=200)
    from_: Day = Field(alias="from")
    to: Day


class ReleaseIn(Schema):
    reason: Words = Field(min_length=2, max_length=200)


class HoldOut(Schema):
    id: UUID
    person: PersonRef | None
    unit: str
    unit_name: str
    ground: str
    ground_name: str
    reason: str
    from_: date = Field(serialization_alias="from")
    to: date
    placed_by: str
    placed_at: datetime
    released_by: str
    released_at: datetime | None
    release_reason: str


class HoldsOut(PageOut):
    items: list[HoldOut]


class SealOut(Schema):
    unit: str
    day: date
    sha256: str
    is_intact: bool
    held_back: int
    sealed_at: datetime
    grids: dict[str, Any]


class SealsOut(PageOut):
    items: list[SealOut]
