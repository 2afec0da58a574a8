"""One planar arrangement of a village: barriers, lines mid-way between houses, outlines of what a line touches.

Everything after it is labels on its faces, so grids made of them can neither overlap nor leave a gap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from geo.division.inputs import Inputs, Shapes
from geo.division.options import LATTICE_M, DivideOptions

Floats = NDArray[np.float64]
Index = NDArray[np.int64]

#: A block with more than this share of a grid's load is cut between its houses.
_HEAVY_SHARE = 0.04
#: A house this close to a line is kept whole by its outline; noding moves lines less than 1 mm.
_TOUCH_M = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """Faces (valid polygons on the lattice, canonical order), the block of barriers each lies in, and what is cut by it.

    ``touched`` are positions in `Inputs.wholes`.
    """

    faces: Shapes
    inner: Shapes
    block: Index
    touched: Index


def arrange(inputs: Inputs, k: int, options: DivideOptions) -> Arrangement:
    """The arrangement of a village for about ``k`` grids."""
    village = inputs.village
    net = shapely.union_all([village.boundary, *inputs.barriers], grid_size=LATTICE_M)
    blocks = faces_of(net, village)[0]
    across = options.cells_across if inputs.has_weights else options.cells_across + 3
    spacing_m = float(np.sqrt(village.area / k)) / across
    extra = _lines_between_houses(inputs, blocks, k, spacing_m)
    extra += _borders_of_groups(inputs) + list(inputs.old_borders)
    touched = _touched(inputs.wholes, [net, *extra])
    outlines = shapely.boundary(inputs.wholes[touched])
    faces, inner = faces_of(shapely.union_all([net, *extra, *outlines], grid_size=LATTICE_M), village)
    return Arrangement(faces, inner, nearest_first(blocks, inner), touched)


def faces_of(lines: BaseGeometry, village: Polygon | MultiPolygon) -> tuple[Shapes, Shapes]:
    """Faces enclosed by noded lines that lie in the village, with a point inside each, ordered by that point."""
    faces = shapely.normalize(shapely.get_parts(shapely.polygonize(shapely.get_parts(lines))))
    inner = shapely.point_on_surface(faces)
    inside = shapely.intersects_xy(village, shapely.get_x(inner), shapely.get_y(inner))
    faces, inner = faces[inside], inner[inside]
    order = np.lexsort([shapely.get_y(inner), shapely.get_x(inner)])
    return faces[order], inner[order]


def nearest_first(polygons: Shapes, points: Shapes) -> Index:
    """For every point the polygon it lies in, the lowest index on shared edges, else the nearest polygon."""
    inside, point = shapely.STRtree(points).query(polygons, predicate="intersects")
    found = np.full(len(points), len(polygons), dtype=np.int64)
    np.minimum.at(found, point, inside)
    lost = np.flatnonzero(found == len(polygons))
    if len(lost):
        number, near = shapely.STRtree(polygons).query_nearest(points[lost], all_matches=True)
        np.minimum.at(found, lost[number], near)
    return found


def _lines_between_houses(inputs: Inputs, blocks: Shapes, k: int, spacing_m: float) -> list[BaseGeometry]:
    """Edges of the Voronoi diagram of houses and lattice points, in blocks too heavy or too large to stay whole."""
    block_of = nearest_first(blocks, inputs.points) if len(inputs.points) else np.zeros(0, dtype=np.int64)
    loads = np.bincount(block_of, inputs.workload, minlength=len(blocks))
    heavy = loads > _HEAVY_SHARE * max(loads.sum(), 1e-9) / k
    large = shapely.area(blocks) > 6.0 * spacing_m**2
    lattice = _hexagonal(inputs.village.bounds, spacing_m)
    lines = []
    for number in np.flatnonzero(heavy | large):
        sites = _sites(blocks[number], shapely.get_coordinates(inputs.points[block_of == number]), lattice, spacing_m)
        if len(sites) > 1:
            edges = shapely.voronoi_polygons(shapely.multipoints(sites), extend_to=blocks[number], only_edges=True)
            lines.append(shapely.intersection(edges, blocks[number]))
    return [line for line in lines if not line.is_empty]


def _sites(block: Polygon, houses: Floats, lattice: Floats, spacing_m: float) -> Floats:
    west, south, east, north = block.bounds
    near = lattice[(lattice[:, 0] > west) & (lattice[:, 0] < east) & (lattice[:, 1] > south) & (lattice[:, 1] < north)]
    free = near[shapely.contains_xy(block, near[:, 0], near[:, 1])]
    if len(houses) and len(free):
        tree = shapely.STRtree(shapely.points(houses))
        taken = tree.query(shapely.points(free), predicate="dwithin", distance=0.6 * spacing_m)[0]
        free = np.delete(free, np.unique(taken), axis=0)
    return np.unique(np.round(np.vstack([houses.reshape(-1, 2), free]), 3), axis=0)


def _borders_of_groups(inputs: Inputs) -> list[BaseGeometry]:
    """Borders of natural villages drawn as polygons."""
    areal = inputs.groups[shapely.get_dimensions(inputs.groups) == 2]
    lines = shapely.intersection(shapely.boundary(areal), inputs.village)
    return [line for line in shapely.get_parts(shapely.get_parts(lines)) if shapely.get_dimensions(line) == 1]


def _hexagonal(bounds: tuple[float, float, float, float], spacing_m: float) -> Floats:
    """Points of a hexagonal lattice over the bounds, anchored to their lower left corner."""
    west, south, east, north = bounds
    row_m = spacing_m * np.sqrt(3.0) / 2.0
    rows, columns = np.mgrid[0 : int((north - south) / row_m) + 2, 0 : int((east - west) / spacing_m) + 2]
    x = west + (columns + 0.5 * (rows % 2)) * spacing_m
    return np.column_stack([x.ravel(), (south + rows * row_m).ravel()])


def _touched(wholes: Shapes, lines: list[BaseGeometry]) -> Index:
    """Positions of what is touched by a line, or by the outline of something that is."""
    areal = np.flatnonzero(shapely.get_dimensions(wholes) == 2)
    tree = shapely.STRtree(wholes[areal])
    found = np.zeros(len(areal), dtype=np.bool_)
    new = np.asarray(shapely.get_parts(lines), dtype=object)
    while len(new):
        hits = np.unique(tree.query(new, predicate="dwithin", distance=_TOUCH_M)[1])
        hits = hits[~found[hits]]
        found[hits] = True
        new = shapely.boundary(wholes[areal[hits]])
    return areal[found]
