"""Track segments as they came, and what is derived from them: visits and last positions."""

from __future__ import annotations

from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import Device, User, in_stems
from backend.field.sight import CENTRE_AND_SUPERVISOR
from backend.places.models import Grid


class TrackSegment(models.Model):
    """One uploaded piece of a track, kept as it came: TWKB XYM (7 decimals, M = corrected epoch ms), little-endian columns beside it."""

    item = models.UUIDField(help_text="the phone's id of the uploaded item")
    seq = models.PositiveSmallIntegerField(default=0, help_text="an item that crosses midnight is cut there")
    # What another index begins with has none of its own: every one is paid for with every upload.
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="track_segments", db_index=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="+")
    patrol_uuid = models.UUIDField(db_index=True)
    t0 = models.DateTimeField()
    t1 = models.DateTimeField()
    n = models.PositiveIntegerField()
    bbox = models.PolygonField(srid=4326, spatial_index=False)
    twkb = models.BinaryField()
    acc = models.BinaryField(help_text="uint16 half metres")
    speed = models.BinaryField(help_text="uint16 dm/s, 65535 unknown")
    reasons = models.BinaryField(help_text="one byte of bits a fix, geo.fixes.Reason")
    gaps = models.JSONField(default=list, help_text="what the phone said of its own gaps")
    interval_s = models.PositiveSmallIntegerField(null=True, help_text="how often the device says it records, if it says so")
    course_deg = models.PositiveSmallIntegerField(null=True, help_text="where the phone was heading at the last fix")
    day = models.DateField(help_text="the county's calendar day")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "item", "seq"], name="a_track_item_is_stored_once"),
            models.CheckConstraint(condition=Q(n__gte=1), name="a_track_segment_has_fixes"),
            models.CheckConstraint(
                condition=Q(interval_s=None) | Q(interval_s__gte=1, interval_s__lte=3600),
                name="a_declared_interval_is_up_to_an_hour",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "t0"], name="segment_person_t0"),
            models.Index(fields=["day"], name="segment_day"),
            GistIndex(fields=["bbox"], name="segment_bbox_gist"),
        ]

    def __str__(self) -> str:
        return f"segment {self.item}/{self.seq}"


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, user: User) -> Self:
        """Visits inside the units of the person's posts; a worker sees their own."""
        return self.filter(Q(person=user) | in_stems("grid__code", user.stems(timezone.now(), CENTRE_AND_SUPERVISOR)))


class Visit(models.Model):
    """A grid entered and left within one unbroken piece of track. Derived: rebuilt from segments.

    The database does not check whom it points to: that was two checks for each row at the commit of every upload, and neither
    a published grid nor a person is ever deleted.
    """

    grid = models.ForeignKey(Grid, on_delete=models.CASCADE, related_name="visits", db_index=False, db_constraint=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    item = models.UUIDField(db_index=True)
    patrol_uuid = models.UUIDField()
    t0 = models.DateTimeField()
    t1 = models.DateTimeField()
    n = models.PositiveIntegerField()

    objects = VisitQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["grid", "t0"], name="visit_grid_t0")]

    def __str__(self) -> str:
        return f"visit of {self.grid_id}"


class LastPositionQuerySet(models.QuerySet["LastPosition"]):
    def visible_to(self, user: User) -> Self:
        """People on patrol inside the units of a centre, a supervisor or an administrator. Nobody else sees a position."""
        return self.filter(in_stems("grid_code", user.stems(timezone.now(), CENTRE_AND_SUPERVISOR)))


class LastPosition(models.Model):
    """Where a person on patrol was last known to be. The row goes when the patrol ends."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="last_position")
    patrol_uuid = models.UUIDField()
    t = models.DateTimeField()
    point = models.PointField(srid=4326, spatial_index=False)
    accuracy_m = models.FloatField(null=True)
    course_deg = models.FloatField(null=True)
    grid_code = models.CharField(max_length=15, blank=True)

    objects = LastPositionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"last position of {self.person_id}"
