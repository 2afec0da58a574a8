"""Health of a layer as it came: what is wrong, where, and what to do. Nothing is repaired here."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import SHIFTED_EXTENT, LonLat, looks_swapped
from geo.issues import Issue, LayerKind, LayerReport

Bounds = tuple[float, float, float, float]

#: Dimensions a geometry of each kind may have: 0 points, 1 lines, 2 areas.
DIMENSIONS: dict[str, tuple[int, ...]] = {"village": (2,), "building": (0, 2), "barrier": (1,), "place": (0,)}
_NAMES = {0: "point", 1: "line", 2: "polygon"}


def check_layer(layer: gpd.GeoDataFrame, kind: LayerKind, region: Bounds = SHIFTED_EXTENT) -> LayerReport:
    """Look a layer over before anything is made of it.

    Parameters
    ----------
    layer
        As it was read, in any coordinate system it names.
    kind
        What it is meant to hold.
    region
        West, south, east, north in degrees: where it must lie. By default the extent of China.

    Returns
    -------
    LayerReport
        Issues in a fixed order; nothing is raised and nothing changed.

    Examples
    --------
    >>> report = check_layer(gpd.GeoDataFrame(geometry=[shapely.Point(27.4, 114.6)], crs=4326), "place")
    >>> report.issues[0].code, report.issues[0].remedy
    ('AxisSwapped', 'swap longitude and latitude of this layer and import it again')
    """
    shapes = np.asarray(layer.geometry.values, dtype=object)
    issues = [*_without_coordinates(layer, shapes), *_wrong_kind(shapes, kind)]
    if layer.crs is not None and len(shapes):
        issues += _invalid(layer, shapes)
        issues += _misplaced(layer, region)
    return LayerReport(kind, len(layer), tuple(issues))


def _without_coordinates(layer: gpd.GeoDataFrame, shapes: NDArray[np.object_]) -> Iterator[Issue]:
    if layer.crs is None:
        yield Issue("MissingCRS", "the layer names no coordinate system", "name it when importing; it is never guessed")
    if not len(shapes):
        yield Issue("EmptyLayer", "the layer has no rows", "export it again")
    empty = np.flatnonzero(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if len(empty):
        yield Issue("EmptyLayer", f"{len(empty)} rows have no geometry", "draw or remove them", _positions(empty))


def _wrong_kind(shapes: NDArray[np.object_], kind: LayerKind) -> Iterator[Issue]:
    filled = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    wrong = np.flatnonzero(filled & ~np.isin(shapely.get_dimensions(shapes), DIMENSIONS[kind]))
    if len(wrong):
        wanted = " or ".join(_NAMES[dimension] for dimension in DIMENSIONS[kind])
        yield Issue("WrongKind", f"{len(wrong)} rows are no {wanted}", "choose another layer or remove them", _positions(wrong))


def _invalid(layer: gpd.GeoDataFrame, shapes: NDArray[np.object_]) -> Iterator[Issue]:
    for row in np.flatnonzero(~shapely.is_missing(shapes) & ~shapely.is_valid(shapes)):
        what, _, at = shapely.is_valid_reason(shapes[row]).partition("[")
        place = _place(layer, tuple(float(value) for value in at.rstrip("]").split()[:2]))
        yield Issue("InvalidBoundary", f"row {row}: {what}", "redraw the outline at this place", (int(row),), place)


def _misplaced(layer: gpd.GeoDataFrame, region: Bounds) -> Iterator[Issue]:
    filled = np.flatnonzero(~(layer.geometry.isna() | layer.geometry.is_empty))
    if layer.crs.is_geographic:
        bounds = shapely.bounds(np.asarray(layer.geometry.values, dtype=object)[filled])
        if looks_swapped(bounds[:, [0, 2]].mean(axis=1), bounds[:, [1, 3]].mean(axis=1)):
            what = "longitudes and latitudes stand the wrong way round"
            yield Issue("AxisSwapped", what, "swap longitude and latitude of this layer and import it again")
            return
    bounds = layer.geometry.iloc[filled].to_crs(4326).bounds.to_numpy()
    west, south, east, north = region
    within = (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    outside = np.flatnonzero(~within)
    if len(outside):
        first = bounds[outside[0]]
        place = LonLat(float(first[0]), float(first[1])) if np.isfinite(first).all() else None
        remedy = "check the coordinate system that was named, or remove these rows"
        yield Issue("OutsideRegion", f"{len(outside)} rows lie outside the region", remedy, _positions(filled[outside]), place)


def _place(layer: gpd.GeoDataFrame, xy: tuple[float, ...]) -> LonLat | None:
    if len(xy) != 2 or not np.isfinite(xy).all():
        return None
    point = gpd.GeoSeries([shapely.Point(xy)], crs=layer.crs).to_crs(4326).iloc[0]
    return LonLat(point.x, point.y)


def _positions(rows: NDArray[np.int64]) -> tuple[int, ...]:
    return tuple(int(row) for row in rows)
