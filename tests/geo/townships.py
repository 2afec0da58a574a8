"""Made-up townships in metres: villages that fill a round piece of land, with crooked common borders and a few roads."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from tests.geo.villages import barriers_of, buildings_of

ORIGIN = (500_000.0, 3_000_000.0)


class Township(NamedTuple):
    villages: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame
    outline: shapely.Polygon


def villages_of(shapes, codes=None) -> gpd.GeoDataFrame:
    codes = codes or [f"360829102{number:03d}" for number in range(200, 200 + len(shapes))]
    return gpd.GeoDataFrame({"code": codes}, geometry=list(shapes), crs=4547)


def make_township(seed: int = 1, *, villages: int = 6, size_m: float = 1500.0, roads: int = 3) -> Township:
    """Villages with common borders equal corner by corner; the same for the same seed."""
    random = np.random.default_rng(seed)
    outline = shapely.Point(ORIGIN).buffer(size_m / 2, quad_segs=8)
    sites = np.array(ORIGIN) + random.uniform(-0.4, 0.4, (villages, 2)) * size_m
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(sites), extend_to=outline))
    cells = [cell for cell in shapely.set_precision(shapely.intersection(cells, outline), 0.001) if cell.area > 100]
    crooked = shapely.transform(shapely.segmentize(shapely.coverage_clean(cells), 40.0), _bend)
    shapes = shapely.set_precision(crooked, 0.001)
    along = np.linspace(-0.6, 0.6, 20)[:, None] * size_m
    lines = []
    for _ in range(roads):
        turn, offset = random.uniform(0, np.pi), random.uniform(-0.3, 0.3, 2) * size_m
        wave = 20 * np.sin(along / 150) * np.array([[-np.sin(turn), np.cos(turn)]])
        lines.append(shapely.LineString(ORIGIN + offset + along * np.array([[np.cos(turn), np.sin(turn)]]) + wave))
    return Township(villages_of(shapes), barriers_of(lines, [0.8] * len(lines)), shapely.union_all(shapes))


def houses_in(villages: gpd.GeoDataFrame, seed: int = 1, *, each: int = 40) -> gpd.GeoDataFrame:
    """About so many houses of 1 to 6 households in every village, 20 m apart from each other and from borders."""
    random = np.random.default_rng(seed)
    shapes = []
    for village in villages.geometry:
        west, south, east, north = village.bounds
        spots = np.unique(np.floor(random.uniform((west, south), (east, north), (each * 3, 2)) / 20.0) * 20.0, axis=0)
        ground = village.buffer(-12)
        inside = [shapely.box(x, y, x + 9, y + 8) for x, y in random.permutation(spots) if shapely.contains_xy(ground, x, y)]
        shapes += [house for house in inside[:each] if village.covers(house)]
    return buildings_of(shapes, random.integers(1, 7, len(shapes)))


def _bend(xy):
    x, y = (xy - ORIGIN).T
    return xy + np.column_stack([7 * np.sin(x / 37 + y / 53), 7 * np.cos(x / 41 - y / 47)])
