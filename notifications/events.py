"""What happened, in the past tense: plain values that survive a queue. The rules say who hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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


Event = UrgentReported | AreaMessageSent | TaskAssigned | TaskWithdrawn | CaseAssigned | HelpCalled | HelpAnswered
