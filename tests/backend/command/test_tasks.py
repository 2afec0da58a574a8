from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.patrols.models import Task
from backend.places.models import Grid
from tests.backend.builders import (
    give_duty,
    give_post,
    make_checklist,
    make_key_place,
    make_operator,
    make_person,
    make_task,
    make_township,
    make_unit,
    make_village,
    make_worker,
)
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db


def body(grid: Grid, **more: Any) -> dict[str, Any]:
    now = timezone.now()
    window = {"from": now.isoformat(), "to": (now + timedelta(days=2)).isoformat()}
    return {"grid": grid.code, "ground": "森林防火期", "items": ["FH-01@1", "FH-02@1"], **window, **more}


def test_a_task_goes_to_the_accountable_person_with_its_items_in_order() -> None:
    grid = make_village().grids[0]
    make_checklist(make_township())
    lan = make_worker(grid)
    row = Desk(make_operator()).change("tasks", body(grid, items=["FH-02@1", "FH-01@1"]))
    assert row["person"] == {"id": str(lan.uuid), "name": lan.name}
    assert [item["item"] for item in row["items"]] == ["FH-02@1", "FH-01@1"]
    assert row["state"] == "open" and row["from"] < row["to"]
    assert Task.objects.get(uuid=row["id"]).grid == grid


def test_a_task_at_a_place_carries_the_places_name() -> None:
    grid = make_village().grids[0]
    make_checklist(make_township())
    make_worker(grid)
    pond = make_key_place(grid)
    row = Desk(make_operator()).change("tasks", body(grid, key_place=str(pond.uuid)))
    assert row["key_place"] == row["title"] == "门前塘"


def test_nobody_accountable_no_task() -> None:
    grid = make_village().grids[0]
    make_checklist(make_township())
    answer = Desk(make_operator()).post("tasks", body(grid))
    assert answer.status_code == 409 and answer.json()["type"] == "/problems/grid_without_person"


def test_what_is_not_admitted_is_not_assigned() -> None:
    grid = make_village().grids[0]
    make_worker(grid)
    make_checklist(make_unit("360829101000", "平都镇"))
    answer = Desk(make_operator()).post("tasks", body(grid))
    assert answer.json()["type"] == "/problems/item_not_admitted" and not Task.objects.exists()


def test_a_task_for_somebody_without_a_duty_there_is_refused() -> None:
    village = make_village()
    make_checklist(make_township())
    make_worker(village.grids[0])
    wei = make_worker(village.grids[1], name="魏强")
    answer = Desk(make_operator()).post("tasks", body(village.grids[0], person=str(wei.uuid)))
    assert answer.json()["type"] == "/problems/not_their_grid"


def test_a_window_that_ends_before_it_begins_is_nonsense() -> None:
    grid = make_village().grids[0]
    make_checklist(make_township())
    make_worker(grid)
    wrong = body(grid)
    wrong["from"], wrong["to"] = wrong["to"], wrong["from"]
    assert Desk(make_operator()).post("tasks", wrong).status_code == 422


def test_another_townships_operator_cannot_give_a_task_here() -> None:
    grid = make_village().grids[0]
    make_checklist(make_township())
    make_worker(grid)
    stranger = make_operator(make_unit("360829101000", "平都镇"))
    assert Desk(stranger).post("tasks", body(grid)).status_code == 404


def test_a_supervisor_sees_tasks_and_gives_none() -> None:
    grid = make_village().grids[0]
    make_checklist(make_township())
    make_worker(grid)
    given = Desk(make_operator()).change("tasks", body(grid))
    supervisor = Desk(make_operator(name="周明", role="supervisor"))
    assert [row["id"] for row in supervisor.read("tasks", grid=grid.code)["items"]] == [given["id"]]
    assert supervisor.post("tasks", body(grid)).status_code == 403
    assert supervisor.post(f"tasks/{given['id']}/withdraw", {"ground": "不用了"}).status_code == 403


def test_a_task_is_withdrawn_once() -> None:
    grid = make_village().grids[0]
    make_checklist(make_township())
    make_worker(grid)
    desk = Desk(make_operator())
    given = desk.change("tasks", body(grid))
    assert desk.change(f"tasks/{given['id']}/withdraw", {"ground": "不用了"})["state"] == "withdrawn"
    again = desk.post(f"tasks/{given['id']}/withdraw", {"ground": "不用了"})
    assert again.json()["type"] == "/problems/task_not_open"
    assert desk.post(f"tasks/{uuid.uuid4()}/withdraw", {"ground": "不用了"}).status_code == 404


