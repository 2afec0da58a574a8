"""Whether a layer lies where it must: the coordinate system it names, its axes, its region, its county."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from geo.crs import LonLat
from geo.issues import Issue, IssueCode

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Bounds = tuple[float, float, float, float]

#: Systems a county's files come in, the unprefixed before the prefixed ones; then those of other tools.
_COUNTY_SYSTEMS = (4547, 4548, 4526, 4527)
_OTHER_SYSTEMS = (4546, 4549, 4525, 4528, 32649, 32650, 3857)
_PREFIXED = {4547: 4526, 4548: 4527}
#: A layer lies in a place if this share of its rows does, and certainly from the second on.
_MOST, _NEARLY_ALL = 0.5, 0.8
#: Outlines of counties are drawn no better than this, degrees.
_COUNTY_SLACK = 0.005


class Target(NamedTuple):
    """Where a layer must lie: degrees, and whether that is a county's outline or only a rectangle."""

    ground: BaseGeometry
    is_county: bool


def target_of(region: Bounds, county: BaseGeometry | None) -> Target:
    """The county if there is one, else the region."""
    if county is None:
        return Target(shapely.box(*region), is_county=False)
    ground = shapely.buffer(county, _COUNTY_SLACK)
    shapely.prepare(ground)
    return Target(ground, is_county=True)


def check_place(layer: gpd.GeoDataFrame, rows: Rows, region: Bounds, county: BaseGeometry | None) -> Iterator[Issue]:
    """Issues of a layer that names a coordinate system; ``rows`` have a geometry. One cause gives one issue."""
    target = target_of(region, county)
    bounds = shapely.bounds(np.asarray(layer.geometry.values, dtype=object)[rows])
    middle = np.column_stack([bounds[:, [0, 2]].mean(axis=1), bounds[:, [1, 3]].mean(axis=1)])
    inside = _inside(middle, layer.crs, target)
    if inside.mean() < _MOST:
        if _inside(middle[:, ::-1], layer.crs, target).mean() >= _NEARLY_ALL:
            what = (
                "longitudes and latitudes stand the wrong way round"
                if layer.crs.is_geographic
                else "east and north stand the wrong way round"
            )
            yield Issue("AxisSwapped", what, "swap longitude and latitude of this layer and import it again")
            return
        if (mismatch := _mismatch(middle, layer, target)) is not None:
            yield mismatch
            return
    yield from _outside(layer, rows, region, target)


def _inside(xy: Floats, crs: object, target: Target) -> NDArray[np.bool_]:
    lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(xy[:, 0], xy[:, 1])
    return np.asarray(shapely.intersects_xy(target.ground, lon, lat), dtype=np.bool_)


def _mismatch(xy: Floats, layer: gpd.GeoDataFrame, target: Target) -> Issue | None:
    """The system the numbers were likely written in, if they cannot be of the one that is named."""
    given = layer.crs.to_epsg()
    are_degrees = bool((np.abs(xy[:, 0]) <= 180).all() and (np.abs(xy[:, 1]) <= 90).all())
    if layer.crs.is_geographic and are_degrees:
        return None
    if are_degrees:
        return _name(given, 4326 if _inside(xy, 4326, target).mean() >= _NEARLY_ALL else None, "degrees_named_metres")
    fits = [epsg for epsg in _COUNTY_SYSTEMS if epsg != given and _inside(xy, epsg, target).mean() >= _NEARLY_ALL]
    fits = fits or [epsg for epsg in _OTHER_SYSTEMS if epsg != given and _inside(xy, epsg, target).mean() >= _NEARLY_ALL]
    likely = fits[0] if len(fits) == 1 else None
    if layer.crs.is_geographic:
        return _name(given, likely, "metres_named_degrees")
    if not fits:
        return None
    if given in _PREFIXED and np.median(xy[:, 0]) > 1e7:
        return _name(given, likely, "zone_prefix")
    if given in _PREFIXED.values() and np.median(xy[:, 0]) < 1e7:
        return _name(given, likely, "zone_prefix_lost")
    return _name(given, likely, "other_zone")


_REASONS = {
    "degrees_named_metres": "the numbers are degrees, the coordinate system it names has metres",
    "metres_named_degrees": "the numbers are metres, the coordinate system it names has degrees",
    "zone_prefix": "eastings carry the number of their zone, the coordinate system it names has none",
    "zone_prefix_lost": "eastings lack the number of their zone, which the coordinate system it names has",
    "other_zone": "with the coordinate system it names it lies elsewhere, with another one here",
}


def _name(given: int | None, likely: int | None, reason: str) -> Issue:
    remedy = (
        f"import it again as EPSG:{likely}"
        if likely
        else "ask where it comes from which system it is in, and import it again so"
    )
    figures = {"given": str(given or ""), "likely": str(likely or ""), "reason": reason}
    return Issue("CRSMismatch", _REASONS[reason], remedy, figures=figures)


def _outside(layer: gpd.GeoDataFrame, rows: Rows, region: Bounds, target: Target) -> Iterator[Issue]:
    shapes = np.asarray(layer.geometry.iloc[rows].to_crs(4326).values, dtype=object)
    bounds = shapely.bounds(shapes)
    west, south, east, north = region
    within = (bounds[:, 0] >= west) & (bounds[:, 1] >= south) & (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    if not within.all():
        remedy = "check the coordinate system that was named, or remove these rows"
        yield _rows_outside("OutsideRegion", "the region", remedy, rows, bounds, ~within)
    if target.is_county:
        foreign = within & ~shapely.intersects(target.ground, shapes)
        if foreign.any():
            yield _rows_outside("OutsideCounty", "the county", "remove them, or choose their county", rows, bounds, foreign)


def _rows_outside(code: IssueCode, of: str, remedy: str, rows: Rows, bounds: Floats, away: NDArray[np.bool_]) -> Issue:
    first = bounds[np.flatnonzero(away)[0]]
    place = LonLat(float(first[0]), float(first[1])) if np.isfinite(first).all() else None
    count = int(away.sum())
    listed = tuple(int(row) for row in rows[away])
    return Issue(code, f"{count} rows lie outside {of}", remedy, listed, place, {"count": count})
