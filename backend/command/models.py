"""Shapes as tiles show them, kept ready so that a tile is one look into an index."""

from __future__ import annotations

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q

from backend.places.models import GridPlan
from backend.units.models import AdminUnit


class TileShape(models.Model):
    """A grid, the borders of a village's grids, or a village, in the projection of tiles, as detailed as its zooms can show.

    Derived from published plans and boundaries, see `tile_shapes`; thrown away and drawn again at will.
    """

    class Layer(models.TextChoices):
        GRID = "grid", "网格"
        BORDER = "border", "网格边界"
        VILLAGE = "village", "村"

    layer = models.CharField(max_length=8, choices=Layer)
    band = models.PositiveSmallIntegerField(help_text="the deepest zoom this shape is good for")
    code = models.CharField(max_length=15, help_text="of the grid or village")
    village = models.ForeignKey(AdminUnit, on_delete=models.CASCADE, related_name="+")
    plan = models.ForeignKey(GridPlan, on_delete=models.CASCADE, null=True, related_name="+", help_text="none for a village")
    shape = models.GeometryField(srid=3857, spatial_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(layer__in=["grid", "border", "village"]), name="tile_layer_is_known"),
            models.CheckConstraint(condition=Q(layer="village") | Q(plan__isnull=False), name="a_grids_tile_shape_has_a_plan"),
        ]
        indexes = [GistIndex(fields=["band", "layer", "shape"], name="tile_shape_gist")]

    def __str__(self) -> str:
        return f"{self.layer} {self.code} to zoom {self.band}"
