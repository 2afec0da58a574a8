"""Key places reached, and how we know."""

from __future__ import annotations

from typing import Self

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import User, in_stems
from backend.field.sight import CENTRE_AND_SUPERVISOR
from backend.patrols.models import Task
from backend.places.models import KeyPlace


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


class PlaceVisitQuerySet(models.QuerySet["PlaceVisit"]):
    def visible_to(self, user: User) -> Self:
        """One's own, and those in the units of one's posts at a centre, as supervisor or administrator."""
        return self.filter(Q(person=user) | in_stems("grid_code", user.stems(timezone.now(), CENTRE_AND_SUPERVISOR)))

    def long_enough(self) -> Self:
        """Without the stays that were shorter than the county's dwell time; those are kept, and said to be short."""
        return self.exclude(evidence__short=True)


class PlaceVisit(models.Model):
    """A key place reached, with the grade of the evidence. Derived: rebuilt from what was sent. No stay is too short to be kept."""

    class Grade(models.TextChoices):
        TAG = "A", "扫码或刷标签"
        DWELL = "B", "路线里停留"
        PHOTO = "C", "在地点拍的照片"
        DECLARED = "D", "本人说明"

    key_place = models.ForeignKey(KeyPlace, on_delete=models.CASCADE, related_name="visits")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    patrol_uuid = models.UUIDField(null=True, blank=True, db_index=True)
    item = models.UUIDField(db_index=True, help_text="the phone's id of what shows it; of a stay, of its first piece of track")
    task = models.ForeignKey(Task, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    grade = models.CharField(max_length=1, choices=Grade)
    t0 = models.DateTimeField(help_text="entry; of a stay, interpolated")
    t1 = models.DateTimeField(help_text="exit")
    dwell_s = models.PositiveIntegerField(default=0)
    rule_version = models.PositiveSmallIntegerField()
    evidence = models.JSONField(default=dict)
    grid_code = models.CharField(max_length=15, blank=True, db_index=True, help_text="the grid the place lay in on that day")

    objects = PlaceVisitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "item", "key_place", "grade", "t0"], name="a_place_visit_is_derived_once_from_an_item"
            ),
            models.CheckConstraint(condition=Q(grade__in=["A", "B", "C", "D"]), name="place_visit_grade_is_known"),
            models.CheckConstraint(condition=Q(t1__gte=models.F("t0")), name="a_place_visit_ends_after_it_begins"),
        ]
        indexes = [models.Index(fields=["key_place", "t0"], name="place_visit_place_t0")]

    def __str__(self) -> str:
        return f"{self.grade} at key place {self.key_place_id}"
