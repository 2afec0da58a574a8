"""Grids of other departments, and which comprehensive grid each of their cells belongs to (多网合一)."""

from __future__ import annotations

from typing import Self

from django.contrib.gis.db import models
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import User, in_stems
from backend.units.models import AdminUnit


class DepartmentLayerQuerySet(models.QuerySet["DepartmentLayer"]):
    def visible_to(self, user: User) -> Self:
        """Layers of the units inside the person's posts."""
        return self.filter(in_stems("unit__code", user.stems(timezone.now())))


class DepartmentLayer(models.Model):
    """One department's division of a township or county, as it was brought; the next one replaces it."""

    unit = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="department_layers")
    department = models.CharField(max_length=40)
    source = models.CharField(max_length=200, blank=True, help_text="the file or the words of whoever brought it")
    is_synthetic = models.BooleanField(default=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    computed_at = models.DateTimeField(null=True, blank=True, help_text="null until the table of pairs is there")
    report = models.JSONField(default=dict, help_text="overlap, uncovered and outside ground (m2), households in no cell")

    objects = DepartmentLayerQuerySet.as_manager()

    class Meta:
        ordering = ["unit", "department"]
        constraints = [models.UniqueConstraint(fields=["unit", "department"], name="one_layer_per_unit_and_department")]

    def __str__(self) -> str:
        return f"{self.department} of {self.unit_id}"


class DepartmentGrid(models.Model):
    """One cell of a department's division."""

    layer = models.ForeignKey(DepartmentLayer, on_delete=models.CASCADE, related_name="cells")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80, blank=True)
    polygon = models.MultiPolygonField(srid=4326)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["layer", "code"], name="one_cell_per_layer_and_code"),
            models.CheckConstraint(condition=~Q(code=""), name="a_department_cell_has_a_code"),
        ]

    def __str__(self) -> str:
        return f"cell {self.code}"


class CrosswalkRow(models.Model):
    """How much of a cell lies in a grid. An empty cell or grid is the rest, so that sums close."""

    class Role(models.TextChoices):
        WITHIN = "within", "全在"
        MAIN = "main", "主要在"
        PART = "part", "部分在"
        REST = "rest", "没对上"

    layer = models.ForeignKey(DepartmentLayer, on_delete=models.CASCADE, related_name="rows")
    cell = models.CharField(max_length=40, blank=True)
    grid = models.CharField(max_length=15, blank=True)
    area_m2 = models.FloatField()
    area_share = models.FloatField(help_text="of the cell's ground")
    households = models.PositiveIntegerField()
    household_share = models.FloatField(help_text="of the cell's households")
    role = models.CharField(max_length=6, choices=Role)

    class Meta:
        ordering = ["cell", "grid"]
        constraints = [
            models.UniqueConstraint(fields=["layer", "cell", "grid"], name="one_crosswalk_row_per_cell_and_grid"),
            models.CheckConstraint(condition=Q(role__in=["within", "main", "part", "rest"]), name="crosswalk_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.cell} in {self.grid}"
