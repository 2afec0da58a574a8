"""Grids as polygons, on exactly the border the village has.

The arrangement lies on a lattice of 1 mm, the village border need not. So only the inner borders are taken from the
arrangement; where they meet the village border they are tied to it, and the border's own corners stay as they are.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geo.division.graph import Segments
from geo.division.inputs import Inputs, Shapes
from geo.division.metrics import cut_buildings
from geo.division.options import AREA_SLACK_M2, LATTICE_M
from geo.division.straighten import straighten

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def grid_outlines(
    inputs: Inputs, faces: Shapes, labels: Ints, segments: Segments, *, corner_reach_m: float
) -> tuple[Shapes, bool]:
    """Polygons (multipolygons only for attached exclaves) of labels 0..n-1, and whether they fill the village exactly.

    Parameters
    ----------
    inputs
        The village, whose corners are corners of the result, and its buildings.
    faces, labels
        Faces of the arrangement and the grid of each.
    segments
        Edges of the faces.
    corner_reach_m
        Ends of inner borders move to a corner of the village border within this distance, so that the next village, which
        has the same corners, fits; tried first, then only corners within the lattice.

    Notes
    -----
    If neither fits, the union of the faces is returned, which is off the village border by up to 1 mm, and False.
    """
    count = int(labels.max()) + 1
    rough = np.array([shapely.coverage_union_all(faces[labels == label]) for label in range(count)], dtype=object)
    outer = segments.ends[segments.right < 0]
    rim = set(map(tuple, np.vstack([outer[:, :2], outer[:, 2:]]).tolist()))
    inner = (segments.right >= 0) & (labels[segments.left] != labels[np.maximum(segments.right, 0)])
    crooked = segments.ends[inner]
    straight = straighten(inputs, crooked, segments.strength[inner] > 0, rim)
    for ends in (straight, crooked):
        for reach_m in (corner_reach_m, 2.0 * LATTICE_M):
            exact = _rebuild(inputs.village, rough, ends, rim, reach_m)
            if exact is not None and not len(cut_buildings(exact, inputs.wholes)):
                return exact, True
    return shapely.normalize(rough), False


def _rebuild(
    village: Polygon | MultiPolygon, rough: Shapes, ends: Ints, rim: set[tuple[int, int]], reach_m: float
) -> Shapes | None:
    """Polygonise the village border and the inner borders tied to it; None if that does not give the same grids."""
    corners = np.unique(ends.reshape(-1, 2), axis=0)
    tied = corners[np.array([tuple(corner) in rim for corner in corners.tolist()], dtype=np.bool_)]
    places, border = _tie(tied / 1000.0, _border_segments(village), reach_m)
    lines = np.vstack([_moved(ends, tied, places), border.reshape(-1, 4)]).reshape(-1, 2, 2)
    lines = lines[(lines[:, 0] != lines[:, 1]).any(axis=1)]
    pieces = shapely.get_parts(shapely.polygonize(shapely.linestrings(lines)))
    inside = shapely.point_on_surface(pieces)
    pieces = pieces[shapely.intersects_xy(village, shapely.get_x(inside), shapely.get_y(inside))]
    expected = int(shapely.get_num_geometries(rough).sum())
    if len(pieces) != expected or abs(shapely.area(pieces).sum() - village.area) > AREA_SLACK_M2:
        return None
    owner = _largest_share(pieces, rough)
    grids = [shapely.union_all(pieces[owner == label]) for label in range(len(rough))]
    result = shapely.normalize(np.array(grids, dtype=object))
    same = shapely.get_num_geometries(result) == shapely.get_num_geometries(rough)
    return result if same.all() and shapely.coverage_is_valid(result) else None


def _largest_share(pieces: Shapes, rough: Shapes) -> Ints:
    """For every piece the rough grid most of it lies in."""
    piece, grid = shapely.STRtree(rough).query(pieces, predicate="intersects")
    shared = shapely.area(shapely.intersection(pieces[piece], rough[grid]))
    order = np.lexsort((grid, -shared, piece))
    which, first = np.unique(piece[order], return_index=True)
    owner = np.full(len(pieces), -1, dtype=np.int64)
    owner[which] = grid[order][first]
    return owner


def _border_segments(village: Polygon | MultiPolygon) -> Floats:
    """Segments of all rings, (n, 2, 2)."""
    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(village)), return_index=True)
    same = ring[1:] == ring[:-1]
    return np.stack([xy[:-1][same], xy[1:][same]], axis=1)


def _tie(points: Floats, border: Floats, reach_m: float) -> tuple[Floats, Floats]:
    """Where lattice points on the border lie exactly, and the border cut there: a corner within reach, else a new corner."""
    if not len(points):
        return points, border
    at = shapely.STRtree(shapely.linestrings(border)).query_nearest(shapely.points(points), all_matches=False)[1]
    start, end = border[at, 0], border[at, 1]
    along = end - start
    length2 = (along**2).sum(axis=1)
    share = np.clip(((points - start) * along).sum(axis=1) / length2, 0.0, 1.0)
    places = start + share[:, None] * along
    to_start, to_end = share * np.sqrt(length2), (1.0 - share) * np.sqrt(length2)
    at_start = (to_start <= reach_m) & (to_start <= to_end)
    at_end = (to_end <= reach_m) & ~at_start
    places[at_start], places[at_end] = start[at_start], end[at_end]
    new = np.flatnonzero(~at_start & ~at_end)
    cuts = new[np.lexsort((share[new], at[new]))]
    pieces = [np.delete(border, np.unique(at[new]), axis=0)]
    for segment in np.unique(at[cuts]):
        here = cuts[at[cuts] == segment]
        chain = np.vstack([border[segment, :1], places[here], border[segment, 1:]])
        pieces.append(np.stack([chain[:-1], chain[1:]], axis=1))
    return places, np.concatenate(pieces)


def _moved(ends: Ints, tied: Ints, places: Floats) -> Floats:
    """Segments in metres with their tied end points replaced."""
    flat = ends.reshape(-1, 2)
    metres = flat / 1000.0
    table = {tuple(corner): place for corner, place in zip(tied.tolist(), places, strict=True)}
    for index, corner in enumerate(flat.tolist()):
        place = table.get(tuple(corner))
        if place is not None:
            metres[index] = place
    return metres.reshape(-1, 4)
