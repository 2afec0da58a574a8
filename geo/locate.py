"""Which grid a position lies in, and when a track was in which grid.

Degrees or metres, as long as polygons and positions agree. A position on a shared edge belongs to the grid with the lowest
code, so the answer never depends on the order of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import GeoError
from geo.limits import TrackLimits
from geo.tracks import breaks

Index = NDArray[np.int32]
Floats = NDArray[np.float64]

#: Positions looked up together: short enough to lie in one or two grids, long enough to be worth a box.
PIECE = 48
#: A box that touches more grids than this was blown up by an outlier.
MANY = 32

#: Index of a position that lies in no grid.
NOWHERE = -1


class GridIndex:
    """Grids that can be asked where positions lie.

    Parameters
    ----------
    codes
        One code for each polygon, all different, any order.
    polygons
        Polygons or multipolygons, valid.

    Examples
    --------
    >>> index = GridIndex(["b", "a"], [shapely.box(1, 0, 2, 1), shapely.box(0, 0, 1, 1)])
    >>> index.codes_at([0.5, 1.0, 1.5, 9.0], [0.5, 0.5, 0.5, 0.5])
    ['a', 'a', 'b', None]
    """

    def __init__(self, codes: Sequence[str], polygons: Sequence[BaseGeometry]) -> None:
        if len(codes) != len(polygons) or len(set(codes)) != len(codes):
            raise GeoError(f"{len(set(codes))} different codes for {len(polygons)} polygons")
        order = sorted(range(len(codes)), key=codes.__getitem__)
        self.codes: list[str] = [codes[i] for i in order]
        self.polygons = np.array([polygons[i] for i in order], dtype=object)
        shapely.prepare(self.polygons)
        self._tree = shapely.STRtree(self.polygons)

    def __len__(self) -> int:
        return len(self.codes)

    def locate(self, x: ArrayLike, y: ArrayLike) -> Index:
        """Index into `codes` for each position, `NOWHERE` for those in no grid or without a number.

        Parameters
        ----------
        x, y
            Longitudes and latitudes (or metres) of one length, best in the order they were walked: pieces of it that lie
            close together are looked up together.
        """
        east, north = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        found = np.full(len(east), NOWHERE, dtype=np.int32)
        known = np.flatnonzero(np.isfinite(east) & np.isfinite(north))
        if len(known) and len(self):
            found[known] = self._locate(east[known], north[known])
        return found

    def near(self, shapes: Sequence[BaseGeometry], distance: float) -> Index:
        """Indices into `codes`, rising, of the grids within a distance of any of the shapes.

        >>> GridIndex(["a", "b"], [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]).near([shapely.Point(0.5, 0.5)], 0.6).tolist()
        [0, 1]
        """
        if not len(shapes) or not len(self):
            return np.zeros(0, dtype=np.int32)
        found: Index = np.unique(self._tree.query(list(shapes), predicate="dwithin", distance=distance)[1]).astype(np.int32)
        return found

    def _locate(self, east: Floats, north: Floats) -> Index:
        starts = np.arange(0, len(east), PIECE)
        lengths = np.minimum(PIECE, len(east) - starts)
        ends = [extreme.reduceat(axis, starts) for extreme in (np.minimum, np.maximum) for axis in (east, north)]
        boxes = shapely.box(*ends)
        piece, grid = self._tree.query(boxes, predicate="intersects")
        choices = np.bincount(piece, minlength=len(starts))
        alone = np.flatnonzero(choices[piece] == 1)
        whole = alone[shapely.covers(self.polygons[grid[alone]], boxes[piece[alone]])]
        settled = np.full(len(starts), NOWHERE, dtype=np.int32)
        settled[piece[whole]] = grid[whole]
        found = np.repeat(settled, lengths)
        wild = choices > MANY  # an outlier has blown up the box: ask for each position
        for outlier in np.flatnonzero(wild):
            part = slice(starts[outlier], starts[outlier] + lengths[outlier])
            found[part] = self._one_by_one(east[part], north[part])
        open_ = (settled[piece] == NOWHERE) & ~wild[piece]
        order = np.lexsort((grid[open_], piece[open_]))
        piece, grid = piece[open_][order], grid[open_][order]
        turn = np.arange(len(piece)) - np.searchsorted(piece, piece)
        for number in range(int(turn.max(initial=-1)) + 1):  # each piece's lowest code first, then its next
            now = turn == number
            count = lengths[piece[now]]
            position = np.repeat(starts[piece[now]] - np.r_[0, np.cumsum(count)[:-1]], count) + np.arange(count.sum())
            asked = np.repeat(grid[now], count)
            todo = found[position] == NOWHERE
            position, asked = position[todo], asked[todo]
            hit = shapely.intersects_xy(self.polygons[asked], east[position], north[position])
            found[position[hit]] = asked[hit]
        return found

    def _one_by_one(self, east: Floats, north: Floats) -> Index:
        found = np.full(len(east), NOWHERE, dtype=np.int32)
        points, grids = self._tree.query(shapely.points(east, north), predicate="intersects")
        order = np.lexsort((grids, points))
        which, first = np.unique(points[order], return_index=True)
        found[which] = grids[order][first]
        return found

    def codes_at(self, x: ArrayLike, y: ArrayLike) -> list[str | None]:
        """Code for each position, None for those in no grid."""
        return [None if grid == NOWHERE else self.codes[grid] for grid in self.locate(x, y)]


class Visits(NamedTuple):
    """Stays in grids, in order of time; arrays of one length.

    ``grid`` indexes the codes of the `GridIndex`; ``entry_ms`` and ``exit_ms`` are the first and the last fix seen in it,
    epoch milliseconds, not interpolated (`geo.reach.stays_at` is, for key places); ``n`` counts the fixes.
    """

    grid: Index
    entry_ms: NDArray[np.int64]
    exit_ms: NDArray[np.int64]
    n: NDArray[np.int64]


def visits(
    time_ms: ArrayLike, grid: ArrayLike, *, starts: ArrayLike | None = None, limits: TrackLimits | None = None
) -> Visits:
    """Stays of one track in grids: runs of fixes in one grid without a gap.

    Parameters
    ----------
    time_ms
        Epoch milliseconds in rising order.
    grid
        What `GridIndex.locate` answered for the same fixes.
    starts
        Which fixes begin a new leg, from `geo.tracks.breaks`; None: gaps longer than ``limits.gap_s`` are cut.
    limits
        The county's, or the defaults; unused if ``starts`` is given.

    Returns
    -------
    Visits
        Empty if no fix lies in a grid. Never a stay across a gap.

    Examples
    --------
    >>> stays = visits([0, 1000, 2000, 500_000, 501_000], [4, 4, -1, 4, 4])
    >>> stays.grid.tolist(), stays.entry_ms.tolist(), stays.exit_ms.tolist(), stays.n.tolist()
    ([4, 4], [0, 500000], [1000, 501000], [2, 2])
    """
    when, where = np.asarray(time_ms, dtype=np.int64), np.asarray(grid, dtype=np.int32)
    if not len(when):
        nothing = np.zeros(0, dtype=np.int64)
        return Visits(where, nothing, nothing, nothing)
    begins = breaks(when, limits=limits) if starts is None else np.asarray(starts, dtype=np.bool_)
    begins_stay = np.ones(len(when) + 1, dtype=np.bool_)
    begins_stay[1:-1] = begins[1:] | (where[1:] != where[:-1])
    edges = np.flatnonzero(begins_stay)
    first, last = edges[:-1], edges[1:] - 1
    inside = where[first] != NOWHERE
    first, last = first[inside], last[inside]
    return Visits(where[first], when[first], when[last], last - first + 1)
