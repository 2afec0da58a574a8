"""Sealed days: what stays of a day when its tracks have gone, with a digest that tells whether it was changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Self

from django.db import models
from django.utils import timezone

from backend.accounts.models import User, in_stems
from backend.audits.days import CoverageDay
from backend.audits.visits import day_bounds, time_covered
from backend.field.models import PlaceCheck, Visit
from backend.field.sight import CENTRE_AND_SUPERVISOR
from backend.units.models import stem


class DaySealQuerySet(models.QuerySet["DaySeal"]):
    def visible_to(self, user: User) -> Self:
        """Seals of the units of one's posts: figures of grids, no person in them."""
        return self.filter(in_stems("unit_code", user.stems(timezone.now(), CENTRE_AND_SUPERVISOR)))


class DaySeal(models.Model):
    """A township's day whose tracks are gone: figures by grid, and a SHA-256 over their canonical JSON. Append-only."""

    unit_code = models.CharField(max_length=12, help_text="the township")
    day = models.DateField(help_text="the county's calendar day")
    aggregates = models.JSONField(help_text="by grid: visits, duration, places reached, share; nobody's name, no position")
    sha256 = models.CharField(max_length=64)
    held_back = models.PositiveIntegerField(
        default=0, help_text="pieces of track a hold kept from going when the day was sealed"
    )
    sealed_at = models.DateTimeField()

    objects = DaySealQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit_code", "day"], name="a_day_of_a_township_is_sealed_once")]

    def __str__(self) -> str:
        return f"{self.unit_code} {self.day}"

    @property
    def is_intact(self) -> bool:
        return seal_digest(self.unit_code, self.day, self.aggregates) == self.sha256


def seal_digest(unit_code: str, day: date, aggregates: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of what was sealed: UTF-8, sorted keys, no spaces, integers and strings only."""
    sealed = {"unit": unit_code, "day": day.isoformat(), "aggregates": aggregates}
    return hashlib.sha256(json.dumps(sealed, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def broken_seals() -> Iterator[DaySeal]:
    """Seals whose figures are not those they were made for."""
    return (seal for seal in DaySeal.objects.order_by("unit_code", "day").iterator() if not seal.is_intact)


def is_sealed(grid_code: str, day: date) -> bool:
    """Whether the tracks of a grid's day are gone, so that nothing about it can be computed anew."""
    return DaySeal.objects.filter(unit_code=f"{grid_code[:9]}000", day=day).exists()


def seal_day(unit_code: str, day: date, *, held_back: int, at: datetime) -> DaySeal:
    """Seal a township's day from what is there now; a day sealed before stays as it was sealed."""
    aggregates = grid_aggregates(unit_code, day)
    if not held_back:
        CoverageDay.objects.filter(day=day, grid__code__startswith=stem(unit_code)).forget_ways()
    values = {
        "aggregates": aggregates,
        "sha256": seal_digest(unit_code, day, aggregates),
        "held_back": held_back,
        "sealed_at": at,
    }
    row, _ = DaySeal.objects.get_or_create(unit_code=unit_code, day=day, defaults=values)
    return row


def grid_aggregates(unit_code: str, day: date) -> dict[str, Any]:
    """By grid code: how often and how long anybody was there, and which key places were reached by what evidence."""
    start, end = day_bounds(day)
    found: dict[str, dict[str, Any]] = {}
    stays: dict[str, list[tuple[datetime, datetime]]] = {}
    visits = Visit.objects.filter(grid__code__startswith=stem(unit_code), t0__gte=start, t0__lt=end)
    for code, t0, t1 in visits.order_by("t0", "pk").values_list("grid__code", "t0", "t1"):
        stays.setdefault(code, []).append((t0, t1))
    for code, spans in stays.items():
        found[code] = {"visits": len(spans), "duration_s": round(time_covered(spans).total_seconds())}
    figures = CoverageDay.objects.current().filter(day=day, grid__code__startswith=stem(unit_code)).order_by("grid__code", "pk")
    for code, seen_m2, ground_m2, version in figures.values_list("grid__code", "seen_m2", "ground_m2", "rule_version"):
        found.setdefault(code, {}).update(seen_m2=seen_m2, ground_m2=ground_m2, rule=version)
    checks = PlaceCheck.objects.filter(key_place__grid_code__startswith=stem(unit_code), at__gte=start, at__lt=end)
    for code, place, how in checks.filter(is_genuine=True).values_list("key_place__grid_code", "key_place__uuid", "how"):
        reached = found.setdefault(code, {}).setdefault("places", {}).setdefault(str(place), {})
        reached[how] = reached.get(how, 0) + 1
    return found
