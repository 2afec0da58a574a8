"""Shapes of plans, people, duties and phones."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from backend.command.schemas import Feature, Instant, PostOut


class PlanIn(Schema):
    unit: str
    target_households: int | None = Field(default=None, ge=1, le=5000, description="by default as now, or 400 without a plan")
    k: int | None = Field(default=None, ge=1, le=200)
    tolerance: float = Field(default=0.03, ge=0.01, le=0.3)
    place_groups: Literal["off", "soft", "hard"] = "soft"
    method: Literal["keep", "scratch"] = "keep"


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


class MovingTaskOut(Schema):
    title: str
    grid: str
    to_grid: str
    person: str
    to_person: str


class EndedDutyOut(Schema):
    grid: str
    person: str
    role_name: str


class GridLoadOut(Schema):
    code: str
    name: str
    households: int
    workload: float
    person: str


class PersonLoadOut(Schema):
    name: str
    grids: int
    households: int
    workload: float


class PreviewOut(Schema):
    """What would change; grids and persons in the order of grid codes."""

    kept: list[str]
    gone: list[str]
    fresh: list[str]
    open_grids: list[str]
    households: int
    moved_households: int
    reassigned_households: int
    carried_duties: int
    ended_duties: list[EndedDutyOut]
    tasks: list[MovingTaskOut]
    grids: list[GridLoadOut]
    persons: list[PersonLoadOut]


class RunIn(PlanIn):
    villages: list[str] | None = Field(default=None, max_length=5000)


class RunFailureOut(Schema):
    code: str
    name: str
    text: str


class TownshipRunOut(Schema):
    township: str
    name: str
    state: str
    state_name: str
    villages: int
    done: int
    drafts: int
    failures: list[RunFailureOut]


class RunOut(Schema):
    id: int
    unit: str
    unit_name: str
    parameters: dict[str, Any]
    state: str
    state_name: str
    made_at: datetime
    finished_at: datetime | None
    villages: int
    done: int
    drafts: int
    townships: list[TownshipRunOut]


class RunPartIn(Schema):
    township: str


class RunPreviewOut(Schema):
    villages: int
    grids: int
    kept: int
    before: int
    open_grids: int
    moved_households: int
    reassigned_households: int
    tasks: int
    worst_max_mean: float | None


class RefusedOut(Schema):
    unit: str
    name: str
    text: str


class RunPublicationOut(Schema):
    published: int
    moved_tasks: int
    carried_duties: int
    open_grids: list[str]
    refused: list[RefusedOut]


class PublicationOut(Schema):
    published: bool
    plan: int
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
