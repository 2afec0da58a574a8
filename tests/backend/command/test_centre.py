from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.utils import timezone

from backend.accounts.models import User
from backend.field.models import Attachment, Flag, LastPosition, Report
from backend.patrols.models import Patrol
from backend.places.models import Grid
from tests.backend.builders import (
    give_duty,
    make_operator,
    make_person,
    make_report_kind,
    make_township,
    make_village,
    make_worker,
    middle,
)
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db
SHA = "c0" * 32


def report(person: User, grid: Grid, **more: Any) -> Report:
    now = timezone.now()
    values = {
        "uuid": uuid.uuid4(), "kind": make_report_kind(), "kind_code": "0101", "text": "路边积水", "grid_code": grid.code,
        "home_code": grid.code, "point": Point(*middle(grid), srid=4326), "accuracy_m": 12.0, "occurred_at": now, "received_at": now,
    }  # fmt: skip
    return Report.objects.create(person=person, **(values | more))


def test_a_report_is_shown_with_its_place_person_and_the_photos_that_arrived() -> None:
    grid = make_village().grids[0]
    lan, missing = make_worker(grid), "d1" * 32
    row = report(lan, grid, photos=[SHA, missing])
    Flag.objects.create(uuid=uuid.uuid4(), person=lan, about="report", about_id=row.uuid, rule="late", raised_at=timezone.now())
    stored = {"person": lan, "media_type": "image/jpeg", "length": 3, "created_at": timezone.now()}
    Attachment.objects.create(sha256=SHA, state="stored", offset=3, **stored)
    Attachment.objects.create(sha256=missing, state="receiving", offset=1, **stored)
    [shown] = Desk(make_operator()).read("centre")["reports"]
    assert shown["id"] == str(row.uuid) and shown["kind_name"] == "垃圾堆放" and shown["grid_name"] == grid.name
    assert shown["person"] == {"id": str(lan.uuid), "name": "兰小英"}
    assert [shown["lon"], shown["lat"]] == [round(value, 6) for value in middle(grid)]
    assert shown["photos_expected"] == 2 and [photo["sha256"] for photo in shown["photos"]] == [SHA]
    assert shown["photos"][0]["url"] == f"/api/command/photos/{SHA}" and shown["flags"] == ["补传较晚"]


def test_somebody_elses_upload_of_the_same_name_is_not_taken_for_the_reporters_photo() -> None:
    village = make_village()
    lan, wei = make_worker(village.grids[0]), make_worker(village.grids[1], name="魏强")
    report(lan, village.grids[0], photos=[SHA])
    Attachment.objects.create(
        sha256=SHA, person=wei, media_type="image/jpeg", length=3, offset=3, state="stored", created_at=timezone.now()
    )
    assert Desk(make_operator()).read("centre")["reports"][0]["photos"] == []


def test_reports_of_two_days_stand_on_the_wall_and_all_of_them_in_the_list() -> None:
    grid = make_village().grids[0]
    lan = make_worker(grid)
    old = report(lan, grid, received_at=timezone.now() - timedelta(days=3))
    new = report(lan, grid, is_urgent=True, text="冒烟")
    desk = Desk(make_operator())
    assert [row["id"] for row in desk.read("centre")["reports"]] == [str(new.uuid)]
    assert [row["id"] for row in desk.read("reports")["items"]] == [str(new.uuid), str(old.uuid)]
    assert [row["id"] for row in desk.read("reports", urgent="true")["items"]] == [str(new.uuid)]
    since = (timezone.now() - timedelta(days=1)).isoformat()
    assert desk.read("reports", since=since, kind="0101", grid=grid.code)["count"] == 1
    assert desk.read(f"reports/{old.uuid}")["text"] == "路边积水"


def test_a_long_list_comes_in_pages() -> None:
    grid = make_village().grids[0]
    lan = make_worker(grid)
    for _ in range(53):
        report(lan, grid)
    desk = Desk(make_operator())
    first, second = desk.read("reports"), desk.read("reports", page=2)
    assert (first["count"], first["pages"], len(first["items"]), len(second["items"])) == (53, 2, 50, 3)


def test_people_on_patrol_have_a_place_and_nobody_else_has() -> None:
    grid = make_village().grids[0]
    lan = make_worker(grid)
    patrol = Patrol.objects.create(uuid=uuid.uuid4(), person=lan, started_at=timezone.now(), received_at=timezone.now())
    LastPosition.objects.create(
        person=lan, patrol_uuid=patrol.uuid, t=timezone.now() - timedelta(minutes=20), point=Point(*middle(grid), srid=4326),
        accuracy_m=8, course_deg=90, grid_code=grid.code,
    )  # fmt: skip
    [walker] = Desk(make_operator()).read("centre")["people"]
    assert walker["name"] == lan.name and walker["grid"] == grid.code and walker["course"] == 90
    assert walker["is_stale"] is True and walker["patrol_started_at"] is not None


def test_a_grid_without_a_person_is_an_alarm_until_somebody_is_named() -> None:
    village = make_village()
    make_worker(village.grids[0])
    desk = Desk(make_operator())
    [alarm] = desk.read("centre")["alarms"]
    assert alarm["grid"] == village.grids[1].code and "没有责任人" in alarm["text"]
    give_duty(make_person("新人"), village.grids[1])
    assert desk.read("centre")["alarms"] == []


def test_two_operators_of_one_township_see_the_same_wall_even_if_one_has_a_grid_elsewhere() -> None:
    here, elsewhere = make_village(), make_village(code="360829101201", name="外村", grids=1)
    lan = make_worker(here.grids[0])
    report(lan, here.grids[0])
    far = make_worker(elsewhere.grids[0], name="远方人")
    report(far, elsewhere.grids[0])
    plain, both = make_operator(), make_operator(name="两头跑")
    give_duty(both, elsewhere.grids[0], role="stand_in")
    walls = [Desk(user).read("centre") for user in (plain, both)]
    assert walls[0] | {"at": ""} == walls[1] | {"at": ""}


def test_me_says_who_i_am_and_where_my_ground_lies() -> None:
    grid = make_village().grids[0]
    me = Desk(make_operator()).read("me")
    assert me["name"] == "魏明" and me["units"] == [make_township().stem]
    assert me["roles"] == [{"role": "centre_operator", "role_name": "受理员", "unit": "360829102000", "unit_name": "洲湖镇"}]
    west, south, east, north = me["bounds"]
    assert west <= grid.polygon.extent[0] and east >= grid.polygon.extent[2] and south < north
    assert me["synthetic"] is True and me["tiles_version"] and "{z}" in me["tiles"]


def test_the_wall_takes_few_questions_however_much_there_is(django_assert_max_num_queries: Any) -> None:
    grid = make_village().grids[0]
    lan = make_worker(grid)
    for _ in range(30):
        report(lan, grid)
    desk = Desk(make_operator())
    with django_assert_max_num_queries(30):
        desk.read("centre")
