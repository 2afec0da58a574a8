"""Health of a layer as it came: what is wrong, where, and what to do. Nothing is repaired here."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.crs import SHIFTED_EXTENT, LonLat
from geo.datum import check_datum_shift, check_line_shift
from geo.issues import ISSUES, Issue, IssueCode, LayerKind, LayerReport, Level
from geo.layer_fits import check_houses, check_villages
from geo.layer_places import Bounds, check_place
from geo.layer_shapes import DIMENSIONS, check_rows, check_shapes, is_bridge_or_tunnel

__all__ = [
    "DIMENSIONS",
    "ISSUES",
    "Bounds",
    "Issue",
    "IssueCode",
    "LayerKind",
    "LayerReport",
    "Level",
    "check_layer",
    "is_bridge_or_tunnel",
]

Shapes = NDArray[np.object_]

#: With one of these nothing can be said about how the layer fits others.
_ELSEWHERE = {"AxisSwapped", "CRSMismatch", "OutsideRegion", "DatumShiftSuspected"}


def check_layer(
    layer: gpd.GeoDataFrame,
    kind: LayerKind,
    region: Bounds = SHIFTED_EXTENT,
    *,
    county: BaseGeometry | None = None,
    township: BaseGeometry | None = None,
    villages: gpd.GeoDataFrame | None = None,
    houses: gpd.GeoDataFrame | None = None,
) -> LayerReport:
    """Look a layer over before anything is made of it.

    Parameters
    ----------
    layer
        As it was read, in any coordinate system it names. Villages may have ``code``, houses ``households`` and ``workload``,
        lines ``strength``, ``bridge`` and ``tunnel``.
    kind
        What it is meant to hold.
    region
        West, south, east, north in degrees: where it must lie. By default the extent of China.
    county
        Outline in degrees of WGS 84; what lies outside is named, and a shifted datum shows against it.
    township
        Outline in degrees that the villages of this layer should fill together.
    villages, houses
        Layers that are there already, in any coordinate system they name: houses are compared with villages, and villages
        with houses; lines with houses for a shifted datum.

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
    issues = []
    if layer.crs is None:
        issues.append(
            Issue("MissingCRS", "the layer names no coordinate system", "name it when importing; it is never guessed")
        )
    issues += check_rows(layer, shapes, kind)
    issues += check_shapes(layer, shapes, kind, lambda x, y: _on_map(layer, x, y))
    filled = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    if layer.crs is not None and len(filled):
        degrees = [_degrees(other) for other in (villages, houses)]
        issues += _where(layer, filled, kind, region, county, township, *degrees)
    return LayerReport(kind, len(layer), tuple(issues))


def _where(
    layer: gpd.GeoDataFrame,
    filled: NDArray[np.int64],
    kind: LayerKind,
    region: Bounds,
    county: BaseGeometry | None,
    township: BaseGeometry | None,
    villages: Shapes | None,
    houses: Shapes | None,
) -> Iterator[Issue]:
    """Place first: what lies elsewhere fits nothing, and that needs no saying."""
    misplaced = list(check_place(layer, filled, region, county))
    if _ELSEWHERE & {issue.code for issue in misplaced}:
        yield from misplaced
        return
    there = layer.to_crs(4326)
    shapes = np.asarray(there.geometry.values, dtype=object)
    sound = filled[shapely.is_valid(shapes[filled]) & np.isin(shapely.get_dimensions(shapes[filled]), DIMENSIONS[kind])]
    if not len(sound):
        yield from misplaced
        return
    is_village = kind == "village"
    shift = list(
        check_datum_shift(
            shapes[sound], are_villages=is_village, county=county, township=township, villages=villages, houses=houses
        )
        if kind != "barrier"
        else check_line_shift(shapes[sound], houses)
    )
    yield from shift or misplaced
    if is_village:
        yield from check_villages(there, sound, None if shift else township)
    elif kind == "building" and villages is not None and len(villages) and not shift:
        yield from check_houses(shapes, sound, villages)


def _degrees(layer: gpd.GeoDataFrame | None) -> Shapes | None:
    """Valid shapes of another layer in degrees."""
    if layer is None or layer.crs is None:
        return None
    shapes = np.asarray(layer.to_crs(4326).geometry.values, dtype=object)
    usable = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes)) & shapely.is_valid(shapes)
    return np.asarray(shapes[usable], dtype=object)


def _on_map(layer: gpd.GeoDataFrame, x: float, y: float) -> LonLat | None:
    if layer.crs is None or not np.isfinite((x, y)).all():
        return None
    point = gpd.GeoSeries([shapely.Point(x, y)], crs=layer.crs).to_crs(4326).iloc[0]
    return LonLat(point.x, point.y)
