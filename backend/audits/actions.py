"""Marking days whose figure must be computed anew, in the transaction of what changed them; the job does the rest."""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.db import transaction
from django.db.models import Q
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

import geo
from backend.accounts.models import User
from backend.audits.marks import take_up_soon
from backend.audits.visits import county_day, day_bounds
from backend.field.flags import decide_flag
from backend.field.located import grids_at, grids_between
from backend.field.models import Flag, FlagDecision, PlaceVisit, TrackSegment, Visit
from backend.field.tracks import cut, local_day, midnights
from backend.field.whole_tracks import fixes_of
from backend.places.models import Grid, KeyPlace
from backend.places.rules import rules_at
from backend.statements import Asked, ask_all
from geo import Fixes

BEHIND = -6  # figures of today, alerts and whatever a person waits for go first
MAKE_GROUND = "backend.audits.jobs.make_ground"
METRES_A_DEGREE = 110_500.0  # the least a degree of latitude has, so that nothing near is missed

# Marks are not unique, so that no phone ever waits for another: with the change only these rows are written.
MARK = """
insert into audits_touchedday (grid_id, day, touched_at)
select grid_id, day, %(at)s::timestamptz from unnest(%(grids)s::bigint[], %(days)s::date[]) as m(grid_id, day)
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


def decide_and_mark(flag: Flag, *, decision: str, note: str, by: User, at: datetime) -> FlagDecision:
    """Decide a question; what it was about is taken out of the figures, or into them again, as the decision says."""
    with transaction.atomic():
        made = decide_flag(flag, decision=decision, note=note, by=by, at=at)
        mark_patrol(flag.person, flag.about_id, at=at)
    return made


def make_ground_later() -> None:
    """Have the ground of grids made that have none: after a plan was published or a rule changed."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(MAKE_GROUND, queueing_lock="ground", priority=BEHIND).defer()


def marks_of_walk(fixes: Fixes, *, interval_s: int | None = None, at: datetime) -> list[Asked]:
    """The statement that marks every grid within sight of a piece of track, on each of its days: for the transaction that stores
    it, on any of its journeys."""
    touched: set[tuple[int, date]] = set()
    for begin, end in pairwise(midnights(fixes.time_ms)):
        touched |= _in_sight(cut(fixes, slice(begin, end)), interval_s)
    return _marks(touched, at=at)


def mark_track(person: User, item: UUID, *, at: datetime) -> None:
    """Mark what one stored upload counts for: before it is taken away."""
    _mark(_of_segments(TrackSegment.objects.filter(person=person, item=item)), at=at)


def mark_patrol(person: User, about: UUID, *, at: datetime) -> None:
    """Mark what a patrol, or one upload, counted for: after a decision about it."""
    _mark(_of_segments(TrackSegment.objects.filter(Q(patrol_uuid=about) | Q(item=about), person=person)), at=at)


def mark_person(person: User, *, at: datetime) -> None:
    """Mark all that a person's tracks count for: before a rebuild takes them away, or when consent changes."""
    touched = _of_segments(TrackSegment.objects.filter(person=person))
    stays = Visit.objects.filter(person=person).values_list("grid", "t0")
    _mark(touched | {(grid, county_day(t0)) for grid, t0 in stays}, at=at)


def mark_reached(person: User, item: UUID, *, at: datetime) -> None:
    """Mark the grids of the key places that one item shows as reached: a report with photos, an answer."""
    rows = PlaceVisit.objects.filter(person=person, item=item).exclude(grid_code="").values_list("grid_code", "t0")
    for code, moment in rows:
        mark_touched([code], county_day(moment), at=at)


def mark_place(key_place: KeyPlace, moment: datetime, *, at: datetime) -> None:
    """Mark the grid a key place lay in when it was reached, or could not be entered."""
    grids = grids_at(moment)
    found = int(grids.locate([key_place.point.x], [key_place.point.y])[0])
    if found != geo.NOWHERE:
        _mark({(grids.key(found), county_day(moment))}, at=at)


def _mark(touched: set[tuple[int, date]], *, at: datetime) -> None:
    ask_all(*_marks(touched, at=at))


def _marks(touched: set[tuple[int, date]], *, at: datetime) -> list[Asked]:
    if not touched:
        return []
    ordered = sorted(touched)
    values: dict[str, Any] = {"grids": [grid for grid, _ in ordered], "days": [day for _, day in ordered]}
    transaction.on_commit(take_up_soon, robust=True)
    return [(MARK, values | {"at": at})]


def _of_segments(segments: Any) -> set[tuple[int, date]]:
    touched: set[tuple[int, date]] = set()
    for row in segments.order_by("pk"):
        touched |= _in_sight(fixes_of(row), row.interval_s)
    return touched


def _in_sight(fixes: Fixes, interval_s: int | None = None) -> set[tuple[int, date]]:
    """Grids within sight of the fixes of one day, under the plan of their beginning and of their end."""
    legs = geo.legs(fixes.time_ms, fixes.reasons, interval_s=interval_s)
    if not legs:
        return set()
    shapes = [np.column_stack([fixes.lon[leg], fixes.lat[leg]]) for leg in legs]
    lines = [shapely.linestrings(xy) if len(xy) > 1 else shapely.points(xy[0]) for xy in shapes]
    found: set[int] = set()
    begin, end = _instant(int(fixes.time_ms[0])), _instant(int(fixes.time_ms[-1]))
    for grids in grids_between(begin, end):
        if grids.index.codes:
            view_m = rules_at(grids.index.codes[0], begin).coverage.view_m
            reach = view_m / (METRES_A_DEGREE * math.cos(math.radians(float(np.abs(fixes.lat).max()))))
            with grids.lock:
                near = grids.index.near(lines, reach)
            found |= {grids.key(int(index)) for index in near}
    day = local_day(int(fixes.time_ms[0]))
    return {(grid, day) for grid in found}


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)
