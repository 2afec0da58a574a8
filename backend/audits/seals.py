"""Sealed days: what stays of a day when its tracks have gone, with a digest that tells whether it was changed since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from typing import Any, Self

from django.db import models
from django.utils import timezone

from backend.accounts.models import User, in_stems
from backend.field.sight import CENTRE_AND_SUPERVISOR


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
