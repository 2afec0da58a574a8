"""What workers report, and what a report can be about."""

from __future__ import annotations

from typing import Self

from django.contrib.gis.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from backend.accounts.models import Device, User, in_stems
from backend.field.sight import CENTRE_AND_SUPERVISOR
from backend.patrols.models import Task
from backend.places.models import GridDuty, KeyPlace
from backend.units.models import AdminUnit


class ReportKind(models.Model):
    """What a report can be about, as data of the county."""

    county = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=10)
    name = models.CharField(max_length=40)
    line = models.CharField(max_length=40, blank=True)
    icon = models.CharField(max_length=30)
    is_urgent = models.BooleanField(default=False)
    is_front = models.BooleanField(default=False, help_text="one of the six shown first")
    is_restricted = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "code"]
        constraints = [models.UniqueConstraint(fields=["county", "code"], name="one_report_kind_per_code")]

    def __str__(self) -> str:
        return self.name


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User) -> Self:
        """One's own reports, those of the grids one has a duty in, those in the units of one's posts; restricted kinds by post only.

        Those who handle see the cases given to their office, not every report of the township.
        """
        now = timezone.now()
        stems = user.stems(now, CENTRE_AND_SUPERVISOR)
        duty = GridDuty.objects.valid_at(now).filter(user=user, grid__code=OuterRef("grid_code"))
        by_post = in_stems("grid_code", stems) | (Q(grid_code="") & in_stems("home_code", stems))
        return self.filter(Q(person=user) | by_post | (Exists(duty) & Q(kind__is_restricted=False)))


class Report(models.Model):
    """What a worker says happened, at a place, with photos that may come later. Usable before they do."""

    uuid = models.UUIDField(help_text="made by the phone")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reports")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.ForeignKey(ReportKind, on_delete=models.PROTECT, null=True, related_name="reports")
    kind_code = models.CharField(max_length=10, help_text="as sent, kept also when unknown")
    text = models.TextField(blank=True)
    is_urgent = models.BooleanField(default=False)
    point = models.PointField(srid=4326, null=True, blank=True)
    raw_place = models.JSONField(default=dict, help_text="crs, lon, lat, accuracy, source exactly as sent")
    accuracy_m = models.FloatField(null=True)
    grid_code = models.CharField(max_length=15, blank=True, db_index=True, help_text="the grid of its place on its day")
    home_code = models.CharField(max_length=15, blank=True, help_text="a grid of the reporter, for a report without a place")
    key_place = models.ForeignKey(KeyPlace, on_delete=models.PROTECT, null=True, blank=True, related_name="reports")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, null=True, blank=True, related_name="reports")
    patrol_uuid = models.UUIDField(null=True, blank=True)
    photos = models.JSONField(default=list, help_text="sha256 of each photo the phone announced")
    answers = models.JSONField(default=dict, help_text="extra typed fields of the kind")
    occurred_at = models.DateTimeField(help_text="the phone's clock, corrected")
    clock_shift_ms = models.BigIntegerField(
        null=True, default=0, help_text="added to the phone's clock; null: our own clock stands in"
    )
    received_at = models.DateTimeField()

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "uuid"], name="one_report_per_person_and_id")]
        indexes = [models.Index(fields=["-received_at"], name="report_received")]

    def __str__(self) -> str:
        return f"report {self.uuid}"
