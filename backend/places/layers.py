"""What a division needs of a village, read into metres; and geometry back into columns. The only bridge from rows to `geo`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.contrib.gis.geos import MultiPolygon as MultiPolygonColumn
from shapely.geometry.base import BaseGeometry

import geo
from backend.places.models import Barrier, Building, Grid, PlaceGroup
from backend.problems import Problem
from backend.units.models import AdminUnit
from geo.errors import GeoError


class NoBoundary(Problem):
    """The village has no boundary, so there is nothing to divide."""

    slug, status = "no_boundary", 409
    zh, en = "这个村还没有边界，划不了网格。请先导入边界。", "This village has no boundary yet. Import one first."


class BoundaryUnusable(Problem):
    """The village has a boundary that crosses itself or lies elsewhere."""

    slug, status = "boundary_unusable", 409
    zh, en = (
        "这个村的边界自己和自己相交，或者不在本县，划不了网格。请重新导入或者重画边界。",
        "This village's boundary crosses itself or lies elsewhere. Import or draw it anew.",
    )


def metric_srid(unit: AdminUnit) -> int:
    """The county's system of metres; one for the whole county, so that a shared border has one set of coordinates."""
    county = AdminUnit.objects.current().filter(code=f"{unit.code[:6]}000000").values_list("metric_srid", flat=True).first()
    if county is None:
        if unit.boundary is None or unit.boundary.empty:
            raise NoBoundary
        try:
            return geo.choose_metric_srid(unit.boundary.point_on_surface.x)
        except GeoError as error:
            raise BoundaryUnusable from error
    return county


def grid_srid(grid: Grid) -> int:
    """As `metric_srid` of its village; of the grid's own place where the village has no boundary."""
    if grid.village.boundary is not None:
        return metric_srid(grid.village)
    return geo.choose_metric_srid(grid.polygon.point_on_surface.x)


def to_shapely(column: GEOSGeometry) -> BaseGeometry:
    return shapely.from_wkb(bytes(column.wkb))


def to_column(shape: BaseGeometry) -> MultiPolygonColumn:
    """Any areal geometry in degrees as the MultiPolygon a column wants."""
    column = GEOSGeometry(memoryview(shapely.to_wkb(shapely.multipolygons(shapely.get_parts(shape)))), srid=4326)
    assert isinstance(column, MultiPolygonColumn)  # noqa: S101  for the type checker; made of parts just above
    return column


@dataclass(frozen=True, slots=True)
class Layers:
    """A village in metres of its county's system: boundary, houses with households, lines with strength."""

    srid: int
    village: BaseGeometry
    buildings: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame


def read_layers(unit: AdminUnit) -> Layers:
    if unit.boundary is None or unit.boundary.empty:
        raise NoBoundary
    if not unit.boundary.valid:  # PostGIS compares nothing with it
        raise BoundaryUnusable
    srid = metric_srid(unit)
    try:
        village = geo.to_metric(to_shapely(unit.boundary), srid)
    except GeoError as error:
        raise BoundaryUnusable from error
    houses = list(Building.objects.filter(village=unit).order_by("pk").values_list("outline", "households"))
    # Lines that touch the village, whichever unit they were imported for.
    lines = list(Barrier.objects.filter(line__intersects=unit.boundary).order_by("pk").values_list("line", "strength"))
    return Layers(
        srid,
        village,
        _frame([outline for outline, _ in houses], srid, households=[count for _, count in houses]),
        _frame([line for line, _ in lines], srid, strength=[strength for _, strength in lines]),
    )


def read_place_groups(unit: AdminUnit, layers: Layers) -> gpd.GeoDataFrame | None:
    """The natural villages of a village as points, in the metres of its layers; None where none are known."""
    rows = list(PlaceGroup.objects.filter(village=unit).order_by("pk").values_list("point", "name"))
    return _frame([point for point, _ in rows], layers.srid, name=[name for _, name in rows]) if rows else None


def _frame(shapes: list[GEOSGeometry], srid: int, **columns: list[Any]) -> gpd.GeoDataFrame:
    metric = [geo.to_metric(to_shapely(shape), srid) for shape in shapes]
    return gpd.GeoDataFrame(columns, geometry=metric, crs=f"EPSG:{srid}")
