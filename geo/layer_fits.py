"""Whether layers fit each other: villages side by side, houses in one village each. Areas are metres, places on the map."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from geo.boundaries import BoundaryReport, check_boundaries, unlike_villages
from geo.crs import LonLat, choose_metric_srid
from geo.errors import GeoError, OutsideRegion
from geo.issues import Figure, Issue
from geo.layer_shapes import positions

Shapes = NDArray[np.object_]
Rows = NDArray[np.int64]

#: A house is across a border if a second village holds more than both of these.
_CUT_SHARE, _CUT_M2 = 0.01, 0.5


def metric_crs(bounds: tuple[float, float, float, float]) -> CRS:
    """Metres for degrees within these bounds: the county's system, elsewhere one like it around their middle."""
    lon = (bounds[0] + bounds[2]) / 2.0
    try:
        return CRS.from_epsg(choose_metric_srid(lon))
    except OutsideRegion:
        return CRS.from_proj4(f"+proj=tmerc +lon_0={round(lon / 3.0) * 3} +x_0=500000 +ellps=GRS80 +units=m")


def check_villages(layer: gpd.GeoDataFrame, rows: Rows, township: shapely.Geometry | None) -> Iterator[Issue]:
    """Overlaps, gaps and inlets of valid villages, in ``rows`` of a layer in degrees; ``township`` in degrees too."""
    names = [f"{row:09d}" for row in rows]
    said = layer["code"].astype(str).to_numpy() if "code" in layer.columns else np.arange(len(layer)).astype(str)
    crs = metric_crs(tuple(layer.geometry.iloc[rows].total_bounds))
    villages = gpd.GeoDataFrame({"code": names}, geometry=layer.geometry.values[rows], crs=4326).to_crs(crs)
    unlike = unlike_villages(np.asarray(villages.geometry.values, dtype=object))
    for row in rows[unlike]:
        west, south, east, north = layer.geometry.iloc[row].bounds
        what, place = (
            f"row {row}: no village is so small, or has so long a border",
            LonLat((west + east) / 2, (south + north) / 2),
        )
        remedy = "redraw it, or look at its coordinate system"
        yield Issue("InvalidBoundary", what, remedy, (int(row),), place, {"reason": "Size"})
    villages = villages[~unlike]
    if not len(villages):
        return
    around = gpd.GeoSeries([township], crs=4326).to_crs(crs).iloc[0] if township is not None else None
    try:
        report = check_boundaries(villages, township=around)
    except GeoError:  # an outline that is named by its own issue
        return
    yield from _issues(report, said, crs)


def _issues(report: BoundaryReport, said: NDArray[np.object_], crs: CRS) -> Iterator[Issue]:
    def name(code: str) -> str:
        return str(said[int(code)]) if code else ""

    for one in (*report.conflicts, *report.slits):
        first, second = name(one.first), name(one.second)
        rows = tuple(int(code) for code in (one.first, one.second) if code)
        between = " and ".join(filter(None, (first, second))) or "no village"
        what = f"{one.form} of {one.area_m2:.0f} m2, {one.width_m:.1f} m wide: {between}"
        remedy = one.remedy.replace(one.proposed, name(one.proposed)) if one.proposed else one.remedy
        figures: dict[str, Figure] = {
            "form": one.form,
            "first": first,
            "second": second,
            "area_m2": one.area_m2,
            "width_m": one.width_m,
            "proposed": name(one.proposed),
        }
        yield Issue("BorderConflict", what, remedy, rows, _place(one.place, crs), figures)
    for repair in report.repaired:
        figures = {"village": name(repair.code), "area_m2": repair.area_m2}
        what = f"{figures['village']} changes by {repair.area_m2:.0f} m2 where borders misfit by up to a metre"
        yield Issue("RepairedGap", what, "nothing; it is cleaned when villages are divided", (int(repair.code),), None, figures)
    for hole in report.holes:
        figures = {"village": name(hole.village), "area_m2": hole.area_m2}
        what = f"a hole of {hole.area_m2:.0f} m2 in {figures['village']} belongs to no village"
        remedy = "fill it, if it is no lake or ground of another village"
        yield Issue("UncoveredHole", what, remedy, (int(hole.village),), _place(hole.place, crs), figures)


def check_houses(shapes: Shapes, rows: Rows, villages: Shapes) -> Iterator[Issue]:
    """Houses (degrees) in no village, and houses in two; each belongs to the village with its larger part."""
    crs = metric_crs(tuple(shapely.total_bounds(villages)))
    houses, grounds = (np.asarray(gpd.GeoSeries(one, crs=4326).to_crs(crs).values) for one in (shapes[rows], villages))
    house, ground = shapely.STRtree(grounds).query(houses, predicate="intersects")
    count = np.bincount(house, minlength=len(houses))
    if (count == 0).any():
        lost = np.zeros(len(shapes), dtype=np.bool_)
        lost[rows[count == 0]] = True
        point = shapely.point_on_surface(shapes[np.flatnonzero(lost)[0]])
        what, remedy = f"{lost.sum()} rows lie in no village", "import their village first, or remove them"
        figures = {"count": int(lost.sum())}
        yield Issue("BuildingWithoutVillage", what, remedy, positions(lost), LonLat(point.x, point.y), figures)
    several = count[house] > 1
    house, ground = house[several], ground[several]
    shared = shapely.area(shapely.intersection(houses[house], grounds[ground]))
    largest = np.zeros(len(houses))
    np.maximum.at(largest, house, shared)
    rest = np.bincount(house, shared, minlength=len(houses)) - largest
    across = np.zeros(len(shapes), dtype=np.bool_)
    across[rows[(rest > _CUT_M2) & (rest > _CUT_SHARE * shapely.area(houses))]] = True
    if across.any():
        point = shapely.point_on_surface(shapes[np.flatnonzero(across)[0]])
        what = f"{across.sum()} rows stand across the border of two villages"
        remedy = "nothing; each belongs to the village with its larger part"
        figures = {"count": int(across.sum())}
        yield Issue("BuildingAcrossBorder", what, remedy, positions(across), LonLat(point.x, point.y), figures)


def _place(point: shapely.Point, crs: CRS) -> LonLat:
    there = gpd.GeoSeries([point], crs=crs).to_crs(4326).iloc[0]
    return LonLat(there.x, there.y)
