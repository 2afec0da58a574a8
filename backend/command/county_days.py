"""What frequencies hang on: a county's working days and festivals, and the dangers announced for its units."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from backend.accounts.models import Post, User
from backend.command.checklist import counties
from backend.command.checklist_schemas import (
    AlertLevelIn,
    AlertLevelOut,
    AlertLevelsOut,
    CalendarDayIn,
    CalendarOut,
    YearIn,
)
from backend.command.describe import page_of
from backend.command.rights import holds
from backend.command.sign_in import StaffRequest
from backend.patrols.alert_levels import lift_level, raise_level
from backend.patrols.models import AlertLevel, CalendarDay, ChecklistItem
from backend.patrols.workdays import FROM_NOTICES, announced, clear_day, set_day, take_year
from backend.units.models import AdminUnit

router = Router(tags=["calendar"], by_alias=True)
RAISE = (Post.Role.DUTY_CHIEF, Post.Role.LEADER, Post.Role.COUNTY_ADMIN)


@router.get("calendars", response=list[CalendarOut], operation_id="list_calendars")
def calendars(request: StaffRequest, year: int | None = None) -> list[dict[str, Any]]:
    """A year of each county the person administers; this year if none is named."""
    at = timezone.now()
    named = year if year is not None and 2000 <= year <= 2099 else timezone.localtime(at).year
    return [_calendar(county, named) for county in counties(request.auth, at=at).order_by("code")]


@router.post("calendars/year", response=CalendarOut, operation_id="take_calendar_year")
def take(request: StaffRequest, body: YearIn) -> dict[str, Any]:
    """From the notices of the State Council; days set by hand stay. A year nobody announced is refused."""
    user, at = request.auth, timezone.now()
    county = get_object_or_404(counties(user, at=at), code=body.county)
    take_year(county, body.year, by=user, at=at)
    return _calendar(county, body.year)


@router.post("calendars/day", response=CalendarOut, operation_id="set_calendar_day")
def change(request: StaffRequest, body: CalendarDayIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    county = get_object_or_404(counties(user, at=at), code=body.county)
    if body.kind is None:
        clear_day(county, body.day, by=user, at=at)
    else:
        set_day(county, body.day, kind=body.kind, festival=body.festival, by=user, at=at)
    return _calendar(county, body.day.year)


@router.get("alert-levels", response=AlertLevelsOut, operation_id="list_alert_levels")
def levels(request: StaffRequest, page: int = 1) -> dict[str, Any]:
    """Those that are on first; of the units the person sees and of those above them."""
    at = timezone.now()
    rows = _visible(request.auth, at=at).select_related("unit", "raised_by", "ended_by")
    head, found = page_of(rows.order_by("-valid__endswith", "-pk"), page)
    return head | {"items": [_level(row, request.auth, at=at) for row in found]}


@router.post("alert-levels", response=AlertLevelOut, operation_id="raise_alert_level")
def raise_(request: StaffRequest, body: AlertLevelIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    unit = get_object_or_404(AdminUnit.objects.current().within(user.stems(at, RAISE)), code=body.unit)
    row = raise_level(unit, hazard=body.hazard, level=body.level, ground=body.ground, until=body.to, by=user, at=at)
    return _level(row, user, at=at)


@router.post("alert-levels/{level}/lift", response=AlertLevelOut, operation_id="lift_alert_level")
def lift(request: StaffRequest, level: UUID) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    rows = AlertLevel.objects.filter(unit__in=AdminUnit.objects.within(user.stems(at, RAISE)))
    found = get_object_or_404(rows.select_related("unit", "raised_by"), uuid=level)
    return _level(lift_level(found, by=user, at=at), user, at=timezone.now())


def _calendar(county: AdminUnit, year: int) -> dict[str, Any]:
    rows = list(CalendarDay.objects.filter(county=county, day__year=year))
    return {
        "county": county.code,
        "county_name": county.name,
        "year": year,
        "is_set": bool(rows),
        "is_known": bool(announced(year)),
        "may_change": True,
        "days": [
            {
                "day": row.day,
                "kind": row.kind,
                "festival": row.festival,
                "source": row.source,
                "by_hand": not row.source.startswith(FROM_NOTICES),
            }
            for row in rows
        ],
    }


def _visible(user: User, *, at: datetime) -> QuerySet[AlertLevel]:
    """Of units below the person's posts, and of the county and township each of them lies in."""
    stems = user.stems(at)
    above = {code for stem in stems for code in (f"{stem[:6]}000000", f"{stem[:9]}000") if len(code) == 12}
    return AlertLevel.objects.filter(Q(unit__in=AdminUnit.objects.within(stems)) | Q(unit__code__in=above))


def _level(row: AlertLevel, user: User, *, at: datetime) -> dict[str, Any]:
    is_on = at in row.valid
    return {
        "id": row.uuid,
        "unit": row.unit.code,
        "unit_name": row.unit.short_name,
        "hazard": row.hazard,
        "hazard_name": row.get_hazard_display(),
        "level": row.level,
        "level_name": row.get_level_display(),
        "ground": row.ground,
        "from_": row.valid.lower,
        "to": row.valid.upper,
        "is_on": is_on,
        "may_lift": is_on and holds(user, RAISE, over=[row.unit.code], at=at),
        "raised_by": row.raised_by.name if row.raised_by else "",
        "ended_by": row.ended_by.name if row.ended_by else "",
        "ended_at": row.ended_at,
        "raises": _raised(row, at=at) if is_on else [],
    }


def _raised(row: AlertLevel, *, at: datetime) -> list[str]:
    """Texts of the open items that are asked more often because of it."""
    items = ChecklistItem.objects.filter(
        county__code=f"{row.unit.code[:6]}000000", sight=ChecklistItem.Sight.OPEN, valid__contains=timezone.localtime(at).date()
    )
    order = AlertLevel.Level.values

    def is_raised(item: ChecklistItem) -> bool:
        alerts = [rule["alert"] for rule in item.frequency if "alert" in rule]
        return any(one["hazard"] == row.hazard and order.index(one["from"]) <= order.index(row.level) for one in alerts)

    return [item.text for item in items if is_raised(item)]
