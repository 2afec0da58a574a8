"""What stands behind a figure of a grid: stays, answers, reports. Never who."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from backend.accounts.models import User
from backend.command.describe import describe_photos, describe_reports, photos_here
from backend.field.models import Flag, Report, Visit
from backend.patrols.models import Answer

Span = tuple[datetime, datetime]
SAID = ("id", "text", "occurred_at", "photos_expected", "photos", "photos_closed")


def describe_stays(user: User, stays: Iterable[Visit]) -> list[dict[str, Any]]:
    shown = list(stays)
    wanted = Q(about_id__in={about for stay in shown for about in (stay.item, stay.patrol_uuid)}, rule="late")
    late = set(Flag.objects.visible_to(user).filter(wanted).values_list("about_id", flat=True))
    return [
        {
            "from_": stay.t0,
            "to": stay.t1,
            "duration_s": round((stay.t1 - stay.t0).total_seconds()),
            "fixes": stay.n,
            "patrol": stay.patrol_uuid,
            "item": stay.item,
            "is_late": bool(late & {stay.item, stay.patrol_uuid}),
        }
        for stay in shown
    ]


def stays_in(user: User, grid: str, span: Span) -> list[Visit]:
    """Stays under whatever plan the grid had that code."""
    rows = Visit.objects.visible_to(user).filter(grid__code=grid, t0__lt=span[1], t1__gte=span[0])
    return list(rows.order_by("t0", "pk"))


def describe_answers(user: User, grid: str, span: Span) -> list[dict[str, Any]]:
    rows = Answer.objects.visible_to(user).filter(task__grid__code=grid, answered_at__gte=span[0], answered_at__lt=span[1])
    shown = list(rows.select_related("item", "task").order_by("answered_at"))
    here = photos_here(shown)
    return [
        {
            "item": f"{answer.item.code}@{answer.item.version}",
            "text": answer.item.text,
            "result": answer.result,
            "result_name": answer.get_result_display(),
            "note": answer.words,
            "task": answer.task.title,
            "answered_at": answer.answered_at,
        }
        | describe_photos(answer, here)
        for answer in shown
    ]


def describe_said(user: User, grid: str, span: Span) -> list[dict[str, Any]]:
    """Reports from the grid with their photos."""
    rows = Report.objects.visible_to(user).filter(grid_code=grid, occurred_at__gte=span[0], occurred_at__lt=span[1])
    shown = list(rows.select_related("kind", "person").order_by("occurred_at"))
    return [
        {name: said[name] for name in SAID} | {"kind_name": said["kind_name"] or said["kind"]}
        for said in describe_reports(shown)
    ]
