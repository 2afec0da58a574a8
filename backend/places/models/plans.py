"""Grids: how a village is divided, and who is accountable for each part."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from backend.accounts.models import Post, User, in_stems
from backend.units.models import AdminUnit


class GridPlanQuerySet(models.QuerySet["GridPlan"]):
    def published(self) -> Self:
        return self.filter(state=GridPlan.State.PUBLISHED)

    def visible_to(self, user: User) -> Self:
        """Published plans are public by regulation; drafts are the administrators' of that county."""
        own = in_stems("unit__code", user.stems(timezone.now(), [Post.Role.COUNTY_ADMIN]))
        anywhere = in_stems("unit__code", user.stems(timezone.now()))
        return self.filter(own | (anywhere & ~Q(state=GridPlan.State.DRAFT)))


class GridPlan(models.Model):
    """One way of dividing a village. A draft is looked at, a published one is in force, a retired one stays readable."""

    class State(models.TextChoices):
        DRAFT = "draft", "草案"
        PUBLISHED = "published", "已发布"
        RETIRED = "retired", "已停用"

    unit = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="grid_plans")
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    parameters = models.JSONField(default=dict)
    input_digest = models.CharField(max_length=64, blank=True)
    metrics = models.JSONField(default=dict)
    run = models.ForeignKey("DivisionRun", on_delete=models.SET_NULL, null=True, blank=True, related_name="plans")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = GridPlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit"], condition=Q(state="published"), name="one_published_plan_per_village"),
            models.UniqueConstraint(fields=["run", "unit"], name="one_plan_per_village_in_a_run"),
            models.CheckConstraint(condition=Q(state__in=["draft", "published", "retired"]), name="grid_plan_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(published_at__isnull=False), name="a_plan_in_force_says_since_when"
            ),
        ]

    def __str__(self) -> str:
        return f"plan {self.pk} of {self.unit_id}"


class GridQuerySet(models.QuerySet["Grid"]):
    def current(self) -> Self:
        return self.filter(plan__state=GridPlan.State.PUBLISHED)

    def valid_at(self, at: datetime) -> Self:
        return self.filter(valid__contains=at)

    def visible_to(self, user: User) -> Self:
        """Grids inside the units of the person's posts, and those the person has a duty in, now."""
        now = timezone.now()
        duty = GridDuty.objects.filter(grid=OuterRef("pk"), user=user, valid__contains=now)
        return self.filter(in_stems("code", user.stems(now)) | Exists(duty)).exclude(plan__state=GridPlan.State.DRAFT)

    def without_person(self, at: datetime) -> Self:
        """Grids nobody is accountable for: an alarm, not a null."""
        return self.current().filter(~Exists(GridDuty.objects.accountable(at).filter(grid=OuterRef("pk"))))


class Grid(models.Model):
    """The smallest unit of service. Its code lives on; a code is never given to another piece of ground."""

    class Kind(models.TextChoices):
        GENERAL = "general", "综合网格"
        EXCLUSIVE = "exclusive", "专属网格"
        MICRO = "micro", "微网格"

    plan = models.ForeignKey(GridPlan, on_delete=models.CASCADE, related_name="grids")
    village = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="grids")
    code = models.CharField(max_length=15)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.GENERAL)
    polygon = models.MultiPolygonField(srid=4326)
    area_m2 = models.FloatField()
    households = models.PositiveIntegerField(default=0)
    workload = models.FloatField(default=0)
    valid = DateTimeRangeField(null=True, blank=True, help_text="from publication to retirement; null in a draft")
    successors = models.JSONField(default=list, help_text="codes that took over this ground")

    objects = GridQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="one_grid_per_plan_and_code"),
            models.CheckConstraint(condition=Q(code__regex=r"^\d{15}$"), name="grid_code_has_fifteen_digits"),
            models.CheckConstraint(condition=Q(kind__in=["general", "exclusive", "micro"]), name="grid_kind_is_known"),
            ExclusionConstraint(
                name="one_grid_in_force_per_code_and_time",
                expressions=[("code", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                condition=Q(valid__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"grid {self.code}"


class GridDutyQuerySet(models.QuerySet["GridDuty"]):
    def valid_at(self, at: datetime) -> Self:
        return self.filter(valid__contains=at)

    def accountable(self, at: datetime) -> Self:
        return self.valid_at(at).filter(role=GridDuty.Role.WORKER)


class GridDuty(models.Model):
    """The person of a grid, from when to when."""

    class Role(models.TextChoices):
        CHIEF = "chief", "网格长"
        WORKER = "worker", "网格员"
        STAND_IN = "stand_in", "替班"

    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="duties")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grid_duties")
    role = models.CharField(max_length=10, choices=Role)
    valid = DateTimeRangeField()

    objects = GridDutyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(role__in=["chief", "worker", "stand_in"]), name="grid_duty_role_is_known"),
            ExclusionConstraint(
                name="one_accountable_person_per_grid_and_time",
                expressions=[("grid", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                condition=Q(role="worker"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of grid {self.grid_id}"


def people_visible_to(user: User) -> models.QuerySet[User]:
    """Persons who hold or ever held a grid or a post inside the units of this person's posts; the person too."""
    stems = user.stems(timezone.now())
    duty = GridDuty.objects.filter(in_stems("grid__code", stems), user=OuterRef("pk"))
    post = Post.objects.filter(in_stems("unit__code", stems), user=OuterRef("pk"))
    return User.objects.filter(Q(pk=user.pk) | Exists(duty) | Exists(post))
