"""Who and what is visited besides key places: households whose place is nobody else's business, and routes."""

from __future__ import annotations

import uuid
from typing import Self, TypeVar

from django.contrib.gis.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from backend.accounts.models import User, in_stems
from backend.places.models.plans import GridDuty
from backend.units.models import AdminUnit

Visited = TypeVar("Visited", bound=models.Model)


class VisitedQuerySet(models.QuerySet[Visited]):
    def visible_to(self, user: User) -> Self:
        """Those inside the person's units or grids."""
        now = timezone.now()
        duty = GridDuty.objects.filter(grid__code=OuterRef("grid_code"), user=user, valid__contains=now)
        return self.filter(in_stems("village__code", user.stems(now)) | Exists(duty))


class Household(models.Model):
    """Somebody who is looked after by visits (走访). The point serves to find the grid; no list, map or export shows it."""

    class Kind(models.TextChoices):
        ELDERLY_ALONE = "elderly_alone", "独居老人"
        LEFT_BEHIND = "left_behind", "留守儿童"
        DISABLED = "disabled", "残疾人"
        HARDSHIP = "hardship", "困难家庭"
        RESTRICTED = "restricted", "限定人员"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    village = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="visited_households")
    grid_code = models.CharField(max_length=15, blank=True, db_index=True, help_text="the published grid it lies in")
    name = models.CharField(max_length=60, help_text="what the worker calls the household")
    kind = models.CharField(max_length=20, choices=Kind)
    point = models.PointField(srid=4326)
    is_synthetic = models.BooleanField(default=False)

    objects = VisitedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["elderly_alone", "left_behind", "disabled", "hardship", "restricted"]),
                name="visited_household_kind_is_known",
            )
        ]

    def __str__(self) -> str:
        return f"household {self.pk}"

    @property
    def spot(self) -> tuple[float, float]:
        """Longitude and latitude of what decides about its grid."""
        return self.point.x, self.point.y


class Route(models.Model):
    """A way to be walked as a whole: a forest edge, a bank. It belongs to the grid its middle lies in."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    village = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="routes")
    grid_code = models.CharField(max_length=15, blank=True, db_index=True, help_text="the published grid its middle lies in")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, help_text="forest_edge, river, road or bank")
    line = models.LineStringField(srid=4326)
    is_synthetic = models.BooleanField(default=False)

    objects = VisitedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["forest_edge", "river", "road", "bank"]), name="route_kind_is_known_here"
            )
        ]

    def __str__(self) -> str:
        return f"route {self.pk}"

    @property
    def spot(self) -> tuple[float, float]:
        """Longitude and latitude of what decides about its grid."""
        middle = self.line.interpolate_normalized(0.5)
        return middle.x, middle.y
