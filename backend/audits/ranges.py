"""Coverage of the grids somebody may see over some days: a figure a grid, and for no person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q

from backend.accounts.models import User, in_stems
from backend.audits.days import CoverageDay, TouchedDay
from backend.audits.due import DuePlace, places_due
from backend.audits.grounds import PatrollableGround
from backend.audits.shapes import Seen, at_least, seen_over_days
from backend.audits.visits import county_day, day_bounds
from backend.field.models import CENTRE_AND_SUPERVISOR, Flag
from backend.places.models import Grid, GridDuty, GridQuerySet
from backend.places.rules import Rules, rules_at

GRADES = "ABCD"
FIGURES = ("pk", "grid_id", "grid__code", "ground_id", "seen_m2", "ground_m2", "roads_seen_m", "banks_seen_m", "has_shape")
ALONE = ("seen_m2", "roads_seen_m", "banks_seen_m")
ROW = (*FIGURES, "day", "visits", "duration_s", "last_at", "evidence", "places", "refusals", "computed_at")


@dataclass(slots=True)
class GridRange:
    """One grid over the days that were asked for; ``share`` is None as long as its ground has not been made."""

    grid: Grid
    ground: PatrollableGround | None = None
    seen: Seen = field(default_factory=Seen)
    #: Coverage rows that say something of this ground, and whether they must be cut to it.
    rows: tuple[int, ...] = ()
    is_cut: bool = False
    ground_m2: int = 0
    share: float | None = None
    visits: int = 0
    duration_s: int = 0
    last_visit_at: datetime | None = None
    longest_gap_days: int = 0
    days_without: int | None = None
    evidence: dict[str, int] = field(default_factory=lambda: dict.fromkeys(GRADES, 0))
    due: list[DuePlace] = field(default_factory=list)
    open_flags: int = 0
    has_person: bool = False
    refusal: str = ""

    @property
    def places_reached(self) -> int:
        return sum(place.is_reached for place in self.due)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a supervisor reads: every grid in sight, and how much still waits to be computed."""

    first: date
    last: date
    computed_at: datetime | None
    pending: int
    rules: Rules
    grids: list[GridRange]


def audited_grids(user: User, at: datetime) -> GridQuerySet:
    """Grids in force at an instant whose coverage the person may see: in the units of a centre, supervisor or administrator."""
    own = in_stems("code", user.stems(at, CENTRE_AND_SUPERVISOR))
    return Grid.objects.visible_to(user).filter(own)


def coverage_between(user: User, first: date, last: date, *, at: datetime) -> Coverage:
    """Coverage of the grids in force at the end of the days, including what was seen of their ground under older plans."""
    asked_at = moment_of(last, at)
    # Of the borders only their figures are needed here.
    held = grids_in_force(user, last, at=at).select_related("village").defer("polygon", "village__boundary")
    ranges = {grid.pk: GridRange(grid) for grid in held}
    rules = rules_at(next(iter(ranges.values())).grid.code if ranges else "", asked_at)
    rows = _figures(user, ranges, first, last, ROW)
    _sums(ranges, rows)
    _gaps(user, ranges, first, last)
    _people_and_flags(user, ranges, asked_at)
    codes = {row.grid.code: row for row in ranges.values()}
    for place in places_due(codes, rows_places(rows), first, last, at=at):
        codes[place.grid_code].due.append(place)
    stems = user.stems(at, CENTRE_AND_SUPERVISOR)
    waiting = TouchedDay.objects.filter(in_stems("grid__code", stems), day__gte=first, day__lte=last)
    pending = waiting.values("grid", "day").distinct().count() + sum(row.ground is None for row in ranges.values())
    computed_at = max((row["computed_at"] for row in rows), default=None)
    return Coverage(first, last, computed_at, pending, rules, list(ranges.values()))


def shares_between(user: User, first: date, last: date, *, at: datetime) -> Iterator[tuple[int | None, float]]:
    """In the order of codes, of every grid in sight how much ground it has (None: not made yet) and the share that was seen."""
    ranges = {grid.pk: GridRange(grid) for grid in grids_in_force(user, last, at=at).only("pk", "code")}
    _figures(user, ranges, first, last, FIGURES)
    return ((shown.ground_m2 if shown.ground else None, shown.share or 0.0) for shown in ranges.values())


def grids_in_force(user: User, last: date, *, at: datetime) -> GridQuerySet:
    """The grids a range of days is told of, by code."""
    return audited_grids(user, at).valid_at(moment_of(last, at)).order_by("code")


def moment_of(last: date, at: datetime) -> datetime:
    """The instant whose grids and people a range of days shows: its end, or now while it runs."""
    return min(at, day_bounds(last)[1] - timedelta(microseconds=1))


