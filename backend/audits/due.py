"""Key places that had to be reached in some days, because a task asked for them; frequencies are not guessed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from backend.audits.visits import day_bounds
from backend.field.located import grids_at
from backend.field.models import PlaceVisit
from backend.patrols.models import Task
from backend.places.models import Grid, KeyPlace

RULE = "必到点：期间有任务要求去的重点场所。没有派任务的不算要求。"


@dataclass(frozen=True, slots=True)
class DuePlace:
    """A key place that a task asked for. ``is_over``: the window of such a task has ended."""

    place: KeyPlace
    grid_code: str
    is_reached: bool
    grade: str
    last_at: str | None
    is_over: bool


def places_due(
    codes: Collection[str], reached: Iterable[dict[str, Any]], first: date, last: date, *, at: datetime
) -> list[DuePlace]:
    """Places of tasks whose window lies in the days, in the grids of the range's end, with how they were reached at best."""
    begin, end = day_bounds(first)[0], day_bounds(last)[1]
    asked = Task.objects.open_sight().exclude(state=Task.State.WITHDRAWN).filter(window__overlap=DateTimeTZRange(begin, end))
    windows: dict[int, list[datetime | None]] = {}
    for pk, window in asked.exclude(key_place=None).values_list("key_place", "window"):
        windows.setdefault(pk, []).append(window.upper)
    places = KeyPlace.objects.filter(village__code__in={code[:12] for code in codes}, pk__in=windows).order_by("pk")
    found = locate_places(places, min(at, end))
    best: dict[str, dict[str, Any]] = {}
    for row in reached:
        if row["grade"] and (row["id"] not in best or row["grade"] < best[row["id"]]["grade"]):
            best[row["id"]] = row
    due = []
    for place, code in found:
        if code in codes:
            row = best.get(str(place.uuid), {})
            is_over = any(upper is not None and upper <= min(at, end) for upper in windows[place.pk])
            due.append(DuePlace(place, code, bool(row), row.get("grade", ""), row.get("at"), is_over))
    return due


def locate_places(places: Iterable[KeyPlace], at: datetime) -> list[tuple[KeyPlace, str]]:
    """Each place with the code of the grid it lay in at an instant, empty outside every grid."""
    rows = list(places)
    grids = grids_at(at)
    found = grids.locate([place.point.x for place in rows], [place.point.y for place in rows]) if rows else []
    return [(place, grids.code(int(where))) for place, where in zip(rows, found, strict=True)]


def reached_on(grid: Grid, day: date, *, left_out: Collection[Any]) -> list[dict[str, Any]]:
    """Key places of a grid that were due or reached on a day, each with the best grade of its evidence.

    What a patrol that does not count says of a stay is no evidence either; a scanned tag stays one.
    """
    begin, end = day_bounds(day)
    places = {place.pk: place for place in KeyPlace.objects.filter(point__intersects=grid.polygon).order_by("pk")}
    rows = PlaceVisit.objects.filter(key_place__in=places, t0__gte=begin, t0__lt=end, grid_code=grid.code)
    best: dict[int, tuple[str, datetime]] = {}
    for row in rows.exclude(grade=PlaceVisit.Grade.DWELL, patrol_uuid__in=left_out).order_by("grade", "t0", "pk"):
        best.setdefault(row.key_place_id, (row.grade, row.t0))
    asked = Task.objects.open_sight().exclude(state=Task.State.WITHDRAWN).filter(key_place__in=places)
    due = set(asked.filter(window__overlap=DateTimeTZRange(begin, end)).values_list("key_place", flat=True))
    return [
        {
            "id": str(places[pk].uuid),
            "grade": best[pk][0] if pk in best else "",
            "at": best[pk][1].isoformat() if pk in best else None,
            "due": pk in due,
        }
        for pk in sorted({*best, *due})
    ]
