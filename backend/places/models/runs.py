"""Dividing many villages at once: what was asked for, and how far each township is."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import Post, User, in_stems
from backend.units.models import AdminUnit


class DivisionRunQuerySet(models.QuerySet["DivisionRun"]):
    def visible_to(self, user: User) -> Self:
        """Runs lead to drafts, and drafts are the administrators' of that county."""
        return self.filter(in_stems("scope__code", user.stems(timezone.now(), [Post.Role.COUNTY_ADMIN])))


class DivisionRun(models.Model):
    """Dividing a county, a township or a list of villages in the background. Its result is a draft for each village."""

    class State(models.TextChoices):
        RUNNING = "running", "正在算"
        DONE = "done", "算完了"

    scope = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="division_runs")
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DivisionRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["running", "done"]), name="division_run_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="running") | Q(finished_at__isnull=False), name="a_division_run_that_is_done_says_since_when"
            ),
        ]

    def __str__(self) -> str:
        return f"division run {self.pk} of {self.scope_id}"


class TownshipRun(models.Model):
    """One township's part of a run, done by one job. A village that is done is a draft, so the job may stop and go on anywhere."""

    class State(models.TextChoices):
        WAITING = "waiting", "等着算"
        RUNNING = "running", "正在算"
        DONE = "done", "算完了"
        FAILED = "failed", "有村没算成"

    run = models.ForeignKey(DivisionRun, on_delete=models.CASCADE, related_name="townships")
    township = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="+")
    villages = models.JSONField(help_text="codes of the villages to divide")
    failures = models.JSONField(default=dict, help_text="what was wrong, for each village that could not be divided")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["township__code"]
        constraints = [
            models.UniqueConstraint(fields=["run", "township"], name="one_part_of_a_run_per_township"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "done", "failed"]), name="township_run_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.township_id} of division run {self.run_id}"
