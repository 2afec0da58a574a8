"""Shapes of the API of cases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Schema
from pydantic import StringConstraints

from backend.command.schemas import CaseRow, LaneOut, PageOut, PersonRef, Words

Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500)]
Sha = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class CasePhotoOut(Schema):
    """A photo of a case, shown through the case."""

    sha256: str
    url: str
    small_url: str


class CasesOut(PageOut):
    items: list[CaseRow]


class KindChoiceOut(Schema):
    code: str
    name: str


class OfficeChoiceOut(Schema):
    id: int
    name: str


class BoardOut(Schema):
    """``kinds`` and ``offices`` are those that something in sight has, whatever it was narrowed to."""

    lanes: list[LaneOut]
    ended: dict[str, int]
    kinds: list[KindChoiceOut]
    offices: list[OfficeChoiceOut]


class StepOut(Schema):
    operation: str
    word: str
    by: str
    role: str
    office: str
    assignee: str
    note: str
    photos: list[CasePhotoOut]
    by_phone: bool
    at: datetime
    received_at: datetime


class NodeOut(Schema):
    word: str
    state: Literal["done", "current", "ahead"]
    from_: datetime | None = Field(serialization_alias="from")
    to: datetime | None
    note: str


class NearCaseOut(Schema):
    id: UUID
    number: str
    title: str
    state_name: str
    place: str
    text: str
    metres: int
    occurred_at: datetime


class NearReportOut(Schema):
    id: UUID
    text: str
    person: str
    metres: int
    occurred_at: datetime


class NearOut(Schema):
    metres: int
    hours: int
    has_place: bool
    cases: list[NearCaseOut]
    reports: list[NearReportOut]


class OfficeOut(Schema):
    id: int
    name: str
    people: list[PersonRef]


class MergedOut(Schema):
    id: UUID
    reporter: str
    text: str
    occurred_at: datetime
    photos: list[CasePhotoOut]


class KeptOut(Schema):
    id: UUID
    number: str


class CaseOut(CaseRow):
    text: str
    line: str
    report: UUID
    reporter: PersonRef
    reported_at: datetime
    accuracy_m: float | None
    photos_expected: int
    photos: list[CasePhotoOut]
    steps: list[StepOut]
    nodes: list[NodeOut]
    merged_reports: list[MergedOut]
    kept: KeptOut | None
    related: list[NearCaseOut]
    may: list[str]
    handled_by_me: bool
    offices: list[OfficeOut]
    checkers: list[PersonRef]


class DecisionOut(Schema):
    """What can be decided on a report, or what was decided."""

    case: CaseRow | None
    kept: KeptOut | None
    reason: str
    may: list[str]
    near: NearOut
    offices: list[OfficeOut]


class ExpectedIn(Schema):
    expected_state: str = Field(default="", max_length=12, description="the state the sender saw; another one is a conflict")


class RegisterIn(Schema):
    note: Words = Field(default="", max_length=500)
    office: int | None = None
    handler: UUID | None = None


class ReasonIn(ExpectedIn):
    reason: Why


class MergeIn(Schema):
    case: UUID


class AssignIn(ExpectedIn):
    office: int
    handler: UUID | None = None
    note: Words = Field(default="", max_length=500)


class NoteIn(ExpectedIn):
    note: Words = Field(default="", max_length=500)


class FeedbackIn(ExpectedIn):
    text: Why
    photos: list[Sha] = Field(default=[], max_length=20)


class CheckIn(ExpectedIn):
    person: UUID | None = None
    note: Words = Field(default="", max_length=500)


class VerifyIn(ExpectedIn):
    result: Literal["pass", "not_pass", "unable"]
    note: Words = Field(default="", max_length=500)
