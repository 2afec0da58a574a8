"""Corners on the borders of neighbouring villages, so that grids of both can meet there in the same points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Segment = tuple[float, float, float, float]

#: Corners closer than this to another are not added.
_APART_M = 0.01


def share_corners(
    villages: Sequence[Polygon | MultiPolygon], barriers: Sequence[BaseGeometry] = (), *, spacing_m: float = 5.0
) -> list[Polygon | MultiPolygon]:
    """Villages with corners added where barriers cross their borders and at least every ``spacing_m`` metres.

    Borders do not move. Two villages with a border segment in common get the same corners on it, to the last bit, in any
    order of villages. Divided afterwards, grids end on such corners, so that grids of both villages form one tiling.

    Parameters
    ----------
    villages
        Valid polygons in metres of one metric system.
    barriers
        Lines in the same metres.

    Examples
    --------
    >>> west, east = share_corners([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)], spacing_m=5)
    >>> len(west.exterior.coords), bool(shapely.coverage_is_valid([west, east]))
    (9, True)
    """
    every = {_canonical(segment) for village in villages for segment in _segments(shapely.get_coordinates(village))}
    shares = _crossings(sorted(every), barriers)
    corners = {segment: _corners(segment, shares.get(segment, ()), spacing_m) for segment in every}

    def refine(ring: BaseGeometry) -> Floats:
        xy = shapely.get_coordinates(ring)
        parts = [_along(segment, corners) for segment in _segments(xy)]
        return np.vstack([*parts, xy[-1:]])

    def rebuild(polygon: Polygon) -> Polygon:
        return Polygon(refine(polygon.exterior), [refine(hole) for hole in polygon.interiors])

    parts = [[rebuild(part) for part in shapely.get_parts(village)] for village in villages]
    return [part[0] if len(part) == 1 else MultiPolygon(part) for part in parts]


def _segments(xy: Floats) -> list[Segment]:
    return [(*a, *b) for a, b in zip(xy[:-1].tolist(), xy[1:].tolist(), strict=True)]


def _canonical(segment: Segment) -> Segment:
    return min(segment, segment[2:] + segment[:2])


def _along(segment: Segment, corners: dict[Segment, Floats]) -> Floats:
    """Start of a segment and the corners on it, in its own direction."""
    canonical = _canonical(segment)
    between = corners[canonical] if segment == canonical else corners[canonical][::-1]
    return np.vstack([np.array([segment[:2]]), between])


def _crossings(segments: list[Segment], barriers: Sequence[BaseGeometry]) -> dict[Segment, list[float]]:
    """For segments that a barrier crosses, how far along, as a share of their length."""
    if not segments or not len(barriers):
        return {}
    ends = np.array(segments).reshape(-1, 2, 2)
    lines = shapely.linestrings(ends)
    lines_of_barriers = np.array(barriers, dtype=object)
    number, barrier = shapely.STRtree(lines_of_barriers).query(lines, predicate="intersects")
    met = shapely.get_coordinates(shapely.intersection(lines[number], lines_of_barriers[barrier]), return_index=True)
    shares: dict[Segment, list[float]] = {}
    for point, pair in zip(*met, strict=True):
        start, along = ends[number[pair], 0], ends[number[pair], 1] - ends[number[pair], 0]
        shares.setdefault(segments[number[pair]], []).append(float((point - start) @ along / (along @ along)))
    return shares


def _corners(segment: Segment, shares: Sequence[float], spacing_m: float) -> Floats:
    """Corners to add to a segment: crossings, then equal steps where they do not come too close."""
    start, along = np.array(segment[:2]), np.array(segment[2:]) - np.array(segment[:2])
    length_m = float(np.hypot(*along))
    steps = int(np.ceil(length_m / spacing_m))
    kept = [0.0, 1.0]
    for share in [*sorted(shares), *(step / steps for step in range(1, steps))]:
        if min(abs(share - other) for other in kept) * length_m > _APART_M and 0.0 < share < 1.0:
            kept.append(share)
    corners: Floats = start + np.array(sorted(kept)[1:-1]).reshape(-1, 1) * along
    return corners
