"""The figure of one grid and day, computed from everything that is there now, in any order of arrival the same."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import shapely
from django.db import connection, transaction
from django.db.models import Q, Value
from shapely.geometry.base import BaseGeometry

import geo
from backend.audits.days import AsSeen, CoverageDay, TouchedDay
from backend.audits.due import reached_on
from backend.audits.grounds import PatrollableGround
from backend.audits.legs import DayLegs, day_legs
from backend.audits.make_ground import ground_of
from backend.audits.parts import cut_parts, whole_numbers
from backend.audits.seals import is_sealed
from backend.audits.shapes import areas_only, ground_in_metres, lines_in_metres
from backend.audits.visits import county_day, day_bounds, time_covered
from backend.field.models import Visit
from backend.patrols.models import Answer, ChecklistItem
from backend.places.layers import to_shapely
from backend.places.models import Grid
from backend.places.rules import Rules, rules_at
from geo.coverage import cover, seen_length

logger = logging.getLogger(__name__)
# One worker at a time computes a grid's day; what arrives meanwhile leaves a mark of its own.
LOCK_DAY = "select pg_advisory_xact_lock(hashtext('xunge.coverage'), hashtext(%s))"


@dataclass(frozen=True, slots=True)
class Figure:
    """Everything a `CoverageDay` says but when."""

    ground: PatrollableGround
    rules: Rules
    seen: BaseGeometry
    values: dict[str, Any]

    @property
    def is_empty(self) -> bool:
        """Nobody was near, nothing was said: a day without a row."""
        told = any(self.values[name] for name in ("legs", "visits", "refusals", "silences"))
        return self.seen.is_empty and not told and not any(place["grade"] for place in self.values["places"])

    @property
    def digest(self) -> str:
        made = {name: value for name, value in self.values.items() if name not in ("first_at", "last_at")}
        limits = {"coverage": asdict(self.rules.coverage), "track": asdict(self.rules.track), "ride": self.rules.ride_mps}
        whole = {"ground": self.ground.digest, "rule": self.rules.version, "limits": limits, **made}
        return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()


def compute_day(grid: Grid, day: date, *, at: datetime) -> CoverageDay | None:
    """Bring the figure of a grid's day up to date; the row in force afterwards, None for a day nobody came.

    A figure that changes once its day is over leaves the old row readable as what was known until then. Of a day that still
    runs only the newest is kept. A sealed day stays as it was: what made it is gone.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK_DAY, [f"{grid.pk}:{day}"])
        TouchedDay.objects.filter(grid=grid, day=day).delete()
        held = CoverageDay.objects.current().filter(grid=grid, day=day).first()
        if is_sealed(grid.code, day):
            return held
        figure = figure_of(grid, day, at=at)
        if held is not None and held.digest == figure.digest and not figure.is_empty:
            return held
        if held is not None:
            _supersede(held, at=at)
        if figure.is_empty:
            return None
        row = _write(grid, day, figure, at=at)
    logger.info("coverage.computed", extra={"grid": grid.code, "day": str(day), "seen_m2": row.seen_m2})
    return row


def seen_area_of(legs: list[Any], outline: BaseGeometry, whole: BaseGeometry, rules: Rules) -> BaseGeometry:
    """The ground of a grid that was seen from some legs, all in metres."""
    return areas_only(cover([outline], [whole], legs, limits=rules.coverage).seen[0])


def figure_of(grid: Grid, day: date, *, at: datetime) -> Figure:
    """What the rows say of a grid's day by the rules of that day."""
    begin, end = day_bounds(day)
    rules = rules_at(grid.code, begin)
    ground = ground_of(grid, rules, at=at)
    outline = geo.to_metric(to_shapely(grid.polygon), ground.srid)
    whole = ground_in_metres(ground)
    found = day_legs(grid, day, outline, rules, ground.srid)
    seen = seen_area_of(found.legs, outline, whole, rules)
    stays = _stays(grid, begin, end, found)
    reached = reached_on(grid, day, left_out=found.left_out)
    refusals = _refusals(grid, begin, end)
    parts = cut_parts(whole, seen, refusals, found.silences, rules, ground.srid)
    numbers = whole_numbers(parts, ground.area_m2, min(round(seen.area), ground.area_m2))
    values = {
        "seen_m2": numbers["seen"],
        "ground_m2": ground.area_m2,
        "no_entry_m2": numbers["no_entry"],
        "not_recorded_m2": numbers["not_recorded"],
        "roads_seen_m": _length(ground, "roads", seen),
        "banks_seen_m": _length(ground, "banks", seen),
        "places": reached,
        "places_due": sum(place["due"] for place in reached),
        "places_reached": sum(place["due"] and bool(place["grade"]) for place in reached),
        "evidence": dict(Counter(place["grade"] for place in reached if place["grade"])),
        "visits": len(stays),
        "duration_s": round(time_covered(stays).total_seconds()),
        "first_at": min((enter for enter, _ in stays), default=None),
        "last_at": max((leave for _, leave in stays), default=None),
        "legs": found.pieces,
        "refusals": refusals,
        "silences": found.silences,
        "uncounted": {name: count for name, count in found.uncounted.items() if count},
    }
    return Figure(ground, rules, seen, values)


def _write(grid: Grid, day: date, figure: Figure, *, at: datetime) -> CoverageDay:
    row = CoverageDay(
        grid=grid,
        day=day,
        ground=figure.ground,
        rule_version=figure.rules.version,
        digest=figure.digest,
        computed_at=at,
        seen=AsSeen(Value(shapely.to_wkb(figure.seen))),
        **figure.values,
    )
    row.save(force_insert=True)
    return row


def _supersede(held: CoverageDay, *, at: datetime) -> None:
    if county_day(at) > held.day and county_day(held.computed_at) >= held.day:
        CoverageDay.objects.filter(pk=held.pk).update(superseded_at=at)
    else:
        held.delete()


def _stays(grid: Grid, begin: datetime, end: datetime, found: DayLegs) -> list[tuple[datetime, datetime]]:
    out = {piece["item"] for piece in found.pieces if not piece["counted"]}
    rows = Visit.objects.filter(grid=grid, t0__lt=end, t1__gte=begin).exclude(item__in=out)
    return [(max(enter, begin), min(leave, end)) for enter, leave in rows.order_by("t0", "t1").values_list("t0", "t1")]


def _refusals(grid: Grid, begin: datetime, end: datetime) -> list[dict[str, Any]]:
    """Places of the grid that somebody could not enter. Without a place nobody can say which ground it was."""
    said = Answer.objects.filter(Q(result=Answer.Result.NO_ENTRY), answered_at__gte=begin, answered_at__lt=end)
    said = said.exclude(item__sight=ChecklistItem.Sight.RESTRICTED)  # evidence is read by whoever has the area
    rows = said.filter(task__key_place__point__intersects=grid.polygon).select_related("task__key_place")
    return [
        {
            "answer": str(row.uuid),
            "place": str(row.task.key_place.uuid),
            "name": row.task.key_place.name,
            "lon": round(row.task.key_place.point.x, 7),
            "lat": round(row.task.key_place.point.y, 7),
            "reason": row.reason or row.note[:40],
            "at": row.answered_at.isoformat(),
        }
        for row in rows.order_by("answered_at", "uuid")
        if row.task.key_place is not None
    ]


def _length(ground: PatrollableGround, name: str, seen: BaseGeometry) -> int:
    whole: int = getattr(ground, f"{name}_m")
    if not whole or seen.is_empty:
        return 0
    return min(whole, round(seen_length(list(shapely.get_parts(lines_in_metres(ground, name))), seen)))
