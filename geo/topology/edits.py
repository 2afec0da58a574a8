"""Edits of areas that fill a ground: a border moved, a house given to the neighbour, an area cut in two, two made one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import LinearRing, LineString, Point
from shapely.geometry.base import BaseGeometry

from geo.errors import BreaksCell, CrossesBorder, CutsBuilding, EmptiesCell, FixedEnd, NoSuchBorder
from geo.topology.net import (
    LEAST_M2,
    Border,
    Cell,
    Corner,
    Edge,
    Ints,
    Net,
    Shapes,
    as_corner,
    check_same_ground,
    on_lattice,
    owners,
    put_on,
    retile,
    undirected,
)

#: An end is put on a corner of the outer border within this distance, so that the neighbours on the other side fit ...
CORNER_REACH_M = 3.0
#: ... and may be drawn this far beside it.
SLIDE_REACH_M = 100.0
#: The ends of a cutting line lie this near to the border, having been clipped to it.
_END_M = 0.01
#: A house is cut by a line deeper than this inside it; thinner ones by any line.
_DEPTH_M = 0.02


def shared_borders(cells: Sequence[Cell]) -> list[Border]:
    """Stretches of border between two areas, each once.

    Raises `TilingError` if common edges of the areas do not have the same corners.

    Examples
    --------
    >>> [border] = shared_borders([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)])
    >>> border.first, border.second, border.line.wkt, border.slides
    (0, 1, 'LINESTRING (10 0, 10 10)', (True, True))
    """
    return Net(cells).borders()


def move_border(cells: Sequence[Cell], arc: Border, new_line: LineString, buildings: Sequence[BaseGeometry] = ()) -> list[Cell]:
    """Areas with one border replaced by a line.

    Parameters
    ----------
    cells
        Areas without gap or overlap, in metres.
    arc
        One of `shared_borders` of them.
    new_line
        From the start of the arc to its end. An end on the outer border may lie elsewhere near it and is put on it.
    buildings
        Houses that must not be cut.

    Returns
    -------
    list
        The areas in their order; those that did not change are the same objects. Together they fill the same ground.

    Raises
    ------
    NoSuchBorder, FixedEnd, CutsBuilding, CrossesBorder, EmptiesCell, BreaksCell
        With the place where it goes wrong.
    """
    net = Net(cells)
    arc = net.find(arc)
    old = [as_corner(xy) for xy in shapely.get_coordinates(arc.line)]
    old_edges = list(zip(old[:-1], old[1:], strict=True))
    sides = [net.owner[old_edges[0]], net.owner[old_edges[0][::-1]]]
    corners = on_lattice(new_line, {corner for edge in net.owner for corner in edge})
    others = sorted(net.edges() - {undirected(edge) for edge in old_edges})
    if old[0] != old[-1]:
        corners, others = _tie_ends(net, arc, sides, corners, others)
    elif len(corners) > 3 and LinearRing(corners).is_ccw != LinearRing(old).is_ccw:
        corners.reverse()
    _check_line(corners, old_edges, others, buildings, closed=old[0] == old[-1])
    new_edges = list(zip(corners[:-1], corners[1:], strict=True))
    ground = shapely.union_all([net.parts[cell][part] for cell, part in sides])

    def claim(faces: Shapes, inner: Shapes) -> Ints:
        owner = owners(net.cells, inner)
        within = np.flatnonzero(shapely.intersects(ground, inner))
        if len(within) != 2:
            raise BreaksCell("the line does not leave one piece on each of its sides", corners[len(corners) // 2])
        for face in within:
            ring = [as_corner(xy) for xy in shapely.get_coordinates(shapely.orient_polygons(faces[face]))]
            is_left = new_edges[0] in set(zip(ring[:-1], ring[1:], strict=True))
            if faces[face].area < LEAST_M2:
                raise EmptiesCell("an area would have nothing left", corners[len(corners) // 2])
            owner[face] = sides[0 if is_left else 1][0]
        return owner

    after = retile(net, [*others, *map(undirected, new_edges)], claim)
    check_same_ground(net.cells, after)
    return after


def split_cell(cells: Sequence[Cell], number: int, line: LineString, buildings: Sequence[BaseGeometry] = ()) -> list[Cell]:
    """Areas with one cut in two along a line that goes through it; the smaller piece comes last, as a new area."""
    net = Net(cells)
    inside = [part for part in lines_of(shapely.intersection(line, net.cells[number])) if part.length > 1.0]
    if len(inside) != 1:
        raise CrossesBorder(
            "the line must go through the area once, from border to border", as_corner(np.array(line.coords[0]))
        )
    known = {corner for edge in net.owner for corner in edge}
    corners = on_lattice(inside[0], known)
    own = [undirected(edge) for edge, (cell, _) in net.owner.items() if cell == number]
    others = net.edges() - set(own)
    ends = shapely.points([corners[0], corners[-1]])
    if (shapely.distance(ends, net.cells[number].boundary) > _END_M).any():
        raise CrossesBorder("the line must begin and end on or beyond the border", corners[0])
    tied, own = put_on([corners[0], corners[-1]], sorted(set(own)))
    corners = [tied[0], *corners[1:-1], tied[1]]
    edges = sorted({*others, *map(undirected, own)})
    _check_line(corners, [], edges, buildings, closed=False)

    def claim(faces: Shapes, inner: Shapes) -> Ints:
        owner = owners(net.cells, inner)
        pieces = np.flatnonzero(owner == number)
        new = list(zip(corners[:-1], corners[1:], strict=True))[0]
        beside = np.array([face for face in pieces if undirected(new) in _edges_of(faces[face])], dtype=np.int64)
        if len(beside) != 2:
            raise BreaksCell("the line does not cut the area in two", corners[0])
        by_size = np.lexsort((beside, np.round(shapely.area(faces[beside]), 6)))
        owner[beside[by_size[0]]] = len(net.cells)
        return owner

    new_edges = [undirected(edge) for edge in zip(corners[:-1], corners[1:], strict=True)]
    after = retile(net, [*edges, *new_edges], claim, len(net.cells) + 1)
    check_same_ground(net.cells, after)
    return after


def merge_cells(cells: Sequence[Cell], first: int, second: int) -> list[Cell]:
    """Areas with the second of two neighbours joined to the first and left out."""
    net = Net(cells)
    between = [border.line for border in net.borders() if {border.first, border.second} == {first, second}]
    if not between:
        raise NoSuchBorder("the two areas are no neighbours")
    merged = shapely.normalize(shapely.coverage_union_all([net.cells[first], net.cells[second]]))
    after = [merged if number == first else cell for number, cell in enumerate(net.cells) if number != second]
    check_same_ground(net.cells, after, pieces=False)
    return after


def check_houses(lines: Sequence[LineString], buildings: Sequence[BaseGeometry]) -> None:
    """Raise `CutsBuilding` with the place of the first house that lines run through."""
    houses = np.array([house for house in buildings if shapely.get_dimensions(house) == 2], dtype=object)
    if not len(houses) or not len(lines):
        return
    inner = shapely.buffer(houses, -_DEPTH_M)
    inner = np.where(shapely.is_empty(inner), houses, inner)
    hits = np.unique(shapely.STRtree(inner).query(list(lines), predicate="intersects")[1])
    if len(hits):
        place = as_corner(shapely.get_coordinates(shapely.point_on_surface(houses[hits[0]]))[0])
        raise CutsBuilding(f"the line runs through {len(hits)} houses", place, len(hits))


def _tie_ends(
    net: Net, arc: Border, sides: list[tuple[int, int]], corners: list[Corner], others: list[Edge]
) -> tuple[list[Corner], list[Edge]]:
    """The line with its ends where they may be, and the edges with corners there."""
    sliding = []
    for at, slides in ((0, arc.slides[0]), (-1, arc.slides[1])):
        old = as_corner(np.array(arc.line.coords[at]))
        if np.hypot(corners[at][0] - old[0], corners[at][1] - old[1]) <= _END_M:
            corners[at] = old
        elif slides:
            sliding.append(at)
        else:
            raise FixedEnd("this end is where several borders meet; it stays", old)
    rim = sorted({undirected(edge) for edge, side in net.owner.items() if side in sides and net.is_rim(edge)})
    if sliding:
        outer = shapely.multilinestrings(shapely.linestrings(np.array(rim)))
        for at in sliding:
            if outer.distance(Point(corners[at])) > SLIDE_REACH_M:
                raise FixedEnd("this end has to stay on the outer border", corners[at])
        places, split = put_on([corners[at] for at in sliding], rim, CORNER_REACH_M)
        for at, place in zip(sliding, places, strict=True):
            corners[at] = place
        others = sorted((set(others) - set(rim)) | set(map(undirected, split)))
    return [corner for number, corner in enumerate(corners) if number == 0 or corner != corners[number - 1]], others


def _check_line(
    corners: list[Corner], kept: list[Edge], others: Sequence[Edge], buildings: Sequence[BaseGeometry], *, closed: bool
) -> None:
    """Raise unless a line runs free: not through itself, other edges or houses. Stretches it had before are not asked."""
    if len(corners) < 2 or closed != (corners[0] == corners[-1]):
        raise CrossesBorder("the line needs a beginning and an end", corners[0])
    line = LineString(corners)
    if not line.is_simple:
        raise CrossesBorder("the line crosses itself", corners[len(corners) // 2])
    was = set(map(undirected, kept))
    fresh = [edge for edge in zip(corners[:-1], corners[1:], strict=True) if undirected(edge) not in was]
    if not fresh:
        return
    segments = shapely.linestrings(np.array(fresh))
    still = shapely.linestrings(np.array(others).reshape(-1, 2, 2))
    new, old = shapely.STRtree(still).query(segments, predicate="intersects")
    met = shapely.intersection(segments[new], still[old])
    ends = shapely.multipoints([corners[0], corners[-1]])
    for shape in met[shapely.get_dimensions(met) > 0] if closed else met[~shapely.covers(shapely.buffer(ends, 1e-6), met)]:
        place = as_corner(shapely.get_coordinates(shape)[0])
        raise CrossesBorder("the line crosses another border", place)
    check_houses(list(segments), buildings)


def lines_of(shape: BaseGeometry) -> list[LineString]:
    """The lines of whatever shape, joined where just two of them meet."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "LineString"]
    return list(shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts)))) if parts else []


def _edges_of(face: BaseGeometry) -> set[Edge]:
    ring = [as_corner(xy) for xy in shapely.get_coordinates(face)]
    return {undirected(edge) for edge in zip(ring[:-1], ring[1:], strict=True)}
