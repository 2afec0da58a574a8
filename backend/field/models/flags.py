"""Questions about what came from the ground, what the worker said to them, what a person decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import User, in_stems
from backend.field.flag_rules import NOT_ASKED
from backend.field.sight import CENTRE_AND_SUPERVISOR

SHOWN_ANYWAY = timedelta(hours=72)


class FlagQuerySet(models.QuerySet["Flag"]):
    def visible_to(self, user: User) -> Self:
        """The person it is about first; then the centre and supervisors of the person's units."""
        in_sight = in_stems("unit_code", user.stems(timezone.now(), CENTRE_AND_SUPERVISOR))
        return self.filter(Q(person=user) | (_was_told() & in_sight))

    def told(self) -> Self:
        """What a desk may hear of: it was on the person's phone, or 72 hours have gone, or it is no question to the worker."""
        return self.filter(_was_told())


def _was_told() -> Q:
    long_ago = Q(raised_at__lt=timezone.now() - SHOWN_ANYWAY)
    return Q(shown_at__isnull=False) | long_ago | Q(rule__in=NOT_ASKED)


class Flag(models.Model):
    """A question, not a verdict: evidence, the worker's answer, a person's decision."""

    class Decision(models.TextChoices):
        COUNTS = "counts", "说得通，照算"
        DOES_NOT_COUNT = "does_not_count", "说得通，但位置不算"
        ASK_MORE = "ask_more", "还想再了解"

    uuid = models.UUIDField(unique=True, help_text="follows from person, thing and rule: the same after a rebuild")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="flags")
    about = models.CharField(max_length=20, help_text="the kind of thing asked about: patrol, report, answer, task, item …")
    about_id = models.UUIDField()
    unit_code = models.CharField(max_length=15, blank=True, db_index=True)
    rule = models.CharField(max_length=40)
    rule_version = models.PositiveSmallIntegerField(default=1)
    evidence = models.JSONField(default=dict, help_text="facts, by the item they came from under `items`")
    raised_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True, blank=True, help_text="first served to the person's phone")
    answer = models.TextField(blank=True, help_text="the newest of the worker's answers")
    answered_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=20, choices=Decision, blank=True, help_text="the newest decision")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "about_id", "rule"], name="a_rule_flags_a_thing_once"),
            models.CheckConstraint(
                condition=Q(decision__in=["", "counts", "does_not_count", "ask_more"]), name="flag_decision_is_a_known_decision"
            ),
        ]
        indexes = [models.Index(fields=["about_id"], name="flag_about")]

    def __str__(self) -> str:
        return f"flag {self.rule} {self.pk}"


class FlagAnswer(models.Model):
    """What the person said to a question, each time they said something. Derived: rebuilt from the inbox."""

    uuid = models.UUIDField(help_text="made by the phone")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    flag_uuid = models.UUIDField(db_index=True, help_text="kept even if the question comes later, as in a replay")
    text = models.TextField()
    at = models.DateTimeField(help_text="the phone's clock, corrected")
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "uuid"], name="one_flag_answer_per_person_and_id")]

    def __str__(self) -> str:
        return f"answer to flag {self.flag_uuid}"


class FlagDecision(models.Model):
    """What a person decided about a question, and why. Rows are only ever added; a trigger refuses anything else."""

    flag = models.ForeignKey(Flag, on_delete=models.PROTECT, related_name="decisions")
    decision = models.CharField(max_length=20, choices=Flag.Decision)
    note = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__in=["counts", "does_not_count", "ask_more"]), name="a_flag_decision_is_a_known_one"
            )
        ]

    def __str__(self) -> str:
        return f"{self.decision} on flag {self.flag_id}"
