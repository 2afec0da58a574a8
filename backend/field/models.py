"""What comes from the ground: track segments, visits, last positions, place checks, reports, photos, flags."""

from __future__ import annotations

import uuid
from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from backend.accounts.models import Device, Post, User, in_stems
from backend.patrols.models import Task
from backend.places.models import Grid, GridDuty, KeyPlace
from backend.units.models import AdminUnit

CENTRE_AND_SUPERVISOR = [*Post.CENTRE, Post.Role.SUPERVISOR, Post.Role.COUNTY_ADMIN]


class TrackSegment(models.Model):
    """One uploaded piece of a track, kept as it came: TWKB XYM (7 decimals, M = corrected epoch ms), little-endian columns beside it."""

    item = models.UUIDField(help_text="the phone's id of the uploaded item")
    seq = models.PositiveSmallIntegerField(default=0, help_text="an item that crosses midnight is cut there")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="track_segments")
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
    day = models.DateField(help_text="the county's calendar day")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "item", "seq"], name="a_track_item_is_stored_once"),
            models.CheckConstraint(condition=Q(n__gte=1), name="a_track_segment_has_fixes"),
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
    """A grid entered and left within one unbroken piece of track. Derived: rebuilt from segments."""

    grid = models.ForeignKey(Grid, on_delete=models.CASCADE, related_name="visits")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
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


class PlaceCheck(models.Model):
    """A key place was reached, and by what evidence we know."""

    class How(models.TextChoices):
        TAG = "tag", "刷标签"
        QR = "qr", "扫码"
        DECLARED = "declared", "说明"

    uuid = models.UUIDField()
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    key_place = models.ForeignKey(KeyPlace, on_delete=models.PROTECT, related_name="checks")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, null=True, blank=True, related_name="place_checks")
    patrol_uuid = models.UUIDField(null=True, blank=True)
    how = models.CharField(max_length=10, choices=How)
    is_genuine = models.BooleanField(default=True, help_text="the code read is the place's own")
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "uuid"], name="one_place_check_per_person_and_id"),
            models.CheckConstraint(condition=Q(how__in=["tag", "qr", "declared"]), name="place_check_way_is_known"),
        ]

    def __str__(self) -> str:
        return f"place check {self.uuid}"


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
        """One's own reports, those of the grids one has a duty in, those in the units of one's posts; restricted kinds by post only."""
        now = timezone.now()
        duty = GridDuty.objects.valid_at(now).filter(user=user, grid__code=OuterRef("grid_code"))
        by_post = in_stems("grid_code", user.stems(now)) | (Q(grid_code="") & in_stems("home_code", user.stems(now)))
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
    received_at = models.DateTimeField()

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "uuid"], name="one_report_per_person_and_id")]
        indexes = [models.Index(fields=["-received_at"], name="report_received")]

    def __str__(self) -> str:
        return f"report {self.uuid}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: User) -> Self:
        """One's own uploads, and photos announced by their owner's report that one may see: naming a photo is not having it."""
        seen = Report.objects.visible_to(user).filter(photos__has_key=OuterRef("sha256"), person=OuterRef("person"))
        return self.filter(Q(person=user) | Exists(seen))


class Attachment(models.Model):
    """A file from a phone, named by the SHA-256 of its bytes."""

    class State(models.TextChoices):
        RECEIVING = "receiving", "接收中"
        STORED = "stored", "已存"
        UNREADABLE = "unreadable", "打不开"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    sha256 = models.CharField(max_length=64)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="attachments")
    media_type = models.CharField(max_length=40)
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVING)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    exif = models.JSONField(default=dict, help_text="place and time the file claims; never trusted")
    created_at = models.DateTimeField()
    stored_at = models.DateTimeField(null=True, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "sha256"], name="a_file_is_stored_once_per_person"),
            models.CheckConstraint(
                condition=Q(state__in=["receiving", "stored", "unreadable"]), name="attachment_state_is_known"
            ),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="attachment_is_named_by_its_sha256"),
        ]
        indexes = [models.Index(fields=["sha256"], name="attachment_sha256")]

    def __str__(self) -> str:
        return f"attachment {self.sha256[:12]}"


class FlagQuerySet(models.QuerySet["Flag"]):
    def visible_to(self, user: User) -> Self:
        """The person it is about first; then supervisors and the centre of the person's units."""
        return self.filter(Q(person=user) | in_stems("unit_code", user.stems(timezone.now(), CENTRE_AND_SUPERVISOR)))


class Flag(models.Model):
    """A question, not a verdict: evidence, the worker's answer, a person's decision."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="flags")
    about = models.CharField(max_length=20, help_text="the kind of thing flagged: track, report, answer, place_check, item")
    about_id = models.UUIDField()
    unit_code = models.CharField(max_length=15, blank=True, db_index=True)
    rule = models.CharField(max_length=40)
    rule_version = models.PositiveSmallIntegerField(default=1)
    evidence = models.JSONField(default=dict)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=20, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    raised_at = models.DateTimeField()

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "about_id", "rule"], name="a_rule_flags_a_thing_once"),
        ]

    def __str__(self) -> str:
        return f"flag {self.rule} {self.pk}"
