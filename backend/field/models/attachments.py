"""Files from phones."""

from __future__ import annotations

import uuid
from typing import Self

from django.contrib.gis.db import models
from django.db.models import Exists, OuterRef, Q

from backend.accounts.models import User
from backend.field.models.reports import Report
from backend.patrols.models import Answer


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: User) -> Self:
        """One's own uploads, and photos announced by their owner's report or answer that one may see: naming a photo is not having it."""
        announced = {"photos__has_key": OuterRef("sha256"), "person": OuterRef("person")}
        reports = Report.objects.visible_to(user).filter(**announced)
        answers = Answer.objects.visible_to(user).filter(**announced)
        return self.filter(Q(person=user) | Exists(reports) | Exists(answers))


class Attachment(models.Model):
    """A file from a phone, named by the SHA-256 of its bytes."""

    class State(models.TextChoices):
        RECEIVING = "receiving", "接收中"
        STORED = "stored", "已存"
        UNREADABLE = "unreadable", "打不开"
        EXPIRED = "expired", "过了保存期"

    class Trouble(models.TextChoices):
        NOT_A_PICTURE = "not_a_picture", "不是照片文件"
        BROKEN = "broken", "文件不完整"
        TOO_MANY_PIXELS = "too_many_pixels", "像素太多"

    class PlaceWord(models.TextChoices):
        NONE = "none", "没带位置"
        OFF = "off", "相机没开定位"
        NONSENSE = "nonsense", "位置读不懂"
        CLOCK_DIFFERS = "clock_differs", "不是那会儿的位置"
        UNCOMPARED = "uncompared", "没有可比的"
        AGREES = "agrees", "合得上"
        DIFFERS = "differs", "对不上"

    class TimeWord(models.TextChoices):
        NONE = "none", "没带时间"
        NONSENSE = "nonsense", "时间读不懂"
        UNCOMPARED = "uncompared", "没有可比的"
        AGREES = "agrees", "合得上"
        DIFFERS = "differs", "对不上"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    sha256 = models.CharField(max_length=64)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="attachments")
    media_type = models.CharField(max_length=40)
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVING)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    trouble = models.CharField(max_length=20, choices=Trouble, blank=True, help_text="why it cannot be shown")
    exif = models.JSONField(default=dict, help_text="place and time the file claims; never trusted")
    place_word = models.CharField(
        max_length=15, choices=PlaceWord, blank=True, help_text="the place it claims, beside its report's"
    )
    time_word = models.CharField(
        max_length=15, choices=TimeWord, blank=True, help_text="the time it claims, beside its report's"
    )
    judged = models.JSONField(default=dict, help_text="the figures behind both words")
    created_at = models.DateTimeField()
    stored_at = models.DateTimeField(null=True, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "sha256"], name="a_file_is_stored_once_per_person"),
            models.CheckConstraint(
                condition=Q(state__in=["receiving", "stored", "unreadable", "expired"]), name="attachment_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(trouble__in=["", "not_a_picture", "broken", "too_many_pixels"]), name="photo_trouble_is_known"
            ),
            models.CheckConstraint(
                condition=Q(place_word__in=["", "none", "off", "nonsense", "clock_differs", "uncompared", "agrees", "differs"]),
                name="photo_place_word_is_known",
            ),
            models.CheckConstraint(
                condition=Q(time_word__in=["", "none", "nonsense", "uncompared", "agrees", "differs"]),
                name="photo_time_word_is_known",
            ),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="attachment_is_named_by_its_sha256"),
        ]
        indexes = [models.Index(fields=["sha256"], name="attachment_sha256")]

    def __str__(self) -> str:
        return f"attachment {self.sha256[:12]}"
