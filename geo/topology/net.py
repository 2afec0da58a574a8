"""Edges of areas that fill a ground: who lies to each side of them, and areas made anew from edges.

Corners that exist are never moved by a bit, so that what is not edited stays what it was. New corners lie on a lattice of
1 mm, or exactly on the edge they were put on, which then both sides have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.errors import BreaksCell, EmptiesCell, InvalidBoundary, NoSuchBorder, TilingError

Cell: TypeAlias = Polygon | MultiPolygon
Corner: TypeAlias = tuple[float, float]
#: Directed, with the area on its left.
Edge: TypeAlias = tuple[Corner, Corner]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

LATTICE_M = 0.001
#: Areas and ground closer than this are equal, square metres.
SLACK_M2 = 1e-4
#: An area smaller than this is none.
LEAST_M2 = 1.0


@dataclass(frozen=True, slots=True)
class Border:
    """The stretch between two areas from one meeting of borders to the next: ``first`` to the left of ``line``, ``second`` right.

    ``slides`` says for both ends whether they lie on the outer border and may be moved along it. A border around an area that
    lies within another is closed.
    """

    first: int
    second: int
    line: LineString
    slides: tuple[bool, bool]


class Net:
    """Areas with the owner of every edge: ``owner[edge]`` is (area, part) to its left."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = list(cells)
        for number, cell in enumerate(self.cells):
            if not isinstance(cell, Polygon | MultiPolygon) or cell.is_empty or not cell.is_valid:
                raise InvalidBoundary(f"area {number} is no valid polygon")
        if not shapely.coverage_is_valid(self.cells):
            raise TilingError("areas overlap or their common edges differ")
        self.parts = [list(shapely.get_parts(shapely.orient_polygons(cell))) for cell in self.cells]
        self.rings = [
            (number, place, [as_corner(xy) for xy in shapely.get_coordinates(ring)])
            for number, parts in enumerate(self.parts)
            for place, part in enumerate(parts)
            for ring in shapely.get_rings(part)
        ]
        self.owner = {
            edge: (number, place) for number, place, ring in self.rings for edge in zip(ring[:-1], ring[1:], strict=True)
        }

    def edges(self) -> set[Edge]:
        """Every edge once, whichever way round."""
        return {undirected(edge) for edge in self.owner}

    def is_rim(self, edge: Edge) -> bool:
        """Whether an edge of an area is nobody else's."""
        return edge[::-1] not in self.owner

    def borders(self) -> list[Border]:
        """Stretches between areas, by the two areas and then along the first one."""
        rim = {corner for edge in self.owner if self.is_rim(edge) for corner in edge}
        found: list[Border] = []
        for number, _, ring in self.rings:
            edges = list(zip(ring[:-1], ring[1:], strict=True))
            beside = [self.owner.get(edge[::-1], (-1, 0))[0] for edge in edges]
            for start, stop in _runs(beside):
                other = beside[start % len(edges)]
                if other > number:
                    chain = [edges[at % len(edges)] for at in range(start, stop)]
                    line = LineString([chain[0][0], *(edge[1] for edge in chain)])
                    found.append(Border(number, other, line, (chain[0][0] in rim, chain[-1][1] in rim)))
        return sorted(found, key=lambda border: (border.first, border.second, border.line.coords[0]))

    def find(self, border: Border) -> Border:
        """The border as it is now; `NoSuchBorder` if it is none of these areas'."""
        wanted = shapely.get_coordinates(border.line)
        for one in self.borders():
            if (one.first, one.second) == (border.first, border.second):
                here = shapely.get_coordinates(one.line)
                if here.shape == wanted.shape and np.array_equal(here, wanted):
                    return one
        raise NoSuchBorder("there is no such border between these areas now; look at them again")


def _runs(values: Sequence[int]) -> list[tuple[int, int]]:
    """Stretches of equal values around a ring, as (start, stop); the last may go on past the ring's end."""
    size = len(values)
    starts = [at for at in range(size) if values[at] != values[at - 1]]
    if not starts:
        return [(0, size)]
    return list(zip(starts, [*starts[1:], starts[0] + size], strict=True))


def as_corner(xy: Floats) -> Corner:
    return float(xy[0]), float(xy[1])


def undirected(edge: Edge) -> Edge:
    return min(edge, edge[::-1])


