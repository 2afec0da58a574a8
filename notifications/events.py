"""What happened, in the past tense: plain values that survive a queue. The rules say who hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Severity = Literal["normal", "urgent"]


@dataclass(frozen=True, slots=True)
class UrgentReported:
    """A worker reported something that cannot wait. ``grid_code``: of the place, else of the reporter's own grid.

    What only desks may read (``is_restricted``) rings nobody on the ground.
    """

    report: str
    kind: str
    place: str
    text: str
    grid_code: str
    reporter: int
    occurred_at: datetime
    at: datetime
    is_restricted: bool = False


@dataclass(frozen=True, slots=True)
class AreaMessageSent:
    """Somebody at a desk wrote to the people of villages or grids."""

    message: str
    severity: Severity
    title: str
    text: str
    codes: tuple[str, ...]
    by: int
    expires_at: datetime
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TaskAssigned:
    """A named person was given a task."""

    task: str
    title: str
    ground: str
    grid_code: str
    person: int
    by: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskWithdrawn:
    """A task was taken back."""

    task: str
    title: str
    ground: str
    grid_code: str
    person: int
    by: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseAssigned:
    """A case was given to an office, or back to it (``is_rework``). ``title`` is empty when only desks may read it."""

    case: str
    step: int
    number: str
    title: str
    place: str
    note: str
    grid_code: str
    people: tuple[int, ...]
    by: int | None
    at: datetime
    is_rework: bool = False


@dataclass(frozen=True, slots=True)
class HelpCalled:
    """Somebody on the ground pressed for help. ``grid_code``: of the place, else of the person's own grid."""

    call: str
    grid_code: str
    place: str
    person: int
    name: str
    phone: str
    occurred_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class HelpAnswered:
    """A desk has seen a call for help."""

    call: str
    person: int
    by: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class TasksHandedOver:
    """Open tasks went from one person to another: said once to whoever takes them (``is_given``), once to whoever is relieved.

    ``title`` is of one of them; empty when only the person may read what they are.
    """

    hand_over: str
    person: int
    is_given: bool
    count: int
    title: str
    ground: str
    tasks: tuple[str, ...]
    grid_codes: tuple[str, ...]
    by: int
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskDueSoon:
    """A task is due soon and nobody has answered it. Of one with something restricted ``title`` and ``ground`` say nothing."""

    task: str
    title: str
    ground: str
    grid_code: str
    person: int
    due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class TaskOverdue:
    """A task's time is over and nobody has answered it."""

    task: str
    title: str
    ground: str
    grid_code: str
    person: int
    due_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class GridWithoutPerson:
    """Nobody is accountable for a grid."""

    grid_code: str
    grid_name: str
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class AlertLevelRaised:
    """A danger was announced for a unit. ``hazard`` and ``color`` are the words people read, ``reason`` is the notice."""

    level: str
    hazard: str
    color: str
    unit_code: str
    unit_name: str
    ends_at: datetime
    reason: str
    by: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class AlertLevelLifted:
    """A danger announced for a unit is over."""

    level: str
    hazard: str
    unit_code: str
    unit_name: str
    by: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class PhoneSilent:
    """A phone on patrol has sent nothing for longer than the county allows."""

    patrol: str
    grid_code: str
    person: int
    name: str
    last_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class FlagRaised:
    """Something about a person's own record is asked. A flag is no verdict."""

    flag: str
    rule_text: str
    day: date
    grid_code: str
    person: int
    at: datetime


Event = (
    UrgentReported
    | AreaMessageSent
    | TaskAssigned
    | TaskWithdrawn
    | TasksHandedOver
    | TaskDueSoon
    | TaskOverdue
    | GridWithoutPerson
    | CaseAssigned
    | HelpCalled
    | HelpAnswered
    | AlertLevelRaised
    | AlertLevelLifted
    | PhoneSilent
    | FlagRaised
)
