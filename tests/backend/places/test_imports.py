"""A layer's way into the ground: read, looked over, chosen, taken in; nothing is changed that nobody asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Polygon
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from backend.places.drafting import draft_plan
from backend.places.imports import (
    READ_IMPORT,
    ImportClosed,
    ImportNotReady,
    begin_import,
    choose,
    original_path,
    take_in_import,
)
from backend.places.jobs import read_layers
from backend.places.models import Barrier, Building, DivisionRun, KeyPlace, LayerImport, PlaceGroup
from backend.places.publishing import PlanOutdated, publish_plan
from backend.places.village_names import bare_name
from backend.units.models import AdminUnit
from geo.crs import from_wgs84
from tests.backend.builders import make_township, make_unit
from tests.backend.places.uploads import boxes, frame, write_geojson, write_gpkg, write_shape_zip

pytestmark = pytest.mark.django_db

WEST, SOUTH, SIDE = 114.50, 27.30, 0.01
CODES = ["360829102201", "360829102202"]
NAMES = ["王屯村村民委员会", "毛田村村民委员会"]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def township() -> AdminUnit:
    unit = make_township()
    for code, name in zip(CODES, NAMES, strict=True):
        make_unit(code, name, parent=unit)
    return unit


def bring(unit: AdminUnit, kind: str, path: Path) -> LayerImport:
    with path.open("rb") as file:
        return begin_import(unit, kind, file, file_name=path.name, by=None, at=timezone.now())


def found(row: LayerImport, code: str) -> list[dict[str, Any]]:
    return [one for one in row.report["findings"] if one["code"] == code]


def settle(row: LayerImport) -> LayerImport:
    """Take every proposal, as the button does, until nothing is open."""
    for _ in range(5):
        open_ones = [one for one in row.report["findings"] if one["level"] == "error" and not one["answer"]]
        if not open_ones:
            return row
        row = choose(row, {"answers": {one["key"]: one["choices"][0]["value"] for one in open_ones}}, by=None)
    return row


def house_boxes(count: int = 6, *, west: float = WEST + 0.002) -> list[Any]:
    return [shapely.box(west + i * 0.001, SOUTH + 0.004, west + i * 0.001 + 0.0001, SOUTH + 0.0041) for i in range(count)]


def with_boundaries(township: AdminUnit) -> None:
    for i, code in enumerate(CODES):
        box = Polygon.from_bbox((WEST + i * SIDE, SOUTH, WEST + (i + 1) * SIDE, SOUTH + SIDE))
        AdminUnit.objects.filter(code=code).update(boundary=MultiPolygon(box, srid=4326))


def test_village_borders_are_taken_in_and_both_versions_kept(township: AdminUnit, tmp_path: Path) -> None:
    path = write_gpkg(tmp_path, frame(boxes(), XZQDM=CODES, XZQMC=NAMES))
    row = bring(township, "village", path)
    assert row.state == "checked" and row.choices["fields"] == {"code": "XZQDM", "name": "XZQMC"}
    assert row.report["unsolved"] == 0
    row = take_in_import(row, by=None, at=timezone.now())
    units = {unit.code: unit for unit in AdminUnit.objects.filter(code__in=CODES)}
    assert all(unit.boundary is not None and "村界.gpkg" in unit.boundary_source for unit in units.values())
    first, second = (units[code].boundary for code in CODES)
    assert first is not None and second is not None and first.intersection(second).area < 1e-12
    assert original_path(row.sha256).read_bytes() == path.read_bytes()
    assert len(json.loads(original_path(row.converted_sha256).read_text("utf-8"))["features"]) == 2
    with pytest.raises(ImportClosed):
        take_in_import(row, by=None, at=timezone.now())


def test_a_shifted_layer_is_found_measured_and_converted_only_when_asked(township: AdminUnit, tmp_path: Path) -> None:
    with_boundaries(township)
    for house in house_boxes(12):
        Building.objects.create(village=AdminUnit.objects.get(code=CODES[0]), outline=house.wkt, households=3)
    AdminUnit.objects.filter(code__in=CODES).update(boundary=None)

    def shift(xy: Any) -> Any:
        return np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], crs="gcj02"))

    small = [
        shapely.box(WEST, SOUTH + 0.003, WEST + 0.016, SOUTH + 0.005),
        shapely.box(WEST + 0.016, SOUTH, WEST + 0.03, SOUTH + 0.01),
    ]
    path = write_shape_zip(tmp_path, frame(shapely.transform(small, shift), 编码=CODES, 名称=NAMES), encoding="GBK")
    row = bring(township, "village", path)
    (suspicion,) = found(row, "DatumShiftSuspected")
    assert 300 < suspicion["figures"]["distance_m"] < 900
    with pytest.raises(ImportNotReady):
        take_in_import(row, by=None, at=timezone.now())
    row = choose(row, {"answers": {"DatumShiftSuspected": "gcj02_as_wgs84"}}, by=None)
    assert found(row, "DatumShiftSuspected")[0]["answer"] == "gcj02_as_wgs84"
    take_in_import(settle(row), by=None, at=timezone.now())
    unit = AdminUnit.objects.get(code=CODES[0])
    assert unit.boundary is not None
    assert shapely.from_wkt(unit.boundary.wkt).symmetric_difference(small[0]).area < small[0].area * 0.001


def test_a_layer_said_to_be_right_is_taken_in_as_it_is(township: AdminUnit, tmp_path: Path) -> None:
    with_boundaries(township)
    for house in house_boxes(12):
        Building.objects.create(village=AdminUnit.objects.get(code=CODES[0]), outline=house.wkt, households=3)
    shifted = [
        shapely.transform(box, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], crs="gcj02"))) for box in boxes()
    ]
    flat = [shapely.box(*shape.bounds) for shape in shifted]
    narrow = [shapely.box(s.bounds[0], s.bounds[1] + 0.003, s.bounds[2], s.bounds[1] + 0.0035) for s in flat]
    row = bring(township, "village", write_gpkg(tmp_path, frame(narrow, code=CODES)))
    row = choose(row, {"answers": {"DatumShiftSuspected": "as_named"}}, by=None)
    take_in_import(settle(row), by=None, at=timezone.now())
    unit = AdminUnit.objects.get(code=CODES[0])
    assert unit.boundary is not None and unit.boundary.extent[0] == pytest.approx(narrow[0].bounds[0], abs=1e-5)


def test_ground_of_two_goes_to_the_one_it_was_given_to(township: AdminUnit, tmp_path: Path) -> None:
    first, second = boxes()
    wide = shapely.box(WEST, SOUTH, WEST + SIDE + 0.002, SOUTH + SIDE)
    row = bring(township, "village", write_gpkg(tmp_path, frame([wide, second], code=CODES)))
    (overlap,) = found(row, "BorderConflict")
    assert overlap["level"] == "error" and overlap["mark"] == 1
    assert {mark["properties"]["role"] for mark in row.report["marks"]} == {"mark", "ground"}
    row = choose(row, {"answers": {overlap["key"]: "row:1"}}, by=None)
    take_in_import(row, by=None, at=timezone.now())
    taken = AdminUnit.objects.get(code=CODES[0]).boundary
    assert taken is not None and taken.area == pytest.approx(first.area, rel=1e-3)


def test_names_that_do_not_fit_are_proposed_and_only_taken_when_chosen(township: AdminUnit, tmp_path: Path) -> None:
    row = bring(township, "village", write_gpkg(tmp_path, frame(boxes(), 村名=["王屯村委会", "毛甜村民委"])))
    unknown = found(row, "NameUnknown")
    assert [one["choices"][0]["value"] for one in unknown] == CODES
    with pytest.raises(ImportNotReady):
        take_in_import(row, by=None, at=timezone.now())
    take_in_import(settle(row), by=None, at=timezone.now())
    assert AdminUnit.objects.filter(code__in=CODES, boundary__isnull=False).count() == 2
    assert bare_name("洲湖镇王屯村村民委员会") == "王屯"


def test_houses_replace_those_of_the_villages_they_stand_in(township: AdminUnit, tmp_path: Path) -> None:
    with_boundaries(township)
    other = AdminUnit.objects.get(code=CODES[1])
    Building.objects.create(village=AdminUnit.objects.get(code=CODES[0]), outline=house_boxes(1)[0].wkt, households=9)
    Building.objects.create(village=other, outline=shapely.box(114.515, 27.305, 114.5151, 27.3051).wkt, households=5)
    houses = [*house_boxes(6), shapely.box(114.6, 27.4, 114.6001, 27.4001)]
    row = bring(township, "building", write_shape_zip(tmp_path, frame(houses, 户数=[1, 2, 3, -4, 5, 6, 7]), encoding="GBK"))
    assert row.choices["fields"] == {"households": "户数"}
    assert found(row, "BuildingWithoutVillage") and found(row, "BadWeight")
    with pytest.raises(ImportNotReady):
        take_in_import(row, by=None, at=timezone.now())
    row = take_in_import(settle(row), by=None, at=timezone.now())
    assert sorted(Building.objects.filter(village__code=CODES[0]).values_list("households", flat=True)) == [1, 1, 2, 3, 5, 6]
    assert Building.objects.filter(village=other).count() == 1
    assert row.result["houses"] == 6


def test_roads_get_their_strength_from_their_class(township: AdminUnit, tmp_path: Path) -> None:
    lines = [shapely.LineString([(WEST, SOUTH + i * 0.001), (WEST + SIDE, SOUTH + i * 0.001)]) for i in range(5)]
    layer = frame(lines, highway=["primary", "村道", "机耕路", "river", "没听过"], bridge=[None, None, None, None, None])
    row = bring(township, "barrier", write_geojson(tmp_path, layer))
    assert found(row, "ClassUnknown")[0]["rows"] == [4]
    take_in_import(row, by=None, at=timezone.now())
    assert list(Barrier.objects.order_by("pk").values_list("strength", flat=True)) == [1.0, 0.8, 0.5, 1.0, 0.5]


def test_natural_villages_lie_in_their_village(township: AdminUnit, tmp_path: Path) -> None:
    with_boundaries(township)
    points = [shapely.Point(WEST + 0.005, SOUTH + 0.005), shapely.Point(WEST + 0.015, SOUTH + 0.005)]
    row = bring(township, "place", write_geojson(tmp_path, frame(points, 自然村=["上屋", "下屋"])))
    take_in_import(row, by=None, at=timezone.now())
    assert dict(PlaceGroup.objects.values_list("name", "village__code")) == dict(zip(["上屋", "下屋"], CODES, strict=True))


def test_key_places_are_brought_and_one_known_by_name_moves_and_keeps_its_history(township: AdminUnit, tmp_path: Path) -> None:
    with_boundaries(township)
    spots = [
        shapely.Point(WEST + 0.002, SOUTH + 0.005),
        shapely.Point(WEST + 0.012, SOUTH + 0.005),
        shapely.Point(WEST + 0.5, SOUTH),
    ]
    table = {"名称": ["门前塘", "小卖部", "外地"], "类型": ["山塘", "商店", "商店"], "风险等级": ["重大风险", "", "低"]}
    row = settle(bring(township, "key_place", write_gpkg(tmp_path, frame(spots, **table), "重点部位")))
    result = take_in_import(row, by=None, at=timezone.now()).result
    assert (result["key_places"], result["fresh"], result["units"]) == (2, 2, CODES)
    pond = KeyPlace.objects.get(name="门前塘")
    assert (pond.kind, pond.risk, pond.village.code) == ("山塘", "high", CODES[0])
    assert KeyPlace.objects.get(name="小卖部").risk == "medium"
    moved = write_gpkg(tmp_path, frame([shapely.Point(WEST + 0.003, SOUTH + 0.006)], 名称=["门前塘"]), "again")
    result = take_in_import(settle(bring(township, "key_place", moved)), by=None, at=timezone.now()).result
    assert (result["key_places"], result["fresh"], KeyPlace.objects.count()) == (1, 0, 2)
    after = KeyPlace.objects.get(name="门前塘")
    assert (after.pk, after.uuid, after.kind, after.risk) == (pond.pk, pond.uuid, "山塘", "high")
    assert round(after.point.x, 6) == round(WEST + 0.003, 6)


def test_a_layer_without_a_system_is_asked_for_it(township: AdminUnit, tmp_path: Path) -> None:
    metric = frame(boxes(), code=CODES).to_crs(4547)
    row = bring(township, "village", write_shape_zip(tmp_path, metric, without=[".prj"]))
    (missing,) = found(row, "MissingCRS")
    assert {choice["value"] for choice in missing["choices"]} >= {"4326", "4490", "4547", "4548"}
    row = choose(row, {"answers": {"MissingCRS": "4547"}}, by=None)
    assert row.report["unsolved"] == 0
    take_in_import(row, by=None, at=timezone.now())
    taken = AdminUnit.objects.get(code=CODES[0]).boundary
    assert taken is not None and taken.extent[0] == pytest.approx(WEST, abs=1e-6)


def test_an_empty_layer_and_a_broken_file_say_so(township: AdminUnit, tmp_path: Path) -> None:
    empty = tmp_path / "空.geojson"
    empty.write_text('{"type": "FeatureCollection", "features": []}', "utf-8")
    row = bring(township, "village", empty)
    assert row.report["unsolved"] >= 1
    with pytest.raises(ImportNotReady):
        take_in_import(row, by=None, at=timezone.now())
    broken = tmp_path / "坏.zip"
    broken.write_bytes(b"PK\x03\x04 nothing")
    row = bring(township, "village", broken)
    assert row.state == "refused" and "zip" in row.result["detail"]


def test_when_taking_in_fails_nothing_has_changed(township: AdminUnit, tmp_path: Path) -> None:
    with_boundaries(township)
    before = AdminUnit.objects.get(code=CODES[0]).boundary
    row = bring(township, "department", write_gpkg(tmp_path, frame(boxes(), 编码=["A", "A"])))
    from backend.places.departments import CannotCross

    with pytest.raises(CannotCross):
        take_in_import(settle(row), by=None, at=timezone.now())
    row.refresh_from_db()
    assert row.state == "checked" and AdminUnit.objects.get(code=CODES[0]).boundary == before


def test_a_department_brings_its_grids(township: AdminUnit, tmp_path: Path) -> None:
    row = bring(township, "department", write_gpkg(tmp_path, frame(boxes(), 网格编码=["A", "B"]), "防汛"))
    row = take_in_import(settle(row), by=None, at=timezone.now())
    assert row.result["cells"] == 2 and row.result["department"] == "防汛"


def test_a_large_file_waits_for_a_worker(township: AdminUnit, tmp_path: Path) -> None:
    path = tmp_path / "大.geojson"
    layer: gpd.GeoDataFrame = frame(boxes(), code=CODES)
    path.write_text(layer.to_json() + " " * 3_000_000, "utf-8")
    row = bring(township, "village", path)
    assert row.state == "waiting"
    from backend.places.imports import read_import

    assert read_import(row, at=timezone.now()).state == "checked"


def test_borders_that_move_under_grids_in_force_are_asked_about_and_divided_anew(township: AdminUnit, tmp_path: Path) -> None:
    with_boundaries(township)
    unit = AdminUnit.objects.get(code=CODES[0])
    AdminUnit.objects.filter(pk=unit.pk).update(is_unofficial=True)
    for house in house_boxes():
        Building.objects.create(
            village=unit, outline=GEOSGeometry(memoryview(shapely.to_wkb(house)), srid=4326), households=100
        )
    publish_plan(draft_plan(unit, by=None, at=timezone.now(), k=2), by=None, at=timezone.now(), on_moved=len)
    stale = draft_plan(unit, by=None, at=timezone.now(), k=3)
    shapes = boxes(2, west=WEST, south=SOUTH, side=SIDE)
    same = bring(township, "village", write_gpkg(tmp_path, frame(shapes, code=CODES, name=NAMES), "same"))
    assert not found(same, "GridsInForce")
    east = WEST + 0.005
    cut = [shapely.box(WEST, SOUTH, east, SOUTH + SIDE), shapely.box(east, SOUTH, WEST + 2 * SIDE, SOUTH + SIDE)]
    row = bring(township, "village", write_gpkg(tmp_path, frame(cut, code=CODES, name=NAMES), "cut"))
    [asked] = found(row, "GridsInForce")
    assert "1 个村有正在用的网格" in asked["title"] and asked["where"] == "王屯村"
    with pytest.raises(ImportNotReady):
        take_in_import(row, by=None, at=timezone.now())
    row = take_in_import(settle(row), by=None, at=timezone.now())
    assert row.result["again"] == [CODES[0]] and DivisionRun.objects.get(pk=row.result["run"]).townships.count() == 1
    unit.refresh_from_db()
    assert not unit.is_unofficial and unit.boundary_source.startswith("导入")
    owners = set(
        Building.objects.filter(outline__bboverlaps=Polygon.from_bbox((east, 0, 180, 90))).values_list("village__code")
    )
    assert owners == {(CODES[1],)}
    stale.refresh_from_db()
    with pytest.raises(PlanOutdated):
        publish_plan(stale, by=None, at=timezone.now(), on_moved=len)


def test_of_houses_drawn_twice_one_is_kept_however_many_there_are(township: AdminUnit, tmp_path: Path) -> None:
    with_boundaries(township)
    houses = [
        shapely.box(x, y, x + 2e-5, y + 2e-5) for x in np.arange(40) * 1e-4 + WEST + 0.001 for y in np.arange(55) * 1e-4 + SOUTH
    ]
    row = bring(township, "building", write_geojson(tmp_path, frame([*houses, *houses])))
    [finding] = found(row, "DuplicateShape")
    assert len(finding["rows"]) == 2000 and finding["figures"]["count"] == 2200
    assert take_in_import(row, by=None, at=timezone.now()).result["houses"] == 2200


def test_a_reader_that_was_stopped_before_the_check_is_gone_on_from(township: AdminUnit, tmp_path: Path) -> None:
    row = bring(township, "village", write_geojson(tmp_path, frame(boxes(), 村名=NAMES)))
    LayerImport.objects.filter(pk=row.pk).update(state="read", report={})
    read_layers(row.pk)
    row.refresh_from_db()
    assert row.state == "checked" and row.report["rows"] == 2
    LayerImport.objects.filter(pk=row.pk).update(state="waiting", report={}, layers=[])
    read_layers(row.pk)
    row.refresh_from_db()
    assert row.state == "checked" and row.report["rows"] == 2
    assert ProcrastinateJob.objects.filter(task_name=READ_IMPORT, args={"layer_import": row.pk}).count() == 1


def test_rows_of_mixed_shapes_are_named_before_anything_is_taken_in(township: AdminUnit, tmp_path: Path) -> None:
    mixed = shapely.GeometryCollection([boxes()[0], shapely.Point(WEST, SOUTH)])
    row = bring(township, "village", write_geojson(tmp_path, frame([mixed, boxes()[1]], 村名=NAMES)))
    assert found(row, "WrongKind")[0]["rows"] == [0]
    assert take_in_import(settle(row), by=None, at=timezone.now()).result["units"] == [CODES[1]]


def test_what_geometry_refuses_is_said_in_chinese(township: AdminUnit, tmp_path: Path) -> None:
    flat = shapely.Polygon([(WEST, SOUTH), (WEST + 0.01, SOUTH), (WEST, SOUTH), (WEST, SOUTH)])
    row = settle(bring(township, "village", write_geojson(tmp_path, frame([flat], 村名=NAMES[:1]))))
    with pytest.raises(ImportNotReady, match="补画它的边界"):
        take_in_import(row, by=None, at=timezone.now())


def test_columns_of_words_chosen_for_numbers_are_named_and_counted_as_one(township: AdminUnit, tmp_path: Path) -> None:
    with_boundaries(township)
    said = ["很多", "-3", "1e999", "nan", None, "4"]
    row = bring(township, "building", write_geojson(tmp_path, frame(house_boxes(), 备注=said)))
    row = choose(row, {"fields": {"households": "备注"}}, by=None)
    assert found(row, "BadWeight")[0]["rows"] == [0, 1, 2, 3, 4]
    done = take_in_import(settle(row), by=None, at=timezone.now()).result
    assert (done["houses"], done["households"]) == (6, 9)
