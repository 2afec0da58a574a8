from __future__ import annotations

import gzip
import math

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.test import Client

from backend.command.models import TileShape
from backend.command.tile_shapes import draw_missing
from backend.command.tiles import tiles_version
from backend.places.models import Building, Grid
from tests.backend.builders import Village, make_operator, make_village, middle
from tests.backend.command.desk import Desk
from tests.backend.places.ground import make_ground

pytestmark = pytest.mark.django_db
Z = 14


def tile_of(grid: Grid, *, z: int = Z, version: str = "") -> str:
    lon, lat = middle(grid)
    x = int((lon + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
    return f"/tiles/{version or tiles_version()}/{z}/{x}/{y}.pbf"


def test_a_tile_carries_codes_and_shapes_and_nothing_of_anybody(village: Village) -> None:
    answer = Desk(make_operator()).http.get(tile_of(village.grids[0]))
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    body = answer.content
    assert village.grids[0].code.encode() in body and b"grids" in body and b"villages" in body
    assert "洲湖村".encode() in body and b"households" not in body


def test_a_tile_travels_packed_to_those_who_can_unpack(village: Village) -> None:
    http = Desk(make_operator()).http
    plain, packed = (http.get(tile_of(village.grids[0]), headers=how) for how in ({}, {"Accept-Encoding": "gzip, br"}))
    assert packed.headers["Content-Encoding"] == "gzip" and gzip.decompress(packed.content) == plain.content


def test_a_tile_never_changes_under_its_address(village: Village) -> None:
    http = Desk(make_operator()).http
    answer = http.get(tile_of(village.grids[0]))
    assert "immutable" in answer.headers["Cache-Control"]
    again = http.get(tile_of(village.grids[0]), headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    before = tiles_version()
    other = make_village(code="360829102202", name="塘边村", grids=1)
    assert tiles_version() != before
    assert http.get(tile_of(village.grids[0], version=before)).content == answer.content
    assert http.get(tile_of(village.grids[0], version=before, z=15)).status_code == 404
    assert other.grids[0].code.encode() in http.get(tile_of(other.grids[0])).content


def test_a_retired_grid_and_a_draft_are_not_on_the_map(village: Village) -> None:
    village.plan.state = "retired"
    village.plan.save(update_fields=["state"])
    answer = Desk(make_operator()).http.get(tile_of(village.grids[0]))
    assert answer.status_code == 200 and village.grids[0].code.encode() not in answer.content


def test_below_zoom_nine_there_are_villages_only(village: Village) -> None:
    body = Desk(make_operator()).http.get(tile_of(village.grids[0], z=8)).content
    assert village.grids[0].code.encode() not in body and village.unit.code.encode() in body


def test_who_was_not_told_the_address_of_tiles_cannot_guess_it(village: Village) -> None:
    told = Desk(make_operator()).get("me").json()["tiles_version"]
    assert told == tiles_version() and len(told) == 24
    assert Client().get(tile_of(village.grids[0], version=told)).status_code == 200
    for guessed in ("0" * 24, told[:-1] + ("0" if told[-1] != "0" else "1")):
        assert Client().get(tile_of(village.grids[0], version=guessed)).status_code == 404


def test_a_wrong_number_is_no_tile(village: Village) -> None:
    version = tiles_version()
    for wrong in ("14/99999/1", "23/0/0", "3/0/9"):
        assert Client().get(f"/tiles/{version}/{wrong}.pbf").status_code == 404


def test_neighbours_keep_one_border_when_one_of_them_is_drawn_later(village: Village) -> None:
    draw_missing()
    other = make_village(code="360829102202", name="塘边村", grids=2)
    draw_missing()
    one_after_the_other = _borders(village), _borders(other)
    TileShape.objects.all().delete()
    draw_missing()
    assert all(one_after_the_other) and (_borders(village), _borders(other)) == one_after_the_other


def _borders(village: Village) -> dict[tuple[str, int], str]:
    rows = TileShape.objects.filter(plan=village.plan, layer="grid").order_by("code", "band")
    return {(row.code, row.band): row.shape.wkt for row in rows}


def test_the_base_map_of_a_village_is_sent_once(village: Village) -> None:
    unit, http = make_ground(rows=3), Desk(make_operator()).http
    path = f"/api/command/basemap/{unit.code}"
    plain = http.get(path)
    layers = plain.json()
    assert len(layers["buildings"]["features"]) == 9 and len(layers["barriers"]["features"]) == 2
    assert layers["villages"]["features"][0]["properties"]["code"] == unit.code and "合成示意" in layers["note"]
    zipped = http.get(path, headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip" and gzip.decompress(zipped.content) == plain.content
    assert http.get(path, headers={"If-None-Match": plain.headers["ETag"]}).status_code == 304
    house = Polygon.from_bbox((114.5001, 27.3001, 114.5002, 27.3002))
    house.srid = 4326
    Building.objects.create(village=unit, outline=house)
    assert http.get(path, headers={"If-None-Match": plain.headers["ETag"]}).status_code == 200


def test_a_moved_boundary_changes_the_base_map(village: Village) -> None:
    http = Desk(make_operator()).http
    path = f"/api/command/basemap/{village.unit.code}"
    before = http.get(path).headers["ETag"]
    box = Polygon.from_bbox((114.5, 27.38, 114.53, 27.4))
    village.unit.boundary = MultiPolygon(box, srid=4326)
    village.unit.save(update_fields=["boundary"])
    assert http.get(path).headers["ETag"] != before
