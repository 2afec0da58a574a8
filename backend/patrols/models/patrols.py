"""Outings: started and ended by the person."""

from __future__ import annotations

from django.contrib.gis.db import models

from backend.accounts.models import Device, User


class Patrol(models.Model):
    """One outing, started and ended by the person. Positions exist only inside one."""

    uuid = models.UUIDField(unique=True)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="patrols")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=20, blank=True, help_text="person, shift_over or no_movement")
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person", "-started_at"], name="patrol_person_start")]

    def __str__(self) -> str:
        return f"patrol {self.uuid}"
