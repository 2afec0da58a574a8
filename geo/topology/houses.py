"""One house given to the area beside it, with its land and a way to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.errors import BadEdit, CutsBuilding, NoSuchBorder, TilingError
from geo.topology.edits import check_houses, lines_of
from geo.topology.net import (
    LATTICE_M,
    Cell,
    Ints,
    Net,
    Shapes,
    as_corner,
    check_same_ground,
    owners,
    put_on,
    retile,
    undirected,
)

#: Houses further away do not shape the land of a house.
_NEAR_M = 150.0
#: How far the land of a house reaches, tried in this order.
_YARDS_M = (25.0, 12.0, 6.0, 2.0)
#: Half the width of the way from its land to the area that takes it, and how far that way reaches into it.
_WAYS_M, _INTO_M = (4.0, 2.0, 1.0, 0.5), 3.0
_PLACES = 60


def move_building(cells: Sequence[Cell], building: BaseGeometry, to: int, buildings: Sequence[BaseGeometry] = ()) -> list[Cell]:
    """Areas with one house, the land nearer to it than to others, and a way to it given to a neighbouring area.

    ``to`` is the area that takes it. Returns and raises as `move_border`; `CutsBuilding` also where no way between other
    houses is free, `NoSuchBorder` where the two areas have no border in common.
    """
    net = Net(cells)
    spot = building.point_on_surface()
    place = as_corner(shapely.get_coordinates(spot)[0])
    source = int(owners(net.cells, np.array([spot], dtype=object))[0])
    if source < 0 or source == to or not 0 <= to < len(net.cells):
        raise NoSuchBorder("the house lies in that area already, or in none", place)
    between = [border.line for border in net.borders() if {border.first, border.second} == {source, to}]
    if not between:
        raise NoSuchBorder("the two areas are no neighbours", place)
    near = [other for other in buildings if other.distance(building) < _NEAR_M and not other.equals(building)]
    refused: BadEdit | None = None
    for ground in _grounds(building, near, shapely.union_all(between)):
        try:
            return _give(net, ground, spot, source, to, buildings)
        except BadEdit as error:
            refused = refused or error
        except TilingError:
            continue
    raise refused or CutsBuilding("no way between other houses is free", place, 1)


def _give(net: Net, ground: Polygon, spot: Point, source: int, to: int, buildings: Sequence[BaseGeometry]) -> list[Cell]:
    outline = shapely.set_precision(ground, LATTICE_M).boundary
    lines = lines_of(shapely.intersection(outline, net.cells[source]))
    check_houses(lines, buildings)
    chains = [[as_corner(xy) for xy in line.coords] for line in lines]
    open_chains = [chain for chain in chains if chain[0] != chain[-1]]
    own = {undirected(edge) for edge, (cell, _) in net.owner.items() if cell == source}
    ends, split = put_on([end for chain in open_chains for end in (chain[0], chain[-1])], sorted(own))
    for number, chain in enumerate(open_chains):
        chain[0], chain[-1] = ends[2 * number], ends[2 * number + 1]
    new = {undirected(edge) for chain in chains for edge in zip(chain[:-1], chain[1:], strict=True) if edge[0] != edge[1]}
    taken: list[int] = []

    def claim(faces: Shapes, inner: Shapes) -> Ints:
        owner = owners(net.cells, inner)
        taken.extend(np.flatnonzero(shapely.intersects(faces, spot) & (owner == source)).tolist())
        owner[taken] = to
        return owner

    after = retile(net, [*(net.edges() - own), *map(undirected, split), *new], claim)
    check_same_ground(net.cells, after)
    if not taken or owners(after, np.array([spot], dtype=object))[0] != to:
        raise TilingError("the house's land could not be cut out")
    return after


def _grounds(building: BaseGeometry, near: Sequence[BaseGeometry], border: BaseGeometry) -> Iterator[Polygon]:
    """Pieces of ground to give away, the roomiest first: the house's land alone if it reaches the border, else with a way."""
    own, houses = _own_land(building, near), shapely.union_all(list(near)) if near else Polygon()
    targets = [border.interpolate(share, normalized=True) for share in np.linspace(0.0, 1.0, _PLACES)]
    nearest = shapely.shortest_line(building, border)
    targets = [Point(nearest.coords[-1]), *sorted(targets, key=lambda point: round(point.distance(building), 3))]
    for reach_m in _YARDS_M:
        land = _one(shapely.intersection(own, building.buffer(reach_m, join_style="mitre")), building)
        if land.intersection(border).length > 1.0:
            yield land
        for target in targets:
            way = shapely.shortest_line(building, target)
            if way.length < LATTICE_M:
                continue
            way = _longer(way)
            clear = float(way.distance(houses)) if near else 2.0 * _WAYS_M[0]
            width = next((width for width in _WAYS_M if width < clear), 0.0)
            if width:
                yield _one(shapely.union(land, way.buffer(width, cap_style="flat")), building)
                break


def _own_land(building: BaseGeometry, near: Sequence[BaseGeometry]) -> BaseGeometry:
    """What lies nearer to a house than to others: the Voronoi cells of points along its outline, and the house itself."""
    around = building.buffer(_NEAR_M)
    if not near:
        return around
    sites = [shapely.get_coordinates(_outline(house)) for house in (building, *near)]
    number = np.repeat(np.arange(len(sites)), [len(points) for points in sites])
    points = np.round(np.vstack(sites), 3)
    points, first = np.unique(points, axis=0, return_index=True)
    faces = np.asarray(shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=around)), dtype=object)
    face, site = shapely.STRtree(faces).query(shapely.points(points), predicate="intersects")[::-1]
    own = faces[np.unique(face[number[first][site] == 0])]
    return shapely.union(shapely.union_all(own), building)


def _outline(house: BaseGeometry) -> BaseGeometry:
    return shapely.segmentize(house.boundary, 2.0) if shapely.get_dimensions(house) == 2 else house


def _longer(way: LineString) -> LineString:
    """A way that goes on a little into the area beyond, and begins inside the house's land."""
    (ax, ay), (bx, by) = way.coords
    step = _INTO_M / way.length
    return LineString([(ax, ay), (bx + (bx - ax) * step, by + (by - ay) * step)])


def _one(shape: BaseGeometry, building: BaseGeometry) -> Polygon:
    """The piece of a shape that holds the house, without holes."""
    pieces = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.intersects(building)]
    largest = max(pieces, key=lambda part: part.intersection(building).area + 1e-9 * part.area, default=Polygon())
    return Polygon(largest.exterior)
