"""B1, B2, B4: batches of fixes into the database, idempotent, with stays in grids and the last position.

Peers store a row per fix with the grid already found; the limit is COPY into a table without any index. Every case commits
once per batch. Ours is `backend.field.tracks.store_track`, as the phone's protocol calls it.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks import city, county
from benchmarks.rounds import Bench

SIDE_M, GRIDS = 60_000.0, 4_000
ROWS = "create table bench_{} (person int, t timestamptz, lon float8, lat float8, acc real, speed real, grid bigint, geom geometry(Point,4326){})"


class Store:
    """Batches cut from one walk after the other, never the same twice."""

    def __init__(self, people: list[Any], keys: list[int]) -> None:
        from backend.field.located import grids_at

        self.people, self.keys = people, keys
        self.walks = city.walks(40, 5_000, SIDE_M)
        self.lon, self.lat = city.degrees(self.walks.x, self.walks.y)
        self.grids = grids_at(county.SINCE)
        self.turn = 0
        self.ready = {size: [self._judged(size, turn) for turn in range(200)] for size in (60, 600, 5_000)}

    def _judged(self, size: int, turn: int) -> tuple[Any, int]:
        from geo import judge_fixes

        row, start = turn % len(self.lon), (turn * 997) % (5_000 - size + 1)
        part = slice(start, start + size)
        known = np.full(size, 16), np.full(size, 12), np.zeros(size, bool)
        return judge_fixes(self.walks.time_ms[row, part], self.lon[row, part], self.lat[row, part], *known), row

    def batch(self, size: int) -> tuple[Any, int]:
        """Judged fixes in columns and whose they are, at a time not used before."""
        self.turn += 1
        fixes, row = self.ready[size][self.turn % 200]
        return replace(fixes, time_ms=fixes.time_ms + self.turn * 40_000_000), row

    def ours(self, size: int, batches: int) -> float:
        from django.db import transaction

        from backend.field.tracks import store_track

        for _ in range(batches):
            fixes, row = self.batch(size)
            user, device, _ = self.people[row % len(self.people)]
            with transaction.atomic():
                store_track(uuid.uuid4(), fixes, patrol=uuid.uuid4(), person=user, device=device)
        return float(size * batches)

    def bulk_create(self, size: int, batches: int) -> float:
        from django.contrib.gis.geos import Point
        from django.db import transaction

        point = self.model()
        for _ in range(batches):
            fixes, row = self.batch(size)
            found = self.grids.locate(fixes.lon, fixes.lat)
            with transaction.atomic():
                point.objects.bulk_create(
                    [
                        point(person=row, t=_at(ms), lon=x, lat=y, acc=8.0, speed=1.2, grid=int(g), geom=Point(x, y, srid=4326))
                        for ms, x, y, g in zip(fixes.time_ms, fixes.lon, fixes.lat, found, strict=True)
                    ],
                    ignore_conflicts=True,
                )
        return float(size * batches)

    def copy(self, table: str, size: int, batches: int) -> float:
        """Binary COPY, its buffer built by numpy: the fastest way to write rows there is."""
        from django.db import connection, transaction

        for _ in range(batches):
            fixes, row = self.batch(size)
            found = self.grids.locate(fixes.lon, fixes.lat)
            command = f"copy bench_{table} from stdin (format binary)"
            with transaction.atomic(), connection.cursor() as cursor, cursor.cursor.copy(command) as copy:
                copy.write(_binary(row, fixes, found))
        return float(size * batches)

    def model(self) -> Any:
        from django.contrib.gis.db import models

        if not hasattr(self, "_model"):
            meta = type("Meta", (), {"app_label": "field", "managed": False, "db_table": "bench_rows"})
            plain = {name: models.FloatField() for name in ("lon", "lat", "acc", "speed")}
            key = models.CompositePrimaryKey("person", "t")
            columns = {"person": models.IntegerField(), "t": models.DateTimeField(), "grid": models.BigIntegerField()}
            geom = models.PointField(srid=4326)
            body = {"__module__": __name__, "Meta": meta, "pk": key, "geom": geom, **columns, **plain}
            self._model = type("BenchPoint", (models.Model,), body)
        return self._model


def _at(ms: int) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(ms / 1000, UTC)


ROW = np.dtype(
    [
        ("fields", ">i2"),
        *[
            column
            for name, kind, size in (
                ("person", ">i4", 4),
                ("t", ">i8", 8),
                ("lon", ">f8", 8),
                ("lat", ">f8", 8),
                ("acc", ">f4", 4),
                ("speed", ">f4", 4),
                ("grid", ">i8", 8),
            )
            for column in ((f"{name}_n", ">i4"), (name, kind))
        ],
        ("geom_n", ">i4"),
        ("order", "u1"),
        ("kind", "<u4"),
        ("srid", "<u4"),
        ("x", "<f8"),
        ("y", "<f8"),
    ]
)
SIZES = {"person": 4, "t": 8, "lon": 8, "lat": 8, "acc": 4, "speed": 4, "grid": 8}
PG_EPOCH_MS = 946_684_800_000


def _binary(row: int, fixes: Any, found: Any) -> bytes:
    out = np.zeros(len(fixes), ROW)
    out["fields"], out["geom_n"], out["order"], out["kind"], out["srid"] = 8, 25, 1, 0x20000001, 4326
    for name, size in SIZES.items():
        out[f"{name}_n"] = size
    out["person"], out["t"], out["grid"] = row, (fixes.time_ms - PG_EPOCH_MS) * 1000, found
    out["lon"] = out["x"] = fixes.lon
    out["lat"] = out["y"] = fixes.lat
    out["acc"], out["speed"] = 8.0, 1.2
    return b"PGCOPY\n\xff\r\n\0" + bytes(8) + out.tobytes() + b"\xff\xff"


def tables() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(ROWS.format("rows", ", primary key (person, t)") + "; create index on bench_rows (grid, t)")
        cursor.execute(ROWS.format("heap", ""))
        cursor.execute("create table bench_one (id uuid primary key, person int, t timestamptz, twkb bytea)")


def one_row(store: Store, batches: int) -> float:
    """What a durable commit costs: one prepared one-row insert of the same 60 fixes for each batch."""
    from django.db import connection, transaction
    from psycopg import Cursor

    from geo import encode_track

    for _ in range(batches):
        fixes, row = store.batch(60)
        twkb = encode_track(fixes.lon, fixes.lat, fixes.time_ms)
        with transaction.atomic(), Cursor(connection.connection) as cursor:  # Django's own cursor never prepares
            values = (uuid.uuid4(), row, _at(int(fixes.time_ms[0])), twkb)
            cursor.execute("insert into bench_one values (%s, %s, %s, %s)", values, prepare=True)
    return float(batches * 60)


def bytes_written(work: Any) -> tuple[float, float, float]:
    """Bytes of WAL and of the tables that ``work`` caused, with every page it touches touched before since the last checkpoint;
    and of WAL right after that checkpoint, when the first change of a page writes the page as a whole."""
    from django.db import connection

    tables_ = "('field_tracksegment','field_visit','field_lastposition')"
    look = f"select pg_current_wal_insert_lsn() - '0/0'::pg_lsn, (select sum(pg_total_relation_size(oid)) from pg_class where relname in {tables_})"
    with connection.cursor() as cursor:
        cursor.execute("checkpoint")
        seen = []
        for _ in range(4):
            cursor.execute(look)
            seen.append(cursor.fetchone())
            work()
        cursor.execute(look)
        seen.append(cursor.fetchone())
    return float(seen[-1][0] - seen[-2][0]), float(seen[-1][1] - seen[0][1]) / 4, float(seen[1][0] - seen[0][0])


def main() -> int:
    county.ready()
    keys = county.publish(city.in_degrees(city.grids(GRIDS, SIDE_M)))
    store = Store(county.people(20), keys)
    tables()
    bench = Bench("ingest_db", "fixes/s")
    bench.run(
        {
            "ours, 5,000 a batch": lambda: store.ours(5_000, 8),
            "bulk_create, 5,000": lambda: store.bulk_create(5_000, 1),
            "COPY rows, 5,000": lambda: store.copy("rows", 5_000, 4),
            "limit: COPY bare heap, 5,000": lambda: store.copy("heap", 5_000, 6),
            "ours, 60": lambda: store.ours(60, 120),
            "bulk_create, 60": lambda: store.bulk_create(60, 20),
            "COPY rows, 60": lambda: store.copy("rows", 60, 60),
            "limit: one prepared row a commit, 60": lambda: one_row(store, 200),
        }
    )
    bench.goal("B1 × bulk_create", bench.ratio("ours, 5,000 a batch", "bulk_create, 5,000"), at_least=80)
    bench.goal("B1 × COPY rows", bench.ratio("ours, 5,000 a batch", "COPY rows, 5,000"), at_least=2)
    bench.goal("B1 × bare heap", bench.ratio("ours, 5,000 a batch", "limit: COPY bare heap, 5,000"), at_least=1)
    bench.goal("B2 × bulk_create", bench.ratio("ours, 60", "bulk_create, 60"), at_least=8)
    bench.goal("B2 × one prepared row", bench.ratio("ours, 60", "limit: one prepared row a commit, 60"), at_least=0.3)
    wal, disk, whole_pages = bytes_written(lambda: store.ours(600, 400))
    bench.limit("B4 bytes of WAL a fix, 600 a batch, steady state", wal / 240_000, at_most=16)
    bench.note(f"{whole_pages / 240_000:.1f} bytes of WAL a fix in the first 400 batches after a checkpoint: whole pages")
    bench.limit("B4 bytes on disk a fix, 600 a batch", disk / 240_000, at_most=14)
    return bench.report()


if __name__ == "__main__":
    raise SystemExit(main())
