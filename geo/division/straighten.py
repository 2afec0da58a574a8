"""Straighten borders across open land: a border should be a line a person can walk, not a row of cell edges.

Only stretches off barriers change, and only where no house changes sides, no house is entered and no other border is met.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon

from geo.division.inputs import Inputs, Shapes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Corner = tuple[int, int]

#: No border moves further than this.
_FURTHEST_M = 60.0
#: A straightened border keeps this distance from houses; where the old one was closer it stays.
_CLEARANCE_M = 1.0
#: Other borders may be met this close to the ends; on the village border the lattice is off by up to 1 mm.
_TIP_M = 0.005


def straighten(inputs: Inputs, ends: Ints, on_barrier: NDArray[np.bool_], rim: set[Corner]) -> Ints:
    """Inner borders with their stretches across open land straightened.

    Parameters
    ----------
    inputs
        The village with its houses and barriers.
    ends
        Segments of inner borders, end points in whole millimetres, (n, 4).
    on_barrier
        Which segments lie on a barrier; they stay.
    rim
        Corners on the village border.

    Returns
    -------
    ndarray
        Segments of the same borders; every corner was one before.
    """
    chains = [np.array(chain) / 1000.0 for chain in open_chains(ends, on_barrier, rim)]
    lines = [LineString(chain) for chain in chains]
    fixed = shapely.linestrings((ends[on_barrier] / 1000.0).reshape(-1, 2, 2))
    land = _Land.of(inputs, lines, fixed)
    for number, line in enumerate(lines):
        if len(line.coords) > 2:
            land.own = number
            straight = LineString(_straightened(shapely.get_coordinates(line), land))
            if straight.is_simple and land.is_empty_between(line, straight):
                land.borders[number] = lines[number] = straight
    corners = [np.rint(shapely.get_coordinates(line) * 1000.0).astype(np.int64) for line in lines]
    return np.vstack([ends[on_barrier], *(np.hstack([chain[:-1], chain[1:]]) for chain in corners)])


def open_chains(ends: Ints, on_barrier: NDArray[np.bool_], rim: set[Corner]) -> list[list[Corner]]:
    """Stretches of border off barriers between places where borders meet, the village ends or a barrier begins; ordered."""
    degree: dict[Corner, int] = defaultdict(int)
    beside: dict[Corner, list[Corner]] = defaultdict(list)
    for (x, y, u, v), is_fixed in zip(ends.tolist(), on_barrier.tolist(), strict=True):
        for here, there in (((x, y), (u, v)), ((u, v), (x, y))):
            degree[here] += 1
            if not is_fixed:
                beside[here].append(there)
    stops = {corner for corner, others in beside.items() if degree[corner] != 2 or len(others) != 2 or corner in rim}
    chains, walked = [], set()
    # A ring without a stop is cut at its first corner.
    for start in [*sorted(stops), *sorted(set(beside) - stops)]:
        for step in sorted(beside[start]):
            if (start, step) in walked:
                continue
            chain = [start, step]
            while chain[-1] not in stops and chain[-1] != start:
                chain.append(next(corner for corner in beside[chain[-1]] if corner != chain[-2]))
            walked |= set(zip(chain, chain[1:], strict=False)) | set(zip(chain[1:], chain, strict=False))
            chains.append(chain)
    return chains


@dataclass(slots=True)
class _Land:
    """What a border may not sweep over: houses with their clearance, their inner points, other borders, barriers."""

    houses: shapely.STRtree
    points: shapely.STRtree
    barriers: shapely.STRtree
    #: Found by where they ran at first; a straightened border does not leave the box it had.
    around: shapely.STRtree
    #: The same as they run now; ``own`` is the position of the one being straightened.
    borders: Shapes
    own: int = -1

    @classmethod
    def of(cls, inputs: Inputs, lines: list[LineString], fixed: Shapes) -> _Land:
        borders = np.array([*lines, *fixed, *_sides(inputs.village)], dtype=object)
        houses = inputs.wholes[shapely.get_dimensions(inputs.wholes) == 2]
        return cls(
            houses=shapely.STRtree(houses),
            points=shapely.STRtree(np.concatenate([inputs.points, shapely.point_on_surface(inputs.parcels)])),
            barriers=shapely.STRtree(inputs.barriers),
            around=shapely.STRtree(borders),
            borders=borders.copy(),
        )

    def is_clear(self, line: LineString, straight: LineString) -> bool:
        """Whether a stretch may be drawn straight: it keeps off houses and crosses no more barriers."""
        if len(self.houses.query(straight, predicate="dwithin", distance=_CLEARANCE_M)):
            return False
        return self._crossings(straight) <= self._crossings(line) and self.is_empty_between(line, straight)

    def _crossings(self, line: LineString) -> int:
        met = self.barriers.geometries[self.barriers.query(line, predicate="intersects")]
        return int(shapely.get_num_geometries(shapely.intersection(line, met)).sum()) if len(met) else 0

    def is_empty_between(self, line: LineString, straight: LineString) -> bool:
        """Whether what lies between an old and a new border is land without houses and without other borders."""
        between = shapely.polygonize(shapely.get_parts(shapely.union(line, straight)))
        if len(self.points.query(between, predicate="intersects")):
            return False
        swept = shapely.union_all([*shapely.get_parts(between), straight])
        near = self.around.query(swept)
        hits = self.borders[near[near != self.own]]
        tips = shapely.buffer(shapely.MultiPoint([line.coords[0], line.coords[-1]]), _TIP_M)
        return bool(shapely.covers(tips, shapely.intersection(hits, swept)).all())


def _sides(village: Polygon | MultiPolygon) -> Shapes:
    """Single segments of the village border."""
    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(village)), return_index=True)
    same = ring[1:] == ring[:-1]
    return shapely.linestrings(np.stack([xy[:-1][same], xy[1:][same]], axis=1))


def _straightened(chain: Floats, land: _Land) -> Floats:
    """Corners of a chain with those left out that can be: its chord if the land is clear, else both halves alike."""
    if len(chain) < 3:
        return chain
    off_m = _distances_m(chain)
    if off_m.max() <= _FURTHEST_M and land.is_clear(LineString(chain), LineString(chain[[0, -1]])):
        return chain[[0, -1]]
    middle = 1 + int(np.argmax(np.round(off_m[1:-1], 6)))
    return np.vstack([_straightened(chain[: middle + 1], land)[:-1], _straightened(chain[middle:], land)])


def _distances_m(chain: Floats) -> Floats:
    """Distance of every corner from the chord, or from the first corner where the chain comes back to it."""
    chord = chain[-1] - chain[0]
    offset = chain - chain[0]
    length = float(np.hypot(*chord))
    off: Floats = np.hypot(*offset.T) if length == 0.0 else np.abs(offset[:, 0] * chord[1] - offset[:, 1] * chord[0]) / length
    return off
