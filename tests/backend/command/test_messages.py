from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from notifications.actions import acknowledge_alert, announce
from notifications.events import UrgentReported
from notifications.jobs import fan_out
from notifications.models import Alert
from tests.backend.builders import make_operator, make_unit, make_village, make_worker
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db


def message(*areas: str, **more: Any) -> dict[str, Any]:
    return {"areas": list(areas), "severity": "urgent", "title": "暴雨红色预警", "text": "请通知低处的人撤", **more}


def test_a_message_to_a_village_reaches_its_people_and_shows_who_has_seen_it() -> None:
    village = make_village()
    lan, wei = make_worker(village.grids[0]), make_worker(village.grids[1], name="魏强")
    desk = Desk(make_operator())
    sent = desk.change("messages", message(village.unit.code))
    alert = Alert.objects.get(uuid=sent["id"])
    fan_out(alert.pk)
    acknowledge_alert(alert, by=lan, at=timezone.now(), received_at=timezone.now(), via="phone")
    shown = desk.read(f"alerts/{sent['id']}")
    assert (shown["people"], shown["seen"], shown["unseen"], shown["unreachable"]) == (2, 1, 1, 0)
    states = {row["name"]: row["state"] for row in shown["recipients"]}
    assert states == {lan.name: "seen", wei.name: "not_seen"}
    assert all(row["grid_name"] and row["channels"][0]["text"] for row in shown["recipients"])
    assert [row["id"] for row in desk.read("alerts")] == [row["id"] for row in desk.read("centre")["alerts"]] == [sent["id"]]


def test_before_sending_one_sees_whom_it_reaches() -> None:
    village = make_village()
    lan = make_worker(village.grids[0])
    make_worker(village.grids[1], name="魏强")
    desk = Desk(make_operator())
    preview = desk.change("messages/preview", {"areas": [village.grids[0].code], "severity": "normal"})
    assert preview["people"] == 1 and preview["names"] == preview["unreached"] == [lan.name]
    assert not Alert.objects.exists()


def test_a_message_that_would_reach_nobody_is_not_sent() -> None:
    village = make_village()
    answer = Desk(make_operator()).post("messages", message(village.unit.code))
    assert answer.json()["type"] == "/problems/nobody_there" and not Alert.objects.exists()


@pytest.mark.parametrize("wrong", [{"areas": []}, {"title": ""}, {"text": ""}, {"severity": "loud"}, {"expires_in_h": 0}])
def test_nonsense_is_refused(wrong: dict[str, Any]) -> None:
    village = make_village()
    make_worker(village.grids[0])
    assert Desk(make_operator()).post("messages", message(village.unit.code) | wrong).status_code == 422


def test_one_area_that_is_not_ones_own_stops_the_whole_message() -> None:
    here, there = make_village(), make_village(code="360829101201", name="外村")
    make_worker(here.grids[0])
    make_worker(there.grids[0], name="远方人")
    answer = Desk(make_operator()).post("messages", message(here.unit.code, there.unit.code))
    assert answer.status_code == 404 and not Alert.objects.exists()


def test_a_supervisor_writes_no_message_and_the_next_township_does_not_see_it() -> None:
    village = make_village()
    make_worker(village.grids[0])
    sent = Desk(make_operator()).change("messages", message(village.unit.code))
    supervisor = Desk(make_operator(name="周明", role="supervisor"))
    assert supervisor.post("messages", message(village.unit.code)).status_code == 403
    assert supervisor.read(f"alerts/{sent['id']}")["title"] == "暴雨红色预警"
    neighbour = Desk(make_operator(make_unit("360829101000", "平都镇"), name="邻镇人"))
    assert neighbour.get(f"alerts/{sent['id']}").status_code == 404 and neighbour.read("alerts") == []


def test_a_receiver_sees_the_message_and_not_who_else_has_seen_it() -> None:
    village = make_village()
    lan = make_worker(village.grids[0])
    make_worker(village.grids[1], name="魏强")
    sent = Desk(make_operator()).change("messages", message(village.unit.code))
    fan_out(Alert.objects.get(uuid=sent["id"]).pk)
    shown = Desk(lan).read(f"alerts/{sent['id']}")
    assert [row["name"] for row in shown["recipients"]] == [lan.name]


def test_somebody_at_a_desk_who_received_an_alert_presses_received_once() -> None:
    village = make_village()
    operator, other = make_operator(), make_operator(name="肖丽")
    event = UrgentReported(
        report=str(uuid4()),
        kind="山上起火",
        place=village.grids[0].name,
        text="冒烟。",
        grid_code=village.grids[0].code,
        reporter=make_worker(village.grids[0]).pk,
        occurred_at=timezone.now(),
        at=timezone.now(),
    )
    alert = announce(event, at=timezone.now())
    assert alert is not None
    fan_out(alert.pk)
    desk = Desk(operator)
    for _ in range(2):
        shown = desk.change(f"alerts/{alert.uuid}/acknowledgement", {})
    states = {row["name"]: (row["state"], row["is_me"]) for row in shown["recipients"]}
    assert states == {operator.name: ("seen", True), other.name: ("not_seen", False)}
    assert "。。" not in shown["text"]
