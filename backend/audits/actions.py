"""Marking days whose figure must be computed anew, in the transaction of what changed them; the job does the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.db import connection
from django.db.models import Q

import geo
from backend.accounts.models import User
from backend.audits.visits import county_day, day_bounds
from backend.field.located import grids_at
from backend.field.models import TrackSegment, Visit
from backend.places.models import Grid
from backend.places.rules import rules_at

COMPUTE = "backend.audits.jobs.compute"
MAKE_GROUND = "backend.audits.jobs.make_ground"

# One statement, and it never waits for another phone: marks are not unique, and a day that already has a job keeps it.
# The index that keeps queueing locks unique is procrastinate's own.
MARK = """
with marked as (
    insert into audits_touchedday (grid_id, day, touched_at)
    select grid_id, day, %(at)s from unnest(%(grids)s::bigint[], %(days)s::date[]) as m(grid_id, day)
    returning grid_id, day
)
insert into procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
select 'default', %(task)s, key, key, jsonb_build_object('grid', grid_id, 'day', day)
  from (select distinct grid_id, day, 'coverage ' || grid_id || ' ' || day as key from marked order by grid_id, day) as m
on conflict (queueing_lock) where status = 'todo' do nothing
"""


def mark_touched(grids: Iterable[int | str], day: date, *, at: datetime) -> None:
    """Say that something which counts for grids on a day has changed. Keys of grids, or codes: then those in force that day.

    Call it in the transaction that made the change, once for each day, so that the figure follows if and only if it happened.
    """
    wanted = list(grids)
    keys = {grid for grid in wanted if isinstance(grid, int)}
    codes = {grid for grid in wanted if isinstance(grid, str) and grid}
    if codes:
        keys |= set(Grid.objects.filter(code__in=codes, valid__overlap=day_bounds(day)).values_list("pk", flat=True))
    _mark({(key, day) for key in keys}, at=at)


def mark_track(person: User, item: UUID, *, at: datetime) -> None:
    """Mark every grid within sight of one uploaded piece of track, on each of its days."""
    _mark(_in_sight(TrackSegment.objects.filter(person=person, item=item)), at=at)


def mark_patrol(person: User, about: UUID, *, at: datetime) -> None:
    """Mark what a patrol, or one upload, counted for: after a decision about it."""
    _mark(_in_sight(TrackSegment.objects.filter(Q(patrol_uuid=about) | Q(item=about), person=person)), at=at)


def mark_person(person: User, *, at: datetime) -> None:
    """Mark all that a person's tracks count for: before a rebuild takes them away, or when consent changes."""
    touched = _in_sight(TrackSegment.objects.filter(person=person))
    stays = Visit.objects.filter(person=person).values_list("grid", "t0")
    _mark(touched | {(grid, county_day(t0)) for grid, t0 in stays}, at=at)


def mark_place(key_place: Any, moment: datetime, *, at: datetime) -> None:
    """Mark the grid a key place lay in when it was reached, or could not be entered."""
    grids = grids_at(moment)
    found = int(grids.locate([key_place.point.x], [key_place.point.y])[0])
    if found != geo.NOWHERE:
        _mark({(grids.key(found), county_day(moment))}, at=at)


def _mark(touched: set[tuple[int, date]], *, at: datetime) -> None:
    if not touched:
        return
    ordered = sorted(touched)
    values: dict[str, Any] = {"grids": [grid for grid, _ in ordered], "days": [day for _, day in ordered]}
    with connection.cursor() as cursor:
        cursor.execute(MARK, values | {"at": at, "task": COMPUTE})


def _in_sight(segments: Any) -> set[tuple[int, date]]:
    touched: set[tuple[int, date]] = set()
    for person_day, rows in _by_day(segments).items():
        touched |= {(grid, person_day) for row in rows for grid in _grids_near(row)}
    return touched


def _by_day(segments: Any) -> dict[date, list[TrackSegment]]:
    days: dict[date, list[TrackSegment]] = defaultdict(list)
    for row in segments.only("day", "twkb", "reasons", "t0", "t1").order_by("day", "pk"):
        days[row.day].append(row)
    return days


def _grids_near(row: TrackSegment) -> set[int]:
    """Grids within sight of the fixes that count, under the plan of the beginning and of the end of the piece."""
    lon, lat, time_ms = geo.decode_track(bytes(row.twkb))
    reasons = np.frombuffer(bytes(row.reasons), dtype=np.uint8)
    legs = geo.legs(time_ms, reasons)
    if not legs:
        return set()
    shapes = [np.column_stack([lon[leg], lat[leg]]) for leg in legs]
    lines = [shapely.linestrings(xy) if len(xy) > 1 else shapely.points(xy[0]) for xy in shapes]
    found: set[int] = set()
    for moment in {_instant(int(time_ms[0])), _instant(int(time_ms[-1]))}:
        grids = grids_at(moment)
        code = grids.index.codes[0] if grids.index.codes else ""
        reach = rules_at(code, moment).coverage.view_m / (111_000 * np.cos(np.radians(lat.max(initial=0.0))))
        with grids.lock:
            near = grids.index.near(lines, float(reach))
        found |= {grids.key(int(index)) for index in near}
    return found


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)
