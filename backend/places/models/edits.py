"""What was changed by hand, step by step: borders and houses of a draft, borders of villages. Rows are never changed."""

from __future__ import annotations

from typing import Self

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import Post, User, in_stems
from backend.places.models.plans import GridPlan
from backend.units.models import AdminUnit


class PlanEdit(models.Model):
    """One step of somebody's work on a draft. Taking a step back is a step too."""

    class Kind(models.TextChoices):
        MOVE_BORDER = "move_border", "移边界"
        MOVE_BUILDING = "move_building", "移房屋"
        SPLIT_GRID = "split_grid", "拆开网格"
        MERGE_GRIDS = "merge_grids", "合并网格"
        UNDO = "undo", "撤销"

    plan = models.ForeignKey(GridPlan, on_delete=models.CASCADE, related_name="edits")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=13, choices=Kind)
    input = models.JSONField(help_text="what was asked: the border and its new line, or the house and its new grid")
    was = models.JSONField(help_text="grids that changed, as they were before, by code; null for one the step made")
    before = models.CharField(max_length=64, help_text="digest of all grids before the step")
    after = models.CharField(max_length=64, help_text="and after it")
    undoes = models.OneToOneField("self", on_delete=models.CASCADE, null=True, blank=True, related_name="undone_by")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["plan", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "seq"], name="one_edit_per_plan_and_seq"),
            models.CheckConstraint(
                condition=Q(kind__in=["move_border", "move_building", "split_grid", "merge_grids", "undo"]),
                name="plan_edit_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(kind="undo", undoes__isnull=False) | (~Q(kind="undo") & Q(undoes__isnull=True)),
                name="only_an_undo_names_what_it_undoes",
            ),
        ]

    def __str__(self) -> str:
        return f"edit {self.seq} of plan {self.plan_id}"


class BoundaryEditQuerySet(models.QuerySet["BoundaryEdit"]):
    def visible_to(self, user: User) -> Self:
        """Work on village borders is the county administrators'."""
        return self.filter(in_stems("township__code", user.stems(timezone.now(), [Post.Role.COUNTY_ADMIN])))


class BoundaryEdit(models.Model):
    """One step of drawing village borders of a township by hand. What it replaced is kept."""

    class Kind(models.TextChoices):
        DRAW = "draw", "画村界"
        SPLIT = "split", "切开"
        PLACES = "places", "按地点画草案"
        UNDO = "undo", "撤销"

    township = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="boundary_edits")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=6, choices=Kind)
    input = models.JSONField(help_text="the ring, the line or the places that were given")
    was = models.JSONField(help_text="units that changed, as they were before, by code")
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    objects = BoundaryEditQuerySet.as_manager()

    class Meta:
        ordering = ["township", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["township", "seq"], name="one_boundary_edit_per_township_and_seq"),
            models.CheckConstraint(
                condition=Q(kind__in=["draw", "split", "places", "undo"]), name="boundary_edit_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(kind="undo", undoes__isnull=False) | (~Q(kind="undo") & Q(undoes__isnull=True)),
                name="only_a_boundary_undo_names_what_it_undoes",
            ),
        ]

    def __str__(self) -> str:
        return f"boundary edit {self.seq} of {self.township_id}"
