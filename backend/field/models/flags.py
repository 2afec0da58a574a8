"""Questions about what came from the ground."""

from __future__ import annotations

from typing import Self

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import User, in_stems
from backend.field.sight import CENTRE_AND_SUPERVISOR


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
