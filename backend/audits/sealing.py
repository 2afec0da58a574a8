"""Sealing a day: its figures brought up to date a last time, kept with a digest, and everything that tells a way taken out."""

from __future__ import annotations

import logging
from datetime import date, datetime
from typing import Any

from django.db import transaction

from backend.audits.compute import compute_day
from backend.audits.days import CoverageDay, TouchedDay
from backend.audits.seals import DaySeal, is_sealed, seal_digest
from backend.audits.visits import day_bounds, time_covered
from backend.field.models import PlaceVisit, Visit
from backend.places.models import Grid
from backend.units.models import stem

logger = logging.getLogger(__name__)

# Whole numbers and codes: what a digest is over must read the same everywhere and always.
FIGURES = (
    "seen_m2", "ground_m2", "no_entry_m2", "not_recorded_m2", "roads_seen_m", "banks_seen_m", "places_due", "places_reached",
    "rule_version", "digest",
)  # fmt: skip


def seal_day(unit_code: str, day: date, *, held_back: int, at: datetime) -> DaySeal:
    """Seal a township's day from what is there now; a day sealed before stays as it was sealed.

    Call it in the transaction that removes the tracks, before they are removed.
    """
    if is_sealed(unit_code, day):
        return DaySeal.objects.get(unit_code=unit_code, day=day)
    _bring_up_to_date(unit_code, day, at=at)
    aggregates = grid_aggregates(unit_code, day)
    seal = DaySeal.objects.create(
        unit_code=unit_code,
        day=day,
        aggregates=aggregates,
        sha256=seal_digest(unit_code, day, aggregates),
        held_back=held_back,
        sealed_at=at,
    )
    CoverageDay.objects.filter(grid__code__startswith=stem(unit_code), day=day).forget_ways()
    return seal


def grid_aggregates(unit_code: str, day: date) -> dict[str, Any]:
    """By grid code: what was seen of its ground, how often and how long anybody was there, key places reached by evidence."""
    start, end = day_bounds(day)
    found: dict[str, dict[str, Any]] = {}
    stays: dict[str, list[tuple[datetime, datetime]]] = {}
    visits = Visit.objects.filter(grid__code__startswith=stem(unit_code), t0__gte=start, t0__lt=end)
    for code, t0, t1 in visits.order_by("t0", "pk").values_list("grid__code", "t0", "t1"):
        stays.setdefault(code, []).append((t0, t1))
    for code, spans in stays.items():
        found[code] = {"visits": len(spans), "duration_s": round(time_covered(spans).total_seconds())}
    reached = PlaceVisit.objects.filter(grid_code__startswith=stem(unit_code), t0__gte=start, t0__lt=end)
    for code, place, grade in reached.values_list("grid_code", "key_place__uuid", "grade"):
        grades = found.setdefault(code, {}).setdefault("places", {}).setdefault(str(place), {})
        grades[grade] = grades.get(grade, 0) + 1
    rows = CoverageDay.objects.current().filter(grid__code__startswith=stem(unit_code), day=day)
    for code, *figures in rows.values_list("grid__code", *FIGURES):
        found.setdefault(code, {}).update(zip(FIGURES, figures, strict=True))
    return found


def _bring_up_to_date(unit_code: str, day: date, *, at: datetime) -> None:
    """Compute what still waits to be computed of this day. What cannot be computed does not keep the tracks."""
    waiting = TouchedDay.objects.filter(grid__code__startswith=stem(unit_code), day=day).values("grid")
    for grid in Grid.objects.filter(pk__in=waiting).select_related("village", "plan"):
        try:
            with transaction.atomic():
                compute_day(grid, day, at=at)
        except Exception:  # noqa: BLE001  the time tracks are kept for is a promise; the figure stays as it was
            logger.exception("seal.figure_not_computed", extra={"grid": grid.code, "day": day.isoformat()})
