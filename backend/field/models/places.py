"""Key places reached, and how we know."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.db.models import Q

from backend.accounts.models import User
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
