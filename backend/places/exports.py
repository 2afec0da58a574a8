"""Grids as files for other systems: GeoPackage or GeoJSON, in the system that was asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

import geo
from backend.places.layers import to_shapely
from backend.places.models import Grid
from backend.units.models import border_note


class Crs(StrEnum):
    """Systems a map may be taken out in."""

    WGS84 = "4326"
    CGCS2000 = "4490"
    GAUSS_KRUGER_114 = "4547"
    GAUSS_KRUGER_117 = "4548"


class FileKind(StrEnum):
    """Files a plan may be taken out as."""

    GPKG = "gpkg"
    GEOJSON = "geojson"


DRIVERS = {FileKind.GPKG: "GPKG", FileKind.GEOJSON: "GeoJSON"}


def place_shapes(shapes: Sequence[BaseGeometry], crs: Crs) -> list[BaseGeometry]:
    """Degrees as the system wants them. WGS 84 and CGCS2000 are the same ground to our accuracy: nothing is shifted."""
    metric = crs in (Crs.GAUSS_KRUGER_114, Crs.GAUSS_KRUGER_117)
    placed = geo.to_metric(list(shapes), int(crs)) if metric else shapes
    return [shapely.multipolygons(shapely.get_parts(shape)) for shape in placed]


def grids_file(grids: Sequence[Grid], *, crs: Crs, kind: FileKind) -> bytes:
    """One layer ``grids``; a GeoJSON that is not in WGS 84 names its system. Rows need their ``village`` and ``plan``."""
    table = {
        "code": [grid.code for grid in grids],
        "name": [grid.name for grid in grids],
        "village": [grid.village.code for grid in grids],
        "village_name": [grid.village.name for grid in grids],
        "kind": [grid.get_kind_display() for grid in grids],
        "households": [grid.households for grid in grids],
        "workload": [round(grid.workload, 1) for grid in grids],
        "area_m2": [round(grid.area_m2) for grid in grids],
        "plan": [grid.plan.pk for grid in grids],
        "state": [grid.plan.get_state_display() for grid in grids],
        "remark": [border_note([grid.village]) for grid in grids],
    }
    shapes = place_shapes([to_shapely(grid.polygon) for grid in grids], crs)
    layer = gpd.GeoDataFrame(table, geometry=shapes, crs=f"EPSG:{crs.value}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"grids.{kind.value}"
        pyogrio.write_dataframe(layer, path, layer="grids", driver=DRIVERS[kind], geometry_type="MultiPolygon")
        return path.read_bytes()
