"""What no form of ours sends: every answer is a refusal that says so, never an error of ours, never a row that poisons a list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from backend.accounts.models import AccessEntry
from backend.places.models import GridDuty
from tests.backend.builders import make_checklist, make_operator, make_township, make_unit, make_worker
from tests.backend.command.desk import Desk
from tests.backend.command.world import World, make_world
from tests.backend.phone_client import Phone

pytestmark = pytest.mark.django_db

UNSTORABLE = ["a\x00b", "\ud800"]
SEARCHES = [
    "units?q={}", "units?level={}", "reports?kind={}", "reports?grid={}", "tasks?state={}", "tasks?grid={}", "people?q={}",
    "plans?unit={}", "key-places?grid={}", "items?grid={}", "visits/{}", "basemap/{}", "photos/{}",
]  # fmt: skip


def county_desk(world: World) -> Desk:
    return Desk(world.admin)


def task_body(world: World, **more: Any) -> dict[str, Any]:
    now = timezone.now()
    window = {"from": now.isoformat(), "to": (now + timedelta(days=1)).isoformat()}
    return {"grid": world.grid.code, "ground": "森林防火期", "items": ["FH-01@1"], **window, **more}


def test_no_search_falls_over_a_nul() -> None:
    desk = county_desk(make_world())
    answers = {path: desk.http.get(f"/api/command/{path.format('a%00b')}").status_code for path in SEARCHES}
    assert set(answers.values()) <= {404, 422}, answers


@pytest.mark.parametrize("text", UNSTORABLE, ids=ascii)
def test_no_text_falls_over_what_the_database_cannot_hold(text: str) -> None:
    world = make_world()
    desk, area = county_desk(world), [world.grid.code]
    answers = [
        desk.post("tasks", task_body(world, ground=text * 2)),
        desk.post("tasks", task_body(world, grid=text)),
        desk.post("messages", {"areas": area, "title": text, "text": "内容"}),
        desk.post("messages", {"areas": [text], "title": "通知", "text": "内容"}),
        desk.post(f"tasks/{world.task.uuid}/withdraw", {"ground": text * 2}),
        desk.post("tracks/look", {"visit": str(world.visit.item), "reason": text * 4}),
        desk.post("plans/draft", {"unit": text}),
    ]
    assert [answer.status_code for answer in answers] == [422] * len(answers)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("text", UNSTORABLE, ids=ascii)
def test_no_word_of_a_phone_falls_over_what_the_database_cannot_hold(text: str, phone: Phone) -> None:
    answers = [
        phone.post("health", {"app_version": text}),
        phone.post("health", {"permissions": {text: text}}),
        phone.post("consent", {"notice_version": text, "decision": "given"}),
        phone.put("address", {"channel": "fcm", "kind": "token", "address": text * 8}),
        phone.put("address", {"channel": "fcm", "kind": "token", "address": "长" * 3000}),
    ]
    assert [answer.status_code for answer in answers] == [422] * len(answers)


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_outside_every_calendar_is_refused(day: str) -> None:
    world = make_world()
    desk = county_desk(world)
    for path in ("visits", f"visits/{world.grid.code}"):
        assert desk.get(path, day=day).status_code == 422
    assert desk.get("reports", since=day).status_code == 422


@pytest.mark.parametrize("begin", ["2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", 0])
def test_an_instant_without_a_zone_or_outside_every_calendar_is_refused(begin: str | int) -> None:
    world = make_world()
    make_checklist(make_township(), "FH-09")
    desk = county_desk(world)
    later = (timezone.now() + timedelta(days=1)).isoformat()
    duty = {"grid": world.grid.code, "user": str(world.worker.uuid), "role": "stand_in", "from": begin}
    assert desk.post("duties", duty).status_code == 422
    assert desk.post("tasks", task_body(world, **{"from": begin, "to": later})).status_code == 422
    assert desk.get("tasks").status_code == desk.get("grids").status_code == 200


def test_blanks_are_no_reason_and_no_message() -> None:
    world = make_world()
    desk, before = county_desk(world), AccessEntry.objects.count()
    assert desk.post("tracks/look", {"visit": str(world.visit.item), "reason": "     "}).status_code == 422
    assert desk.post(f"tasks/{world.task.uuid}/withdraw", {"ground": "    "}).status_code == 422
    assert desk.post("tasks", task_body(world, ground="    ")).status_code == 422
    assert desk.post("messages", {"areas": [world.grid.code], "title": " ", "text": " "}).status_code == 422
    assert AccessEntry.objects.count() == before


def test_a_worker_whose_time_is_taken_by_a_planned_successor_is_refused_with_a_reason() -> None:
    world = make_world()
    desk, other = county_desk(world), make_worker(world.grid.plan.grids.exclude(pk=world.grid.pk)[0], name="魏强")
    next_week = (timezone.now() + timedelta(days=7)).isoformat()
    planned = {"grid": world.grid.code, "user": str(other.uuid), "role": "worker", "from": next_week}
    assert desk.post("duties", planned).status_code == 200
    at_once = desk.post("duties", planned | {"user": str(world.worker.uuid), "from": None})
    assert (at_once.status_code, at_once.json()["type"]) == (409, "/problems/duty_taken")
    assert "魏强" in at_once.json()["detail"]
    assert desk.post("duties", planned | {"user": str(world.worker.uuid)}).status_code == 200


def test_who_was_accountable_yesterday_cannot_be_rewritten_today() -> None:
    world = make_world()
    desk, before = county_desk(world), list(GridDuty.objects.order_by("pk").values_list("pk", "valid"))
    yesterday = (timezone.now() - timedelta(days=1)).isoformat()
    body = {"grid": world.grid.code, "user": str(world.worker.uuid), "role": "worker", "from": yesterday}
    assert desk.post("duties", body).status_code == 422
    assert list(GridDuty.objects.order_by("pk").values_list("pk", "valid")) == before


@pytest.mark.parametrize("wanted", ["foo", "a\r\nb", "//evil.example", "https://evil.example/", "javascript:alert(1)"])
def test_a_next_page_that_is_no_address_of_ours_leads_home(wanted: str) -> None:
    http = signed_in_without_code()
    answer = http.get("/sign-in/enrol-code", {"next": wanted})
    assert answer.status_code == 200 and answer.context["next"] == "/"


def test_an_authenticator_begun_twice_at_once_can_still_be_set_up() -> None:
    http = signed_in_without_code()
    for name in ("one", "two"):  # what two requests at the same moment leave behind
        TOTPDevice.objects.create(user_id=int(http.session["_auth_user_id"]), confirmed=False, name=name)
    assert http.get("/sign-in/enrol-code").status_code == 200


def signed_in_without_code() -> Client:
    return Desk(make_operator(make_unit("360829000000"), role="county_admin"), code_given=False).http
