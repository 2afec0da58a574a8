"""Coverage as a GeoPackage for maps, with the sight of whoever asks for it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
from shapely.geometry.base import BaseGeometry

import geo
from backend.accounts.models import User
from backend.audits.grounds import PatrollableGround
from backend.audits.ranges import GridRange, coverage_between
from backend.audits.shapes import ground_in_metres, stored_shapes, unite
from backend.command.coverage_words import describe_coverage
from backend.command.exports import GRID_COLUMNS, head_of, local
from backend.places.exports import Crs, place_shapes
from backend.places.layers import to_shapely
from backend.places.models import Grid


def coverage_gpkg(user: User, first: date, last: date, *, crs: Crs, at: datetime) -> bytes:
    """Layers ``grids``, ``ground`` and ``seen``, and a table ``about`` with the rule; in the system that was asked for."""
    found = coverage_between(user, first, last, at=at)
    said = {row["code"]: {**row, **row["evidence"]} for row in describe_coverage(found, at=at)["grids"]}
    outlines = dict(Grid.objects.filter(pk__in=[row.grid.pk for row in found.grids]).values_list("pk", "polygon"))
    table: dict[str, list[Any]] = {name: [said[row.grid.code][name] for row in found.grids] for name in GRID_COLUMNS}
    table["last_visit_at"] = [local(value) for value in table["last_visit_at"]]
    table["share"] = [value if value is None else round(value, 4) for value in table["share"]]
    held = [row for row in found.grids if row.ground is not None]
    grounds = PatrollableGround.objects.in_bulk([row.ground.pk for row in held if row.ground])
    seen = _seen(held, grounds)
    layers = {
        "grids": _layer(table, [to_shapely(outlines[row.grid.pk]) for row in found.grids], crs),
        "ground": _layer(_names(held), [to_shapely(grounds[row.ground.pk].geometry) for row in held if row.ground], crs),
        "seen": _layer(_names([row for row, _ in seen]), [shape for _, shape in seen], crs),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coverage.gpkg"
        for name, layer in layers.items():
            pyogrio.write_dataframe(layer, path, layer=name, driver="GPKG", geometry_type="MultiPolygon")
        about = pd.DataFrame(head_of(found, at), columns=["what", "said"])
        pyogrio.write_dataframe(about, path, layer="about", driver="GPKG")
        return path.read_bytes()


def _seen(held: Sequence[GridRange], grounds: dict[int, PatrollableGround]) -> list[tuple[GridRange, BaseGeometry]]:
    """What was seen of each ground over the days, in degrees; grids nobody saw anything of are left out."""
    shapes = stored_shapes(pk for row in held for pk in row.rows)
    found = []
    for row in held:
        if row.ground is None or not row.rows:
            continue
        ground = grounds[row.ground.pk]
        whole = ground_in_metres(ground) if row.is_cut else None
        shape = unite([shapes[pk] for pk in row.rows if pk in shapes], whole)
        if not shape.is_empty:
            found.append((row, geo.to_lonlat(shape, ground.srid)))
    return found


def _names(rows: Sequence[GridRange]) -> dict[str, list[Any]]:
    return {
        "code": [row.grid.code for row in rows],
        "name": [row.grid.name for row in rows],
        "seen_m2": [row.seen.seen_m2 for row in rows],
        "ground_m2": [row.ground_m2 for row in rows],
        "rule_version": [row.ground.rule_version if row.ground else None for row in rows],
    }


def _layer(table: dict[str, list[Any]], shapes: list[BaseGeometry], crs: Crs) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table, geometry=place_shapes(shapes, crs), crs=f"EPSG:{crs.value}")
