"""Shapes of items, admissions, days and alert levels. Days are the county's; ``to`` is the last day, included."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema

from backend.command.schemas import Day, Instant, PageOut, Words
from backend.patrols.models import AlertLevel, CalendarDay, ChecklistItem

County = Field(min_length=12, max_length=12)


class ItemFieldsIn(Schema):
    """What is written of an item; what is left out is the default, also in a new version."""

    line: Words = Field(max_length=40)
    text: Words = Field(max_length=120)
    office_name: Words = Field(default="", max_length=40)
    object_kind: ChecklistItem.ObjectKind = ChecklistItem.ObjectKind.GRID
    place_kinds: list[str] = Field(default_factory=list, max_length=30)
    risks: list[str] = Field(default_factory=list, max_length=3)
    frequency: list[dict[str, Any]] = Field(default_factory=list, max_length=8)
    sight: ChecklistItem.Sight = ChecklistItem.Sight.OPEN
    evidence_policy: ChecklistItem.Evidence = ChecklistItem.Evidence.NONE
    necessity_ground: Words = Field(default="", max_length=200)
    answer_type: dict[str, Any] = Field(default_factory=dict)
    minutes: int = Field(default=3, ge=1, le=480)
    legal_ground: Words = Field(default="", max_length=200)


class NewItemIn(Schema):
    county: str = County
    code: Words = Field(max_length=20)
    from_: Day = Field(alias="from")
    fields: ItemFieldsIn


class NewVersionIn(Schema):
    from_: Day = Field(alias="from")
    fields: ItemFieldsIn


class EndItemIn(Schema):
    from_: Day = Field(alias="from")
    ground: Words = Field(min_length=2, max_length=200)


class ItemFieldsOut(Schema):
    line: str
    text: str
    office_name: str
    object_kind: str
    place_kinds: list[str]
    risks: list[str]
    frequency: list[dict[str, Any]]
    sight: str
    evidence_policy: str
    necessity_ground: str
    answer_type: dict[str, Any]
    minutes: int
    legal_ground: str


class ItemVersionOut(Schema):
    """One version; ``said`` holds the fields in words."""

    entry: int
    code: str
    version: int
    from_: date | None = Field(serialization_alias="from")
    to: date | None
    standing: Literal["coming", "in_force", "ended"]
    fields: ItemFieldsOut
    said: dict[str, str]


class AdmissionOut(Schema):
    """``load``: minutes a day of the busiest person before and after, and the county's cap, as shown to who decides."""

    admission: int
    entry: int
    item: str
    text: str
    line: str
    frequency: str
    minutes: int
    unit: str
    unit_name: str
    office: str
    state: str
    standing: str
    is_temporary: bool
    ground: str
    from_: date | None = Field(serialization_alias="from")
    to: date | None
    applied_by: str
    applied_at: datetime | None
    decided_by: str
    decided_at: datetime | None
    decision_note: str
    withdrawn_by: str
    withdrawn_at: datetime | None
    withdrawal_ground: str
    load: dict[str, Any]


class ListedItemOut(ItemVersionOut):
    """The newest version of an item, with how many versions there are and where it may be asked now."""

    versions: int
    admitted_in: list[str]
    applied_in: list[str]


class CountyListOut(Schema):
    """``words``: what the codes of the fields are called; ``lines``: lines known to the county."""

    county: str
    county_name: str
    may_change: bool
    lines: list[str]
    offices: list[str]
    words: dict[str, Any]
    defaults: dict[str, Any]
    items: list[ListedItemOut]


class ItemHistoryOut(Schema):
    versions: list[ItemVersionOut]
    admissions: list[AdmissionOut]


class ImportLineOut(Schema):
    line: int
    code: str
    text: str
    kind: Literal["new", "revised", "same"]
    changed: list[str]


class ImportFaultOut(Schema):
    line: int
    column: str
    what: str


class ImportOut(Schema):
    lines: list[ImportLineOut]
    faults: list[ImportFaultOut]
    is_written: bool


class ApplicationIn(Schema):
    entry: int
    unit: str = Field(min_length=12, max_length=12)
    ground: Words = Field(min_length=2, max_length=200)
    from_: Day = Field(alias="from")
    to: Day | None = None
    is_temporary: bool = False


class DecisionIn(Schema):
    is_admitted: bool
    note: Words = Field(default="", max_length=100)
    reason: Words = Field(default="", max_length=98)


class WithdrawalIn(Schema):
    from_: Day = Field(alias="from")
    ground: Words = Field(min_length=2, max_length=180)


class AdmissionsOut(PageOut):
    items: list[AdmissionOut]


class CalendarDayOut(Schema):
    day: date
    kind: CalendarDay.Kind
    festival: str
    source: str
    by_hand: bool


class CalendarOut(Schema):
    """``is_set``: the county says something of this year; ``is_known``: it can be taken over from the notices."""

    county: str
    county_name: str
    year: int
    is_set: bool
    is_known: bool
    may_change: bool
    days: list[CalendarDayOut]


class YearIn(Schema):
    county: str = County
    year: int = Field(ge=2004, le=2099)


class CalendarDayIn(Schema):
    """``kind`` left out: the day goes back to the week."""

    county: str = County
    day: Day
    kind: CalendarDay.Kind | None = None
    festival: Words = Field(default="", max_length=20)


class AlertLevelIn(Schema):
    unit: str = Field(min_length=12, max_length=12)
    hazard: AlertLevel.Hazard
    level: AlertLevel.Level
    ground: Words = Field(min_length=2, max_length=200)
    to: Instant


class AlertLevelOut(Schema):
    id: UUID
    unit: str
    unit_name: str
    hazard: str
    hazard_name: str
    level: str
    level_name: str
    ground: str
    from_: datetime = Field(serialization_alias="from")
    to: datetime
    is_on: bool
    may_lift: bool
    raised_by: str
    ended_by: str
    ended_at: datetime | None
    raises: list[str]


class AlertLevelsOut(PageOut):
    items: list[AlertLevelOut]
