"""Coverage over the desk's API: grids by share, why, and nobody's name."""

from __future__ import annotations

import base64
import io
from datetime import timedelta
from pathlib import Path

import pyogrio
import pytest
from django.utils import timezone
from openpyxl import load_workbook

from backend.audits.actions import mark_touched
from backend.audits.visits import county_day
from backend.field.models import TrackSegment
from backend.places.models import Grid
from tests.backend.audits.ground import computed, lay_lane, store_walk
from tests.backend.builders import Village, make_operator, make_township, make_unit, make_worker
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db


def supervisor() -> Desk:
    return Desk(make_operator(make_township(), name="督查甲", role="supervisor"))


def walked(village: Village) -> Grid:
    grid = village.grids[0]
    lay_lane(grid)
    person = make_worker(grid, name="走路人")
    store_walk(grid, along=(0.2, 0.6), person=person)
    computed(grid)
    return grid


def test_a_supervisor_reads_the_share_of_every_grid_from_the_least_seen_up(village: Village) -> None:
    grid = walked(village)
    said = supervisor().read("coverage")
    assert [row["code"] for row in said["grids"]] == [grid.code, village.grids[1].code]
    first, second = said["grids"]
    assert 0.2 < first["share"] < 0.4
    assert second["share"] is None
    assert said["pending"] == 1  # the second grid's ground is not made yet
    assert said["summary"]["seen_m2"] == first["seen_m2"] > 0
    assert said["classes"] == [0.4, 0.6, 0.8, 0.95]
    assert said["synthetic"]
    assert [row["grid"] for row in said["blind"]] == [village.grids[1].code]


def test_why_adds_up_to_the_ground_and_names_nobody(village: Village) -> None:
    grid = walked(village)
    desk = supervisor()
    answer = desk.get(f"coverage/{grid.code}")
    said = answer.json()
    assert sum(part["m2"] for part in said["parts"]) == said["ground_m2"]
    assert [part["kind"] for part in said["parts"]] == ["seen", "no_entry", "not_recorded", "none"]
    assert said["share"] == pytest.approx(said["seen_m2"] / said["ground_m2"])
    assert len(said["days"]) == 7
    assert [leg["counted"] for leg in said["legs"]] == [True]
    assert len(said["visits"]) == 1
    assert "走路人" not in answer.content.decode()


def test_why_says_how_much_of_the_roads_was_seen_of_all_there_are(village: Village) -> None:
    grid = walked(village)
    desk = supervisor()
    week, row = desk.read(f"coverage/{grid.code}"), desk.read("coverage")["grids"][0]
    assert 0 < week["roads_seen_m"] < week["roads_m"]
    for name in ("roads_m", "roads_seen_m", "banks_m", "banks_seen_m"):
        assert week[name] == row[name]
    yesterday = timezone.now() - timedelta(days=1)
    store_walk(grid, along=(0.5, 1.0), person=make_worker(name="另一人"), start=yesterday - timedelta(minutes=30))
    computed(grid, yesterday)
    both, row = desk.read(f"coverage/{grid.code}"), desk.read("coverage")["grids"][0]
    assert week["roads_seen_m"] < both["roads_seen_m"] == row["roads_seen_m"] <= both["roads_m"]


def test_the_rule_says_that_walking_every_road_does_not_make_the_share_whole(village: Village) -> None:
    grid = village.grids[0]
    lay_lane(grid)
    store_walk(grid, along=(0.0, 1.0), person=make_worker(grid))
    computed(grid)
    said = supervisor().read(f"coverage/{grid.code}")
    assert said["share"] == pytest.approx(40 / 60, abs=0.02)
    assert "路全走完，路两边的地也只算看到约 67%" in said["rule"]["text"]


def test_the_week_is_the_union_of_its_days_not_their_sum(village: Village) -> None:
    grid = village.grids[0]
    lay_lane(grid)
    now = timezone.now()
    person = make_worker(grid)
    for days, along in ((0, (0.2, 0.6)), (1, (0.4, 0.8)), (2, (0.2, 0.6))):
        at = now - timedelta(days=days)
        store_walk(grid, along=along, person=person, start=at - timedelta(hours=1) if days else None)
        computed(grid, at)
    one = supervisor().read("coverage", **{"from": county_day(now).isoformat()})["grids"][0]
    week = supervisor().read("coverage")["grids"][0]
    assert week["seen_m2"] == pytest.approx(one["seen_m2"] * 0.6 / 0.4, rel=0.1)


def test_the_workbook_and_the_map_open_and_say_by_which_rule(village: Village, tmp_path: Path) -> None:
    grid = walked(village)
    Grid.objects.filter(pk=grid.pk).update(name="=HYPERLINK(1)")
    desk = supervisor()
    book = load_workbook(io.BytesIO(desk.get("coverage/export.xlsx").content))
    assert book.sheetnames == ["网格", "每天", "没人到的地方", "过期未到的场所"]
    cells = [cell for row in book["网格"].iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type != "f" for cell in cells)
    for sheet in book:
        titles = int(sheet.freeze_panes[1:]) - 1
        assert all(row[0].value is not None for row in sheet.iter_rows(min_row=titles))
    text = " ".join(str(cell.value) for cell in cells)
    assert grid.code in text
    assert "第 1 版" in text
    assert "合成示意" in text
    for crs in ("4326", "4490", "4547"):
        path = tmp_path / f"{crs}.gpkg"
        path.write_bytes(desk.get("coverage/export.gpkg", crs=crs).content)
        assert {name for name, _ in pyogrio.list_layers(path)} == {"grids", "ground", "seen", "about"}
        seen = pyogrio.read_dataframe(path, layer="seen")
        assert list(seen["code"]) == [grid.code]
        assert seen.crs.to_epsg() == int(crs)
    assert seen.area.iloc[0] == pytest.approx(seen["seen_m2"].iloc[0], rel=0.001)


def shares(desk: Desk, **asked: str) -> dict[str, int]:
    said = desk.read("coverage/shares", **asked)
    codes = desk.read(f"coverage/codes/{said['codes']}", to=said["to"])
    return dict(zip(codes, base64.b64decode(said["values"]), strict=True))


def test_a_map_is_painted_with_a_byte_a_grid_that_says_what_the_table_says(village: Village) -> None:
    grid, desk = walked(village), supervisor()
    row = desk.read("coverage")["grids"][0]
    assert shares(desk) == {grid.code: int(row["share"] * 100), village.grids[1].code: 255}
    assert desk.get("coverage/codes/of-other-grids").status_code == 404


def test_the_paint_follows_a_figure_that_grew_and_one_that_went_away(village: Village) -> None:
    grid, desk = walked(village), supervisor()
    before = shares(desk)[grid.code]
    store_walk(grid, along=(0.5, 1.0), person=make_worker(name="另一人"))
    computed(grid)
    assert shares(desk)[grid.code] > before
    TrackSegment.objects.all().delete()
    mark_touched([grid.code], county_day(timezone.now()), at=timezone.now())
    assert shares(desk)[grid.code] > before
    computed(grid)
    assert shares(desk)[grid.code] == 0


def test_what_is_kept_of_the_paint_is_kept_for_equal_sight_only(village: Village) -> None:
    walked(village)
    assert len(shares(supervisor())) == 2
    other = make_operator(make_unit("360829101000", "平都镇"), name="督查乙", role="supervisor")
    assert shares(Desk(other)) == {}
