"""Shapes of plans, people, duties and phones."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from backend.command.schemas import Feature, Instant, PostOut


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
    from_: Instant | None = Field(default=None, alias="from")


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
