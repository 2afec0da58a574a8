"""Shapes of coverage: a row is a grid, no person's name stands in any of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Schema

from backend.command.audit_schemas import DayAnswerOut, DayReportOut, StayOut
from backend.command.schemas import Feature


class RuleOut(Schema):
    version: int
    text: str


class GradesOut(Schema):
    A: int
    B: int
    C: int
    D: int


class CoverageSummaryOut(Schema):
    share: float | None
    seen_m2: int
    ground_m2: int
    grids: int


class GridCoverageOut(Schema):
    """``share`` is null as long as the grid's ground has not been made; ``longest_gap_days`` counts days nobody came."""

    code: str
    name: str
    village: str
    share: float | None
    seen_m2: int
    ground_m2: int
    is_whole_area: bool
    roads_m: int
    roads_seen_m: int
    banks_m: int
    banks_seen_m: int
    places_due: int
    places_reached: int
    longest_gap_days: int
    last_visit_at: datetime | None
    visits: int
    duration_s: int
    evidence: GradesOut
    open_flags: int
    has_person: bool


class BlindOut(Schema):
    """A grid nobody came to for longer than the county allows: since when, for how many days, and a word on it."""

    grid: str
    grid_name: str
    days: int
    last_at: datetime | None
    note: str


class OverdueOut(Schema):
    key_place: UUID
    name: str
    grid: str
    grid_name: str
    days: int | None
    last_at: datetime | None


class CoverageOut(Schema):
    """``pending`` counts grids' days that wait to be computed; ``synthetic`` that borders are made up."""

    from_: date = Field(serialization_alias="from")
    to: date
    computed_at: datetime | None
    pending: int
    rule: RuleOut
    classes: list[float]
    blind_days: int
    synthetic: bool
    summary: CoverageSummaryOut
    grids: list[GridCoverageOut]
    blind: list[BlindOut]
    overdue: list[OverdueOut]


class SharesOut(Schema):
    """``values`` in base64, a byte a grid in the order of the codes under the digest ``codes``: whole percent from 0 to 100,
    254 nothing is required there, 255 its ground has not been made yet.
    """

    from_: date = Field(serialization_alias="from")
    to: date
    codes: str
    count: int
    values: str


class PlanRef(Schema):
    id: int
    published_at: datetime | None
    label: str


class PartOut(Schema):
    """The parts of a grid's ground do not overlap; their areas add up to the ground, to the square metre."""

    kind: Literal["seen", "no_entry", "not_recorded", "none"]
    m2: int
    share: float
    geometry: Feature | None
    note: str


class WhyDayOut(Schema):
    """``stale``: something arrived that is not computed yet; ``sealed``: its tracks are gone, the figure stays."""

    day: date
    share: float
    seen_m2: int
    computed_at: datetime | None
    rule_version: int
    plan: int
    stale: bool
    sealed: bool


class LegOut(Schema):
    """A piece of track inside the grid: when and how long, never where."""

    item: UUID
    patrol: UUID
    from_: datetime = Field(serialization_alias="from")
    to: datetime
    length_m: int
    is_late: bool
    counted: bool
    why: str


class ReachedOut(Schema):
    id: UUID
    name: str
    kind: str
    lon: float
    lat: float
    grade: str | None
    at: datetime | None
    due: bool


class FlagRef(Schema):
    id: UUID
    rule: str
    text: str
    state: str


class UncountedOut(Schema):
    """Fixes that are kept and shown to the worker, and are no evidence; by the first reason that holds."""

    low_accuracy: int
    unusable: int
    mock: int
    jump: int
    clock: int


class WhyOut(Schema):
    code: str
    name: str
    village: str
    from_: date = Field(serialization_alias="from")
    to: date
    as_of: datetime | None
    share: float | None
    seen_m2: int
    ground_m2: int
    is_whole_area: bool
    roads_m: int
    roads_seen_m: int
    banks_m: int
    banks_seen_m: int
    rule: RuleOut
    plan: PlanRef
    outline: Feature
    parts: list[PartOut]
    days: list[WhyDayOut]
    legs: list[LegOut]
    places: list[ReachedOut]
    flags: list[FlagRef]
    uncounted: UncountedOut
    visits: list[StayOut]
    answers: list[DayAnswerOut]
    reports: list[DayReportOut]
    note: str
