"""The inbox: everything a phone ever sent, raw, with what became of it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from backend.accounts.models import Device, User
from backend.phone.trackers.models import SealedFix, Tracker, TrackerDay

__all__ = ["InboxItem", "Outcome", "SealedFix", "Tracker", "TrackerDay"]


class InboxItemQuerySet(models.QuerySet["InboxItem"]):
    def visible_to(self, user: User) -> Self:
        """Only the person who sent it."""
        return self.filter(person=user)

    def pending(self) -> Self:
        return self.filter(state=InboxItem.State.PENDING)


class InboxItem(models.Model):
    """One item as it arrived. Never changed but for its state; everything derived can be built from here again."""

    class State(models.TextChoices):
        PENDING = "pending", "待解读"
        INTERPRETED = "interpreted", "已解读"
        QUARANTINED = "quarantined", "读不懂，留着"
        EXPIRED = "expired", "过了保存期"

    # A person's rows, and those of an id, are found by the constraint's index.
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    item = models.UUIDField(help_text="the phone's id; for a request that could not be parsed, ours")
    kind = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64, help_text="over the canonical JSON of the body, or over the raw bytes")
    body = models.BinaryField(help_text="canonical JSON, or the raw bytes of what could not be parsed")
    sent_at = models.BigIntegerField(null=True, help_text="the phone's clock when sending, epoch ms")
    boot = models.CharField(max_length=64, blank=True)
    mono = models.BigIntegerField(null=True, help_text="ms since boot when sending")
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.PENDING)

    objects = InboxItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "item", "sha256"], name="an_item_is_kept_once_per_content"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "interpreted", "quarantined", "expired"]), name="inbox_state_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["received_at"], condition=Q(state="pending"), name="inbox_pending"),
        ]

    def __str__(self) -> str:
        return f"inbox {self.item}"


class Outcome(models.Model):
    """What the phone was told about an item, in the same transaction that stored it."""

    class Status(models.TextChoices):
        STORED = "stored", "已存"
        DUPLICATE = "duplicate", "收过"
        ID_REUSED = "id_reused", "编号重复、内容不同"
        QUARANTINED = "quarantined", "读不懂，留着"

    inbox = models.OneToOneField(InboxItem, on_delete=models.CASCADE, related_name="outcome")
    status = models.CharField(max_length=12, choices=Status)
    code = models.CharField(max_length=40, blank=True)
    text = models.CharField(max_length=200, blank=True)
    retry = models.CharField(max_length=10, default="never")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["stored", "duplicate", "id_reused", "quarantined"]), name="outcome_status_is_known"
            ),
            models.CheckConstraint(condition=Q(retry__in=["never", "after", "login", "update"]), name="outcome_retry_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.code}"
