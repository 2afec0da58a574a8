"""Which ground was seen: exact areas of ground within sight of legs.

All in metres of one projected system. A leg sees `CoverageLimits.view_m` to each side; nothing is seen between two legs.
Answers depend on which legs there are, not on their order or on how often one is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import BadTrack, GeoError
from geo.limits import CoverageLimits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

# Buffers of short pieces, united, are several times faster than one buffer of a whole walk that crosses itself.
_STEPS = 12
# Chords of a quarter circle: with 16 a disc of 40 m is 8 square metres too small, with 8 it is 32.
_QUAD_SEGS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The patrollable ground of a grid.

    ``layers`` names those that made it; ``is_whole`` says that none was there to ask, so that the whole grid is taken.
    """

    geometry: BaseGeometry
    area_m2: float
    is_whole: bool
    layers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """What was seen of each grid's ground: arrays of one length, in the order the grids were given."""

    #: The ground that was seen, polygons or empty.
    seen: Shapes
    seen_m2: Floats
    ground_m2: Floats

    def __len__(self) -> int:
        return len(self.seen)

    @property
    def share(self) -> Floats:
        """Share of the ground that was seen, 0 to 1; NaN for a grid without ground."""
        has_ground = self.ground_m2 > 0
        share = np.full(len(self), np.nan)
        share[has_ground] = np.clip(self.seen_m2[has_ground] / self.ground_m2[has_ground], 0.0, 1.0)
        return share


def patrollable_ground(
    grid: BaseGeometry,
    *,
    roads: Sequence[BaseGeometry] | None,
    banks: Sequence[BaseGeometry] | None,
    buildings: Sequence[BaseGeometry] | None,
    places: Sequence[BaseGeometry] | None,
    limits: CoverageLimits | None = None,
) -> Ground:
    """Ground of a grid that a patrol is for: near a road or lane, a bank, a building or a key place.

    Parameters
    ----------
    grid
        Polygon of the grid, metres.
    roads, banks, buildings, places
        Features of any kind of geometry in and around the grid, those farther off are ignored. None: the layer does not
        exist here. An empty list: it exists and has nothing here.
    limits
        The county's, or the defaults.

    Returns
    -------
    Ground
        Empty for a grid that has layers and nothing in them; the whole grid only if no layer exists.

    Examples
    --------
    >>> lane = shapely.LineString([(-500, 100), (500, 100)])
    >>> ground = patrollable_ground(shapely.box(0, 0, 200, 400), roads=[lane], banks=None, buildings=[], places=None)
    >>> round(ground.area_m2), ground.is_whole, ground.layers
    (24000, False, ('roads',))
    """
    limits = limits or CoverageLimits()
    layers = {"roads": roads, "banks": banks, "buildings": buildings, "places": places}
    if all(layer is None for layer in layers.values()):
        return Ground(grid, float(shapely.area(grid)), is_whole=True)
    near: list[Shapes] = []
    used: list[str] = []
    shapely.prepare(grid)
    for name, layer in layers.items():
        features = _as_array(layer or ())
        features = features[shapely.dwithin(grid, features, limits.ground_m)]
        if len(features):
            near.append(shapely.buffer(_short_pieces(features), limits.ground_m, quad_segs=_QUAD_SEGS))
            used.append(name)
    if not near:
        return Ground(shapely.Polygon(), 0.0, is_whole=False)
    around = np.concatenate(near)
    around = around[shapely.intersects(grid, around)]
    geometry = _areal(np.array([shapely.intersection(_unite(around), grid)], dtype=object))[0]
    return Ground(geometry, float(shapely.area(geometry)), is_whole=False, layers=tuple(used))


def seen_area(legs: Sequence[ArrayLike], *, limits: CoverageLimits | None = None) -> BaseGeometry:
    """Ground within sight of legs, each an array of x and y in metres; a leg of one fix sees a disc.

    Raises `BadTrack` for a leg that is no list of x and y or holds what is no number.

    >>> round(seen_area([[(0, 0), (100, 0)], [(900, 900)]]).area / 1000)
    18
    """
    return _unite(_sight(legs, limits or CoverageLimits()))


def cover(
    grids: Sequence[BaseGeometry],
    ground: Sequence[BaseGeometry | None],
    legs: Sequence[ArrayLike],
    *,
    limits: CoverageLimits | None = None,
) -> Coverage:
    """What legs have seen of the ground of each grid.

    Parameters
    ----------
    grids
        Polygons in metres.
    ground
        For each grid its patrollable ground as `patrollable_ground` gave it, None for the whole grid.
    legs
        As for `seen_area`, of any number of people.
    limits
        The county's, or the defaults.

    Raises
    ------
    BadTrack, GeoError
        Legs that cannot be read; not one ground for each grid.

    Examples
    --------
    >>> grids = [shapely.box(0, 0, 200, 100), shapely.box(200, 0, 400, 100)]
    >>> covered = cover(grids, [None, None], [[(0, 50), (100, 50)], [(0, 50), (100, 50)]])
    >>> covered.share.round(2).tolist(), covered.ground_m2.tolist()
    ([0.53, 0.0], [20000.0, 20000.0])
    """
    if len(grids) != len(ground):
        raise GeoError(f"{len(ground)} grounds for {len(grids)} grids; give one for each, None for the whole grid")
    areas = _as_array([grid if part is None else part for grid, part in zip(grids, ground, strict=True)])
    seen = np.full(len(areas), shapely.Polygon(), dtype=object)
    sight = _sight(legs, limits or CoverageLimits())
    if len(areas) and len(sight):
        piece, area = shapely.STRtree(areas).query(sight, predicate="intersects")
        order = np.lexsort((piece, area))
        touched, first = np.unique(area[order], return_index=True)
        united = [_unite(sight[few]) for few in np.split(piece[order], first[1:])] if len(touched) else []
        seen[touched] = _areal(shapely.intersection(_as_array(united), areas[touched]))
    return Coverage(seen, shapely.area(seen), shapely.area(areas))


