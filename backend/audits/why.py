"""Why a grid's figure is what it is: the pieces, days and parts that make it, as known now or as known then."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from backend.accounts.models import User
from backend.audits.days import CoverageDay, TouchedDay
from backend.audits.due import DuePlace, places_due
from backend.audits.grounds import PatrollableGround
from backend.audits.parts import KINDS, Parts, cut_parts, whole_numbers
from backend.audits.ranges import audited_grids, moment_of
from backend.audits.seals import DaySeal
from backend.audits.shapes import NOTHING, Seen, areas_only, at_least, ground_in_metres, measure, stored_shapes, unite
from backend.audits.visits import county_day, day_bounds
from backend.places.models import Grid
from backend.places.rules import Rules, rules_at
from backend.problems import NotFound


@dataclass(frozen=True, slots=True)
class WhyDay:
    """One day of the range; a day without a row was seen by nobody."""

    day: date
    share: float
    seen_m2: int
    row: CoverageDay | None
    plan: int
    is_stale: bool
    is_sealed: bool


@dataclass(slots=True)
class Why:
    """``numbers`` are whole square metres by part and add up to ``ground_m2``; ``shapes`` are metres of ``srid``."""

    grid: Grid
    rules: Rules
    ground: PatrollableGround | None
    ground_m2: int = 0
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    #: Metres of roads and banks seen, of those the ground has.
    seen: Seen = field(default_factory=Seen)
    shapes: Parts | None = None
    days: list[WhyDay] = field(default_factory=list)
    rows: list[CoverageDay] = field(default_factory=list)
    due: list[DuePlace] = field(default_factory=list)

    @property
    def share(self) -> float | None:
        return self.numbers["seen"] / self.ground_m2 if self.ground_m2 else None

    @property
    def uncounted(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for row in self.rows:
            total.update(row.uncounted)
        return total

    def told(self, name: str) -> list[dict[str, Any]]:
        """What every day's row keeps under a name: legs, places, refusals, silences."""
        return [entry for row in self.rows for entry in getattr(row, name)]


def why_grid(user: User, code: str, first: date, last: date, *, at: datetime, as_of: datetime | None = None) -> Why:
    """Everything that made a grid's figure over some days. With ``as_of`` the figures as they stood at that instant."""
    asked_at = moment_of(last, at)
    found = audited_grids(user, at).filter(code=code, valid__startswith__lte=asked_at)
    grid = found.select_related("village", "plan").order_by("valid").last()
    if grid is None:
        raise NotFound
    rows = _rows(user, grid, first, last, as_of)
    shapes = stored_shapes([row.pk for row in rows])
    own = [row for row in rows if row.grid_id == grid.pk]
    is_single = len(own) == 1 and (first == last or len(rows) == 1)
    grounds = PatrollableGround.objects.filter(grid=grid)
    ground = own[0].ground if is_single else grounds.newest().first()
    why = Why(grid, rules_at(code, day_bounds(first)[0] if first == last else asked_at), ground)
    if ground is not None:
        whole = ground_in_metres(ground)
        # Of another grid's row only what lies on this ground is evidence here.
        parts = {row.pk: _on(shapes.get(row.pk, NOTHING), whole, row, ground) for row in rows}
        why.rows = [row for row in rows if row.grid.code == code or not parts[row.pk].is_empty]
        _cut(why, ground, whole, parts, own[0] if is_single else None)
        why.days = _days(why, first, last, parts, at=at)
    why.due = places_due([code], why.told("places"), first, last, at=at)
    return why


def _rows(user: User, grid: Grid, first: date, last: date, as_of: datetime | None) -> list[CoverageDay]:
    """Figures of the grid, and, of days before its plan, of the grids of its village that were there."""
    shown = CoverageDay.objects.visible_to(user).between(first, last).filter(grid__village=grid.village_id)
    shown = shown.known_at(as_of) if as_of else shown.current()
    rows = shown.exclude(grid__plan=grid.plan_id) | shown.filter(grid=grid)
    return list(rows.select_related("grid", "ground").defer("grid__polygon", "seen").order_by("day", "grid__code", "pk"))


def _on(shape: BaseGeometry, whole: BaseGeometry, row: CoverageDay, ground: PatrollableGround) -> BaseGeometry:
    return shape if row.ground_id == ground.pk else unite([shape], whole)


def _cut(
    why: Why, ground: PatrollableGround, whole: BaseGeometry, parts: dict[int, BaseGeometry], only: CoverageDay | None
) -> None:
    seen = unite([parts[row.pk] for row in why.rows], None)
    why.shapes = cut_parts(whole, seen, why.told("refusals"), why.told("silences"), why.rules, ground.srid)
    why.ground_m2 = ground.area_m2
    if only is not None:
        stored = {"seen": only.seen_m2, "no_entry": only.no_entry_m2, "not_recorded": only.not_recorded_m2}
        why.numbers = stored | {"none": ground.area_m2 - sum(stored.values())}
        why.seen = Seen(only.seen_m2, only.roads_seen_m, only.banks_seen_m)
    else:
        own = [row for row in why.rows if row.grid_id == why.grid.pk]
        why.seen = at_least(measure(ground, seen), [(row.seen_m2, row.roads_seen_m, row.banks_seen_m) for row in own], ground)
        why.numbers = whole_numbers(why.shapes, ground.area_m2, why.seen.seen_m2)


def _days(why: Why, first: date, last: date, parts: dict[int, BaseGeometry], *, at: datetime) -> list[WhyDay]:
    code, ground_m2 = why.grid.code, why.ground_m2
    stale = set(
        TouchedDay.objects.filter(grid__code=code, day__gte=first, day__lte=last).values_list("day", flat=True).distinct()
    )
    sealed = set(
        DaySeal.objects.filter(unit_code=f"{code[:9]}000", day__gte=first, day__lte=last).values_list("day", flat=True)
    )
    by_day: dict[date, list[CoverageDay]] = {}
    for row in why.rows:
        by_day.setdefault(row.day, []).append(row)
    days = []
    for n in range((min(last, county_day(at)) - first).days + 1):
        day = first + timedelta(days=n)
        rows = by_day.get(day, [])
        own = next((row for row in rows if row.grid_id == why.grid.pk), rows[0] if rows else None)
        if own is not None and len(rows) == 1 and why.ground is not None and own.ground_id == why.ground.pk:
            seen_m2 = own.seen_m2
        else:
            seen_m2 = min(ground_m2, round(unite([parts[row.pk] for row in rows], None).area)) if rows else 0
        share = seen_m2 / ground_m2 if ground_m2 else 0.0
        plan = own.grid.plan_id if own is not None else why.grid.plan_id
        days.append(WhyDay(day, share, seen_m2, own, plan, day in stale, day in sealed))
    return days


def largest_piece(shape: BaseGeometry) -> BaseGeometry:
    """The largest connected piece of an area; empty if there is none."""
    pieces = shapely.get_parts(areas_only(shape))
    return max(pieces, key=lambda piece: piece.area) if len(pieces) else NOTHING
