"""B8: vector tiles of 20,000 grids: ours through the whole application, tipg on the same table, bare SQL as the limit.

Cold: each tile once, from a server that has just started. Warm: the same tiles again. Both servers have two processes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

import numpy as np

from benchmarks import city, county, peers
from benchmarks.load import Address, free_port, granian, request, running, send
from benchmarks.rounds import Bench, skip

SIDE_M, GRIDS, VILLAGES = 150_000.0, 20_106, 2_900
ZOOMS = {9: 8, 10: 12, 12: 60, 14: 160, 16: 160}  # tiles of each zoom in a round


def tiles(zoom: int, count: int, *, seed: int) -> list[list[int]]:
    """Addresses of different tiles inside the city."""
    rng = np.random.default_rng([zoom, seed])
    corners = [city.degrees(0, 0), city.degrees(SIDE_M, SIDE_M)]
    (west, south), (east, north) = (_tile(lon, lat, zoom) for lon, lat in corners)
    found = {
        (int(x), int(y))
        for x, y in zip(rng.integers(west, east + 1, count * 4), rng.integers(north, south + 1, count * 4), strict=True)
    }
    return rng.permutation(sorted(found))[:count].tolist()


def _tile(lon: Any, lat: Any, zoom: int) -> tuple[int, int]:
    size = 1 << zoom
    y = (1 - np.arcsinh(np.tan(np.radians(float(lat)))) / np.pi) / 2
    return int((float(lon) + 180) / 360 * size), int(y * size)


@contextmanager
def tipg() -> Iterator[Address | None]:
    program = peers.python()
    if program is None:
        yield None
        return
    address = ("127.0.0.1", free_port())
    words = [str(program), "-m", "uvicorn", "--host", address[0], "--port", str(address[1]), "--workers", "2", "tipg.main:app"]
    parts = urlsplit(os.environ["DATABASE_URL"])
    if folder := parse_qs(parts.query).get("host"):  # it wants the socket's folder where a host stands
        parts = parts._replace(netloc=f"{parts.netloc}{quote(folder[0], safe='')}", query="")
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {
        "DATABASE_URL": urlunsplit(parts),
        "TIPG_DB_SCHEMAS": '["public"]',
        "TIPG_DB_TABLES": '["public.places_grid", "public.bench_tiles"]',
        "TIPG_MAX_FEATURES_PER_TILE": "1000000",
    }
    with running(words, address, env=env):
        time.sleep(4)  # its catalogue of tables
        yield address


def bare(zoom: int, wanted: list[list[int]]) -> float:
    """Our statement from one connection, no HTTP."""
    from django.db import connection

    from backend.command import tiles as product
    from backend.command.tile_shapes import BANDS

    began = time.perf_counter()
    with connection.cursor() as cursor:
        for x, y in wanted:
            band = next(deepest for deepest in BANDS if zoom <= deepest)
            cursor.execute(product.TILE, {"z": zoom, "x": x, "y": y, "band": band, "layers": ["grid", "border", "village"]})
            cursor.fetchone()
    return len(wanted) / (time.perf_counter() - began)


def main() -> int:
    county.ready()
    county.publish(city.in_degrees(city.grids(GRIDS, SIDE_M)), villages=VILLAGES)
    cookie = county.desk()
    from django.db import connection, connections

    from backend.command.tile_shapes import draw_missing
    from backend.command.tiles import tiles_version

    with connection.cursor() as cursor:
        cursor.execute("analyze")
        cursor.execute("create table bench_tiles as select id, code, polygon as geom from places_grid")
        cursor.execute("create index on bench_tiles using gist (geom); analyze bench_tiles")
    version, bench = tiles_version(), Bench("tiles", "tiles/s")
    began = time.perf_counter()
    draw_missing()
    bench.note(f"drawing the shapes of {GRIDS:,} grids after their publication: {time.perf_counter() - began:.0f} s, once")
    with connection.cursor() as cursor:
        cursor.execute("analyze command_tileshape")
    seen: dict[str, list[float]] = {}

    def keep(name: str, rate: float) -> None:
        seen.setdefault(name, []).append(rate)

    for number in range(int(os.environ.get("BENCH_ROUNDS", "3"))):
        with granian("backend.wsgi:application") as ours, tipg() as theirs:
            for zoom, count in ZOOMS.items():
                wanted = tiles(zoom, count, seed=number)
                connections.close_all()
                mine = [
                    request("GET", f"/tiles/{version}/{zoom}/{x}/{y}.pbf", Cookie=cookie, Accept_Encoding="gzip")
                    for x, y in wanted
                ]
                keep(f"ours cold z{zoom}", len(wanted) / send(ours, mine, connections=4))
                keep(f"ours warm z{zoom}", len(wanted) * 4 / send(ours, mine * 4, connections=4))
                if theirs:
                    raw = "/collections/public.bench_tiles/tiles/WebMercatorQuad"
                    asked = [request("GET", f"{raw}/{zoom}/{x}/{y}") for x, y in wanted]
                    keep(f"tipg raw z{zoom}", len(wanted) / send(theirs, asked, connections=4))
                keep(f"bare SQL, one connection, z{zoom}", bare(zoom, wanted))
    for name, rates in seen.items():
        bench.keep(name, rates)
    for zoom in ZOOMS:
        if f"tipg raw z{zoom}" in bench.rates:
            bench.goal(f"cold × tipg raw z{zoom}", bench.ratio(f"ours cold z{zoom}", f"tipg raw z{zoom}"), at_least=4)
        bench.goal(
            f"cold × bare SQL z{zoom}", bench.ratio(f"ours cold z{zoom}", f"bare SQL, one connection, z{zoom}"), at_least=0.4
        )
    if not any(name.startswith("tipg") for name in bench.rates):
        skip(bench, "tipg", "it cannot be installed here")
    return bench.report()


if __name__ == "__main__":
    raise SystemExit(main())
