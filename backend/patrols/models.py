"""What is asked for on the ground: checklist items, who admitted them, tasks, answers, patrols."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from backend.accounts.models import Device, Office, User, in_stems
from backend.places.models import Grid, GridDuty, GridQuerySet, KeyPlace
from backend.units.models import AdminUnit


class ChecklistItem(models.Model):
    """One thing to look at, as data of the county. Answers stay pinned to the version they were given to."""

    class Evidence(models.TextChoices):
        NONE = "none", "不要凭据"
        CHECKPOINT = "checkpoint", "到点"
        PHOTO = "photo", "照片"
        PHOTO_ON_PROBLEM = "photo_on_problem", "有问题时拍照"
        NOTE = "note", "文字"

    county = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="checklist_items")
    code = models.CharField(max_length=20)
    version = models.PositiveSmallIntegerField(default=1)
    line = models.CharField(max_length=40, help_text="条线: the department line that asks")
    office_name = models.CharField(max_length=40, blank=True)
    text = models.CharField(max_length=120)
    object_kind = models.CharField(max_length=20, help_text="grid, key_place, household, route or case")
    place_kinds = models.JSONField(default=list, help_text="kinds of key place it applies to; empty: all")
    evidence_policy = models.CharField(max_length=20, choices=Evidence, default=Evidence.NONE)
    necessity_ground = models.CharField(max_length=200, blank=True, help_text="why evidence is asked for; shown to the worker")
    minutes = models.PositiveSmallIntegerField(default=3)
    legal_ground = models.CharField(max_length=200, blank=True)
    valid = DateRangeField()

    class Meta:
        ordering = ["line", "code", "version"]
        constraints = [
            models.UniqueConstraint(fields=["county", "code", "version"], name="one_checklist_item_per_code_and_version"),
            models.CheckConstraint(
                condition=Q(evidence_policy__in=["none", "checkpoint", "photo", "photo_on_problem", "note"]),
                name="evidence_policy_is_known",
            ),
            models.CheckConstraint(
                condition=Q(evidence_policy="none") | ~Q(necessity_ground=""), name="evidence_is_asked_for_only_with_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(object_kind__in=["grid", "key_place", "household", "route", "case"]),
                name="checklist_object_kind_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class ItemAdmissionQuerySet(models.QuerySet["ItemAdmission"]):
    def valid_on(self, at: datetime) -> Self:
        return self.filter(valid__contains=timezone.localtime(at).date())

    def for_grid(self, grid_code: str) -> Self:
        """Admissions of the grid's own county or township."""
        return self.filter(unit__code__in=[f"{grid_code[:6]}000000", f"{grid_code[:9]}000"])


class ItemAdmission(models.Model):
    """An item may be put on grid staff of a unit (准入). Nothing without one can be assigned: tasks point here."""

    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="admissions")
    unit = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="admissions")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ground = models.CharField(max_length=200)
    valid = DateRangeField()
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField()

    objects = ItemAdmissionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "unit"], name="one_admission_per_item_and_unit")]

    def __str__(self) -> str:
        return f"admission {self.pk}"


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


class TaskQuerySet(models.QuerySet["Task"]):
    def open(self) -> Self:
        return self.filter(state=Task.State.OPEN)

    def visible_to(self, user: User) -> Self:
        """The person's own tasks, and those in the units their posts give sight of."""
        return self.filter(Q(person=user) | in_stems("grid__code", user.stems(timezone.now())))


class Task(models.Model):
    """What one visit at one place settles, given to one named person for a window of time."""

    class State(models.TextChoices):
        OPEN = "open", "待办"
        DONE = "done", "已办"
        WITHDRAWN = "withdrawn", "已撤回"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="tasks")
    key_place = models.ForeignKey(KeyPlace, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tasks")
    title = models.CharField(max_length=80)
    ground = models.CharField(max_length=200, help_text="why this is asked, in words for the worker")
    window = DateTimeRangeField(help_text="half-open [from, to)")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    withdrawal_ground = models.CharField(max_length=200, blank=True, help_text="why it was taken back, in words for the worker")
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    assigned_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    admissions = models.ManyToManyField(ItemAdmission, through="TaskItem", related_name="+")

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["open", "done", "withdrawn"]), name="task_state_is_known"),
            models.CheckConstraint(condition=~Q(window__isempty=True), name="task_window_is_not_empty"),
        ]
        indexes = [
            GistIndex(fields=["window"], name="task_window_gist"),
            models.Index(fields=["person", "state"], name="task_person_state"),
        ]

    def __str__(self) -> str:
        return f"task {self.uuid}"


class TaskItem(models.Model):
    """An admitted item inside a task. The pointer goes to the admission, so what is not admitted cannot be asked."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="items")
    admission = models.ForeignKey(ItemAdmission, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["task", "admission"], name="an_item_stands_once_in_a_task")]

    def __str__(self) -> str:
        return f"item {self.position} of {self.task_id}"


class AnswerQuerySet(models.QuerySet["Answer"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(Q(person=user) | in_stems("task__grid__code", user.stems(timezone.now())))


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


def grids_of(user: User, at: datetime) -> GridQuerySet:
    """Grids the person has a duty in at an instant."""
    return Grid.objects.filter(Exists(GridDuty.objects.valid_at(at).filter(grid=OuterRef("pk"), user=user)))
