"""Made-up villages in metres: an outline, hamlets along lanes, roads and a stream. The same for the same seed."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon


class Village(NamedTuple):
    boundary: Polygon | MultiPolygon
    buildings: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame


def buildings_of(shapes, households) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"households": np.asarray(households, dtype=float)}, geometry=list(shapes), crs=4547)


def barriers_of(lines, strengths) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"strength": np.asarray(strengths, dtype=float)}, geometry=list(lines), crs=4547)


def make_village(seed: int = 1, *, houses: int = 200, size_m: float = 1500.0, roads: int = 3, origin=(500_000.0, 3_000_000.0)):
    """About ``houses`` houses of 1 to 6 households; at most one in fifty stands on a road."""
    random = np.random.default_rng(seed)
    boundary = _outline(random, size_m, origin)
    lines, strengths = _roads(random, size_m, origin, roads)
    sites = _sites(random, lines, boundary, houses, size_m, origin)
    shapes = [_house(random, x, y) for x, y in sites]
    inside = [shape for shape in shapes if boundary.covers(shape)]
    return Village(boundary, buildings_of(inside, random.integers(1, 7, len(inside))), barriers_of(lines, strengths))


def _outline(random, size_m, origin) -> Polygon:
    corners = 40
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    wave = 1 + 0.15 * np.sin(3 * angle + random.uniform(0, 6)) + 0.08 * np.sin(7 * angle + random.uniform(0, 6))
    radius = size_m / 2 * wave
    return Polygon(np.column_stack([origin[0] + radius * np.cos(angle), origin[1] + radius * np.sin(angle)]))


def _roads(random, size_m, origin, count):
    lines, strengths = [], []
    for number in range(count):
        along = np.linspace(-0.7, 0.7, 30) * size_m
        across = 60 * np.sin(along / 200 + random.uniform(0, 6)) + random.uniform(-0.3, 0.3) * size_m
        turn = random.uniform(0, np.pi)
        x = origin[0] + along * np.cos(turn) - across * np.sin(turn)
        y = origin[1] + along * np.sin(turn) + across * np.cos(turn)
        lines.append(LineString(np.column_stack([x, y])))
        strengths.append((1.0, 0.8, 0.6)[number % 3])
    return lines, strengths


def _sites(random, lines, boundary, count, size_m, origin):
    sites = []
    hamlets = origin + random.uniform(-0.35, 0.35, (max(3, count // 40), 2)) * size_m
    along_roads = shapely.union_all(lines) if lines else boundary
    for _ in range(count * 20):
        if len(sites) >= count:
            break
        hamlet = hamlets[random.integers(len(hamlets))] + random.normal(0, 0.05 * size_m, 2)
        if not shapely.contains_xy(boundary.buffer(-20), *hamlet):
            continue
        near_road = lines and along_roads.distance(shapely.Point(hamlet)) < 9 and random.random() > 0.1
        if near_road or any((hamlet[0] - x) ** 2 + (hamlet[1] - y) ** 2 < 17**2 for x, y in sites):
            continue
        sites.append(tuple(hamlet))
    return sites


def _house(random, x, y) -> Polygon:
    width, depth, turn = random.uniform(8, 13), random.uniform(7, 10), random.uniform(0, np.pi)
    return shapely.affinity.rotate(shapely.box(x - width / 2, y - depth / 2, x + width / 2, y + depth / 2), np.degrees(turn))


class _Land(NamedTuple):
    """Lines of a made-up village and how strong they are as barriers."""

    lines: list[LineString]
    strengths: list[float]

    def add(self, xy: np.ndarray, strength: float) -> None:
        self.lines.append(LineString(xy))
        self.strengths.append(strength)


def rural_village(seed: int = 1, houses: int = 800, origin=(500_000.0, 3_000_000.0)) -> Village:
    """Hamlets along lanes that branch off winding roads, a river, fields; one house in fifty stands on a road."""
    random = np.random.default_rng(seed)
    size_m = 62.0 * np.sqrt(houses) + 300.0
    boundary = _outline(random, size_m, origin)
    land = _Land([], [])
    along = np.linspace(-0.7, 0.7, 60) * size_m
    for number in range(2 + houses // 500):
        swing = random.uniform(0.02, 0.06) * size_m * np.sin(along / size_m * random.uniform(6, 14) + random.uniform(0, 6))
        across = swing + random.uniform(-0.35, 0.35) * size_m
        land.add(_turned(along, across, random.uniform(0, np.pi), origin), (1.0, 1.0, 0.8, 0.8)[number % 4])
    hamlets = origin + random.uniform(-0.42, 0.42, (max(4, houses // 45), 2)) * size_m
    for place in hamlets:
        for _ in range(random.integers(1, 4)):
            reach = np.linspace(-1, 1, 12) * random.uniform(60, 220)
            bend = random.uniform(4, 15) * np.sin(reach / 60 + random.uniform(0, 6))
            land.add(_turned(reach, bend, random.uniform(0, np.pi), place), (0.8, 0.6, 0.5)[random.integers(3)])
    around = hamlets[random.integers(len(hamlets), size=6 * houses)] + random.normal(0, 70, (6 * houses, 2))
    lonely = origin + random.uniform(-0.5, 0.5, (houses // 4, 2)) * size_m
    sites = np.vstack([around, lonely])[random.permutation(6 * houses + houses // 4)]
    return _settled(random, boundary, land, sites, houses, random.integers(1, 4, houses))


def urban_village(seed: int = 1, houses: int = 800, origin=(500_000.0, 3_000_000.0)) -> Village:
    """Irregular blocks between streets, every fourth street a main road, some streets missing, a few blocks of flats."""
    random = np.random.default_rng(seed)
    size_m = 24.0 * np.sqrt(houses) + 120.0
    boundary = _outline(random, size_m, origin)
    streets = int(size_m * 1.3 / 105.0) + 2
    row, column = np.mgrid[0:streets, 0:streets]
    corner = (np.stack([column, row], axis=2) - (streets - 1) / 2) * 105.0 + random.uniform(-28, 28, (streets, streets, 2))
    turn = random.uniform(0, np.pi)
    corner = _turned(corner[..., 0], corner[..., 1], turn, origin)
    land = _Land([], [])
    for number in range(streets):
        for line in (corner[number], corner[:, number]):
            kept = np.ones(streets - 1, dtype=bool) if number % 4 == 0 else random.random(streets - 1) > 0.15
            for step in np.flatnonzero(kept):
                land.add(line[step : step + 2], 1.0 if number % 4 == 0 else 0.8)
    sites = origin + random.uniform(-0.6, 0.6, (12 * houses, 2)) * size_m
    households = np.where(random.random(houses) < 0.03, 24, random.integers(1, 6, houses))
    return _settled(random, boundary, land, sites, houses, households)


def _turned(along, across, turn, origin) -> np.ndarray:
    x = along * np.cos(turn) - across * np.sin(turn)
    y = along * np.sin(turn) + across * np.cos(turn)
    return np.stack([origin[0] + x, origin[1] + y], axis=-1)


def _settled(random, boundary, land: _Land, sites, houses: int, households) -> Village:
    """Houses at the first sites that keep 17 m apart and, nearly all, off the lines."""
    inner = boundary.buffer(-10)
    shapely.prepare(inner)
    sites = sites[shapely.contains_xy(inner, sites[:, 0], sites[:, 1])]
    lines = shapely.STRtree(land.lines)
    near = np.unique(lines.query(shapely.points(sites), predicate="dwithin", distance=9)[0])
    on_road = np.zeros(len(sites), dtype=bool)
    on_road[near] = random.random(len(near)) > 0.02
    sites = sites[~on_road]
    first, second = shapely.STRtree(shapely.points(sites)).query(shapely.points(sites), predicate="dwithin", distance=17)
    blocked = np.zeros(len(sites), dtype=bool)
    for here, there in sorted(zip(first.tolist(), second.tolist(), strict=True)):
        if here < there and not blocked[here]:
            blocked[there] = True
    sites = sites[~blocked][:houses]
    shapes = [_house(random, x, y) for x, y in sites]
    return Village(boundary, buildings_of(shapes, households[: len(shapes)]), barriers_of(land.lines, land.strengths))
