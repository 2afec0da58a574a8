"""B9: every grid's share to one map at once: a byte each through the whole application, against the tiles of the view again.

Tiles that carried the values would have to be fetched anew with every figure; here they are already drawn and kept in the
server, the best case of that way. Shares are random: nothing compresses worse.
"""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import os
import time

import numpy as np

from benchmarks import city, county
from benchmarks.load import Address, granian, request, send
from benchmarks.rounds import DEFAULT_ROUNDS, Bench
from benchmarks.tiles import SIDE_M, VILLAGES, _tile

GRIDS = int(os.environ.get("BENCH_GRIDS", "100000"))
ASKED = 200
ZOOM = 9  # the first that shows grids: all of the city in one view

GROUND = """
insert into audits_patrollableground (grid_id, rule_version, digest, srid, geometry, area_m2, roads_m, banks_m, is_whole, made_at)
select id, 1, md5(code), 4547, polygon, 10000, 0, 0, false, now() from places_grid
"""
DAYS = """
insert into audits_coverageday (grid_id, ground_id, day, rule_version, seen_m2, ground_m2, no_entry_m2, not_recorded_m2, roads_seen_m,
       banks_seen_m, places_due, places_reached, visits, duration_s, evidence, legs, places, refusals, silences, uncounted, digest, computed_at)
select grid_id, id, %s, 1, floor(random() * 10001)::int, 10000, 0, 0, 0, 0, 0, 0, 1, 600, '{}', '[]', '[]', '[]', '[]', '{}', digest, now()
  from audits_patrollableground
"""


def fill(day: str) -> None:
    """A figure for every grid on one day."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(GROUND)
        cursor.execute(DAYS, [day])
        cursor.execute("analyze")


def view(version: str) -> list[str]:
    """Addresses of the tiles that show the whole city."""
    (west, south), (east, north) = (_tile(*city.degrees(*corner), ZOOM) for corner in ((0, 0), (SIDE_M, SIDE_M)))
    return [f"/tiles/{version}/{ZOOM}/{x}/{y}.pbf" for x in range(west, east + 1) for y in range(north, south + 1)]


def body(address: Address, path: str, cookie: str) -> tuple[bytes, float]:
    """An answer as it travels, and the seconds it took."""
    link = http.client.HTTPConnection(*address, timeout=600)
    began = time.perf_counter()
    link.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
    answer = link.getresponse()
    read = answer.read()
    took = time.perf_counter() - began
    link.close()
    if answer.status != 200:
        raise AssertionError(f"{path}: {answer.status} {read[:300]!r}")
    return read, took


def main() -> int:
    county.ready()
    count = len(county.publish(city.in_degrees(city.grids(GRIDS, SIDE_M)), villages=VILLAGES))
    cookie = county.desk()
    from django.db import connections
    from django.utils import timezone

    from backend.audits.visits import county_day
    from backend.command.tile_shapes import draw_missing
    from backend.command.tiles import tiles_version

    day = county_day(timezone.now()).isoformat()
    fill(day)
    draw_missing()
    tiles, path = view(tiles_version()), f"/api/command/coverage/shares?from={day}"
    bench = Bench("attributes", "maps/s")
    with granian("backend.wsgi:application", workers=1) as ours:
        connections.close_all()
        shares, first_s = body(ours, path, cookie)
        drawn = [body(ours, tile, cookie)[0] for tile in tiles]
        said = json.loads(gzip.decompress(shares))
        values = base64.b64decode(said["values"])
        codes, _ = body(ours, f"/api/command/coverage/codes/{said['codes']}?to={day}", cookie)
        if len(values) != count or not np.all(np.frombuffer(values, np.uint8) <= 100):
            raise AssertionError("not every grid has its share")
        one = request("GET", path, Cookie=cookie, Accept_Encoding="gzip")
        all_tiles = [request("GET", tile, Cookie=cookie, Accept_Encoding="gzip") for tile in tiles]
        cases = {
            "shares, nothing new": lambda: ASKED / send(ours, [one] * ASKED, connections=1, processes=1) * 1.0,
            "the view's tiles again": lambda: 1 / send(ours, all_tiles, connections=1, processes=1),
        }
        seen: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(DEFAULT_ROUNDS):
            for name, rate in cases.items():
                seen[name].append(rate())
        for name, rates in seen.items():
            bench.keep(name, rates)
    bench.run({"limit: gzip of the same bytes": lambda: float(bool(gzip.compress(values, 6)))})
    tile_bytes, least = sum(map(len, drawn)), len(gzip.compress(values, 6))
    bench.limit(f"bytes of {count:,} values", len(shares), at_most=100_000)
    bench.limit("ms a map, with sign-in and HTTP", 1000 / bench.rates["shares, nothing new"], at_most=30)
    bench.goal("× fewer bytes than the tiles of the view", tile_bytes / len(shares), at_least=10)
    bench.note(f"{len(shares):,} bytes; gzip of the bare bytes {least:,}; the view's {len(tiles)} tiles {tile_bytes:,}")
    bench.note(f"the first map after a figure changed: {first_s:.1f} s; the codes, once a plan: {len(codes):,} bytes")
    return bench.report()


if __name__ == "__main__":
    raise SystemExit(main())
