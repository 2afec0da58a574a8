"""What is wrong with the rows of a layer each by itself: shapes, weights, strengths, and lines no border should follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import LonLat
from geo.issues import Figure, Issue, IssueCode, LayerKind

Shapes = NDArray[np.object_]
Bools = NDArray[np.bool_]
Place = Callable[[float, float], LonLat | None]

#: Dimensions a geometry of each kind may have: 0 points, 1 lines, 2 areas.
DIMENSIONS: dict[str, tuple[int, ...]] = {"village": (2,), "building": (0, 2), "barrier": (1,), "place": (0,)}
_NAMES = {0: "point", 1: "line", 2: "polygon"}
_COLLECTION = 7
#: Points closer than this are the same: 1 mm, in degrees and in metres.
_SAME_DEGREES, _SAME_M = 1e-8, 1e-3
#: A corner turning back by less than this (sine of half the angle, about 0.6 degrees) is a spike.
_SPIKE = 0.005
#: What a map says of a way that is no bridge or tunnel.
_NO = {"", "no", "f", "false", "0", "0.0", "nan", "none", "<na>"}


def check_rows(layer: gpd.GeoDataFrame, shapes: Shapes, kind: LayerKind) -> Iterator[Issue]:
    """Rows without a geometry, of another kind, with weights or strengths that are none."""
    if not len(shapes):
        yield Issue("EmptyLayer", "the layer has no rows", "export it again", figures={"count": 0})
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    yield from _marked(empty, "EmptyLayer", "have no geometry", "draw or remove them")
    collection = shapely.get_type_id(shapes) == _COLLECTION  # points, lines and areas in one row are none of them
    wrong = ~empty & (collection | ~np.isin(shapely.get_dimensions(shapes), DIMENSIONS[kind]))
    if wrong.any():
        wanted = " or ".join(_NAMES[dimension] for dimension in DIMENSIONS[kind])
        figures: dict[str, Figure] = {"count": int(wrong.sum()), "wanted": wanted}
        remedy = "choose another layer or remove them"
        yield Issue("WrongKind", f"{figures['count']} rows are no {wanted}", remedy, positions(wrong), figures=figures)
    if kind == "building":
        for column in ("households", "workload"):
            if column in layer.columns:
                yield from _bad_weights(layer, column)
    if kind == "barrier" and "strength" in layer.columns:
        strength = pd.to_numeric(layer["strength"], errors="coerce").to_numpy(dtype=np.float64)
        yield from _marked(~((strength >= 0) & (strength <= 1)), "BadBarrier", "have no strength in [0, 1]", "give them one")


def check_shapes(layer: gpd.GeoDataFrame, shapes: Shapes, kind: LayerKind, place: Place) -> Iterator[Issue]:
    """What is wrong or odd about geometries; ``place`` puts coordinates of the layer on the map."""
    filled = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    for row in np.flatnonzero(filled & ~shapely.is_valid(shapes)):
        reason, _, at = shapely.is_valid_reason(shapes[row]).partition("[")
        x, y, *_ = (*(float(value) for value in at.rstrip("]").split()[:2]), np.nan, np.nan)
        remedy = "redraw the outline at this place"
        yield Issue("InvalidBoundary", f"row {row}: {reason}", remedy, (int(row),), place(x, y), {"reason": reason.strip()})
    if kind == "village":
        yield from _village_shapes(shapes, filled, place)
    yield from _marked(filled & shapely.has_z(shapes), "HeightsDropped", "have heights", "nothing; they are left out")
    if layer.crs is not None:
        same = _SAME_DEGREES if layer.crs.is_geographic else _SAME_M
        lean = _lean(shapes, same)
        repeated = filled & (shapely.get_num_coordinates(lean) < shapely.get_num_coordinates(shapes))
        yield from _marked(repeated, "RepeatedPoints", "repeat points", "nothing; they are left out")
        yield from _marked(_spiked(lean, filled), "Spike", "have spikes", "look at them; they are kept unless you redraw them")
    yield from _duplicates(shapes, filled, kind)
    if kind == "barrier":
        yield from _ways(layer, shapes, filled)


def is_bridge_or_tunnel(layer: gpd.GeoDataFrame) -> Bools:
    """Rows a column ``bridge`` or ``tunnel`` says are one: no border follows them, so their strength is 0."""
    found = np.zeros(len(layer), dtype=np.bool_)
    for column in ("bridge", "tunnel"):
        if column in layer.columns:
            said = layer[column].astype(object).where(layer[column].notna(), "").astype(str).str.strip().str.lower()
            found |= ~said.isin(_NO).to_numpy(dtype=np.bool_)
    return found


def positions(marked: Bools) -> tuple[int, ...]:
    """Positions of marked rows."""
    return tuple(int(row) for row in np.flatnonzero(marked))


def _marked(marked: Bools, code: IssueCode, what: str, remedy: str) -> Iterator[Issue]:
    count = int(marked.sum())
    if count:
        yield Issue(code, f"{count} rows {what}", remedy, positions(marked), figures={"count": count})


def _bad_weights(layer: gpd.GeoDataFrame, column: str) -> Iterator[Issue]:
    values = pd.to_numeric(layer[column], errors="coerce").to_numpy(dtype=np.float64)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        figures: dict[str, Figure] = {"count": int(wrong.sum()), "column": column}
        what = f"{column} is missing, negative or no number in {figures['count']} rows"
        yield Issue("BadWeight", what, "correct them, or put 0 where nobody lives", positions(wrong), figures=figures)


def _village_shapes(shapes: Shapes, filled: Bools, place: Place) -> Iterator[Issue]:
    for row in np.flatnonzero(filled & (shapely.get_dimensions(shapes) == 2) & shapely.is_valid(shapes)):
        parts = shapely.get_parts(shapes[row])
        rings = [ring for part in parts for ring in getattr(part, "interiors", ())]
        if rings:
            at = shapely.point_on_surface(shapely.Polygon(rings[0]))
            what = f"row {row} has {len(rings)} holes"
            remedy = "nothing, if they are lakes or ground of other villages"
            yield Issue("HoleInBoundary", what, remedy, (int(row),), place(at.x, at.y), {"count": len(rings)})
        if len(parts) > 1:
            smallest = shapely.point_on_surface(parts[int(np.argmin(shapely.area(parts)))])
            what = f"row {row} is in {len(parts)} parts"
            remedy = "nothing, if they are exclaves; a small one joins a grid elsewhere"
            yield Issue("SeveralParts", what, remedy, (int(row),), place(smallest.x, smallest.y), {"parts": len(parts)})


def _lean(shapes: Shapes, same: float) -> Shapes:
    """Shapes without repeated points; an area that is one point over and over stays as it is."""
    try:
        return np.asarray(shapely.remove_repeated_points(shapes, same), dtype=object)
    except shapely.GEOSException:
        if len(shapes) == 1:
            return shapes
        half = len(shapes) // 2
        return np.concatenate([_lean(shapes[:half], same), _lean(shapes[half:], same)])


def _spiked(shapes: Shapes, filled: Bools) -> Bools:
    """Areas with a corner at which the outline turns straight back."""
    found = np.zeros(len(shapes), dtype=np.bool_)
    areal = np.flatnonzero(filled & (shapely.get_dimensions(shapes) == 2))
    rings, at = shapely.get_rings(shapely.force_2d(shapes[areal]), return_index=True)
    if not len(rings):
        return found
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    step, owner = np.diff(xy, axis=0)[same], ring[:-1][same]
    first = np.r_[0, np.flatnonzero(np.diff(owner)) + 1]
    last = np.r_[first[1:] - 1, len(owner) - 1]
    after = np.arange(len(owner)) + 1
    after[last] = first
    length = np.maximum(np.hypot(*step.T), 1e-150)
    cosine = (step * step[after]).sum(axis=1) / (length * length[after])
    found[areal[at[owner[cosine < 2.0 * _SPIKE**2 - 1.0]]]] = True
    return found


def _duplicates(shapes: Shapes, filled: Bools, kind: LayerKind) -> Iterator[Issue]:
    rows = np.flatnonzero(filled)
    wkb = pd.Series(shapely.to_wkb(shapely.normalize(shapely.force_2d(shapes[rows]))))
    twice = np.zeros(len(shapes), dtype=np.bool_)
    twice[rows[wkb.duplicated().to_numpy()]] = True
    if kind == "barrier":
        yield from _marked(twice, "DuplicateLine", "repeat a line that is there already", "nothing; it counts once")
    elif kind != "place":
        yield from _marked(twice, "DuplicateShape", "repeat a shape that is there already", "remove them, or they count twice")


def _ways(layer: gpd.GeoDataFrame, shapes: Shapes, filled: Bools) -> Iterator[Issue]:
    closed = filled & (shapely.get_type_id(shapes) == 1) & shapely.is_closed(shapes)
    yield from _marked(closed, "ClosedWay", "are closed", "nothing, if they are roads; remove squares and outlines of fields")
    spanning = filled & is_bridge_or_tunnel(layer)
    yield from _marked(spanning, "BridgeOrTunnel", "are bridges or tunnels", "nothing; borders do not follow them")
