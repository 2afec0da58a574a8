"""What stands on the ground: key places, houses, roads and streams, natural villages, what a map needs."""

from __future__ import annotations

import uuid
from typing import Self

from django.contrib.gis.db import models
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from backend.accounts.models import User, in_stems
from backend.places.models.plans import GridDuty
from backend.units.models import AdminUnit


class KeyPlaceQuerySet(models.QuerySet["KeyPlace"]):
    def visible_to(self, user: User) -> Self:
        """Places inside the person's units or grids."""
        now = timezone.now()
        duty = GridDuty.objects.filter(grid__code=OuterRef("grid_code"), user=user, valid__contains=now)
        return self.filter(in_stems("village__code", user.stems(now)) | Exists(duty))


class KeyPlace(models.Model):
    """A place that has to be reached: a pond, a forest edge, a shop."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    village = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="key_places")
    grid_code = models.CharField(max_length=15, blank=True, db_index=True, help_text="the published grid it lies in")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    risk = models.CharField(max_length=6)
    point = models.PointField(srid=4326)
    radius_m = models.PositiveSmallIntegerField(default=30)
    tag_hash = models.CharField(max_length=64, blank=True, help_text="hash of the code on its QR or NFC tag")
    is_synthetic = models.BooleanField(default=False)

    objects = KeyPlaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(risk__in=["high", "medium", "low"]), name="key_place_risk_is_known"),
            models.CheckConstraint(condition=Q(radius_m__gte=5, radius_m__lte=100), name="key_place_radius_is_5_to_100_m"),
        ]

    def __str__(self) -> str:
        return f"key place {self.pk}"

    @property
    def spot(self) -> tuple[float, float]:
        """Longitude and latitude of what decides about its grid."""
        return self.point.x, self.point.y


class PlaceGroup(models.Model):
    """A natural village (自然村): people say its name, not a grid's number."""

    village = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="place_groups")
    name = models.CharField(max_length=60)
    point = models.PointField(srid=4326)

    def __str__(self) -> str:
        return self.name


class Building(models.Model):
    """A house, kept whole by any division; its households are the first measure of work."""

    village = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="buildings")
    outline = models.PolygonField(srid=4326)
    households = models.PositiveSmallIntegerField(default=1)

    def __str__(self) -> str:
        return f"building {self.pk}"


class Barrier(models.Model):
    """A road, lane or stream that a grid's border likes to follow, the more the stronger it is."""

    unit = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="barriers")
    line = models.LineStringField(srid=4326)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=60, blank=True)
    strength = models.FloatField(validators=[MinValueValidator(0), MaxValueValidator(1)])

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(strength__gte=0, strength__lte=1), name="barrier_strength_is_0_to_1")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class LandCover(models.Model):
    """What a map needs to be read: water, fields, contour lines."""

    unit = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="land_cover")
    kind = models.CharField(max_length=20, help_text="water, field or contour")
    shape = models.GeometryField(srid=4326)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
