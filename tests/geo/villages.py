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
