"""How often something is due, as windows of time. Pure: no clock, no database; the same rules give the same windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
BEFORE_FESTIVAL = 7 * DAY
#: From low to high: a rule that holds from orange on holds at red too.
LEVELS = ("blue", "yellow", "orange", "red")
MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Window(NamedTuple):
    """Half-open, in UTC."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Danger:
    """An announced level of a hazard, from when to when."""

    hazard: str
    level: str
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Workdays:
    """What a county says of single days; of all others the week says it. ``festivals`` are first days of festivals."""

    said: Mapping[date, bool] = field(default_factory=dict)
    festivals: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        return self.said.get(day, day.weekday() < 5)


def windows_of(
    rules: Iterable[Mapping[str, Any]],
    first: date,
    last: date,
    *,
    zone: ZoneInfo,
    workdays: Workdays,
    dangers: Sequence[Danger] = (),
    held: tuple[date | None, date | None] = (None, None),
) -> list[Window]:
    """Windows of every rule that meet the days ``[first, last)``, in order, each once.

    A period of the calendar is cut into as many equal parts as the rule has times. Of a part counts what lies in the
    season, in the danger and in the days ``held``, the half-open days the item is asked at all; what is left of it by less
    than half is not asked for.
    """
    whole = Window(_midnight(first, zone), _midnight(last, zone))
    found = set()
    for rule in rules:
        for part in _parts(rule, first, last, zone, workdays, dangers):
            for spell in _spells(rule, part, zone, dangers):
                kept = _cut(spell, held, zone)
                if kept and 2 * (kept.end - kept.begin) >= part.end - part.begin and _meet(kept, whole):
                    found.add(kept)
    return sorted(found)


def _parts(
    rule: Mapping[str, Any], first: date, last: date, zone: ZoneInfo, workdays: Workdays, dangers: Sequence[Danger]
) -> Iterator[Window]:
    """Equal parts of the periods of a rule, whole ones, that may meet the days."""
    per, times = rule["per"], rule.get("times", 1)
    if per == "alert_over":
        hours = timedelta(hours=rule["hours"])
        yield from (Window(end, end + hours) for _, end in _lasting(rule["alert"], dangers))
    elif per == "festival":
        yield from (Window(_midnight(day - BEFORE_FESTIVAL, zone), _midnight(day, zone)) for day in sorted(workdays.festivals))
    elif per in ("day", "work_day"):
        days = (first + n * DAY for n in range((last - first).days))
        for day in days:
            if per == "day" or workdays.works(day):
                cuts = [datetime.combine(day, time()) + timedelta(minutes=1440 * n // times) for n in range(times + 1)]
                yield from _between([cut.replace(tzinfo=zone).astimezone(UTC) for cut in cuts])
    else:
        for begin, end in _periods(per, first, last):
            days_long = (end - begin).days
            cuts = [_midnight(begin + (days_long * n // times) * DAY, zone) for n in range(times + 1)]
            yield from _between(cuts)


def _periods(per: str, first: date, last: date) -> Iterator[tuple[date, date]]:
    """Weeks from Monday, months, quarters or years that meet the days."""
    if per == "week":
        begin = first - first.weekday() * DAY
        while begin < last:
            yield begin, begin + 7 * DAY
            begin += 7 * DAY
        return
    step = MONTHS[per]
    month = (first.year * 12 + first.month - 1) // step * step
    while (begin := date(month // 12, month % 12 + 1, 1)) < last:
        month += step
        yield begin, date(month // 12, month % 12 + 1, 1)


def _spells(rule: Mapping[str, Any], part: Window, zone: ZoneInfo, dangers: Sequence[Danger]) -> Iterator[Window]:
    """What of a part lies in the rule's season and danger."""
    seasons = list(_seasons(rule["season"], part, zone)) if "season" in rule else [part]
    raised = rule.get("alert") if rule["per"] != "alert_over" else None
    lasting = [Window(*one) for one in _lasting(raised, dangers)] if raised else [part]
    for season in seasons:
        for danger in lasting:
            begin, end = max(part.begin, season.begin, danger.begin), min(part.end, season.end, danger.end)
            if begin < end:
                yield Window(begin, end)


def _seasons(season: Sequence[str], part: Window, zone: ZoneInfo) -> Iterator[Window]:
    """Both days belong to the season; one that ends before it begins goes over New Year. The 29th of February may be missing."""
    for year in range(part.begin.astimezone(zone).year - 1, part.end.astimezone(zone).year + 1):
        begin, end = _day_of(year, season[0]), _day_of(year + (season[1] < season[0]), season[1], is_end=True)
        yield Window(_midnight(begin, zone), _midnight(end, zone))


def _day_of(year: int, month_day: str, *, is_end: bool = False) -> date:
    month, day = (int(part) for part in month_day.split("-"))
    if (month, day) == (2, 29) and not _has_leap_day(year):
        return date(year, 3, 1)
    return date(year, month, day) + is_end * DAY


def _has_leap_day(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _lasting(alert: Mapping[str, str], dangers: Sequence[Danger]) -> list[tuple[datetime, datetime]]:
    """From when to when the hazard was at a level or above; a level that follows another without a gap goes on."""
    levels = LEVELS[LEVELS.index(alert["from"]) :]
    rows = sorted((one.begin, one.end) for one in dangers if one.hazard == alert["hazard"] and one.level in levels)
    joined: list[tuple[datetime, datetime]] = []
    for begin, end in rows:
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((begin, end))
    return joined


def _cut(window: Window, held: tuple[date | None, date | None], zone: ZoneInfo) -> Window | None:
    begin = max(window.begin, _midnight(held[0], zone)) if held[0] else window.begin
    end = min(window.end, _midnight(held[1], zone)) if held[1] else window.end
    return Window(begin, end) if begin < end else None


def _between(cuts: Sequence[datetime]) -> Iterator[Window]:
    return (Window(one, other) for one, other in zip(cuts, cuts[1:], strict=False) if one < other)


def _meet(one: Window, other: Window) -> bool:
    return one.begin < other.end and other.begin < one.end


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