def test_items_and_places_of_a_grid_are_listed_for_the_form() -> None:
    village = make_village()
    make_checklist(make_township())
    make_key_place(village.grids[0])
    make_key_place(village.grids[1], name="后山")
    desk = Desk(make_operator())
    assert [row["item"] for row in desk.read("items", grid=village.grids[0].code)] == ["FH-01@1", "FH-02@1"]
    assert [row["name"] for row in desk.read("key-places", grid=village.grids[0].code)] == ["门前塘"]


def test_somebody_whose_post_is_over_gives_no_task() -> None:
    grid = make_village().grids[0]
    make_checklist(make_township())
    make_worker(grid)
    gone = make_person("旧人")
    give_post(gone, "centre_operator", make_township(), until=timezone.now() - timedelta(days=1))
    assert Desk(gone).post("tasks", body(grid)).status_code == 404


def board_scene() -> tuple[Any, ...]:
    """Two grids of one worker, a stand-in in the first, and who sits at the desk."""
    first, second = make_village().grids
    admissions = make_checklist(make_township())
    lan = make_worker(first, second)
    wei = make_person("魏强")
    give_duty(wei, first, role="stand_in")
    return first, second, admissions, lan, wei, Desk(make_operator())


def test_the_board_puts_grids_with_tasks_of_nobody_first_and_late_ones_next() -> None:
    first, second, admissions, lan, _, desk = board_scene()
    now = timezone.now()
    make_task(first, lan, admissions, window=(now - timedelta(days=3), now - timedelta(days=1)))
    Task.objects.filter(pk=make_task(second, lan, admissions, source="rule").pk).update(person=None)
    seen = desk.get("task-board").json()
    assert (seen["open"], seen["overdue"], seen["without_person"], seen["lines"]) == (2, 1, 1, ["森林防火"])
    assert [row["grid"] for row in seen["grids"]] == [second.code, first.code]
    assert [row["person"] for row in desk.get("tasks?state=open").json()["items"]][0] is None
    assert desk.get("tasks?state=open&only=late").json()["count"] == 1
    assert desk.get("tasks?state=open&only=nobodys&line=防溺水").json()["count"] == 0
    assert desk.get(f"tasks?state=open&grid={first.village.code}").json()["count"] == 2


def test_all_that_is_open_of_a_person_in_an_area_is_handed_over() -> None:
    first, second, admissions, lan, wei, desk = board_scene()
    here, there = make_task(first, lan, admissions), make_task(second, lan, admissions)
    done = desk.change(
        "tasks/hand-over", {"person": str(lan.uuid), "areas": [first.code], "to": str(wei.uuid), "ground": "请假"}
    )
    assert done == {"moved": 1, "stayed_count": 0, "stayed": []}
    assert set(Task.objects.filter(person=wei)) == {here}
    rest = desk.change("tasks/hand-over", {"person": str(lan.uuid), "to": str(wei.uuid), "ground": "请假"})
    assert [row["id"] for row in rest["stayed"]] == [str(there.uuid)]


def test_nothing_is_handed_over_by_or_to_strangers() -> None:
    first, _, admissions, lan, wei, desk = board_scene()
    task = make_task(first, lan, admissions)
    chosen = {"tasks": [str(task.uuid)], "to": str(wei.uuid), "ground": "请假"}
    elsewhere = Desk(make_operator(make_unit("360829101000", "平都镇"), name="外人"))
    assert elsewhere.post("tasks/hand-over", chosen).status_code == 404
    assert Desk(make_operator(name="只看的人", role="supervisor")).post("tasks/hand-over", chosen).status_code == 403
    for wrong in ({}, {"tasks": [str(task.uuid)], "areas": [first.code]}, {"tasks": [str(uuid.uuid4())]}):
        answer = desk.post("tasks/hand-over", {"to": str(wei.uuid), "ground": "请假", **wrong})
        assert answer.status_code in (404, 422)
    task.refresh_from_db()
    assert task.person == lan
