"""Shapes read into metres and written back with every corner that was there the same to the last bit, so that neighbours still fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from shapely.geometry.base import BaseGeometry

import geo
from backend.places.layers import to_shapely
from geo.topology import Cell


class Corners:
    """Remembers, for every corner read, the degrees it is stored with."""

    def __init__(self, srid: int) -> None:
        self.srid = srid
        self._degrees: dict[tuple[float, float], tuple[float, float]] = {}

    def read(self, column: GEOSGeometry) -> Cell:
        """A stored area in metres, a polygon if it is in one piece."""
        shape = to_shapely(column)
        cell = geo.to_metric(shape, self.srid)
        pairs = zip(shapely.get_coordinates(cell).tolist(), shapely.get_coordinates(shape).tolist(), strict=True)
        self._degrees |= {(x, y): (lon, lat) for (x, y), (lon, lat) in pairs}
        read: Cell = cell.geoms[0] if shapely.get_num_geometries(cell) == 1 and hasattr(cell, "geoms") else cell
        return read

    def stored(self, shape: BaseGeometry) -> Any:
        """A shape in metres as it is to be stored."""

        def back(xy: np.ndarray) -> np.ndarray:
            made = shapely.get_coordinates(geo.to_lonlat(shapely.multipoints(xy), self.srid))
            known = [self._degrees.get((x, y)) for x, y in xy.tolist()]
            return np.array([was or tuple(new) for was, new in zip(known, made.tolist(), strict=True)])

        return shapely.transform(shape, back)
