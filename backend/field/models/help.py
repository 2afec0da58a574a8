"""Calls for help: what the phone said, and what the command centre did about it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import Device, User, in_stems
from backend.field.sight import CENTRE_AND_SUPERVISOR

#: A call that arrives later than this is shown and rings nobody.
STILL_RINGS = timedelta(hours=6)
#: A call that ended before anybody looked stays on the wall for so long, or until somebody says that it was seen.
UNSEEN_FOR = timedelta(hours=24)


class HelpCallQuerySet(models.QuerySet["HelpCall"]):
    def visible_to(self, user: User) -> Self:
        """One's own; and those of the units of one's posts."""
        return self.filter(person=user) | self.in_areas(user.stems(timezone.now(), CENTRE_AND_SUPERVISOR))

    def in_areas(self, stems: Iterable[str]) -> Self:
        """By where the person was, and by where the person belongs."""
        return self.filter(in_stems("grid_code", stems) | in_stems("home_code", stems))

    def running(self) -> Self:
        return self.filter(ended_at=None)

    def on_the_wall(self, at: datetime) -> Self:
        """What runs, and what ended before anybody at a desk looked."""
        return self.filter(Q(ended_at=None) | Q(seen_at=None, received_at__gte=at - UNSEEN_FOR))


class HelpCall(models.Model):
    """Somebody on the ground pressed for help. Derived from the inbox, but for what desks did about it.

    Without a place of its own it is the person's own grid that says whom it concerns; where the person is afterwards is told
    by the patrol.
    """

    class State(models.TextChoices):
        OPEN = "open", "还没人看到"
        SEEN = "seen", "指挥中心看到了"
        ENDED = "ended", "结束了"

    uuid = models.UUIDField(help_text="made by the phone")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="help_calls")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="+")
    patrol_uuid = models.UUIDField(null=True, blank=True)
    called_at = models.DateTimeField(help_text="the phone's clock, corrected")
    received_at = models.DateTimeField()
    note = models.TextField(blank=True)
    point = models.PointField(srid=4326, null=True, blank=True)
    raw_place = models.JSONField(default=dict, help_text="crs, lon, lat, accuracy exactly as sent")
    accuracy_m = models.FloatField(null=True)
    placed_at = models.DateTimeField(null=True, help_text="when the phone said the newest place")
    grid_code = models.CharField(max_length=15, blank=True, db_index=True, help_text="the grid of its place")
    home_code = models.CharField(max_length=15, blank=True, db_index=True, help_text="a grid of the person")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    seen_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    end_word = models.CharField(max_length=200, blank=True)

    objects = HelpCallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "uuid"], name="one_help_call_per_person_and_id"),
            models.CheckConstraint(
                condition=Q(state="open", seen_at=None, ended_at=None)
                | Q(state="seen", seen_at__isnull=False, ended_at=None)
                | Q(state="ended", ended_at__isnull=False),
                name="a_help_call_is_what_was_done_about_it",
            ),
            models.CheckConstraint(condition=Q(state__in=["open", "seen", "ended"]), name="help_call_state_is_known"),
        ]
        indexes = [models.Index(fields=["-received_at"], name="help_call_received")]

    def __str__(self) -> str:
        return f"help call {self.uuid}"

    @property
    def is_late(self) -> bool:
        """It was on the phone for so long that it no longer rings."""
        return self.received_at - self.called_at >= STILL_RINGS

    @property
    def ended_by_person(self) -> bool:
        return self.ended_at is not None and self.ended_by_id == self.person_id

    @property
    def code(self) -> str:
        """The grid that stands for it."""
        return self.grid_code or self.home_code


class HelpEnd(models.Model):
    """The person said that help is no longer needed. Derived; kept also if the call itself comes later."""

    uuid = models.UUIDField(help_text="the phone's id of the item")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    call_uuid = models.UUIDField(db_index=True)
    word = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(help_text="the phone's clock, corrected")
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "uuid"], name="one_help_end_per_person_and_id")]

    def __str__(self) -> str:
        return f"end of help call {self.call_uuid}"
