"""Tracker apps, the fixes they sent that nobody has read, and how many were deleted unread."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from backend.accounts.models import Device, User


class TrackerQuerySet(models.QuerySet["Tracker"]):
    def live(self) -> Self:
        return self.filter(device__revoked_at=None)

    def visible_to(self, user: User) -> Self:
        """Only the person whose tracker it is; a desk sees its device among the person's phones."""
        return self.filter(device__user=user)


class Tracker(models.Model):
    """An app of another maker that sends one person's positions. Its credential is the device's, kept hashed."""

    class App(models.TextChoices):
        TRACCAR = "traccar", "Traccar Client"
        OSMAND = "osmand", "OsmAnd"
        OWNTRACKS = "owntracks", "OwnTracks"

    class Datum(models.TextChoices):
        WGS84 = "wgs84", "WGS 84"
        GCJ02 = "gcj02", "GCJ-02"
        BD09 = "bd09", "BD-09"

    device = models.OneToOneField(Device, on_delete=models.PROTECT, primary_key=True, related_name="tracker")
    app = models.CharField(max_length=10, choices=App)
    crs = models.CharField(max_length=10, choices=Datum, help_text="in which datum the app sends; never changed, never guessed")
    interval_s = models.PositiveSmallIntegerField(
        default=10, help_text="how often the app is set to send; longer silences are gaps"
    )
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = TrackerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(app__in=["traccar", "osmand", "owntracks"]), name="tracker_app_is_a_known_one"),
            models.CheckConstraint(condition=Q(crs__in=["wgs84", "gcj02", "bd09"]), name="tracker_names_a_known_datum"),
            models.CheckConstraint(
                condition=Q(interval_s__gte=1, interval_s__lte=3600), name="tracker_sends_at_least_once_an_hour"
            ),
        ]

    def __str__(self) -> str:
        return f"tracker {self.pk}"


class SealedFix(models.Model):
    """One fix as it came, encrypted but for its time. Read only if a patrol of the person covers it; deleted after three days."""

    tracker = models.ForeignKey(Tracker, on_delete=models.CASCADE, related_name="sealed")
    time_ms = models.BigIntegerField(help_text="epoch milliseconds of the fix")
    mark = models.BinaryField(max_length=16, help_text="keyed digest of the content: the same fix again is kept once")
    box = models.BinaryField(help_text="the fix, encrypted with a key derived from the secret of the installation")
    arrived_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tracker", "time_ms", "mark"], name="a_sealed_fix_is_kept_once"),
        ]

    def __str__(self) -> str:
        return f"sealed fix {self.pk}"


class TrackerDay(models.Model):
    """What became of a tracker's fixes of one day that were not released: numbers only."""

    tracker = models.ForeignKey(Tracker, on_delete=models.CASCADE, related_name="days")
    day = models.DateField(help_text="the county's calendar day of arrival")
    deleted = models.PositiveIntegerField(default=0, help_text="outside every patrol, deleted unread")
    unreadable = models.PositiveIntegerField(default=0, help_text="no position, or a time that cannot be; not kept")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tracker", "day"], name="one_count_per_tracker_and_day")]

    def __str__(self) -> str:
        return f"tracker {self.tracker_id} on {self.day}"
