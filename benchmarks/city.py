"""A made-up city: grids that tile a square with shared, ragged edges, and walks across it. The same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WEST, SOUTH = 114.2, 27.2
#: Metres of a degree at that place, good enough for a city that does not exist.
LON_M, LAT_M = 98_900.0, 110_800.0


@dataclass(frozen=True)
class Walks:
    """Fixes of many people: arrays of shape (people, fixes), metres of the city and epoch milliseconds."""

    x: Floats
    y: Floats
    time_ms: NDArray[np.int64]


@lru_cache(maxsize=4)
def grids(count: int, side_m: float, *, seed: int = 1) -> tuple[Any, ...]:
    """About ``count`` polygons in metres that tile the square exactly; roughly 75 vertices each."""
    rng = np.random.default_rng(seed)
    across = int(np.ceil(np.sqrt(count)))
    step = side_m / across
    places = (np.stack(np.meshgrid(np.arange(across), np.arange(across)), -1).reshape(-1, 2) + 0.5) * step
    places = places + rng.uniform(-0.35, 0.35, places.shape) * step
    box = shapely.box(0, 0, side_m, side_m)
    edges = shapely.voronoi_polygons(shapely.multipoints(places), extend_to=box, only_edges=True)
    inner = shapely.get_parts(shapely.intersection(edges, box))
    inner = shapely.get_parts(shapely.union_all(inner))
    ragged = shapely.union_all([_ragged(shapely.get_coordinates(line), seed) for line in inner])
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all([ragged, box.boundary]))))
    pieces = pieces[shapely.area(pieces) > step * step * 0.02]
    centres = shapely.get_coordinates(shapely.centroid(pieces))
    return tuple(pieces[np.lexsort((centres[:, 0], -centres[:, 1]))])


def _ragged(line: Floats, seed: int, *, depth: int = 4, amplitude: float = 0.09) -> Any:
    """Displaced midpoints, by a generator seeded from the line itself: the same from both sides."""
    rng = np.random.default_rng([seed, *np.abs(np.rint(line.ravel() * 8)).astype(np.int64).tolist()])
    for _ in range(depth):
        across = np.diff(line, axis=0)
        normal = np.column_stack([-across[:, 1], across[:, 0]])
        middle = (line[:-1] + line[1:]) / 2 + normal * rng.uniform(-amplitude, amplitude, (len(across), 1))
        both = np.empty((len(line) + len(middle), 2))
        both[0::2], both[1::2] = line, middle
        line = both
    return shapely.linestrings(line)


def walks(
    people: int, fixes: int, side_m: float, *, every_s: int = 8, seed: int = 2, start_ms: int = 1_760_000_000_000
) -> Walks:
    """People who walk (1.3 m/s) or ride (4 m/s), stand still now and then, seen with correlated noise of a few metres."""
    rng = np.random.default_rng(seed)
    speed = np.where(rng.random((people, 1)) < 0.7, 1.3, 4.0) * every_s
    turn = np.cumsum(rng.normal(0, 0.18, (people, fixes)), axis=1) + rng.uniform(0, 2 * np.pi, (people, 1))
    going = np.repeat(rng.random((people, fixes // 40 + 1)) < 0.8, 40, axis=1)[:, :fixes]
    home = rng.uniform(0.15, 0.85, (people, 2)) * side_m
    noise = _correlated(rng.normal(0, 2.0, (2, people, fixes)))
    x = home[:, :1] + np.cumsum(np.cos(turn) * speed * going, axis=1) + noise[0]
    y = home[:, 1:] + np.cumsum(np.sin(turn) * speed * going, axis=1) + noise[1]
    when = start_ms + np.arange(fixes, dtype=np.int64) * every_s * 1000
    return Walks(_folded(x, side_m), _folded(y, side_m), np.broadcast_to(when, (people, fixes)))


def degrees(x: Any, y: Any) -> tuple[Any, Any]:
    return WEST + np.asarray(x) / LON_M, SOUTH + np.asarray(y) / LAT_M


def in_degrees(shapes: Any) -> Any:
    return shapely.transform(np.asarray(shapes, dtype=object), lambda xy: np.column_stack(degrees(xy[:, 0], xy[:, 1])))


def _correlated(steps: Floats, *, memory: float = 0.9) -> Floats:
    out = np.empty_like(steps)
    out[..., 0] = steps[..., 0]
    for i in range(1, steps.shape[-1]):
        out[..., i] = memory * out[..., i - 1] + np.sqrt(1 - memory * memory) * steps[..., i]
    return out


def _folded(values: Floats, side_m: float) -> Floats:
    """Walls at the city's edge: who would leave turns back."""
    phase = np.mod(values, 2 * side_m)
    return np.where(phase > side_m, 2 * side_m - phase, phase)
