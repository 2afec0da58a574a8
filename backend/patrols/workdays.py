"""A county's working days: a year taken over from the State Council's notices, and days somebody set by hand."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.metadata import version

import chinese_calendar
from django.db import transaction

from backend.accounts.models import User
from backend.patrols.later import generate_later
from backend.patrols.models import CalendarDay
from backend.problems import Conflict, Unreadable
from backend.units.models import AdminUnit

logger = logging.getLogger(__name__)
FROM_NOTICES = "放假通知"
Kind = CalendarDay.Kind


class YearUnknown(Conflict):
    """Nobody announced the working days of this year yet, or the table here is older than the notice."""

    slug = "year_unknown"
    zh, en = (
        "还不知道这一年怎么放假。先按周一到周五上班算，也可以一天一天地设。",
        "The holidays of this year are not known here. Weekdays count as worked until days are set by hand.",
    )


@dataclass(frozen=True, slots=True)
class Announced:
    """A day that differs from the week, or a holiday; ``festival`` only on the first day of one."""

    day: date
    kind: str
    festival: str = ""


def announced(year: int) -> list[Announced]:
    """Holidays and make-up days of a year as announced; empty for a year the table does not know."""
    known = {day.year for day in chinese_calendar.holidays}
    return list(_announced(year)) if year in known else []


def take_year(county: AdminUnit, year: int, *, by: User | None, at: datetime) -> int:
    """Take a year over for a county. Days somebody set by hand stay as they are; answers how many days it now says of."""
    days = announced(year)
    if not days:
        raise YearUnknown(year=year)
    source = f"{FROM_NOTICES}（chinesecalendar {version('chinesecalendar')}）"
    with transaction.atomic():
        AdminUnit.objects.select_for_update(no_key=True).get(pk=county.pk)
        rows = CalendarDay.objects.filter(county=county, day__year=year)
        rows.filter(source__startswith=FROM_NOTICES).delete()
        by_hand = set(rows.values_list("day", flat=True))
        CalendarDay.objects.bulk_create(
            CalendarDay(county=county, day=one.day, kind=one.kind, festival=one.festival, source=source)
            for one in days
            if one.day not in by_hand
        )
        count = rows.all().count()
        generate_later(county.code)
    logger.info("calendar.year_taken", extra={"county": county.code, "year": year, "by": by.pk if by else None, "at": str(at)})
    return count


def set_day(county: AdminUnit, day: date, *, kind: str, festival: str = "", by: User, at: datetime) -> CalendarDay:
    """What the county says of one day, over any notice."""
    if kind not in Kind.values:
        raise Unreadable("这一天要么上班，要么休息。", fields=[{"where": "kind", "what": "不是上班或休息"}])
    said = {"kind": kind, "festival": festival.strip(), "source": f"{by.name} {at:%Y-%m-%d} 设"}
    with transaction.atomic():
        row, _ = CalendarDay.objects.update_or_create(county=county, day=day, defaults=said)
        generate_later(county.code)
    logger.info("calendar.day_set", extra={"county": county.code, "day": str(day), "kind": kind, "by": by.pk})
    return row


def clear_day(county: AdminUnit, day: date, *, by: User, at: datetime) -> bool:
    """Leave a day to the week again."""
    with transaction.atomic():
        gone, _ = CalendarDay.objects.filter(county=county, day=day).delete()
        generate_later(county.code)
    logger.info("calendar.day_cleared", extra={"county": county.code, "day": str(day), "by": by.pk, "at": str(at)})
    return bool(gone)


def _announced(year: int) -> Iterator[Announced]:
    day, before = date(year, 1, 1), chinese_calendar.holidays.get(date(year - 1, 12, 31), "")
    while day.year == year:
        name = chinese_calendar.holidays.get(day, "")
        if name:
            first = name if name != before else ""
            yield Announced(day, Kind.REST.value, chinese_calendar.Holiday(first).chinese[:20] if first else "")
        elif chinese_calendar.is_workday(day) != (day.weekday() < 5):
            yield Announced(day, Kind.WORK.value if chinese_calendar.is_workday(day) else Kind.REST.value)
        before = name
        day += timedelta(days=1)
