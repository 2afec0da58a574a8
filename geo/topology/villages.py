"""Village borders where none are published: drawn by hand, or halfway between the places people name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Point, Polygon
from shapely.errors import GEOSException

from geo.errors import BadEdit, BreaksCell, CrossesBorder, EmptiesCell, InvalidBoundary, OutsideRegion
from geo.topology.net import (
    LATTICE_M,
    LEAST_M2,
    SLACK_M2,
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

#: A corner drawn this near to a border that is there is put on it; strips thinner than this are nobody's by mistake.
SNAP_M = 5.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """A village as drawn, and the ones that were there, with corners added where it meets them; their borders do not move."""

    village: Polygon
    existing: list[Cell]


def draw_village(township: Cell, existing: Sequence[Cell], ring: Polygon) -> Drawn:
    """A village cut out of a township: what lies in the ring, in the township and in no village yet.

    Parameters
    ----------
    township
        The outline of the township, in metres.
    existing
        Villages with borders, without overlap.
    ring
        As it was drawn; corners near a border that is there are put on it.

    Raises
    ------
    CrossesBorder
        The ring crosses itself.
    EmptiesCell
        Nothing free lies in the ring.
    BreaksCell
        What is free in the ring lies in several pieces; the place is in the smallest.

    Examples
    --------
    >>> drawn = draw_village(shapely.box(0, 0, 100, 100), [shapely.box(0, 0, 50, 100)], shapely.box(48, -9, 120, 60))
    >>> drawn.village.area, bool(shapely.coverage_is_valid([drawn.village, *drawn.existing]))
    (3000.0, True)
    """
    if not isinstance(ring, Polygon) or ring.is_empty or not ring.is_valid:
        raise CrossesBorder(
            "the ring crosses itself", as_corner(np.array(ring.centroid.coords[0])) if not ring.is_empty else None
        )
    Net(existing or [township])
    drawn = _snapped(ring, [township, *existing])
    try:
        lines = shapely.union_all([township.boundary, *(cell.boundary for cell in existing), drawn.boundary])
        faces = np.asarray(shapely.get_parts(shapely.polygonize(shapely.get_parts(lines))), dtype=object)
    except GEOSException as error:
        raise BadEdit("the ring could not be cut with the borders; draw it a little differently") from error
    inner = shapely.point_on_surface(faces)
    owner = owners(list(existing), inner) if existing else np.full(len(faces), -1, dtype=np.int64)
    free = (owner < 0) & shapely.intersects(township, inner)
    mine = free & shapely.intersects(drawn, inner)
    if not mine.any() or shapely.area(faces[mine]).sum() < LEAST_M2:
        raise EmptiesCell("nothing free lies in the ring", as_corner(np.array(ring.centroid.coords[0])))
    mine |= _strips(faces, free & ~mine, faces[mine])
    village = shapely.normalize(shapely.coverage_union_all(faces[mine]))
    pieces = sorted(shapely.get_parts(village), key=lambda part: part.area)
    if len(pieces) > 1:
        raise BreaksCell(
            "what is free in the ring lies in several pieces", as_corner(np.array(pieces[0].representative_point().coords[0]))
        )
    after = [_same(old, faces[owner == number]) for number, old in enumerate(existing)]
    moved_m2 = max((old.symmetric_difference(new).area for old, new in zip(existing, after, strict=True)), default=0.0)
    if moved_m2 > SLACK_M2 or not shapely.coverage_is_valid([village, *after]):
        raise BadEdit("the drawn village does not fit the villages beside it; draw it a little differently")
    return Drawn(village, after)


def villages_from_places(township: Cell, places: Sequence[Point]) -> list[Cell]:
    """Draft villages of a township: each the ground nearer to its place than to another, in one piece, in the order of places.

    Borders lie halfway between places, cut at exactly the outline of the township. Pieces that a bay of the township cuts off
    from their place go to the neighbour they have most border with. They are a beginning to be corrected, not borders that anyone drew.

    Raises
    ------
    OutsideRegion
        Places outside the township; the message lists their positions.
    BadEdit
        Fewer than one place, or two within 1 m of each other.

    Examples
    --------
    >>> [cell.area for cell in villages_from_places(shapely.box(0, 0, 100, 50), [Point(20, 25), Point(60, 25)])]
    [2000.0, 3000.0]
    """
    net = Net([township])
    outside = [number for number, place in enumerate(places) if not township.covers(place)]
    if outside:
        raise OutsideRegion(f"places {', '.join(map(str, outside[:10]))} lie outside the township")
    if not places:
        raise BadEdit("no places were given")
    xy = np.array([place.coords[0][:2] for place in places])
    near = shapely.STRtree(list(places)).query(list(places), predicate="dwithin", distance=LEAST_M2)
    twins = near[:, near[0] < near[1]]
    if twins.size:
        raise BadEdit(f"places {twins[0][0]} and {twins[1][0]} are the same", as_corner(xy[twins[0][0]]))
    if len(places) == 1:
        return [township]
    edges = shapely.voronoi_polygons(shapely.multipoints(xy), extend_to=township.buffer(1000.0), only_edges=True)
    lines = shapely.get_parts(shapely.line_merge(shapely.intersection(shapely.set_precision(edges, LATTICE_M), township)))
    chains = [[as_corner(corner) for corner in shapely.get_coordinates(line)] for line in lines]
    ends = sorted(
        {end for chain in chains for end in (chain[0], chain[-1]) if township.boundary.distance(Point(end)) < LATTICE_M}
    )
    tied, rim = put_on(ends, sorted(net.edges()), LATTICE_M)
    moved = dict(zip(ends, tied, strict=True))
    new = {
        undirected((moved.get(one, one), moved.get(two, two)))
        for chain in chains
        for one, two in zip(chain[:-1], chain[1:], strict=True)
        if moved.get(one, one) != moved.get(two, two)
    }
    sites = shapely.STRtree(list(places))

    def claim(faces: Shapes, inner: Shapes) -> Ints:
        owner = np.full(len(faces), -1, dtype=np.int64)
        within = np.flatnonzero(shapely.intersects(township, inner))
        owner[within] = sites.query_nearest(inner[within], all_matches=False)[1]
        return _joined(faces, owner, places)

    after = retile(net, [*map(undirected, rim), *new], claim, len(places))
    check_same_ground([township], after, pieces=False)
    if any(shapely.get_num_geometries(cell) > 1 for cell in after) and isinstance(township, Polygon):
        raise InvalidBoundary("the township cannot be cut into whole pieces between these places")
    return after


def _joined(faces: Shapes, owner: Ints, places: Sequence[Point]) -> Ints:
    """Faces without the place of their owner go to the neighbour with the longest common border."""
    settled = np.array([owner[n] < 0 or bool(faces[n].intersects(places[owner[n]])) for n in range(len(faces))])
    while not settled.all():
        lost = np.flatnonzero(~settled)
        common: Mapping[tuple[int, int], float] = {
            (int(face), int(other)): shapely.intersection(faces[face].boundary, faces[other].boundary).length
            for face in lost
            for other in np.flatnonzero(settled & (owner >= 0))
        }
        face, other = max(common, key=lambda pair: (round(common[pair], 3), -pair[0], -pair[1]))
        if common[face, other] <= 0:
            break  # a part of the township with no place on it stays with the nearest
        owner[face], settled[face] = owner[other], True
    return owner


def _snapped(ring: Polygon, cells: Sequence[Cell]) -> Polygon:
    """The ring on the lattice, its corners near borders put on them, near corners of borders on those."""
    edges = sorted({edge for cell in cells for edge in Net([cell]).edges()})
    border = shapely.multilinestrings(shapely.linestrings(np.array(edges)))
    corners = [as_corner(np.round(xy / LATTICE_M) * LATTICE_M) for xy in shapely.get_coordinates(ring.exterior)]
    near = [corner for corner in corners if border.distance(Point(corner)) <= SNAP_M]
    moved = dict(zip(near, put_on(near, edges, SNAP_M)[0], strict=True))
    snapped = Polygon([moved.get(corner, corner) for corner in corners])
    return snapped if snapped.is_valid and not snapped.is_empty else ring


def _strips(faces: Shapes, free: np.ndarray, mine: Shapes) -> np.ndarray:
    """Free faces beside the village too thin to be ground that was left out on purpose."""
    thin = free & shapely.is_empty(shapely.buffer(faces, -SNAP_M / 2))
    ground = shapely.union_all(mine)
    beside = np.array([bool(is_thin) and faces[n].intersection(ground).length > 0 for n, is_thin in enumerate(thin)])
    return beside


def _same(old: Cell, faces: Shapes) -> Cell:
    made = shapely.normalize(shapely.coverage_union_all(faces))
    return old if shapely.equals_exact(shapely.normalize(old), made) else made
