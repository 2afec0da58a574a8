"""Grids of two departments for the demo township, made up from ours: one joins whole grids, one was drawn freehand beside them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from backend.accounts.models import User
from backend.places.departments import Cell, take_in_department
from backend.places.layers import to_shapely
from backend.places.models import Grid
from backend.units.models import AdminUnit

SOURCE = "合成示意"
SHIFT = (0.0009, -0.0006)  # degrees: about ninety and sixty metres, as a sketch on another base map is off
COARSE = 0.0006


def load_departments(township: AdminUnit, grids: list[Grid], by: User, at: datetime) -> None:
    """消防 and 林长; which of their cells belongs to which grid is computed by the worker."""
    for department, cells in (("消防", _joined(grids)), ("林长", _freehand(township))):
        take_in_department(township, department, cells, by=by, at=at, source=SOURCE, is_synthetic=True)


def _joined(grids: list[Grid]) -> Iterator[Cell]:
    """Two grids of a village make one cell; each lies exactly on ours."""
    for village, own in groupby(sorted(grids, key=lambda grid: grid.code), key=lambda grid: grid.village.short_name):
        held = list(own)
        for number, pair in enumerate((held[i : i + 2] for i in range(0, len(held), 2)), 1):
            shape = shapely.union_all([to_shapely(grid.polygon) for grid in pair])
            yield Cell(f"XF-{pair[0].code[9:12]}-{number:02d}", f"{village}消防第{number}片", shape)


def _freehand(township: AdminUnit) -> Iterator[Cell]:
    """Each village in two halves, drawn coarsely and a little off: some ground twice, some in none."""
    villages = AdminUnit.objects.current().below(township.code).filter(level=AdminUnit.Level.VILLAGE, boundary__isnull=False)
    for village in villages.order_by("code"):
        assert village.boundary is not None  # noqa: S101  the rows above have one
        shape = affinity.translate(to_shapely(village.boundary).simplify(COARSE), *SHIFT)
        west, south, east, north = shape.bounds
        middle = shape.centroid.x
        for letter, word, half in (("A", "西", (west, south, middle, north)), ("B", "东", (middle, south, east, north))):
            if parts := list(_areas(shapely.make_valid(shape).intersection(shapely.box(*half)))):
                code = f"LZ-{village.code[9:12]}{letter}"
                yield Cell(code, f"{village.short_name}{word}片林区", shapely.multipolygons(parts))


def _areas(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    """The polygons among its parts."""
    return (part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0)
