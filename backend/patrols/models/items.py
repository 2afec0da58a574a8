"""Checklist items as data of the county, and who admitted them to be put on grid staff."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import Office, User
from backend.units.models import AdminUnit


class ChecklistItem(models.Model):
    """One thing to look at. Answers stay pinned to the version they were given to; one version is in force at a time."""

    class Evidence(models.TextChoices):
        NONE = "none", "不要凭据"
        CHECKPOINT = "checkpoint", "到点"
        PHOTO = "photo", "照片"
        PHOTO_ON_PROBLEM = "photo_on_problem", "有问题时拍照"
        NOTE = "note", "文字"

    class ObjectKind(models.TextChoices):
        GRID = "grid", "网格"
        KEY_PLACE = "key_place", "重点场所"
        HOUSEHOLD = "household", "住户"
        ROUTE = "route", "路线"
        CASE = "case", "案件"

    class Sight(models.TextChoices):
        OPEN = "open", "一般"
        RESTRICTED = "restricted", "限定"

    county = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="checklist_items")
    code = models.CharField(max_length=20)
    version = models.PositiveSmallIntegerField(default=1)
    line = models.CharField(max_length=40, help_text="条线: the department line that asks")
    office_name = models.CharField(max_length=40, blank=True)
    text = models.CharField(max_length=120)
    object_kind = models.CharField(max_length=20, choices=ObjectKind)
    place_kinds = models.JSONField(default=list, help_text="kinds of key place, household or route it applies to; empty: all")
    risks = models.JSONField(default=list, help_text="high, medium, low: risks of key place it applies to; empty: all")
    frequency = models.JSONField(
        default=list, help_text="rules of `backend.patrols.frequency`, each makes windows of its own; empty: only by order"
    )
    sight = models.CharField(
        max_length=12,
        choices=Sight,
        default=Sight.OPEN,
        help_text="restricted: only the person asked and the line's own office",
    )
    evidence_policy = models.CharField(max_length=20, choices=Evidence, default=Evidence.NONE)
    necessity_ground = models.CharField(max_length=200, blank=True, help_text="why evidence is asked for; shown to the worker")
    answer_type = models.JSONField(
        default=dict,
        help_text="what is asked besides the result: {}, or {type: number|choice|text, label, unit, min, max, options}",
    )
    minutes = models.PositiveSmallIntegerField(default=3)
    legal_ground = models.CharField(max_length=200, blank=True)
    valid = DateRangeField()

    class Meta:
        ordering = ["line", "code", "version"]
        constraints = [
            models.UniqueConstraint(fields=["county", "code", "version"], name="one_checklist_item_per_code_and_version"),
            ExclusionConstraint(
                name="one_version_of_an_item_is_in_force_at_a_time",
                expressions=[
                    ("county", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
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
            models.CheckConstraint(condition=Q(sight__in=["open", "restricted"]), name="checklist_sight_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    @property
    def reference(self) -> str:
        """``code@version``, as phones and desks name it."""
        return f"{self.code}@{self.version}"


class ItemAdmissionQuerySet(models.QuerySet["ItemAdmission"]):
    def in_force(self) -> Self:
        return self.filter(state=ItemAdmission.State.ADMITTED)

    def valid_on(self, at: datetime) -> Self:
        return self.in_force().filter(valid__contains=timezone.localtime(at).date())

    def for_grid(self, grid_code: str) -> Self:
        """Admissions of the grid's own county or township."""
        return self.filter(unit__code__in=[f"{grid_code[:6]}000000", f"{grid_code[:9]}000"])


class ItemAdmission(models.Model):
    """An item may be put on grid staff of a unit (准入). Nothing without one can be assigned: obligations point here.

    Applied for by an office, decided by the county; temporary ones end. A withdrawal (退出) cuts ``valid`` and says why.
    """

    class State(models.TextChoices):
        APPLIED = "applied", "已申请"
        ADMITTED = "admitted", "已准入"
        REJECTED = "rejected", "未准入"

    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="admissions")
    unit = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="admissions")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.ADMITTED)
    is_temporary = models.BooleanField(default=False)
    ground = models.CharField(max_length=200)
    valid = DateRangeField()
    applied_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", help_text="who decided")
    approved_at = models.DateTimeField(null=True, blank=True, help_text="when it was decided")
    decision_note = models.CharField(max_length=200, blank=True)
    load_note = models.JSONField(default=dict, help_text="minutes per person and day before and after, as shown to who decided")
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal_ground = models.CharField(max_length=200, blank=True)

    objects = ItemAdmissionQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_admission_per_item_and_unit_at_a_time",
                expressions=[
                    ("item", RangeOperators.EQUAL),
                    ("unit", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(state="admitted"),
            ),
            models.UniqueConstraint(
                fields=["item", "unit"], condition=Q(state="applied"), name="one_open_application_per_item_and_unit"
            ),
            models.CheckConstraint(condition=Q(state__in=["applied", "admitted", "rejected"]), name="admission_state_is_known"),
            models.CheckConstraint(
                condition=Q(is_temporary=False) | Q(valid__upper_inf=False), name="a_temporary_admission_has_an_end"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawal_ground=""), name="a_withdrawn_admission_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"admission {self.pk}"
