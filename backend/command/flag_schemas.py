"""Shapes of questions. In a list no name stands beside them; in one question the name of whom it is about does."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Schema

from backend.command.audit_schemas import GapOut, SegmentOut
from backend.command.schemas import PageOut, PersonRef, Words

State = Literal["open", "answered", "decided"]


class FlagRowOut(Schema):
    id: UUID
    number: str
    rule: str
    title: str
    grid: str
    grid_name: str
    state: State
    state_word: str
    is_asked: bool
    raised_at: datetime
    answered_at: datetime | None
    decided_at: datetime | None


class FlagCountsOut(Schema):
    """How many questions in sight stand where; of all people together."""

    open: int
    answered: int
    decided: int


class FlagsOut(PageOut):
    counts: FlagCountsOut
    items: list[FlagRowOut]


class FactOut(Schema):
    label: str
    text: str


class FlagAnswerOut(Schema):
    text: str
    at: datetime
    received_at: datetime


class FlagDecisionOut(Schema):
    decision: str
    word: str
    note: str
    by: str
    at: datetime


class EffectOut(Schema):
    """A grid's day: the share that was seen if the walk counts, and if it does not."""

    grid: str
    grid_name: str
    day: date
    counted: float
    not_counted: float
    m2: int


class FlagEffectOut(Schema):
    days: list[EffectOut]
    note: str


class FlagOut(FlagRowOut):
    person: PersonRef
    about: str
    bbox: list[float] | None
    happened_at: datetime | None
    shown_at: datetime | None
    question: str
    facts: list[FactOut]
    answers: list[FlagAnswerOut]
    decision: str
    decisions: list[FlagDecisionOut]
    effect: FlagEffectOut | None
    can_look: bool
    look_note: str
    can_decide: bool


class LookAtFlagIn(Schema):
    reason: Words = Field(min_length=4, max_length=200)


class DecideFlagIn(Schema):
    decision: Literal["counts", "does_not_count", "ask_more"]
    note: Words = Field(min_length=2, max_length=300)


class AskedTrackOut(Schema):
    """The walk as sent. ``guess`` and ``moves`` show where it likely was; nothing is counted there."""

    person: PersonRef
    segments: list[SegmentOut]
    gaps: list[GapOut]
    marked: list[list[float]]
    mistake: str
    guess: list[SegmentOut]
    moves: list[list[list[float]]]
