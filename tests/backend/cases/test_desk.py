"""Cases over HTTP: what each desk sees and may do, what it is offered, and what it is told when it may not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.cases import actions
from backend.cases.models import Case
from tests.backend.builders import make_operator, make_report_kind, make_township, make_unit, make_village, make_worker
from tests.backend.cases.scene import case_at, make_handler, make_office, make_report, make_scene
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db
REASON = {"reason": "不归镇里管"}


def test_a_report_goes_through_the_desks_to_its_close() -> None:
    scene = make_scene()
    report = make_report(scene.worker, scene.grid)
    operator, dispatcher, handler = Desk(scene.operator), Desk(scene.dispatcher), Desk(scene.handler)
    assert [lane["count"] for lane in operator.read("cases/board")["lanes"]] == [1, 0, 0, 0, 0, 0]
    case = operator.change(f"reports/{report.uuid}/register")
    address = f"cases/{case['id']}"
    assert case["may"] == [] and case["number"].endswith("-0001")
    seen = dispatcher.read(address)
    assert seen["may"] == ["assign"] and [row["name"] for row in seen["offices"]] == ["司法所"]
    dispatcher.change(f"{address}/assign", {"office": scene.office.pk, "expected_state": "registered"})
    assert handler.read(address)["may"] == ["return", "start"]
    handler.change(f"{address}/start")
    handler.change(f"{address}/feedback", {"text": "清走了两车"})
    operator.change(f"{address}/check")
    refused = handler.post(f"{address}/verify", {"result": "pass"})
    assert refused.json()["type"] == "/problems/handler_cannot_verify"
    assert operator.change(f"{address}/verify", {"result": "pass"})["may"] == ["close"]
    closed = operator.change(f"{address}/close", {"expected_state": "post_verify"})
    assert closed["state"] == "closed" and [node["state"] for node in closed["nodes"]] == ["done"] * 7
    assert operator.read("cases/board")["ended"] == {"closed": 1, "rejected": 0, "merged": 0}


def test_the_duty_chief_registers_and_assigns_in_one_go_an_operator_does_not() -> None:
    scene = make_scene()
    report = make_report(scene.worker, scene.grid)
    body = {"office": scene.office.pk, "handler": str(scene.handler.uuid)}
    assert Desk(scene.operator).post(f"reports/{report.uuid}/register", body).status_code == 403
    assert Desk(scene.operator).read(f"reports/{report.uuid}/decision")["case"] is None
    case = Desk(scene.chief).change(f"reports/{report.uuid}/register", body)
    assert (case["state"], case["office"], case["handler"]) == ("assigned", "司法所", "胡志强")


def test_the_second_desk_is_told_who_was_first() -> None:
    scene = make_scene()
    case = case_at(scene, "assigned")
    told = Desk(scene.chief).post(f"cases/{case.uuid}/assign", {"office": scene.office.pk, "expected_state": "registered"})
    assert told.status_code == 409 and told.json()["type"] == "/problems/case_moved"
    assert "邓丽刚改过这里" in told.json()["detail"]


def test_offices_see_the_cases_given_to_them_and_no_reports() -> None:
    scene = make_scene()
    other = Desk(make_handler(make_office("PS", "派出所"), "宋强"))
    own = Desk(scene.handler)
    case = case_at(scene, "assigned")
    waiting = make_report(scene.worker, scene.grid)
    assert own.read(f"cases/{case.uuid}")["text"] == case.text
    assert other.get(f"cases/{case.uuid}").status_code == 404
    assert other.post(f"cases/{case.uuid}/start").status_code == 404
    for desk in (own, other):
        assert desk.get(f"reports/{waiting.uuid}").status_code == 404
        assert desk.read("centre")["reports"] == []
        assert [lane["count"] for lane in desk.read("centre")["lanes"]] == [0, 0, 0, 0]


def test_a_supervisor_verifies_and_changes_nothing_else() -> None:
    scene = make_scene()
    supervisor = Desk(make_operator(name="周明", role="supervisor"))
    case = case_at(scene, "post_verify")
    assert supervisor.read(f"cases/{case.uuid}")["may"] == ["pass", "not_pass", "unable"]
    assert supervisor.change(f"cases/{case.uuid}/verify", {"result": "pass"})["state"] == "post_verify"
    assert supervisor.post(f"cases/{case.uuid}/close").status_code == 403
    assert supervisor.post(f"reports/{make_report(scene.worker, scene.grid).uuid}/reject", REASON).status_code == 403


def test_another_township_sees_no_case_of_this_one() -> None:
    scene = make_scene()
    case = case_at(scene, "handling")
    stranger = Desk(make_operator(make_unit("360829101000", "平都镇"), role="duty_chief"))
    assert stranger.get(f"cases/{case.uuid}").status_code == 404
    assert stranger.read("cases")["count"] == 0
    assert all(lane["count"] == 0 for lane in stranger.read("cases/board")["lanes"])


def test_near_duplicates_are_offered_with_distance_and_the_far_the_old_and_the_other_kind_are_not() -> None:
    scene = make_scene()
    near = case_at(scene, "handling", make_report(scene.worker, scene.grid, east_m=150))
    case_at(scene, "handling", make_report(scene.worker, scene.grid, east_m=230))
    case_at(scene, "closed", make_report(scene.worker, scene.grid, east_m=20))
    case_at(scene, "handling", make_report(scene.worker, scene.grid, kind=make_report_kind("0202", name="路灯")))
    long_ago = timezone.now() - timedelta(days=8)
    case_at(scene, "handling", make_report(scene.worker, scene.grid, at=long_ago))
    waiting = make_report(scene.worker, scene.grid, east_m=60, text="也是这堆")
    asked = make_report(scene.worker, scene.grid)
    found = Desk(scene.operator).read(f"reports/{asked.uuid}/decision")
    assert found["may"] == ["register", "reject", "merge"]
    assert [row["id"] for row in found["near"]["cases"]] == [str(near.uuid)]
    assert abs(found["near"]["cases"][0]["metres"] - 150) <= 2
    assert [row["id"] for row in found["near"]["reports"]] == [str(waiting.uuid)]
    joined = Desk(scene.operator).change(f"reports/{asked.uuid}/merge", {"case": str(near.uuid)})
    assert joined["state"] == "merged" and joined["kept"]["number"] == near.number
    assert [row["reporter"] for row in Desk(scene.handler).read(f"cases/{near.uuid}")["merged_reports"]] == ["兰小英"]


def test_a_report_without_a_place_is_said_to_have_none() -> None:
    scene = make_scene()
    report = make_report(scene.worker, scene.grid)
    type(report).objects.filter(pk=report.pk).update(point=None, grid_code="")
    found = Desk(scene.operator).read(f"reports/{report.uuid}/decision")
    assert not found["near"]["has_place"] and "register" in found["may"]
    case = Desk(scene.operator).change(f"reports/{report.uuid}/register")
    assert (case["grid"], case["lon"], case["state"]) == ("", None, "registered")


def test_a_returned_case_may_be_rejected_and_the_reason_stands_with_the_report() -> None:
    scene = make_scene()
    case = case_at(scene, "assigned")
    Desk(scene.colleague).change(f"cases/{case.uuid}/return", {"reason": "路归县公路局"})
    seen = Desk(scene.operator).change(f"cases/{case.uuid}/reject", {"reason": "已转县公路局"})
    assert [node["word"] for node in seen["nodes"]] == ["上报", "不立案"]
    found = Desk(scene.operator).read(f"reports/{case.report}/decision")
    assert found["reason"] == "已转县公路局" and found["may"] == []


def test_a_failed_check_opens_the_nodes_of_handling_anew() -> None:
    scene = make_scene()
    case = case_at(scene, "rework")
    nodes = Desk(scene.operator).read(f"cases/{case.uuid}")["nodes"]
    assert [node["state"] for node in nodes] == ["done", "done", "done", "current", "ahead", "ahead", "ahead"]
    assert nodes[3]["note"] == "返工"


def test_the_wall_counts_what_waits_the_longest_waiting_first() -> None:
    scene = make_scene()
    first = make_report(scene.worker, scene.grid, at=timezone.now() - timedelta(days=5), text="等了五天")
    make_report(scene.worker, scene.grid)
    urgent = make_report(scene.worker, scene.grid, is_urgent=True)
    case_at(scene, "assigned")
    lanes = {lane["key"]: lane for lane in Desk(scene.operator).read("centre")["lanes"]}
    assert [row["id"] for row in lanes["submitted"]["reports"]] == [str(urgent.uuid), str(first.uuid)]
    assert {key: lane["count"] for key, lane in lanes.items()} == {
        "submitted": 3, "registered": 0, "handling": 1, "post_verify": 0,
    }  # fmt: skip


def test_restricted_cases_are_read_by_post_only() -> None:
    scene = make_scene()
    kind = make_report_kind("0803", name="涉毒线索", restricted=True)
    case = actions.register_case(make_report(scene.operator, scene.grid, kind=kind), by=scene.chief, at=timezone.now())
    assert Desk(scene.operator).read(f"cases/{case.uuid}")["is_restricted"]
    assert Desk(scene.worker).get(f"cases/{case.uuid}").status_code == 404


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30, -1])
def test_no_number_however_large_breaks_a_list_or_a_step(number: int) -> None:
    scene = make_scene()
    case = case_at(scene, "registered")
    desk, chief = Desk(scene.dispatcher), Desk(scene.chief)
    answers = [
        desk.get("cases", office=number),
        desk.get("cases", page=number),
        desk.get("cases/board", office=number),
        desk.get("flags", page=number),
        desk.get("reports", page=number),
        desk.post(f"cases/{case.uuid}/assign", {"office": number}),
        chief.post(f"reports/{make_report(scene.worker, scene.grid).uuid}/register", {"office": number}),
    ]
    assert all(answer.status_code in (200, 404, 409, 422) for answer in answers), [answer.status_code for answer in answers]


@pytest.mark.parametrize("text", ["a\x00b", "\ud800ab"], ids=ascii)
def test_no_word_breaks_a_step(text: str) -> None:
    scene = make_scene()
    case, report = case_at(scene, "handling"), make_report(scene.worker, scene.grid)
    desk, office = Desk(scene.operator), Desk(scene.handler)
    answers = [
        desk.post(f"reports/{report.uuid}/reject", {"reason": text}),
        office.post(f"cases/{case.uuid}/feedback", {"text": text}),
        office.post(f"cases/{case.uuid}/feedback", {"text": "好了", "photos": [text]}),
        office.post(f"cases/{case.uuid}/return", {"reason": text}),
    ]
    assert all(answer.status_code in (409, 422) for answer in answers), [answer.status_code for answer in answers]
    assert desk.get("cases", q="a\x00b").status_code in (200, 422)
    assert desk.get("cases/board", q="a\x00b").status_code in (200, 422)


def test_a_report_joins_no_case_of_another_township_and_none_that_joined_another() -> None:
    scene = make_scene()
    kept, first, second = (make_report(scene.worker, scene.grid, text=f"第{i}条") for i in range(3))
    desk = Desk(scene.operator)
    case = desk.change(f"reports/{kept.uuid}/register")
    desk.change(f"reports/{first.uuid}/merge", {"case": case["id"]})
    joined = Case.objects.get(report=first.uuid)
    for into in (joined.uuid, Case.objects.get(report=kept.uuid).uuid):
        answer = desk.post(f"reports/{first.uuid}/merge", {"case": str(into)})
        assert answer.status_code == 409
    assert desk.post(f"reports/{second.uuid}/merge", {"case": str(joined.uuid)}).status_code == 409
    assert desk.post(f"reports/{kept.uuid}/merge", {"case": str(joined.uuid)}).status_code == 409
    far = make_village(code="360829103201", name="远村", grids=1).grids[0]
    foreign = Desk(make_operator(make_township("360829103000"), name="别镇"))
    report = make_report(make_worker(far, name="远人"), far)
    assert foreign.post(f"reports/{report.uuid}/merge", {"case": case["id"]}).status_code == 404
    assert foreign.post(f"cases/{case['id']}/close").status_code == 404
    assert not Case.objects.filter(report=report.uuid, state="merged").exists()
