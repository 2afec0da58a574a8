"""Cases on the phone: a reporter hears what became of it, a worker of the grid who did not handle it looks at the result."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from backend.cases import actions
from backend.cases.models import Case
from backend.cases.problems import NobodyToCheck
from backend.patrols.models import Task
from backend.phone.rebuild import rebuild
from tests.backend.builders import make_checklist, make_township, make_worker
from tests.backend.cases.scene import Scene, case_at, make_report, make_scene
from tests.backend.command.desk import Desk
from tests.backend.phone_client import Phone, make_item

pytestmark = pytest.mark.django_db


def words_of(phone: Phone, case: Case) -> str:
    return next(row["body"] for row in phone.changes()["put"] if row["kind"] == "report" and row["id"] == str(case.report))[
        "words"
    ]


def asked(scene: Scene) -> tuple[Case, Task]:
    make_checklist(make_township(), "HC-01")
    case = case_at(scene, "feedback")
    case = actions.ask_check(case, person=scene.worker, by=scene.operator, at=timezone.now())
    assert case.check_task is not None
    return case, case.check_task


def answer(task: Task, result: str, **more: str) -> dict[str, object]:
    return make_item("answer", {"task": str(task.uuid), "item": "HC-01@1", "result": result, **more})


def test_the_reporter_hears_what_became_of_it() -> None:
    scene = make_scene()
    phone = Phone(scene.worker)
    report = make_report(scene.worker, scene.grid)
    put = phone.changes()["put"]
    assert next(row for row in put if row["kind"] == "report")["body"]["words"] == "镇里收到了，还没受理"
    actions.reject_report(report, reason="路归县公路局，已转去", by=scene.operator, at=timezone.now())
    assert words_of(phone, Case.objects.get()) == "没有立案。镇里说：路归县公路局，已转去"
    case = case_at(scene, "handling")
    assert words_of(phone, case) == "司法所正在办"
    joined = actions.merge_report(make_report(scene.worker, scene.grid), case, by=scene.operator, at=timezone.now())
    assert words_of(phone, joined).endswith("一起办。司法所正在办")


def test_nobody_else_hears_of_a_report() -> None:
    scene = make_scene()
    case = case_at(scene, "handling")
    other = Phone(make_worker(scene.grid.plan.grids.last(), name="魏强"))
    assert str(case.report) not in str(other.changes())


@pytest.mark.parametrize(
    ("result", "state", "said"),
    [("ok", "post_verify", "pass"), ("problem", "rework", "not_pass"), ("no_entry", "feedback", "unable")],
)
def test_the_worker_of_the_grid_answers_on_the_phone(result: str, state: str, said: str) -> None:
    scene = make_scene()
    case, task = asked(scene)
    phone = Phone(scene.worker)
    row = next(row["body"] for row in phone.changes()["put"] if row["kind"] == "task")
    assert row["title"].startswith("核查：") and case.number in row["ground"]
    phone.sync(answer(task, result))
    case.refresh_from_db()
    last = case.transitions.last()
    assert (case.state, last.operation, last.by, last.role) == (state, said, scene.worker, "网格员")
    assert Desk(scene.operator).read(f"cases/{case.uuid}")["steps"][-1]["by_phone"]


def test_an_answer_read_again_verifies_nothing_twice() -> None:
    scene = make_scene()
    case, task = asked(scene)
    phone = Phone(scene.worker)
    phone.sync(answer(task, "problem", note="还有半车"))
    steps = list(case.transitions.values_list("operation", "note"))
    rebuild(scene.worker)
    case.refresh_from_db()
    assert case.state == "rework" and list(case.transitions.values_list("operation", "note")) == steps
    assert steps[-1] == ("not_pass", "还有半车")


def test_a_desk_that_was_first_calls_the_worker_off_and_a_late_answer_changes_nothing() -> None:
    scene = make_scene()
    case, task = asked(scene)
    actions.verify_case(case, result="pass", by=scene.operator, at=timezone.now())
    task.refresh_from_db()
    assert task.state == "withdrawn"
    outcome = Phone(scene.worker).sync(answer(task, "problem"))
    case.refresh_from_db()
    assert outcome and case.state == "post_verify" and case.transitions.last().operation == "pass"


def test_only_people_of_the_grid_who_did_not_handle_it_are_asked() -> None:
    scene = make_scene()
    make_checklist(make_township(), "HC-01")
    case = case_at(scene, "feedback")
    stranger = make_worker(scene.grid.plan.grids.last(), name="魏强")
    with pytest.raises(NobodyToCheck):
        actions.ask_check(case, person=stranger, by=scene.operator, at=timezone.now())
    offered = Desk(scene.operator).read(f"cases/{case.uuid}")["checkers"]
    assert [row["name"] for row in offered] == ["兰小英"]
    told = Desk(scene.operator).post(f"cases/{case.uuid}/check", {"person": str(uuid.uuid4())})
    assert told.status_code == 404


def test_without_an_admitted_item_nobody_on_the_ground_is_offered() -> None:
    scene = make_scene()
    case = case_at(scene, "feedback")
    assert Desk(scene.operator).read(f"cases/{case.uuid}")["checkers"] == []
    with pytest.raises(NobodyToCheck):
        actions.ask_check(case, person=scene.worker, by=scene.operator, at=timezone.now())