def rows_places(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [place for row in rows for place in row["places"]]


def _figures(
    user: User, ranges: dict[int, GridRange], first: date, last: date, columns: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Figures in force of these days, of grids now and of those that were there before them; what they add up to is kept."""
    shown = CoverageDay.objects.visible_to(user).current().between(first, last)
    shown = shown.annotate(has_shape=Q(seen__isnull=False))
    rows = list(shown.order_by("grid__code", "day", "pk").values(*columns)) if ranges else []
    _grounds(ranges)
    _seen(ranges, rows)
    return rows


def _grounds(ranges: dict[int, GridRange]) -> None:
    shown = PatrollableGround.objects.filter(grid__in=list(ranges)).newest().defer("geometry", "roads", "banks")
    for ground in shown:
        row = ranges[ground.grid_id]
        row.ground, row.ground_m2 = ground, ground.area_m2


def _seen(ranges: dict[int, GridRange], rows: list[dict[str, Any]]) -> None:
    """One day's figure is the stored one; of several days the seen ground is united, never the shares averaged."""
    own: dict[int, list[dict[str, Any]]] = defaultdict(list)
    older: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["grid_id"] in ranges:
            own[row["grid_id"]].append(row)
        else:
            older[row["grid__code"][:12]].append(row)
    wanted: dict[int, tuple[tuple[int, ...], bool]] = {}
    for pk, shown in ranges.items():
        parts = own[pk] + older[shown.grid.code[:12]]
        shown.rows = tuple(row["pk"] for row in parts if row["has_shape"])
        shown.is_cut = shown.ground is not None and any(row["ground_id"] != shown.ground.pk for row in parts)
        if len(own[pk]) == 1 and len(parts) == 1:
            only = parts[0]
            shown.ground_m2 = only["ground_m2"]
            shown.seen = Seen(only["seen_m2"], only["roads_seen_m"], only["banks_seen_m"])
        elif parts and shown.ground is not None:
            wanted[shown.ground.pk] = shown.rows, shown.is_cut
    found = seen_over_days(wanted)
    for shown in ranges.values():
        if shown.ground is not None and shown.ground.pk in found:
            sealed = [tuple(row[name] for name in ALONE) for row in own[shown.grid.pk] if not row["has_shape"]]
            shown.seen = at_least(found[shown.ground.pk], sealed, shown.ground)
        if shown.ground_m2:
            shown.share = shown.seen.seen_m2 / shown.ground_m2


def _sums(ranges: dict[int, GridRange], rows: list[dict[str, Any]]) -> None:
    codes = {shown.grid.code: shown for shown in ranges.values()}
    for row in rows:
        shown = codes.get(row["grid__code"])
        if shown is None:
            continue
        shown.visits += row["visits"]
        shown.duration_s += row["duration_s"]
        for grade, count in row["evidence"].items():
            shown.evidence[grade] += count
        if row["refusals"]:
            shown.refusal = row["refusals"][-1]["reason"] or "没有写原因"


def _gaps(user: User, ranges: dict[int, GridRange], first: date, last: date) -> None:
    """Days in a row that nobody came; before the first visit ever, since the grid's code is in force."""
    came = CoverageDay.objects.visible_to(user).current().filter(visits__gt=0)
    before = dict(came.filter(day__lt=first).values_list("grid__code").annotate(Max("day")))
    last_at = dict(came.filter(day__lte=last).values_list("grid__code").annotate(Max("last_at")))
    within: dict[str, list[date]] = defaultdict(list)
    for code, day in came.between(first, last).order_by("day").values_list("grid__code", "day"):
        within[code].append(day)
    codes = [shown.grid.code for shown in ranges.values()]
    since = dict(
        Grid.objects.filter(code__in=codes, valid__isnull=False).values_list("code").annotate(Min("valid__startswith"))
    )
    for shown in ranges.values():
        code = shown.grid.code
        begin = before.get(code) or (county_day(since[code]) - timedelta(days=1) if since.get(code) else first)
        known = [begin, *within[code], last + timedelta(days=1)]
        shown.longest_gap_days = max(max(0, (b - a).days - 1) for a, b in zip(known, known[1:], strict=False))
        shown.days_without = max(0, (last - known[-2]).days)
        shown.last_visit_at = last_at.get(code)


def _people_and_flags(user: User, ranges: dict[int, GridRange], at: datetime) -> None:
    codes = [shown.grid.code for shown in ranges.values()]
    held = set(GridDuty.objects.accountable(at).filter(grid__code__in=codes).values_list("grid__code", flat=True))
    undecided = Flag.objects.visible_to(user).filter(Q(decision="") | Q(decision="ask_more"), unit_code__in=codes)
    flags = Counter(dict(undecided.values_list("unit_code").annotate(Count("pk"))))
    for shown in ranges.values():
        shown.has_person = shown.grid.code in held
        shown.open_flags = flags[shown.grid.code]
