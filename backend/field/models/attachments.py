"""Files from phones."""

from __future__ import annotations

import uuid
from typing import Self

from django.contrib.gis.db import models
from django.db.models import Exists, OuterRef, Q

from backend.accounts.models import User
from backend.field.models.reports import Report


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
        EXPIRED = "expired", "过了保存期"

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
                condition=Q(state__in=["receiving", "stored", "unreadable", "expired"]), name="attachment_state_is_known"
            ),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="attachment_is_named_by_its_sha256"),
        ]
        indexes = [models.Index(fields=["sha256"], name="attachment_sha256")]

    def __str__(self) -> str:
        return f"attachment {self.sha256[:12]}"
