"""Patrollable ground: the part of a grid that a patrol can be asked to have seen, with the rule that made it."""

from __future__ import annotations

from typing import Self

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import User, in_stems
from backend.field.sight import CENTRE_AND_SUPERVISOR
from backend.places.models import Grid


class PatrollableGroundQuerySet(models.QuerySet["PatrollableGround"]):
    def visible_to(self, user: User) -> Self:
        """Ground of grids in the units of a centre, a supervisor or an administrator."""
        return self.filter(in_stems("grid__code", user.stems(timezone.now(), CENTRE_AND_SUPERVISOR)))

    def newest(self) -> Self:
        """One row a grid: the one figures are computed against now."""
        return self.order_by("grid_id", "-rule_version", "-made_at", "-pk").distinct("grid_id")


class PatrollableGround(models.Model):
    """Ground near roads, banks, houses and key places of one grid of one plan. Never changed: other layers make a new row."""

    grid = models.ForeignKey(Grid, on_delete=models.CASCADE, related_name="grounds")
    rule_version = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64, help_text="SHA-256 over the rule and everything the ground was made from")
    srid = models.IntegerField(help_text="the county's metres, in which areas were measured")
    geometry = models.MultiPolygonField(srid=4326)
    roads = models.MultiLineStringField(srid=4326, null=True, blank=True, spatial_index=False)
    banks = models.MultiLineStringField(srid=4326, null=True, blank=True, spatial_index=False)
    area_m2 = models.PositiveBigIntegerField()
    roads_m = models.PositiveIntegerField(default=0)
    banks_m = models.PositiveIntegerField(default=0)
    is_whole = models.BooleanField(default=False, help_text="no layer lies in the grid, so all of it counts")
    made_at = models.DateTimeField()

    objects = PatrollableGroundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grid", "digest"], name="the_same_ground_of_a_grid_is_kept_once"),
            models.CheckConstraint(condition=Q(srid__in=[4547, 4548]), name="ground_is_measured_in_known_metres"),
        ]
        indexes = [models.Index(fields=["grid", "-made_at"], name="ground_grid_newest")]

    def __str__(self) -> str:
        return f"ground {self.pk} of {self.grid_id}"
