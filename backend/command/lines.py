"""An office's own view of its line: its items, what was due and done of each by village, and what its people found."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from ninja import Router, Schema

from backend.accounts.models import User
from backend.audits.compliance import IN_TIME, LATE, closed_between, handled, of_own_lines
from backend.command.coverage import Days, First
from backend.command.schemas import Day
from backend.command.sign_in import StaffRequest
from backend.patrols.item_words import say_frequency
from backend.patrols.models import Answer, ChecklistItem, ItemAdmission

router = Router(tags=["lines"], by_alias=True)
AT_MOST = 100


class VillageDueOut(Schema):
    village: str
    due: int
    done: int
    late: int


class LineItemOut(Schema):
    code: str
    version: int
    text: str
    line: str
    frequency: str
    is_restricted: bool
    is_admitted: bool
    due: int
    done: int
    late: int
    villages: list[VillageDueOut]


class FoundOut(Schema):
    task: UUID
    item: str
    text: str
    grid_name: str
    answered_at: datetime
    note: str


class LineOut(Schema):
    offices: list[str]
    items: list[LineItemOut]
    problems: list[FoundOut]


@router.get("line", response=LineOut, operation_id="own_line")
def line(request: StaffRequest, first: First = None, to: Day | None = None) -> dict[str, Any]:
    """For whoever works for an office; nothing for others. ``problems``: answers of these days that say something is wrong."""
    user, at = request.auth, timezone.now()
    days = Days.read(first, to, at)
    offices = handled(user, at=at)
    figures = _by_item(user, days, at=at)
    return {
        "offices": sorted({office for _, office in offices}),
        "items": [_item(item, figures.get(item.code, []), is_admitted) for item, is_admitted in _items(offices, at=at)],
        "problems": _problems(user, days, at=at),
    }


def _items(offices: list[tuple[str, str]], *, at: datetime) -> list[tuple[ChecklistItem, bool]]:
    """The newest version of each item the offices answer for, and whether it is admitted where they are."""
    mine = Q(pk__in=[])
    for unit, office in offices:
        mine |= Q(county__code=f"{unit[:6]}000000", office_name=office)
    rows = ChecklistItem.objects.filter(mine).order_by("county", "code", "-version").distinct("county", "code")
    places = {code for unit, _ in offices for code in (f"{unit[:6]}000000", f"{unit[:9]}000")}
    admitted = set(
        ItemAdmission.objects.valid_on(at).filter(unit__code__in=places).values_list("item__county", "item__code").distinct()
    )
    return [(row, (row.county_id, row.code) in admitted) for row in rows]


def _by_item(user: User, days: Days, *, at: datetime) -> dict[str, list[dict[str, Any]]]:
    rows = closed_between(of_own_lines(user, at=at), days.first, days.last, at=at)
    counted = (
        rows.values_list("item__code", "task__grid__village__name")
        .annotate(due=Count("pk"), done=Count("pk", filter=IN_TIME), late=Count("pk", filter=LATE))
        .order_by("item__code", "task__grid__village__name")
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for code, village, due, done, late in counted:
        found.setdefault(code, []).append({"village": village, "due": due, "done": done, "late": late})
    return found


def _item(item: ChecklistItem, villages: list[dict[str, Any]], is_admitted: bool) -> dict[str, Any]:  # noqa: FBT001
    sums = {name: sum(row[name] for row in villages) for name in ("due", "done", "late")}
    return sums | {
        "code": item.code,
        "version": item.version,
        "text": item.text,
        "line": item.line,
        "frequency": say_frequency(item.frequency),
        "is_restricted": item.sight == ChecklistItem.Sight.RESTRICTED,
        "is_admitted": is_admitted,
        "villages": villages,
    }


def _problems(user: User, days: Days, *, at: datetime) -> list[dict[str, Any]]:
    begin, end = days.bounds()
    mine = of_own_lines(user, at=at).values("task", "item")
    answers: QuerySet[Answer] = Answer.objects.filter(
        task__in=mine.values("task"), item__in=mine.values("item"), result=Answer.Result.PROBLEM
    )
    answers = answers.filter(answered_at__gte=begin, answered_at__lt=end).select_related("item", "task__grid")
    return [
        {
            "task": row.task.uuid,
            "item": f"{row.item.code}@{row.item.version}",
            "text": row.item.text,
            "grid_name": row.task.grid.name,
            "answered_at": row.answered_at,
            "note": row.words,
        }
        for row in answers.order_by("-answered_at", "-pk")[:AT_MOST]
    ]