def on_lattice(line: LineString, known: set[Corner]) -> list[Corner]:
    """Corners of a line: those that are known as they are, others rounded to the lattice; none twice in a row."""
    corners: list[Corner] = []
    for xy in shapely.get_coordinates(shapely.force_2d(line)):
        corner = as_corner(xy)
        corner = corner if corner in known else as_corner(np.round(xy / LATTICE_M) * LATTICE_M)
        if not corners or corner != corners[-1]:
            corners.append(corner)
    return corners


def put_on(points: Sequence[Corner], edges: Sequence[Edge], reach_m: float = LATTICE_M) -> tuple[list[Corner], list[Edge]]:
    """Points moved to the nearest place of the edges, and the edges with corners there; a corner within reach is taken instead."""
    if not points:
        return [], list(edges)
    ends = np.array(edges, dtype=np.float64).reshape(-1, 2, 2)
    xy = np.array(points, dtype=np.float64)
    at = shapely.STRtree(shapely.linestrings(ends)).query_nearest(shapely.points(xy), all_matches=False)[1]
    start, along = ends[at, 0], ends[at, 1] - ends[at, 0]
    share = np.clip(((xy - start) * along).sum(axis=1) / (along**2).sum(axis=1), 0.0, 1.0)
    length = np.hypot(along[:, 0], along[:, 1])
    places, cuts = [], dict[int, set[tuple[float, Corner]]]()
    for number, (edge, part) in enumerate(zip(at.tolist(), share.tolist(), strict=True)):
        near_start, near_end = part * length[number], (1.0 - part) * length[number]
        if min(near_start, near_end) <= reach_m:
            places.append(edges[edge][0 if near_start <= near_end else 1])
        else:
            place = as_corner(start[number] + part * along[number])
            places.append(place)
            cuts.setdefault(edge, set()).add((part, place))
    split = [edge for number, edge in enumerate(edges) if number not in cuts]
    for edge, inserted in cuts.items():
        chain = [edges[edge][0], *(place for _, place in sorted(inserted)), edges[edge][1]]
        split += zip(chain[:-1], chain[1:], strict=True)
    return places, split


def retile(net: Net, edges: Sequence[Edge], claim: Callable[[Shapes, Shapes], Ints], count: int | None = None) -> list[Cell]:
    """Areas made of the faces that edges enclose, each face given to an area by ``claim(faces, inner points)`` (-1: to nobody).

    Areas with the same corners as before are the very same objects.
    """
    faces = np.asarray(shapely.get_parts(shapely.polygonize(shapely.linestrings(np.array(sorted(set(edges)))))), dtype=object)
    owner = claim(faces, shapely.point_on_surface(faces))
    made: list[Cell] = []
    for number in range(len(net.cells) if count is None else count):
        own = faces[owner == number]
        if not len(own) or float(shapely.area(own).sum()) < LEAST_M2:
            raise EmptiesCell("an area would have nothing left", _inside(net, number))
        cell = shapely.normalize(shapely.coverage_union_all(own) if len(own) > 1 else own[0])
        old = net.cells[number] if number < len(net.cells) else None
        made.append(old if old is not None and shapely.equals_exact(shapely.normalize(old), cell) else cell)
    return made


def owners(cells: Sequence[BaseGeometry], inner: Shapes) -> Ints:
    """For every point the area it lies in, the lowest on shared edges, -1 for none."""
    owner = np.full(len(inner), len(cells), dtype=np.int64)
    point, cell = shapely.STRtree(cells).query(inner, predicate="intersects")
    np.minimum.at(owner, point, cell)
    return np.where(owner == len(cells), -1, owner)


def check_same_ground(before: Sequence[Cell], after: Sequence[Cell], *, pieces: bool = True) -> None:
    """Raise unless areas fill the same ground as before, once; with ``pieces`` also if an area fell into more pieces."""
    if not shapely.coverage_is_valid(list(after)):
        raise TilingError("the edited areas overlap or their common edges differ")
    moved = shapely.symmetric_difference(shapely.union_all(list(before)), shapely.union_all(list(after))).area
    if moved > SLACK_M2:
        raise TilingError(f"the edited areas fill other ground: {moved:.6f} m2")
    if pieces:
        for number, (old, new) in enumerate(zip(before, after, strict=False)):
            if shapely.get_num_geometries(new) > shapely.get_num_geometries(old):
                smallest = min(shapely.get_parts(new), key=lambda part: part.area)
                place = as_corner(shapely.get_coordinates(smallest.point_on_surface())[0])
                raise BreaksCell(f"area {number} would fall into pieces", place)


def _inside(net: Net, number: int) -> Corner | None:
    if number >= len(net.cells):
        return None
    return as_corner(shapely.get_coordinates(net.cells[number].point_on_surface())[0])
