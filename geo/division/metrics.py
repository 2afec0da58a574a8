"""What a division is worth, measured from its polygons alone: nothing here trusts how they were made. Metres."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geo.division.arrangement import nearest_first
from geo.division.inputs import Inputs, Shapes

#: A border this close to a barrier runs on it.
_ON_BARRIER_M = 2.0
#: A house is cut if a second grid holds more than both of these.
_CUT_SHARE, _CUT_M2 = 0.01, 0.5


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures of one division, in the order of its grids where there is one for each.

    ``gap_m2`` and ``overlap_m2`` are 0 for a tiling, ``parts`` is 1 for every grid without an exclave, ``cut_buildings`` is 0.
    ``max_mean`` (heaviest load over mean load) and ``cv`` (standard deviation over mean) tell how even ``loads`` are.
    ``polsby_popper`` and ``hull`` (area over area of the convex hull) are means over grids, 1 for a disc.
    ``on_barrier`` is the share of inner border within 2 m of a barrier, None if there is no inner border.
    """

    gap_m2: float
    overlap_m2: float
    parts: tuple[int, ...]
    cut_buildings: int
    max_mean: float
    cv: float
    polsby_popper: float
    hull: float
    on_barrier: float | None
    loads: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return asdict(self) | {"parts": list(self.parts), "loads": list(self.loads)}


def measure(grids: Shapes, inputs: Inputs) -> Metrics:
    """Metrics of grid polygons against the layers of their village."""
    loads = sums_by_grid(grids, inputs, inputs.workload) if inputs.has_weights else shapely.area(grids)
    mean = float(loads.mean())
    areas, around = shapely.area(grids), shapely.length(grids)
    return Metrics(
        gap_m2=round(float(inputs.village.difference(shapely.union_all(grids)).area), 6),
        overlap_m2=round(_overlap_m2(grids), 6),
        parts=tuple(int(n) for n in shapely.get_num_geometries(grids)),
        cut_buildings=len(cut_buildings(grids, inputs.buildings)),
        max_mean=round(float(loads.max()) / mean, 6) if mean else 1.0,
        cv=round(float(loads.std()) / mean, 6) if mean else 0.0,
        polsby_popper=round(float((4.0 * np.pi * areas / around**2).mean()), 6),
        hull=round(float((areas / shapely.area(shapely.convex_hull(grids))).mean()), 6),
        on_barrier=_on_barrier(grids, inputs),
        loads=tuple(round(float(load), 6) for load in loads),
    )


def sums_by_grid(grids: Shapes, inputs: Inputs, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of a column of buildings for each grid; each building counts once, where its inner point is (lowest on edges)."""
    if not len(values):
        return np.zeros(len(grids))
    return np.bincount(grid_of_houses(grids, inputs), values, minlength=len(grids)).astype(np.float64)


def grid_of_houses(grids: Shapes, inputs: Inputs) -> NDArray[np.int64]:
    """Position of the grid of every building."""
    return nearest_first(grids, inputs.points)


def cut_buildings(grids: Shapes, buildings: Shapes) -> NDArray[np.int64]:
    """Positions of buildings with more than 1 % and 0.5 m2 of their ground plan in a second grid."""
    pairs = shapely.STRtree(grids).query(buildings, predicate="intersects")
    building, grid = pairs[:, np.bincount(pairs[0], minlength=len(buildings))[pairs[0]] > 1]
    shared = shapely.area(shapely.intersection(buildings[building], grids[grid]))
    largest = np.zeros(len(buildings))
    np.maximum.at(largest, building, shared)
    elsewhere = np.bincount(building, shared, minlength=len(buildings)) - largest
    return np.flatnonzero((elsewhere > _CUT_M2) & (elsewhere > _CUT_SHARE * shapely.area(buildings)))


def inner_border(grids: Shapes, village: Polygon | MultiPolygon) -> shapely.Geometry:
    """Lines between grids, without the village border."""
    rings = shapely.union_all(shapely.boundary(grids))
    return shapely.difference(rings, shapely.buffer(village.boundary, 0.01))


def _overlap_m2(grids: Shapes) -> float:
    first, second = shapely.STRtree(grids).query(grids, predicate="intersects")
    pair = first < second
    return float(shapely.area(shapely.intersection(grids[first[pair]], grids[second[pair]])).sum())


def _on_barrier(grids: Shapes, inputs: Inputs) -> float | None:
    border = inner_border(grids, inputs.village)
    if border.length < 0.1:
        return None
    if not len(inputs.barriers):
        return 0.0
    beside = shapely.STRtree(inputs.barriers).query(shapely.get_parts(border), predicate="dwithin", distance=_ON_BARRIER_M)[1]
    near = shapely.union_all(shapely.buffer(inputs.barriers[np.unique(beside)], _ON_BARRIER_M))
    return round(float(shapely.intersection(border, near).length / border.length), 6)
