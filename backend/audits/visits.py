"""Which grids were visited on a day, and by what evidence. Grids are the rows, never people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from backend.accounts.models import User
from backend.field.models import Visit
from backend.places.models import Grid, GridDuty

RULE = "一段不中断的路线里，手机定位进到网格、又从网格出来，算一次到访。只说到没到过，不说走遍了多少。"


@dataclass(frozen=True, slots=True)
class GridDay:
    """A grid as it was on a day, and the stays of anybody in it."""

    grid: Grid
    visits: int
    first_at: datetime | None
    last_at: datetime | None
    duration_s: int
    has_person: bool


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Beginning and end of the county's calendar day, half open."""
    zone = ZoneInfo(settings.COUNTY_TIME_ZONE)
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def county_day(at: datetime) -> date:
    return at.astimezone(ZoneInfo(settings.COUNTY_TIME_ZONE)).date()


def grids_of_day(user: User, day: date, *, at: datetime) -> list[GridDay]:
    """Every grid the person may see that was in force on the day; visited or not."""
    start, end = day_bounds(day)
    grids = {
        grid.code: grid
        for grid in Grid.objects.visible_to(user)
        .filter(valid__overlap=(start, end))
        .select_related("village")
        .order_by("code", "valid")
    }
    stays: dict[str, list[tuple[datetime, datetime]]] = {}
    rows = Visit.objects.visible_to(user).filter(t0__lt=end, t1__gte=start, grid__code__in=grids)
    for code, t0, t1 in rows.order_by("t0").values_list("grid__code", "t0", "t1"):
        stays.setdefault(code, []).append((max(t0, start), min(t1, end)))
    asked_at = min(max(at, start), end - timedelta(microseconds=1))
    held = set(GridDuty.objects.accountable(asked_at).filter(grid__code__in=grids).values_list("grid__code", flat=True))
    return [
        GridDay(
            grid=grid,
            visits=len(found := stays.get(code, [])),
            first_at=found[0][0] if found else None,
            last_at=max(leave for _, leave in found) if found else None,
            duration_s=round(time_covered(found).total_seconds()),
            has_person=code in held,
        )
        for code, grid in sorted(grids.items())
    ]


def time_covered(stays: Iterable[tuple[datetime, datetime]]) -> timedelta:
    """Time during which anybody was there: two at once count once.

    >>> from datetime import UTC
    >>> nine, ten, noon = (datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (9, 10, 12))
    >>> time_covered([(nine, noon), (ten, noon)])
    datetime.timedelta(seconds=10800)
    """
    total, reached = timedelta(), None
    for begin, end in sorted(stays):
        if reached is None or begin > reached:
            total, reached = total + (end - begin), end
        elif end > reached:
            total, reached = total + (end - reached), end
    return total
