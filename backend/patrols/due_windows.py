"""Which admitted item is due in which windows in a township, by its frequency, the calendar and the dangers announced."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F

from backend.patrols.frequency import Danger, Window, Workdays, windows_of
from backend.patrols.models import AlertLevel, CalendarDay, ChecklistItem, ItemAdmission
from backend.units.models import AdminUnit

logger = logging.getLogger(__name__)
AFTER_DANGER = timedelta(days=10)  # the longest a rule looks back to a danger that is over
Days = tuple[date, date | None]


@dataclass(frozen=True, slots=True)
class Due:
    """An item in a window, for the objects whose unit has ``stem`` as the longest of those with dangers of their own."""

    stem: str
    item: int
    admission: int
    code: str
    is_restricted: bool
    position: int
    window: Window


@dataclass(frozen=True, slots=True)
class _Held:
    """An admission with the days its version is asked, and the days the item is asked without a break, in any version."""

    admission: ItemAdmission
    days: Days
    chain: Days


def due_windows(township: AdminUnit, first: date, last: date) -> tuple[list[Due], list[str]]:
    """All windows that meet the days ``[first, last)``; and the stems of villages that have dangers of their own.

    A window belongs to the version in force on the day it begins, and is not cut where the next version takes over.
    """
    zone = ZoneInfo(settings.COUNTY_TIME_ZONE)
    workdays = workdays_of(f"{township.code[:6]}000000", first, last)
    dangers = _dangers(township, first, last, zone)
    found = []
    for position, held in enumerate(_held(township)):
        item = held.admission.item
        is_restricted = item.sight == ChecklistItem.Sight.RESTRICTED
        for stem, here in dangers.items():
            windows = windows_of(item.frequency, first, last, zone=zone, workdays=workdays, dangers=here, held=held.chain)
            found += [
                Due(stem, item.pk, held.admission.pk, item.code, is_restricted, position, window)
                for window in windows
                if _begins_in(window, held.days, zone)
            ]
    return found, [stem for stem in dangers if stem != township.stem]


def workdays_of(county_code: str, first: date, last: date) -> Workdays:
    """What the county says of days around; a year it says nothing of goes by weekdays, with a warning."""
    years = range(first.year, last.year + 1)
    rows = CalendarDay.objects.filter(county__code=county_code, day__year__gte=first.year - 1, day__year__lte=last.year + 1)
    said = {row.day: row for row in rows}
    for year in years:
        if not any(day.year == year for day in said):
            logger.warning("calendar.year_unknown", extra={"county": county_code, "year": year})
    works = {day: row.kind == CalendarDay.Kind.WORK for day, row in said.items()}
    return Workdays(works, frozenset(day for day, row in said.items() if row.festival))


def _held(township: AdminUnit) -> Iterator[_Held]:
    """Admissions for the county or the township, an item's versions that follow each other without a day between as one chain."""
    units = [f"{township.code[:6]}000000", township.code]
    rows = ItemAdmission.objects.in_force().filter(unit__code__in=units).exclude(item__frequency=[]).select_related("item")
    rows = rows.exclude(item__object_kind=ChecklistItem.ObjectKind.CASE).filter(valid__isempty=False)
    ordered = rows.order_by("item__line", "item__code", "unit__code", F("valid").asc())
    for _, group in groupby(ordered, key=lambda row: (row.item.code, row.unit_id)):
        asked = [(row, days) for row in group if (days := _both(row))]
        for number, (row, days) in enumerate(asked):
            begin, end = number, number
            while begin and asked[begin - 1][1][1] == asked[begin][1][0]:
                begin -= 1
            while end + 1 < len(asked) and asked[end][1][1] == asked[end + 1][1][0]:
                end += 1
            yield _Held(row, days, (asked[begin][1][0], asked[end][1][1]))


def _both(admission: ItemAdmission) -> Days | None:
    """Days on which the admission and its version of the item hold."""
    one, other = admission.valid, admission.item.valid
    if one.isempty or other.isempty:
        return None
    begin = max(one.lower or date.min, other.lower or date.min)
    ends = [day for day in (one.upper, other.upper) if day is not None]
    end = min(ends) if ends else None
    return (begin, end) if end is None or begin < end else None


def _begins_in(window: Window, days: Days, zone: ZoneInfo) -> bool:
    day = window.begin.astimezone(zone).date()
    return days[0] <= day and (days[1] is None or day < days[1])


def _dangers(township: AdminUnit, first: date, last: date, zone: ZoneInfo) -> dict[str, Sequence[Danger]]:
    """Dangers that hold in the township as a whole, by its stem, and in villages that have some of their own, by theirs."""
    begin = datetime.combine(first, datetime.min.time(), tzinfo=zone) - AFTER_DANGER
    end = datetime.combine(last, datetime.min.time(), tzinfo=zone)
    rows = AlertLevel.objects.filter(valid__overlap=(begin, end)).select_related("unit").order_by("pk")
    by_stem: dict[str, list[Danger]] = defaultdict(list)
    for row in rows.filter(unit__code__startswith=township.code[:6]):
        by_stem[row.unit.stem].append(Danger(row.hazard, row.level, row.valid.lower, row.valid.upper))
    here = [danger for stem, found in by_stem.items() if township.stem.startswith(stem) for danger in found]
    villages = {stem: here + found for stem, found in by_stem.items() if len(stem) > 9 and stem.startswith(township.stem)}
    return {township.stem: here, **villages}
