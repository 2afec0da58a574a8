"""What a person says of one item of a task."""

from __future__ import annotations

from typing import Self

from django.contrib.gis.db import models
from django.db.models import Q

from backend.accounts.models import User
from backend.patrols.models.items import ChecklistItem
from backend.patrols.models.tasks import Task


class AnswerQuerySet(models.QuerySet["Answer"]):
    def visible_to(self, user: User) -> Self:
        """What one said, and what was said in tasks one sees."""
        return self.filter(Q(person=user) | Q(task__in=Task.objects.visible_to(user)))


class Answer(models.Model):
    """One person's result for one item. “Nothing found” and “could not get in” are results."""

    class Result(models.TextChoices):
        OK = "ok", "没问题"
        PROBLEM = "problem", "有问题"
        NO_ENTRY = "no_entry", "进不去"

    uuid = models.UUIDField(help_text="made by the phone")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="answers")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="answers")
    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="answers")
    patrol_uuid = models.UUIDField(null=True, blank=True)
    result = models.CharField(max_length=10, choices=Result)
    reason = models.CharField(max_length=40, blank=True, help_text="for no_entry: 没人, 路断, 不让进, 天气")
    note = models.TextField(blank=True)
    value = models.CharField(max_length=200, blank=True, help_text="what the item asks besides: a number, a choice, words")
    photos = models.JSONField(default=list, help_text="SHA-256 of each photo the answer announced")
    answered_at = models.DateTimeField(help_text="the phone's clock, corrected")
    received_at = models.DateTimeField()

    objects = AnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "uuid"], name="one_answer_per_person_and_id"),
            models.CheckConstraint(condition=Q(result__in=["ok", "problem", "no_entry"]), name="answer_result_is_known"),
        ]

    def __str__(self) -> str:
        return f"answer {self.uuid}"

    @property
    def words(self) -> str:
        """What was said besides the result, with the value as “水位 3.25 米”."""
        asked = self.item.answer_type
        value = f"{asked.get('label', '')} {self.value} {asked.get('unit', '')}".strip() if self.value else ""
        return "。".join(filter(None, [value, self.note or self.reason]))
