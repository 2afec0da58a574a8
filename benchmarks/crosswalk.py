"""Twenty-four departments over forty-eight grids: the table of pairs, against one noded overlay of everything on the same input."""

from __future__ import annotations

import sys

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.rounds import Bench
from geo.crosswalk import SLIVER_M2, Crosswalk, crosswalk

DEPARTMENTS, GRIDS, HOUSES = 24, 48, 9_079
WIDTH, HEIGHT, VERTEX_M = 8_000.0, 6_000.0, 5.0
DRAWN_M = 3.0  # how far one border drawn by two departments lies apart
SRID = 4547
Layers = dict[str, gpd.GeoDataFrame]


def waved(shape: shapely.Geometry, phase: float, off_m: float) -> shapely.Geometry:
    """Vertices every five metres on borders that wind; the same ground gives the same winding, so that cells still tile."""

    def move(xy: np.ndarray) -> np.ndarray:
        x, y = xy[:, 0], xy[:, 1]
        along = 40 * np.sin(y / 230 + phase) + 9 * np.sin(x / 41 + y / 37)
        across = 40 * np.sin(x / 260 + phase) + 9 * np.cos(y / 43 - x / 39)
        return np.column_stack([x + along + off_m * np.sin(y / 17), y + across + off_m * np.cos(x / 19)])

    return shapely.transform(shapely.segmentize(shape, VERTEX_M), move)


def tiles(columns: int, rows: int, phase: float, off_m: float) -> gpd.GeoDataFrame:
    """A township in ``columns`` x ``rows`` cells."""
    x, y = np.linspace(0, WIDTH, columns + 1), np.linspace(0, HEIGHT, rows + 1)
    boxes = [shapely.box(x[i], y[j], x[i + 1], y[j + 1]) for i in range(columns) for j in range(rows)]
    shapes = [waved(box, phase, off_m) for box in boxes]
    return gpd.GeoDataFrame({"code": [f"{i:03d}" for i in range(len(shapes))]}, geometry=shapes, crs=SRID)


def make() -> tuple[Layers, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Half the departments follow the grids' own borders a little off, half have cells of their own."""
    grids = tiles(8, 6, 0.0, 0.0)
    layers: Layers = {}
    for number in range(DEPARTMENTS):
        follows = number % 2 == 0
        columns, rows = (8, 6) if follows else (6, 5)
        if number in (1, 3, 5):
            columns = 7  # 12 x 48 + 9 x 30 + 3 x 35 = 951 cells
        layers[f"department {number:02d}"] = tiles(
            columns, rows, 0.0 if follows else 0.3 * number, DRAWN_M * (number % 4) / 4 if follows else DRAWN_M
        )
    random = np.random.default_rng(3)
    points = shapely.points(random.uniform(100, WIDTH - 100, HOUSES), random.uniform(100, HEIGHT - 100, HOUSES))
    buildings = gpd.GeoDataFrame(
        {"households": random.integers(0, 6, HOUSES)}, geometry=shapely.buffer(points, 5, cap_style="square"), crs=SRID
    )
    return layers, grids, buildings


def overlaid(layers: Layers, grids: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """What one would write without us: grids cut by every department in turn, households joined by their points."""
    pieces = grids.rename(columns={"code": "grid"})
    for name, cells in layers.items():
        pieces = gpd.overlay(pieces, cells.rename(columns={"code": name}), how="identity", keep_geom_type=True)
    points = buildings.set_geometry(buildings.representative_point())
    points.sjoin(pieces[["grid", "geometry"]], how="left", predicate="within")
    return pieces


def pairwise(layers: Layers, grids: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> list[gpd.GeoDataFrame]:
    """The kinder way: one overlay for each department."""
    points = buildings.set_geometry(buildings.representative_point())
    made = []
    for cells in layers.values():
        pieces = gpd.overlay(grids.rename(columns={"code": "grid"}), cells, how="union", keep_geom_type=True)
        points.sjoin(pieces, how="left", predicate="within")
        made.append(pieces)
    return made


def slivers(found: Crosswalk) -> int:
    """Pairs of a cell and a grid that are nothing but two drawings of one border."""
    pairs = found.rows[found.rows["role"] != "rest"]
    return int(((pairs["area_m2"] < SLIVER_M2) & (pairs["households"] == 0)).sum())


def main() -> int:
    bench = Bench("crosswalk", "layers/s")
    layers, grids, buildings = make()
    found = crosswalk(layers, grids, buildings)
    each = pairwise(layers, grids, buildings)
    counted = int(buildings["households"].sum())

    def ours() -> float:
        crosswalk(layers, grids, buildings)
        return DEPARTMENTS

    def theirs() -> float:
        pairwise(layers, grids, buildings)
        return DEPARTMENTS

    def noded() -> float:
        overlaid(layers, grids, buildings)
        return DEPARTMENTS

    bench.run({"crosswalk": ours, "geopandas overlay, a department at a time": theirs}, warm_up=False)
    bench.run({"geopandas overlay, everything noded": noded}, rounds=1, warm_up=False)
    cells = sum(len(layer) for layer in layers.values())
    corners = int(sum(shapely.get_num_coordinates(layer.geometry.values).sum() for layer in layers.values()))
    bench.limit("seconds for 24 departments", DEPARTMENTS / bench.rates["crosswalk"], at_most=10.0)
    bench.goal("x noded overlay", bench.ratio("crosswalk", "geopandas overlay, everything noded"), at_least=1.0)
    bench.goal(
        "x overlay a department at a time", bench.ratio("crosswalk", "geopandas overlay, a department at a time"), at_least=1.0
    )
    bench.limit("sliver rows", slivers(found), at_most=0)
    sums = found.rows.groupby("department")["households"].sum()
    bench.limit("departments whose households do not add up", int((sums != counted).sum()), at_most=0)
    thin = sum(int((pieces.area < SLIVER_M2).sum()) for pieces in each)
    bench.note(f"{cells} cells, {corners:,} vertices, {GRIDS} grids, {HOUSES:,} buildings, {len(found.rows):,} rows")
    bench.note(f"overlay a department at a time: {sum(map(len, each)):,} pieces, {thin:,} of them under {SLIVER_M2:g} m2")
    return bench.report()


if __name__ == "__main__":
    sys.exit(main())
