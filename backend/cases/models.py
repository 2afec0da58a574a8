"""Cases: what became of a report, and the append-only record of every step."""

from __future__ import annotations

import uuid
from functools import reduce
from operator import or_
from typing import Self

from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils import timezone

from backend.accounts.models import Office, Post, User, in_stems
from backend.cases.moves import MOVES, OPEN, REASONED, STATES, triples
from backend.field.models import CENTRE_AND_SUPERVISOR, ReportKind
from backend.patrols.models import Task
from backend.units.models import AdminUnit


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def visible_to(self, user: User) -> Self:
        """One's own report's case, those in the units of one's desk posts, and those given to one's office."""
        now = timezone.now()
        stems = user.stems(now, CENTRE_AND_SUPERVISOR)
        offices = Post.objects.valid_at(now).filter(user=user, role=Post.Role.HANDLER, office__isnull=False).values("office")
        return self.filter(Q(reporter=user) | in_stems("area_code", stems) | Q(office__in=offices))


class Case(models.Model):
    """What became of one report. The report is known by its phone's id: reports are derived and can be made anew, cases cannot."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    reporter = models.ForeignKey(User, on_delete=models.PROTECT, related_name="cases")
    report = models.UUIDField(help_text="the phone's id of the report")
    township = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="cases")
    number = models.CharField(max_length=40, blank=True, help_text="洲湖-2026-0001; given when the case is registered")
    kind = models.ForeignKey(ReportKind, on_delete=models.PROTECT, null=True, related_name="cases")
    title = models.CharField(max_length=80)
    text = models.TextField(blank=True)
    is_urgent = models.BooleanField(default=False)
    point = models.PointField(srid=4326, null=True, blank=True)
    accuracy_m = models.FloatField(null=True)
    area_code = models.CharField(max_length=15, db_index=True, help_text="the report's grid, or a grid of the reporter")
    grid_code = models.CharField(max_length=15, blank=True, help_text="the grid of its place, if it has one")
    place_name = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=12, choices=list(STATES.items()), default="submitted")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, blank=True, related_name="cases")
    handler = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    check_task = models.ForeignKey(Task, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kept = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    occurred_at = models.DateTimeField(help_text="when it was found, the phone's clock corrected")
    moved_at = models.DateTimeField()

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reporter", "report"], name="a_report_belongs_to_one_case"),
            models.UniqueConstraint(fields=["township", "number"], condition=~Q(number=""), name="one_case_per_number"),
            models.CheckConstraint(condition=Q(state__in=list(STATES)), name="case_state_is_known"),
            models.CheckConstraint(
                condition=(~Q(state="merged") & Q(kept__isnull=True))
                | Q(state__in=["submitted", "merged"], kept__isnull=False),
                name="a_merged_case_points_to_the_kept_one",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["submitted", "rejected", "merged"]) | ~Q(number=""),
                name="a_registered_case_has_a_number",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["assigned", "handling", "feedback", "post_verify", "rework", "closed"])
                | Q(office__isnull=False),
                name="what_is_being_done_lies_with_one_office",
            ),
            models.CheckConstraint(condition=~Q(kept=F("id")), name="no_case_is_merged_into_itself"),
        ]
        indexes = [models.Index(fields=["state", "-moved_at"], name="case_state_moved")]

    def __str__(self) -> str:
        return self.number or f"case {self.uuid}"


def _in_the_table() -> Q:
    moves = [Q(operation=operation, begins=begins, ends=ends) for operation, begins, ends in triples()]
    return reduce(or_, moves)


class Transition(models.Model):
    """One step of a case: who did what, when. Append-only: the database refuses changes, and steps that are not in the table."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="transitions")
    seq = models.PositiveSmallIntegerField()
    begins = models.CharField(max_length=12, blank=True)
    ends = models.CharField(max_length=12)
    operation = models.CharField(max_length=12)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, blank=True, help_text="the post it was done from, in words")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)
    photos = models.JSONField(default=list, help_text="sha256 of the files of whoever did it")
    answer = models.UUIDField(null=True, blank=True, help_text="the phone's id of the answer that said so")
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["case", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="steps_of_a_case_are_numbered"),
            models.UniqueConstraint(fields=["by", "answer"], name="an_answer_makes_one_step_at_most"),
            models.CheckConstraint(condition=Q(operation__in=list(MOVES)), name="transition_operation_is_known"),
            models.CheckConstraint(
                condition=Q(begins__in=["", *STATES]) & Q(ends__in=list(STATES)), name="transition_states_are_known"
            ),
            models.CheckConstraint(condition=_in_the_table(), name="every_step_is_a_move_of_the_table"),
            models.CheckConstraint(
                condition=~Q(operation__in=[*REASONED, "feedback"]) | ~Q(note=""), name="a_refusal_or_a_result_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} of {self.case_id}"
