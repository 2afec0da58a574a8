"""Layers that came as files: the file itself, what was chosen, what was found, what became of it."""

from __future__ import annotations

import uuid
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import Post, User, in_stems
from backend.units.models import AdminUnit


class LayerImportQuerySet(models.QuerySet["LayerImport"]):
    def visible_to(self, user: User) -> Self:
        """Files may hold anything, so they are the administrators' of that county or township."""
        return self.filter(in_stems("unit__code", user.stems(timezone.now(), [Post.Role.COUNTY_ADMIN])))


class LayerImport(models.Model):
    """One uploaded layer on its way into the ground: read, checked with what a person chose, taken in. Both versions are kept."""

    class Kind(models.TextChoices):
        VILLAGE = "village", "村界"
        BUILDING = "building", "房屋"
        BARRIER = "barrier", "道路河流"
        PLACE = "place", "自然村"
        KEY_PLACE = "key_place", "重点部位"
        DEPARTMENT = "department", "部门网格"

    class State(models.TextChoices):
        WAITING = "waiting", "等着读"
        READ = "read", "读完了"
        CHECKED = "checked", "体检过了"
        TAKEN_IN = "taken_in", "已入库"
        REFUSED = "refused", "没收下"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    unit = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="layer_imports")
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    step = models.CharField(max_length=60, blank=True, help_text="what is being done right now, or why it was refused")
    file_name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    layers = models.JSONField(default=list, help_text="what the file holds, as it was read")
    choices = models.JSONField(default=dict, help_text="layer, fields, crs, datum, and answers by finding")
    report = models.JSONField(default=dict, help_text="findings and figures of the last check")
    result = models.JSONField(default=dict, help_text="what taking in changed")
    converted_sha256 = models.CharField(max_length=64, blank=True, help_text="the version that was taken in, as GeoJSON")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    taken_in_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    taken_in_at = models.DateTimeField(null=True, blank=True)

    objects = LayerImportQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["village", "building", "barrier", "place", "key_place", "department"]),
                name="layer_import_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "read", "checked", "taken_in", "refused"]),
                name="layer_import_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="taken_in") | Q(taken_in_at__isnull=False), name="a_layer_taken_in_says_since_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} import {self.pk}"