def split_ground(ground: BaseGeometry, parts: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Ground cut into what each part covers and no earlier one does, and last the rest: they tile it.

    >>> seen, unrecorded = shapely.box(0, 0, 6, 5), shapely.box(4, 0, 8, 5)
    >>> [part.area for part in split_ground(shapely.box(0, 0, 10, 5), [seen, unrecorded])]
    [30.0, 10.0, 10.0]
    """
    left = ground
    found = []
    for part in parts:
        both = np.array([shapely.intersection(left, part), shapely.difference(left, part)], dtype=object)
        mine, left = _areal(both)
        found.append(mine)
    return [*found, left]


def seen_length(lines: Sequence[BaseGeometry], seen: BaseGeometry, *, within: BaseGeometry | None = None) -> float:
    """Metres of roads or banks that lie in ``seen``; what is drawn twice counts once, a pond counts by its shore.

    Parameters
    ----------
    lines
        Lines, or polygons for their outlines.
    seen
        A polygon, as `seen_area` or `Coverage.seen` give it; a grid to get the metres there are.
    within
        A grid that cuts the lines first.

    Examples
    --------
    >>> road = shapely.LineString([(0, 0), (500, 0)])
    >>> seen_length([road, road], shapely.box(100, -40, 250, 40))
    150.0
    """
    drawn = _as_array(lines)
    areal = shapely.get_dimensions(drawn) == 2
    drawn[areal] = shapely.boundary(drawn[areal])
    for area in (seen,) if within is None else (within, seen):
        shapely.prepare(area)
        drawn = shapely.intersection(drawn[shapely.intersects(area, drawn)], area)
    return float(shapely.length(shapely.union_all(drawn)))


def _sight(legs: Sequence[ArrayLike], limits: CoverageLimits) -> Shapes:
    """Buffers of short pieces of legs, the same array whatever the order of the legs and however often one is given."""
    columns = [_coordinates(leg) for leg in legs]
    different = sorted({xy.tobytes(): xy for xy in columns if len(xy)}.items())
    sizes = np.array([len(xy) for _, xy in different], dtype=np.int64)
    if not len(sizes):
        return np.zeros(0, dtype=object)
    # A leg of one fix is a line of no length: its buffer is a disc.
    xy = np.concatenate([np.repeat(xy, 2, axis=0) if len(xy) == 1 else xy for _, xy in different])
    lines = shapely.linestrings(xy, indices=np.repeat(np.arange(len(sizes)), np.maximum(sizes, 2)))
    if limits.simplify_m > 0:
        lines = shapely.simplify(lines, limits.simplify_m, preserve_topology=False)
    return shapely.buffer(_cut(lines), limits.view_m, quad_segs=_QUAD_SEGS)


def _coordinates(leg: ArrayLike) -> Floats:
    xy = np.asarray(leg, dtype=np.float64)
    if xy.size == 0:
        return np.zeros((0, 2))
    if xy.ndim != 2 or xy.shape[1] != 2 or not np.isfinite(xy).all():
        raise BadTrack("a leg is an array of x and y in metres, all of them numbers")
    return xy


def _short_pieces(features: Shapes) -> Shapes:
    """Lines cut into short pieces, everything else as it is."""
    parts = shapely.get_parts(features)
    is_line = np.isin(shapely.get_type_id(parts), (1, 2))  # lines and rings
    return np.concatenate([parts[~is_line], _cut(parts[is_line])])


def _cut(lines: Shapes) -> Shapes:
    """Lines cut into pieces of `_STEPS` steps that share their end points."""
    if not len(lines):
        return lines
    xy, line = shapely.get_coordinates(lines, return_index=True)
    sizes = np.bincount(line, minlength=len(lines))
    counts = np.maximum(1, -(-(sizes - 1) // _STEPS))
    mine = np.repeat(np.arange(len(lines)), counts)
    begin = _STEPS * _places_in_runs(counts)
    lengths = np.minimum(_STEPS, sizes[mine] - 1 - begin) + 1
    begin += (np.cumsum(sizes) - sizes)[mine]
    vertices = np.repeat(begin, lengths) + _places_in_runs(lengths)
    return shapely.linestrings(xy[vertices], indices=np.repeat(np.arange(len(lengths)), lengths))


def _places_in_runs(lengths: Ints) -> Ints:
    """0, 1, 2, ... for each run of the given lengths."""
    places: Ints = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return places


def _unite(shapes: Shapes) -> BaseGeometry:
    return shapely.union_all(shapes) if len(shapes) else shapely.Polygon()


def _areal(shapes: Shapes) -> Shapes:
    """Shapes without the points and lines an intersection leaves where borders touch."""
    out = shapes.copy()
    for i in np.flatnonzero(~np.isin(shapely.get_type_id(shapes), (3, 6))):
        parts = shapely.get_parts(shapes[i])
        polygons = parts[shapely.get_dimensions(parts) == 2]
        out[i] = shapely.union_all(polygons) if len(polygons) else shapely.Polygon()
    return out


def _as_array(shapes: Sequence[BaseGeometry]) -> Shapes:
    array = np.empty(len(shapes), dtype=object)
    array[:] = list(shapes)
    return array
