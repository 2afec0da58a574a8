"""B5: which grid a fix lies in. Ours in process, against PostGIS, geopandas, DuckDB and SedonaDB; the limit is one array look-up a fix."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from benchmarks import city, county, peers
from benchmarks.rounds import Bench, skip
from geo import GridIndex

SIDE_M, GRIDS, TRACKS, FIXES = 150_000.0, 20_106, 1_000, 1_000
PART = 20_000  # fixes for peers that would need minutes for all of them


def tracks() -> tuple[Any, Any]:
    walks = city.walks(TRACKS, FIXES, SIDE_M)
    return city.degrees(walks.x, walks.y)


def ours(index: GridIndex, lon: Any, lat: Any) -> Any:
    return np.concatenate([index.locate(lon[i], lat[i]) for i in range(len(lon))])


def edges_and_corners(polygons: Any) -> tuple[Any, Any]:
    """Positions that lie on borders: corners, middles of edges, and others somewhere along them."""
    rng = np.random.default_rng(5)
    rings = [shapely.get_coordinates(polygon) for polygon in polygons[:400]]
    ends = np.concatenate([np.hstack([ring[:-1], ring[1:]]) for ring in rings])
    part = rng.random(len(ends))[:, None]
    points = np.concatenate([ends[:, :2], (ends[:, :2] + ends[:, 2:]) / 2, ends[:, :2] * part + ends[:, 2:] * (1 - part)])
    return points[:, 0], points[:, 1]


def load(polygons: Any, codes: list[str]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("create table bench_grids (code text primary key, polygon geometry(Polygon, 4326))")
        with cursor.cursor.copy("copy bench_grids from stdin") as copy:
            for code, shape in zip(codes, polygons, strict=True):
                copy.write_row((code, shapely.to_wkb(shape, hex=True, include_srid=True)))
        cursor.execute("create index on bench_grids using gist (polygon); analyze bench_grids")
        cursor.execute("create table bench_fixes (id int primary key, point geometry(Point, 4326))")


LOWEST = """
select f.id, (select min(g.code) from bench_grids g where ST_Covers(g.polygon, f.point)) from bench_fixes f order by f.id
"""


def fill(lon: Any, lat: Any) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("truncate bench_fixes")
        with cursor.cursor.copy("copy bench_fixes from stdin") as copy:
            for i, point in enumerate(
                shapely.to_wkb(shapely.set_srid(shapely.points(lon, lat), 4326), hex=True, include_srid=True)
            ):
                copy.write_row((i, point))
        cursor.execute("analyze bench_fixes")


def postgis() -> list[str | None]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(LOWEST)
        return [code for _, code in cursor.fetchall()]


def geopandas_join(frame: Any, lon: Any, lat: Any) -> int:
    import geopandas as gpd

    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")
    return len(points.sjoin(frame, predicate="intersects"))


def duckdb_case(polygons: Any, lon: Any, lat: Any) -> Any:
    import duckdb
    import pandas as pd

    link = duckdb.connect()
    try:
        import duckdb_extension_spatial  # noqa: F401

        link.execute("load spatial")
    except (ImportError, duckdb.Error):
        from duckdb_extensions import import_extension

        import_extension("spatial")
        link.execute("load spatial")
    link.execute("set threads to 2")
    grids = pd.DataFrame({"code": np.arange(len(polygons)), "wkb": shapely.to_wkb(polygons)})
    link.execute("create table grids as select code, st_geomfromwkb(wkb) polygon from grids")
    fixes = pd.DataFrame({"id": np.arange(lon.size), "x": lon.ravel(), "y": lat.ravel()})
    link.execute("create table fixes as select id, st_point(x, y) point from fixes")
    del grids, fixes
    query = "select count(*) from (select f.id, min(g.code) from fixes f join grids g on st_intersects(g.polygon, f.point) group by f.id)"

    def run() -> float:
        link.execute(query).fetchall()
        return float(lon.size)

    return run


def sedona_case(polygons: Any, lon: Any, lat: Any) -> Any:
    import geopandas as gpd
    import sedonadb

    link = sedonadb.connect()
    grids = gpd.GeoDataFrame({"code": np.arange(len(polygons))}, geometry=list(polygons), crs="EPSG:4326")
    link.create_data_frame(grids).to_memtable().to_view("grids")
    points = gpd.GeoDataFrame(
        {"id": np.arange(lon.size)}, geometry=gpd.points_from_xy(lon.ravel(), lat.ravel()), crs="EPSG:4326"
    )
    link.create_data_frame(points).to_memtable().to_view("fixes")
    query = "select count(*) from (select f.id, min(g.code) from fixes f join grids g on st_intersects(g.geometry, f.geometry) group by f.id)"

    def run() -> float:
        link.sql(query).to_pandas()
        return float(lon.size)

    return run


def main() -> int:
    import geopandas as gpd

    county.ready()
    polygons = shapely.set_srid(city.in_degrees(city.grids(GRIDS, SIDE_M)), 4326)
    codes = [f"{i:015d}" for i in range(len(polygons))]
    lon, lat = tracks()
    index = GridIndex(codes, list(polygons))
    load(polygons, codes)
    bench = Bench("assign_grid", "fixes/s")

    edge_lon, edge_lat = edges_and_corners(polygons)
    fill(edge_lon, edge_lat)
    theirs, mine = postgis(), index.codes_at(edge_lon, edge_lat)
    differ = sum(a != b for a, b in zip(theirs, mine, strict=True))
    bench.note(f"edges, corners and middles: {len(mine):,} positions, {differ} answered otherwise by PostGIS")
    bench.limit("positions on edges and corners that belong to no grid", float(sum(code is None for code in mine)), at_most=0)

    part = slice(0, PART // FIXES)
    fill(lon[part].ravel(), lat[part].ravel())
    same = [None if i < 0 else codes[i] for i in ours(index, lon[part], lat[part])] == postgis()
    bench.goal("the same grid as PostGIS for fixes of walks (1 = all)", float(same), at_least=1)

    frame = gpd.GeoDataFrame({"code": codes}, geometry=list(polygons), crs="EPSG:4326")
    lattice = np.zeros((4096, 4096), np.int32)
    cells = np.random.default_rng(1).integers(0, 4096, (2, lon.size))
    cases = {
        "ours": lambda: float(len(ours(index, lon, lat))),
        "PostGIS, lowest code": lambda: float(len(postgis())),
        "geopandas.sjoin": lambda: float(geopandas_join(frame, lon[:100].ravel(), lat[:100].ravel())),
        "limit: one array look-up": lambda: float(lattice[cells[0], cells[1]].size),
    }
    if peers.importable():
        for name, make in (("DuckDB, 2 threads", duckdb_case), ("SedonaDB, 2 threads", sedona_case)):
            try:
                cases[name] = make(polygons, lon, lat)
            except Exception as error:  # a peer that does not work here is said, whatever the reason
                skip(bench, name, repr(error)[:200])
    bench.run(cases)
    bench.goal("× PostGIS", bench.ratio("ours", "PostGIS, lowest code"), at_least=50)
    bench.goal("× geopandas.sjoin", bench.ratio("ours", "geopandas.sjoin"), at_least=4)
    for name in ("DuckDB, 2 threads", "SedonaDB, 2 threads"):
        if name in bench.rates:
            bench.note(f"ours on one core is {bench.ratio('ours', name):.2f} × {name}")
    return bench.report()


if __name__ == "__main__":
    raise SystemExit(main())
