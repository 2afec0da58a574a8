"""B3, B4: tracks over HTTP into the database: the phone's protocol with token, inbox row and outcome, against a row API."""

from __future__ import annotations

import gzip
import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from benchmarks import city, county
from benchmarks.ingest_db import Store, tables
from benchmarks.load import Address, granian, request, send
from benchmarks.rounds import Bench, skip

SIDE_M, GRIDS, PEOPLE = 60_000.0, 4_000, 16
FIXES = 600


class Requests:
    """Requests made before the clock starts, none twice."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.patrols = [uuid.uuid4() for _ in store.people]

    def sync(self, count: int, *, kind: str = "track") -> list[bytes]:
        """Ours: one track item of 600 fixes in gzipped columns. ``kind`` "seen" is as many bytes in an item that changes nothing."""
        return [self._sync(i, kind) for i in range(count)]

    def _sync(self, i: int, kind: str) -> bytes:
        lon, lat, start = self._walk()
        person = i % len(self.store.people)
        body = {
            "patrol": str(self.patrols[person]),
            "crs": "wgs84",
            "t0": start,
            "dt": [0] + [8000] * (FIXES - 1),
            "lon": _deltas(lon),
            "lat": _deltas(lat),
            "acc": [16] * FIXES,
            "speed": [12] * FIXES,
        }
        if kind == "seen":  # words about an alert nobody knows: valid, answered, and nothing follows
            body["alert"] = str(uuid.uuid4())
        now = round(time.time() * 1000)
        entry = {"id": str(uuid.uuid4()), "kind": kind, "body": body}
        raw = gzip.compress(json.dumps({"sent_at": now, "items": [entry]}, separators=(",", ":")).encode(), 6)
        token = self.store.people[person][2]
        headers = {"Authorization": f"Bearer {token}", "Content_Type": "application/json", "Content_Encoding": "gzip"}
        return request("POST", "/api/phone/sync", raw, **headers)

    def rows(self, count: int) -> list[bytes]:
        return [request("POST", "/api/rows", self._rows(), Content_Type="application/json") for _ in range(count)]

    def _rows(self) -> bytes:
        lon, lat, start = self._walk()
        fixes = [
            {"t": _iso(start + 8000 * i), "lon": x / 1e7, "lat": y / 1e7, "acc": 8.0, "speed": 1.2}
            for i, (x, y) in enumerate(zip(lon, lat, strict=True))
        ]
        return json.dumps({"id": str(uuid.uuid4()), "person": self.store.turn, "fixes": fixes}, separators=(",", ":")).encode()

    def one(self, count: int) -> list[bytes]:
        made = []
        for _ in range(count):
            lon, lat, start = self._walk()
            body = {
                "person": self.store.turn,
                "t": _iso(start),
                "lon": lon[0] / 1e7,
                "lat": lat[0] / 1e7,
                "acc": 8.0,
                "speed": 1.2,
            }
            made.append(request("POST", "/api/one", json.dumps(body).encode(), Content_Type="application/json"))
        return made

    def _walk(self) -> tuple[list[int], list[int], int]:
        fixes, _ = self.store.batch(FIXES)
        lon, lat = (fixes.lon * 1e7).round().astype(int).tolist(), (fixes.lat * 1e7).round().astype(int).tolist()
        # A patrol of some hour in the last day: what is older than three days is late, and asked about.
        return lon, lat, round(time.time() * 1000) - 80_000_000 + (self.store.turn * 7919) % 70_000_000


def _deltas(values: list[int]) -> list[int]:
    return [values[0], *(b - a for a, b in zip(values, values[1:], strict=False))]


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()


def timed(address: Address, requests: list[bytes], fixes: int) -> float:
    """Rate of one round; the requests were made before."""
    return len(requests) * fixes / send(address, requests)


def main() -> int:
    county.ready()
    keys = county.publish(city.in_degrees(city.grids(GRIDS, SIDE_M)))
    store = Store(county.people(PEOPLE), keys)
    tables()
    from django.db import connections

    make, bench = Requests(store), Bench("ingest_http", "fixes/s; req/s where said")
    seen: dict[str, list[float]] = {}
    with (
        granian("backend.wsgi:application") as ours,
        granian("backend.wsgi:application", DJANGO_SETTINGS_MODULE="benchmarks.peer_settings") as theirs,
    ):
        for number in range(6):
            round_: dict[str, Any] = {
                "ours: token, inbox, outcome, segment": (ours, make.sync(240), FIXES),
                "ours, the inbox row alone": (ours, make.sync(240, kind="seen"), FIXES),
                "peer: a schema per fix, rows": (theirs, make.rows(40), FIXES),
                "peer: one point per POST": (theirs, make.one(1200), 1),
                "limit: a POST that does nothing, req/s": (theirs, [request("POST", "/api/nothing")] * 4000, 1),
            }
            connections.close_all()  # the load's processes must not inherit a connection
            for name, (address, requests, fixes) in round_.items():
                rate = timed(address, requests, fixes)
                if number:  # the first round warms up
                    seen.setdefault(name, []).append(rate)
    for name, rates in seen.items():
        bench.keep(name, rates)
    mine = bench.rates["ours: token, inbox, outcome, segment"]
    bench.goal("B3 × the row API", mine / bench.rates["peer: a schema per fix, rows"], at_least=6)
    bench.goal("B3 × one point per POST", mine / bench.rates["peer: one point per POST"], at_least=250)
    bench.goal(
        "B3 requests × no-op requests", mine / FIXES / bench.rates["limit: a POST that does nothing, req/s"], at_least=0.10
    )
    wire = make.sync(20)
    bench.limit("B4 bytes on the wire a fix, whole request", sum(map(len, wire)) / len(wire) / FIXES, at_most=8)
    bench.note(f"{mine / FIXES:,.0f} requests of {FIXES} fixes a second on 8 connections")
    try:
        bench.note(f"Parquet (zstd, delta) takes {parquet(store):.1f} bytes a fix at rest")
    except ImportError as error:
        skip(bench, "Parquet", str(error))
    return bench.report()


def parquet(store: Store) -> float:
    """Bytes a fix of the same columns as one Parquet file."""
    import io

    import pyarrow as pa
    from pyarrow import parquet as pq

    columns: dict[str, list[Any]] = {name: [] for name in ("person", "t", "lon", "lat", "acc", "speed")}
    for _ in range(40):
        fixes, row = store.batch(5_000)
        columns["person"] += [row] * len(fixes)
        columns["t"] += fixes.time_ms.tolist()
        columns["lon"] += (fixes.lon * 1e7).round().astype(int).tolist()
        columns["lat"] += (fixes.lat * 1e7).round().astype(int).tolist()
        columns["acc"] += fixes.accuracy.tolist()
        columns["speed"] += fixes.speed.tolist()
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="zstd", use_dictionary=False, column_encoding="DELTA_BINARY_PACKED")
    return len(out.getvalue()) / len(columns["t"])


if __name__ == "__main__":
    raise SystemExit(main())
