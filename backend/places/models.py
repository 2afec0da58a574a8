"""Grids: how a village is divided, who is accountable for each part, what stands on the ground, and by which limits it is judged."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
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
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = GridPlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit"], condition=Q(state="published"), name="one_published_plan_per_village"),
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


class KeyPlaceQuerySet(models.QuerySet["KeyPlace"]):
    def visible_to(self, user: User) -> Self:
        """Places inside the person's units or grids."""
        now = timezone.now()
        duty = GridDuty.objects.filter(grid__code=OuterRef("grid_code"), user=user, valid__contains=now)
        return self.filter(in_stems("village__code", user.stems(now)) | Exists(duty))


class KeyPlace(models.Model):
    """A place that has to be reached: a pond, a forest edge, a shop."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    village = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="key_places")
    grid_code = models.CharField(max_length=15, blank=True, db_index=True, help_text="the published grid it lies in")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    risk = models.CharField(max_length=6)
    point = models.PointField(srid=4326)
    radius_m = models.PositiveSmallIntegerField(default=30)
    tag_hash = models.CharField(max_length=64, blank=True, help_text="hash of the code on its QR or NFC tag")
    is_synthetic = models.BooleanField(default=False)

    objects = KeyPlaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(risk__in=["high", "medium", "low"]), name="key_place_risk_is_known"),
            models.CheckConstraint(condition=Q(radius_m__gte=5, radius_m__lte=100), name="key_place_radius_is_5_to_100_m"),
        ]

    def __str__(self) -> str:
        return f"key place {self.pk}"


class PlaceGroup(models.Model):
    """A natural village (自然村): people say its name, not a grid's number."""

    village = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="place_groups")
    name = models.CharField(max_length=60)
    point = models.PointField(srid=4326)

    def __str__(self) -> str:
        return self.name


class Building(models.Model):
    """A house, kept whole by any division; its households are the first measure of work."""

    village = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="buildings")
    outline = models.PolygonField(srid=4326)
    households = models.PositiveSmallIntegerField(default=1)

    def __str__(self) -> str:
        return f"building {self.pk}"


class Barrier(models.Model):
    """A road, lane or stream that a grid's border likes to follow, the more the stronger it is."""

    unit = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="barriers")
    line = models.LineStringField(srid=4326)
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=60, blank=True)
    strength = models.FloatField(validators=[MinValueValidator(0), MaxValueValidator(1)])

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(strength__gte=0, strength__lte=1), name="barrier_strength_is_0_to_1")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class LandCover(models.Model):
    """What a map needs to be read: water, fields, contour lines."""

    unit = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="land_cover")
    kind = models.CharField(max_length=20, help_text="water, field or contour")
    shape = models.GeometryField(srid=4326)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class RuleSetQuerySet(models.QuerySet["RuleSet"]):
    def visible_to(self, user: User) -> Self:
        """How a county judges is open to everybody with a post in it."""
        codes = {f"{beginning[:6]}000000" for beginning in user.stems(timezone.now())}
        return self.filter(county__code__in=codes)


class RuleSet(models.Model):
    """A county's limits, one version in force at a time. What was judged says by which version; old versions stay readable."""

    county = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="rule_sets")
    version = models.PositiveSmallIntegerField()
    limits = models.JSONField(default=dict, help_text="what differs from the defaults, by group")
    valid = DateTimeRangeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    objects = RuleSetQuerySet.as_manager()

    class Meta:
        ordering = ["county", "version"]
        constraints = [
            models.UniqueConstraint(fields=["county", "version"], name="one_rule_set_per_county_and_version"),
            models.CheckConstraint(condition=Q(version__gte=1), name="rule_set_versions_begin_at_1"),
            ExclusionConstraint(
                name="one_rule_set_in_force_per_county_and_time",
                expressions=[("county", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"rules {self.version} of {self.county_id}"


def people_visible_to(user: User) -> models.QuerySet[User]:
    """Persons who hold or ever held a grid or a post inside the units of this person's posts; the person too."""
    stems = user.stems(timezone.now())
    duty = GridDuty.objects.filter(in_stems("grid__code", stems), user=OuterRef("pk"))
    post = Post.objects.filter(in_stems("unit__code", stems), user=OuterRef("pk"))
    return User.objects.filter(Q(pk=user.pk) | Exists(duty) | Exists(post))
