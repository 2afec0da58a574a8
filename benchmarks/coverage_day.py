"""A county's day: 600 people with 3,600 fixes each, how much of every grid they saw, against what others would write.

The peers work on whole grids of a part of the people; rates are fixes a second. Agreement is of the share of grids of at
least a hectare, against buffers of whole legs without simplification (quad_segs=16).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from benchmarks import city, county
from benchmarks.rounds import Bench
from geo import breaks
from geo.coverage import cover, patrollable_ground
from geo.limits import CoverageLimits

SIDE_M, GRIDS, PEOPLE, FIXES, VIEW_M = 55_000.0, 3_000, 600, 3_600, 40.0
FEW = 30  # people for peers that would need an hour for all
FEWEST = 3


def people() -> list[Any]:
    """Legs of every person: a walk cut where nothing was recorded for four minutes, five times a day."""
    walks = city.walks(PEOPLE, FIXES, SIDE_M)
    found = []
    for i in range(PEOPLE):
        when = walks.time_ms[i] + np.repeat(np.arange(5), FIXES // 5) * 240_000
        cuts = np.flatnonzero(breaks(when))[1:]
        found.append(np.split(np.column_stack([walks.x[i], walks.y[i]]), cuts))
    return found


def ours(grids: Any, legs: list[Any]) -> Any:
    return cover(grids, [None] * len(grids), [leg for one in legs for leg in one], limits=CoverageLimits(view_m=VIEW_M))


def person_by_person(grids: Any, legs: list[Any]) -> float:
    """As the product works: a job for each grid a sync touched would be smaller still; here one call per person."""
    for one in legs:
        cover(grids, [None] * len(grids), one, limits=CoverageLimits(view_m=VIEW_M))
    return float(sum(len(leg) for one in legs for leg in one))


def naive(grids: Any, tree: Any, legs: list[Any], *, quad_segs: int = 16) -> dict[int, Any]:
    """What a first version does: buffer the whole walk, intersect with each grid it touches, unite over people."""
    seen: dict[int, Any] = {}
    for one in legs:
        walk = shapely.multilinestrings([shapely.linestrings(leg) for leg in one])
        band = shapely.buffer(walk, VIEW_M, quad_segs=quad_segs)
        for grid in tree.query(band, predicate="intersects"):
            part = shapely.intersection(band, grids[grid])
            seen[grid] = shapely.union(seen[grid], part) if grid in seen else part
    return seen


def overlay(frame: Any, legs: list[Any]) -> Any:
    import geopandas as gpd

    lines = [shapely.multilinestrings([shapely.linestrings(leg) for leg in one]) for one in legs]
    bands = gpd.GeoDataFrame(geometry=shapely.buffer(lines, VIEW_M, quad_segs=8), crs=frame.crs)
    return bands.overlay(frame, how="intersection").dissolve("grid").area


POSTGIS = """
select g.id, ST_Area(ST_Union(ST_Intersection(g.polygon, b.band)))
from (select ST_Buffer(line, %s, 8) as band from bench_walks where id < %s) b
join bench_metric g on ST_Intersects(g.polygon, b.band) group by g.id
"""
SUBDIVIDED = """
select g.id, ST_Area(ST_Union(ST_Intersection(g.polygon, b.band)))
from (select ST_Subdivide(ST_Buffer(ST_Simplify(line, 1), %s, 8), 64) as band from bench_walks where id < %s) b
join bench_metric g on ST_Intersects(g.polygon, b.band) group by g.id
"""


def load(grids: Any, legs: list[Any]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("create table bench_metric (id int primary key, polygon geometry(Polygon, 4547))")
        cursor.execute("create table bench_walks (id int primary key, line geometry(MultiLineString, 4547))")
        with cursor.cursor.copy("copy bench_metric from stdin") as copy:
            for i, shape in enumerate(shapely.set_srid(np.array(grids, dtype=object), 4547)):
                copy.write_row((i, shapely.to_wkb(shape, hex=True, include_srid=True)))
        with cursor.cursor.copy("copy bench_walks from stdin") as copy:
            for i, one in enumerate(legs[:FEW]):
                walk = shapely.set_srid(shapely.multilinestrings([shapely.linestrings(leg) for leg in one]), 4547)
                copy.write_row((i, shapely.to_wkb(walk, hex=True, include_srid=True)))
        cursor.execute("create index on bench_metric using gist (polygon); analyze bench_metric; analyze bench_walks")


def ask(query: str, count: int) -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query, [VIEW_M, count])
        cursor.fetchall()
    return float(count * FIXES)


def main() -> int:
    import geopandas as gpd

    county.ready()
    grids = city.grids(GRIDS, SIDE_M)
    tree, legs = shapely.STRtree(grids), people()
    load(grids, legs)
    frame = gpd.GeoDataFrame({"grid": range(len(grids))}, geometry=list(grids), crs="EPSG:4547")
    bench = Bench("coverage_day", "fixes/s")

    few = legs[:FEW]
    exact, mine = naive(grids, tree, few), ours(grids, few)
    large = [i for i in exact if shapely.area(grids[i]) >= 10_000]
    off = [abs(mine.seen_m2[i] - shapely.area(exact[i])) / shapely.area(grids[i]) * 100 for i in large]
    bench.note(
        f"difference over {len(large)} grids, percentage points: median {np.median(off):.4f}, p99 {np.percentile(off, 99):.4f}"
    )
    bench.limit("largest difference from naive shapely, percentage points", float(np.max(off)), at_most=0.1)

    near = patrollable_ground(grids[0], roads=[grids[0].boundary], banks=[], buildings=[], places=[])
    bench.note(
        f"ground near the border of a grid is {near.area_m2 / grids[0].area:.2f} of it; a grid without layers counts whole"
    )
    half = FEW * 4
    bench.run(
        {
            "ours, all at once": lambda: float(half * FIXES) if len(ours(grids, legs[:half])) else 0.0,
            "ours, person by person": lambda: person_by_person(grids, few),
            "naive shapely": lambda: float(FEW * FIXES) if naive(grids, tree, few) else 0.0,
            "geopandas overlay + dissolve": lambda: float(10 * FIXES) if len(overlay(frame, legs[:10])) else 0.0,
            "PostGIS, naive": lambda: ask(POSTGIS, FEWEST),
            "PostGIS, simplified and subdivided": lambda: ask(SUBDIVIDED, FEW),
        }
    )
    bench.goal("× naive shapely", bench.ratio("ours, all at once", "naive shapely"), at_least=1.5)
    bench.note(f"× geopandas overlay {bench.ratio('ours, all at once', 'geopandas overlay + dissolve'):.1f}")
    bench.note(f"× PostGIS naive {bench.ratio('ours, all at once', 'PostGIS, naive'):.0f}")
    bench.note(f"× PostGIS subdivided {bench.ratio('ours, all at once', 'PostGIS, simplified and subdivided'):.1f}")
    whole = PEOPLE * FIXES / bench.rates["ours, all at once"]
    bench.note(f"the county's day, {PEOPLE} × {FIXES:,} fixes on {len(grids):,} grids: {whole:.0f} s on one core at that rate")
    return bench.report()


if __name__ == "__main__":
    raise SystemExit(main())
