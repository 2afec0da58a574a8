"""What others would write with the same tools: a nested schema per fix and rows, one point per POST, and nothing at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI, Schema

api = NinjaAPI()
INSERT = "insert into bench_rows (person, t, lon, lat, acc, speed, grid, geom) values (%s, %s, %s, %s, %s, %s, null, ST_SetSRID(ST_MakePoint(%s, %s), 4326)) on conflict do nothing"
STAGE = "create temp table stage (person int, t timestamptz, lon float8, lat float8, acc real, speed real) on commit drop"
FROM_STAGE = """
insert into bench_rows (person, t, lon, lat, acc, speed, grid, geom)
select person, t, lon, lat, acc, speed, null, ST_SetSRID(ST_MakePoint(lon, lat), 4326) from stage on conflict do nothing
"""


class Fix(Schema):
    t: datetime
    lon: float
    lat: float
    acc: float
    speed: float


class Batch(Schema):
    id: UUID
    person: int
    fixes: list[Fix]


class One(Fix):
    person: int


@api.post("rows")
def rows(request: HttpRequest, body: Batch) -> dict[str, Any]:
    """COPY into a staging table, then one insert: the fastest idempotent way to store rows from an API like this."""
    del request
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STAGE)
        with cursor.cursor.copy("copy stage from stdin") as copy:
            for fix in body.fixes:
                copy.write_row((body.person, fix.t, fix.lon, fix.lat, fix.acc, fix.speed))
        cursor.execute(FROM_STAGE)
    return {"stored": len(body.fixes)}


@api.post("one")
def one(request: HttpRequest, body: One) -> dict[str, Any]:
    del request
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, (body.person, body.t, body.lon, body.lat, body.acc, body.speed, body.lon, body.lat))
    return {"stored": 1}


@api.post("nothing")
def nothing(request: HttpRequest) -> dict[str, Any]:
    del request
    return {"stored": 0}


urlpatterns = [path("api/", api.urls)]
