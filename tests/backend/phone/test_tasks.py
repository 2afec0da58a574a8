"""What of a person's duties is on their phone: far enough ahead, without telling where anybody lives."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.gis.geos import LineString, Point
from django.utils import timezone

from backend.accounts.models import User
from backend.patrols.models import Task
from backend.places.models import Household, Route
from tests.backend.builders import Village, give_duty, make_checklist, make_person, make_task, middle
from tests.backend.phone_client import Phone, make_item

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_a_household_is_told_by_its_name_and_nowhere_by_its_place(phone: Phone, worker: User, village: Village) -> None:
    grid = village.grids[0]
    point = Point(114.503217, 27.394381, srid=4326)
    home = Household.objects.create(
        village=grid.village, grid_code=grid.code, name="刘奶奶家", kind="elderly_alone", point=point
    )
    make_task(grid, worker, make_checklist(village.unit), source="rule", household=home, object_key=str(home.uuid))
    [task] = phone.sees("task").values()
    assert task["object"] == {"kind": "household", "key": str(home.uuid), "name": "刘奶奶家"}
    assert "114.503" not in json.dumps(phone.changes()) and "27.394" not in json.dumps(task)


def test_a_route_says_where_it_runs(phone: Phone, worker: User, village: Village) -> None:
    lon, lat = middle(village.grids[0])
    line = LineString((lon, lat), (lon + 0.001, lat), srid=4326)
    route = Route.objects.create(village=village.unit, grid_code=village.grids[0].code, name="河堤", kind="river", line=line)
    make_task(village.grids[0], worker, make_checklist(village.unit), source="rule", route=route, object_key=str(route.uuid))
    [task] = phone.sees("task").values()
    assert task["object"]["line"] == [[round(lon, 6), round(lat, 6)], [round(lon + 0.001, 6), round(lat, 6)]]


def test_two_weeks_are_on_the_phone_and_what_was_missed_long_ago_is_not(phone: Phone, worker: User, village: Village) -> None:
    items, now = make_checklist(village.unit), timezone.now()
    days = (-20, -8, -3, 0, 13, 20)
    made = {
        (source, day): make_task(
            village.grids[0], worker, items, source=source, window=(now + (day - 0.5) * DAY, now + (day + 0.4) * DAY)
        )
        for source in ("rule", "order")
        for day in days
    }
    seen = phone.sees("task")
    assert [day for day in days if str(made["rule", day].uuid) in seen] == [-3, 0, 13]
    assert [day for day in days if str(made["order", day].uuid) in seen] == [-20, -8, -3, 0, 13]


def test_an_item_tells_what_is_asked_besides_and_what_was_settled_elsewhere(
    phone: Phone, worker: User, village: Village
) -> None:
    admissions = make_checklist(village.unit, "SL-01", "SL-02")
    asked = {"type": "number", "label": "水位", "unit": "米", "min": 0, "max": 12.5}
    type(admissions[0].item).objects.filter(code="SL-01").update(answer_type=asked)
    now = timezone.now()
    today = make_task(village.grids[0], worker, admissions[:1], source="rule", window=(now - DAY / 2, now + DAY / 2))
    week = make_task(village.grids[0], worker, admissions, source="rule", window=(now - 2 * DAY, now + 5 * DAY))
    phone.sync(make_item("answer", {"task": str(today.uuid), "item": "SL-01@1", "result": "ok", "value": "3.2"}))
    items = phone.sees("task")[str(week.uuid)]["items"]
    assert items[0]["answer_type"] == asked
    assert [(item["is_settled"], item["result"]) for item in items] == [(True, None), (False, None)]


def test_a_stand_in_has_the_open_rounds_of_the_grid_too_even_those_nobody_is_accountable_for(village: Village) -> None:
    stand_in = make_person("替班的人")
    give_duty(stand_in, village.grids[0], role="stand_in")
    alarm = make_task(village.grids[0], stand_in, make_checklist(village.unit), source="rule")
    Task.objects.filter(pk=alarm.pk).update(person=None)
    assert set(Phone(stand_in).sees("task")) == {str(alarm.uuid)}


def test_what_left_a_task_is_not_asked(phone: Phone, worker: User, village: Village) -> None:
    task = make_task(village.grids[0], worker, make_checklist(village.unit), source="rule")
    task.items.filter(position=0).update(state="withdrawn")
    assert [item["item"] for item in phone.sees("task")[str(task.uuid)]["items"]] == ["FH-02@1"]
