"""A whole county divided by a real worker, streamed by township: CPU seconds and peak memory, every village a draft.

2,500 villages of 200 houses; `BENCH_VILLAGES=100` for a short form. The limit of 300 CPU seconds and 1 GB is for the full size and
scales with the villages. What the database itself spends is not in it.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from typing import Any

from benchmarks import county
from benchmarks.rounds import Bench

VILLAGES = int(os.environ.get("BENCH_VILLAGES", "2500"))
HOUSES, A_TOWNSHIP, SHAPES = 200, 25, 40
SRID, APART_M, ACROSS = 4547, 4_000.0, 50
COUNTY = "369901000000"
CPU_S, MEMORY_MB = 300.0, 1024.0  # at 2,500 villages


def build() -> int:
    """A made-up county, its villages apart from each other; answers how many houses stand in it."""
    import shapely
    from django.contrib.gis.geos import GEOSGeometry

    import geo
    from backend.places.models import Barrier, Building
    from benchmarks.villages import rural

    def stored(shapes: Any) -> list[Any]:
        placed = geo.to_lonlat(list(shapes), SRID)
        return [GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=4326) for shape in placed]

    top = _unit(COUNTY, "county", None, metric_srid=SRID)
    models, houses = [rural(seed, HOUSES) for seed in range(min(SHAPES, VILLAGES))], 0
    for first in range(0, VILLAGES, A_TOWNSHIP):
        town = _unit(f"{COUNTY[:6]}{100 + first // A_TOWNSHIP}000", "township", top)
        for number in range(first, min(first + A_TOWNSHIP, VILLAGES)):
            model, row, column = models[number % len(models)], number // ACROSS, number % ACROSS
            east, north = 400_000 + APART_M * column, 2_950_000 + APART_M * row

            def moved(shapes: Any, by: tuple[float, float] = (east, north)) -> Any:
                return shapely.transform(shapes, lambda xy: xy + by)

            border = stored([shapely.multipolygons(shapely.get_parts(moved(model.boundary)))])[0]
            unit = _unit(f"{town.code[:9]}{200 + number - first}", "village", town, boundary=border)
            outlines = stored(moved(model.buildings.geometry.values))
            rows = zip(outlines, model.buildings["households"], strict=True)
            Building.objects.bulk_create(Building(village=unit, outline=shape, households=int(count)) for shape, count in rows)
            lines = zip(stored(moved(model.barriers.geometry.values)), model.barriers["strength"], strict=True)
            Barrier.objects.bulk_create(Barrier(unit=town, line=line, kind="lane", strength=float(s)) for line, s in lines)
            houses += len(outlines)
    return houses


def _unit(code: str, level: str, parent: Any, **more: Any) -> Any:
    from backend.units.models import AdminUnit

    kind = {"county": "county", "township": "town", "village": "village"}[level]
    return AdminUnit.objects.create(
        code=code,
        level=level,
        kind=kind,
        name=f"基准{code}",
        parent=parent,
        edition="bench",
        valid=(date(2020, 1, 1), None),
        **more,
    )


def main() -> int:
    county.ready()
    from django.db import connection

    from backend.places.division_runs import divide_units
    from backend.places.models import DivisionRun, GridPlan
    from backend.units.models import AdminUnit

    bench, houses = Bench("division_county", "villages/s"), build()
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    run = divide_units(AdminUnit.objects.get(code=COUNTY), by=None, at=datetime.now(UTC))
    connection.close()
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    words = ["manage.py", "procrastinate", "worker", "-q", "division", "--one-shot"]
    subprocess.run([sys.executable, *words], cwd=county.ROOT, check=True, env=os.environ, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    done = DivisionRun.objects.get(pk=run.pk)
    plans = list(GridPlan.objects.filter(run=run).values_list("metrics", flat=True))
    bench.keep("one worker", [len(plans) / wall])
    bench.limit("CPU seconds of the worker", cpu, at_most=CPU_S * VILLAGES / 2500)
    bench.limit("peak memory of the worker, MB", after.ru_maxrss / 1024, at_most=MEMORY_MB)
    bench.goal("villages drafted", len(plans), at_least=VILLAGES)
    bench.limit("buildings cut", sum(metrics["cut_buildings"] for metrics in plans), at_most=0)
    bench.note(
        f"{VILLAGES:,} villages, {houses:,} houses, {run.townships.count()} townships; {wall:.0f} s by the clock, {done.state}"
    )
    return bench.report()


if __name__ == "__main__":
    raise SystemExit(main())
