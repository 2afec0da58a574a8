"""Tasks, each at one object in one window for one person; and the obligations a visit there settles."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.contrib.gis.db import models
from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from backend.accounts.models import User, in_stems
from backend.patrols.models.items import ChecklistItem, ItemAdmission
from backend.places.models import Grid, Household, KeyPlace, Route


class TaskQuerySet(models.QuerySet["Task"]):
    def open(self) -> Self:
        return self.filter(state=Task.State.OPEN)

    def without_person(self) -> Self:
        """Open tasks nobody is accountable for: alarms."""
        return self.open().filter(person=None)

    def visible_to(self, user: User) -> Self:
        """The person's own tasks, and those in the units their posts give sight of; restricted ones at their line's office only."""
        now = timezone.now()
        here: Any = in_stems("grid__code", user.stems(now)) & Q(is_restricted=False)
        for unit, office in user.posts.valid_at(now).exclude(office=None).values_list("unit__code", "office__name"):
            own_line = Obligation.objects.filter(task=OuterRef("pk"), item__office_name=office)
            here |= in_stems("grid__code", [unit]) & Q(is_restricted=True) & Exists(own_line)
        return self.filter(Q(person=user) | here)

    def open_sight(self) -> Self:
        """Tasks with nothing restricted in them: what lists, maps and files may show to whoever has the area."""
        return self.filter(is_restricted=False)


class Task(models.Model):
    """What one visit at one object settles, given to one named person for a window of time.

    By rule: one for each object and window, made ahead; all lines' items stand in it. By order: with a stated ground.
    ``person`` is null only as an alarm: nobody had the duty of the grid.
    """

    class State(models.TextChoices):
        OPEN = "open", "待办"
        DONE = "done", "已办"
        WITHDRAWN = "withdrawn", "已撤回"

    class Source(models.TextChoices):
        ORDER = "order", "派的"
        RULE = "rule", "按频次"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    source = models.CharField(max_length=6, choices=Source, default=Source.ORDER)
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="tasks")
    object_key = models.CharField(max_length=40, help_text="grid code, or the UUID of a key place, household or route")
    key_place = models.ForeignKey(KeyPlace, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks")
    household = models.ForeignKey(Household, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks")
    route = models.ForeignKey(Route, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks")
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks")
    title = models.CharField(max_length=80)
    ground = models.CharField(max_length=200, help_text="why this is asked, in words for the worker")
    window = DateTimeRangeField(help_text="half-open [from, to)")
    is_restricted = models.BooleanField(
        default=False, help_text="asks for a restricted item; these stand in tasks of their own"
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    withdrawal_ground = models.CharField(max_length=200, blank=True, help_text="why it was taken back, in words for the worker")
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    assigned_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    admissions = models.ManyToManyField(ItemAdmission, through="Obligation", related_name="+")

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["open", "done", "withdrawn"]), name="task_state_is_known"),
            models.CheckConstraint(condition=Q(source__in=["order", "rule"]), name="task_source_is_known"),
            models.CheckConstraint(condition=~Q(window__isempty=True), name="task_window_is_not_empty"),
            models.CheckConstraint(condition=~Q(object_key=""), name="a_task_is_about_an_object"),
            models.UniqueConstraint(
                fields=["object_key", "window", "is_restricted"],
                condition=Q(source="rule"),
                name="one_task_by_rule_per_object_and_window",
            ),
            models.CheckConstraint(condition=Q(source="rule") | Q(person__isnull=False), name="an_order_is_given_to_somebody"),
        ]
        indexes = [
            GistIndex(fields=["window"], name="task_window_gist"),
            models.Index(fields=["person", "state"], name="task_person_state"),
            models.Index(fields=["object_key"], name="task_object"),
        ]

    def __str__(self) -> str:
        return f"task {self.uuid}"


class Obligation(models.Model):
    """An admitted item due at the object and in the window of its task, on the shoulders of the task's person.

    The pointer goes to the admission: what is not admitted cannot be asked, and a trigger refuses an admission that is not
    in force on the day the window begins. Settled by an answer to it, or by any answer to the same item at the same object
    inside its window.
    """

    class State(models.TextChoices):
        OPEN = "open", "待办"
        DONE = "done", "已办"
        WITHDRAWN = "withdrawn", "已撤回"

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="items")
    admission = models.ForeignKey(ItemAdmission, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="obligations")
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True, help_text="of the first answer that settled it")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["task", "item"], name="an_item_stands_once_in_a_task"),
            models.CheckConstraint(condition=Q(state__in=["open", "done", "withdrawn"]), name="obligation_state_is_known"),
        ]

    def __str__(self) -> str:
        return f"item {self.position} of {self.task_id}"
