"""A layer that says WGS 84 and is GCJ-02 or BD-09: found by what it should fit, moved back only when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.crs import LonLat, choose_metric_srid, to_metric
from geo.errors import OutsideRegion
from geo.issues import Issue
from geo.shift import Mistake, undo_mistake

Shapes = NDArray[np.object_]
Misfit = Callable[[Shapes], float]

#: A layer is suspected if more than the first share of it misfits as given, and less than the second once moved back.
SUSPECT, AT_HOME = 0.20, 0.05
#: Fewer things than this tell nothing.
_FEWEST = 5
#: A layer of villages that fills this much of its township or county has that one's border ...
_WHOLE = 0.8
#: ... and misfits where it is this far away, degrees (about 150 m).
_BORDER_SLACK = 0.0015
#: Roads are suspected if they run through more than this share of at least so many houses, and so many times fewer moved back.
CROSSED, _FEWEST_CROSSED, _TIMES = 0.02, 100, 3.0
_MISTAKES = (Mistake.GCJ02_AS_WGS84, Mistake.BD09_AS_WGS84)


def undo_shift(layer: gpd.GeoDataFrame, mistake: str) -> gpd.GeoDataFrame:
    """The layer as it lies once a missed conversion is made up for; the layer itself is not changed.

    >>> shifted = gpd.GeoDataFrame(geometry=[shapely.Point(114.5214, 27.4025)], crs=4326)
    >>> point = undo_shift(shifted, "gcj02_as_wgs84").geometry[0]
    >>> round(point.x, 4), round(point.y, 4)
    (114.5164, 27.4058)
    """
    degrees = layer.to_crs(4326)
    return degrees.set_geometry(_undone(np.asarray(degrees.geometry.values, dtype=object), Mistake(mistake)), crs=4326).to_crs(
        layer.crs
    )


def check_datum_shift(
    shapes: Shapes,
    *,
    are_villages: bool,
    county: BaseGeometry | None = None,
    township: BaseGeometry | None = None,
    villages: Shapes | None = None,
    houses: Shapes | None = None,
) -> Iterator[Issue]:
    """At most one issue: the layer misfits as given and fits once moved back. Everything in degrees of WGS 84."""
    pairs = (
        _of_villages(shapes, {"township": township, "county": county}, houses)
        if are_villages
        else _of_things(shapes, county, villages)
    )
    for against, misfit in pairs:
        before = misfit(shapes)
        if before <= SUSPECT:
            continue
        after = {mistake: misfit(_undone(shapes, mistake)) for mistake in _MISTAKES}
        best = min(_MISTAKES, key=lambda mistake: after[mistake])
        if after[best] < AT_HOME:
            yield _suspicion(shapes, best, before, after[best], against)
            return


def check_line_shift(lines: Shapes, houses: Shapes | None) -> Iterator[Issue]:
    """At most one issue: roads run through houses as given and past them once moved back. Everything in degrees of WGS 84.

    Tells nothing where houses are few, or stand so close that any line runs through some.
    """
    if houses is None or len(houses) < _FEWEST_CROSSED or not len(lines):
        return
    before = _crossed(houses, lines)
    after = {mistake: _crossed(houses, _undone(lines, mistake)) for mistake in _MISTAKES} if before > CROSSED else {}
    best = min(after, key=lambda mistake: after[mistake], default=None)
    if best is not None and after[best] <= before / _TIMES:
        yield _suspicion(lines, best, before, after[best], "houses")


def _crossed(houses: Shapes, lines: Shapes) -> float:
    """Share of houses a line runs through."""
    return len(np.unique(shapely.STRtree(houses).query(lines, predicate="intersects")[1])) / len(houses)


def _of_villages(
    villages: Shapes, outlines: dict[str, BaseGeometry | None], houses: Shapes | None
) -> Iterator[tuple[str, Misfit]]:
    """Villages should hold the houses, and end where their township or county ends."""
    if houses is not None and len(houses) >= _FEWEST:
        points = shapely.point_on_surface(houses)
        yield "houses", lambda ground: _outside_of(points, ground)
    for name, outline in outlines.items():
        if outline is not None and outline.area > 0 and shapely.area(villages).sum() >= _WHOLE * outline.area:
            yield name, partial(_off_border, outline)


def _of_things(things: Shapes, county: BaseGeometry | None, villages: Shapes | None) -> Iterator[tuple[str, Misfit]]:
    """Houses and places should lie in villages, or at least in the county."""
    if len(things) < _FEWEST:
        return
    if villages is not None and len(villages):
        yield "villages", lambda moved: _outside_of(shapely.point_on_surface(moved), villages)
    if county is not None:
        yield "county", lambda moved: _outside_of(shapely.point_on_surface(moved), np.array([county], dtype=object))


def _outside_of(points: Shapes, ground: Shapes) -> float:
    hit = shapely.STRtree(ground).query(points, predicate="intersects")[0]
    return 1.0 - len(np.unique(hit)) / len(points)


def _off_border(outline: BaseGeometry, villages: Shapes) -> float:
    rim = shapely.boundary(shapely.union_all(villages, grid_size=1e-7))
    border = shapely.boundary(outline)
    return float(shapely.difference(border, shapely.buffer(rim, _BORDER_SLACK)).length / border.length)


def _undone(shapes: Shapes, mistake: Mistake) -> Shapes:
    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(undo_mistake(xy[:, 0], xy[:, 1], mistake))

    return np.asarray(shapely.transform(shapely.force_2d(shapes), move), dtype=object)


def _suspicion(shapes: Shapes, mistake: Mistake, before: float, after: float, against: str) -> Issue:
    west, south, east, north = shapely.total_bounds(shapes)
    there = LonLat(float(west + east) / 2.0, float(south + north) / 2.0)
    lon, lat = undo_mistake(there.lon, there.lat, mistake)
    try:
        srid = choose_metric_srid(there.lon)
    except OutsideRegion:
        srid = 4548
    said, here = shapely.get_coordinates(to_metric([shapely.Point(there), shapely.Point(float(lon), float(lat))], srid))
    east_m, north_m = said - here
    distance_m = round(float(np.hypot(east_m, north_m)))
    bearing = round(float(np.degrees(np.arctan2(east_m, north_m)) % 360.0))
    datum = {"gcj02_as_wgs84": "GCJ-02", "bd09_as_wgs84": "BD-09"}[mistake.value]
    what = f"{before:.0%} of it misfit the {against} as given and {after:.0%} if it is {datum}: {distance_m} m off, towards {bearing} degrees"
    figures = {
        "mistake": mistake.value,
        "distance_m": distance_m,
        "bearing_deg": bearing,
        "outside_before": round(before, 4),
        "outside_after": round(after, 4),
        "against": against,
    }
    return Issue(
        "DatumShiftSuspected", what, f"look at both on the map; if it fits, convert it from {datum}", (), there, figures
    )
