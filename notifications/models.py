"""Alerts, who they went to by which way, and who said that they saw them."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q

INBOX_FOR = timedelta(days=14)  # so long an alert stays in a phone's inbox after it was made


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, user: Any) -> Self:
        """What one received and what one sent. Desks add what lies in their area (`area_stem`)."""
        mine = Delivery.objects.filter(alert=OuterRef("pk"), person=user, channel=Delivery.Channel.INBOX)
        return self.filter(Q(made_by=user) | Exists(mine))

    def inbox_of(self, user: Any, at: datetime) -> Self:
        mine = Delivery.objects.filter(alert=OuterRef("pk"), person=user, channel=Delivery.Channel.INBOX)
        return self.filter(Exists(mine), updated_at__gt=at - INBOX_FOR).order_by("-made_at", "-pk")


class Alert(models.Model):
    """What people should know. One is open for a subject; a repeat updates it."""

    class Severity(models.TextChoices):
        NORMAL = "normal", "一般"
        URGENT = "urgent", "紧急"

    class State(models.TextChoices):
        OPEN = "open", "有效"
        CLOSED = "closed", "已过"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    subject = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    severity = models.CharField(max_length=10, choices=Severity)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    title = models.CharField(max_length=40)
    text = models.TextField()
    about = models.JSONField(default=dict)
    codes = ArrayField(models.CharField(max_length=15), default=list, help_text="grids and units it is about")
    area_stem = models.CharField(max_length=15, blank=True, help_text="the digits all codes share: whose desk it belongs to")
    roles = ArrayField(models.CharField(max_length=20), default=list)
    people = ArrayField(models.BigIntegerField(), default=list, help_text="named by the rule, besides those of the area")
    not_people = ArrayField(models.BigIntegerField(), default=list, help_text="who caused it need not be told")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True, help_text="why the sender may ring at any hour")
    updated_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["subject"], condition=Q(state="open"), name="one_open_alert_per_subject"),
            models.CheckConstraint(condition=Q(severity__in=["normal", "urgent"]), name="alert_severity_is_known"),
            models.CheckConstraint(condition=Q(state__in=["open", "closed"]), name="alert_state_is_known"),
        ]
        indexes = [models.Index(fields=["area_stem", "-made_at"], name="alert_area_made")]

    def __str__(self) -> str:
        return f"alert {self.uuid}"


class Address(models.Model):
    """Where a channel reaches one phone. A phone that changes hands takes its address along. A number for SMS has no device."""

    class State(models.TextChoices):
        LIVE = "live", "有效"
        DEAD = "dead", "失效"

    channel = models.CharField(max_length=10)
    kind = models.CharField(max_length=10, help_text="token or fid, vapid, mobile")
    address = models.CharField(max_length=4096)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    device = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.LIVE)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "address"], name="an_address_belongs_to_one_person"),
            models.CheckConstraint(condition=Q(state__in=["live", "dead"]), name="address_state_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} address {self.pk}"


class Delivery(models.Model):
    """One alert to one person by one way. Sent means handed over, not seen; seen is the phone's own word."""

    class Channel(models.TextChoices):
        INBOX = "inbox", "站内"
        FCM = "fcm", "FCM"
        WEBPUSH = "webpush", "推送"
        SMS = "sms", "短信"
        ROBOT = "robot", "工作群"

    class State(models.TextChoices):
        WAITING = "waiting", "等着发"
        SENDING = "sending", "在发"
        SENT = "sent", "已交出"
        SEEN = "seen", "看到了"
        FAILED = "failed", "没发成"
        EXPIRED = "expired", "过了时间"

    LOST = (State.FAILED, State.EXPIRED)

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="deliveries")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel)
    address = models.ForeignKey(Address, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=120, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "person"], condition=Q(channel="inbox"), name="one_inbox_delivery_per_alert_and_person"
            ),
            models.UniqueConstraint(fields=["alert", "address"], name="one_delivery_per_alert_and_address"),
            models.CheckConstraint(
                condition=Q(channel__in=["inbox", "fcm", "webpush", "sms", "robot"]), name="delivery_channel_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sending", "sent", "seen", "failed", "expired"]),
                name="delivery_state_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk} by {self.channel}"


class Telling(models.Model):
    """One alert being told to one person, until it ends: acknowledged, expired, or escalated to the desk's call list."""

    class State(models.TextChoices):
        OPEN = "open", "等回音"
        ACKNOWLEDGED = "acknowledged", "看到了"
        EXPIRED = "expired", "过了时间"
        ESCALATED = "escalated", "要打电话"

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="tellings")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    step = models.PositiveSmallIntegerField(default=0, help_text="number of the ladder's next step")
    due_at = models.DateTimeField(null=True, blank=True, help_text="of the next step; none is left without it")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "person"], name="one_telling_per_alert_and_person"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "acknowledged", "expired", "escalated"]), name="telling_state_is_known"
            ),
            models.CheckConstraint(condition=Q(state="open") | Q(due_at=None), name="a_telling_that_ended_has_no_step_left"),
        ]

    def __str__(self) -> str:
        return f"telling {self.pk}"


class Acknowledgement(models.Model):
    """A person pressed 收到."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="acknowledgements")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(help_text="the phone's clock, corrected")
    received_at = models.DateTimeField()
    via = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "person"], name="one_acknowledgement_per_alert_and_person")]

    def __str__(self) -> str:
        return f"acknowledgement {self.pk}"
