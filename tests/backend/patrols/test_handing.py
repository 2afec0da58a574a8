"""Open tasks go from one person to another; what cannot go is named, and everybody concerned is told once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.patrols.actions import NotTheirGrid
from backend.patrols.handing import hand_over_tasks
from backend.patrols.models import Task
from backend.places.models import Grid
from notifications.models import Alert
from tests.backend.builders import (
    give_duty,
    make_checklist,
    make_operator,
    make_person,
    make_task,
    make_township,
    make_village,
    make_worker,
)

pytestmark = pytest.mark.django_db


class Scene:
    """Two grids, somebody with both and somebody with the first only."""

    def __init__(self) -> None:
        self.first, self.second = make_village().grids
        self.admissions = make_checklist(make_township())
        self.lan = make_worker(self.first, self.second)
        self.wei = make_person("魏强")
        give_duty(self.wei, self.first, role="stand_in")
        self.desk = make_operator()

    def task(self, grid: Grid, **more: Any) -> Task:
        return make_task(grid, self.lan, self.admissions, **more)

    def hand_over(self, *, to: User | None = None, **chosen: Any) -> Any:
        tasks = Task.objects.filter(**chosen)
        return hand_over_tasks(tasks, to=to or self.wei, ground="兰小英请假", by=self.desk, at=timezone.now())


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_what_is_open_goes_and_what_cannot_go_is_named(scene: Scene) -> None:
    here, there = scene.task(scene.first), scene.task(scene.second)
    done = scene.task(scene.first, state="done")
    seen = scene.hand_over()
    assert [task.pk for task in seen.moved] == [here.pk]
    assert {(row.task.pk, row.why) for row in seen.stayed} == {(there.pk, "no_duty"), (done.pk, "not_open")}
    assert dict(Task.objects.values_list("pk", "person")) == {
        here.pk: scene.wei.pk, there.pk: scene.lan.pk, done.pk: scene.lan.pk,
    }  # fmt: skip
    here.refresh_from_db()
    assert here.assigned_by == scene.desk  # so that what is made by rule does not take it back


def test_each_person_concerned_is_told_once_however_many_tasks_went(scene: Scene) -> None:
    for _ in range(3):
        scene.task(scene.first)
    scene.hand_over()
    said = {alert.people[0]: alert for alert in Alert.objects.filter(kind="tasks_handed")}
    assert {person: alert.title for person, alert in said.items()} == {
        scene.wei.pk: "转来 3 件任务", scene.lan.pk: "3 件任务转给别人了",
    }  # fmt: skip
    assert said[scene.wei.pk].text == "走一遍山边等 3 件，由你来办。兰小英请假"


def test_handing_over_again_changes_nothing_and_rings_nobody(scene: Scene) -> None:
    scene.task(scene.first)
    scene.hand_over()
    again = scene.hand_over()
    assert ([row.why for row in again.stayed], again.moved) == (["theirs_already"], [])
    assert Alert.objects.filter(kind="tasks_handed").count() == 2


def test_what_is_restricted_is_not_named_in_the_message(scene: Scene) -> None:
    scene.task(scene.first, is_restricted=True, title="看望某人")
    scene.hand_over()
    assert not Alert.objects.filter(text__contains="看望").exists()
    assert Alert.objects.get(people=[scene.wei.pk]).text == "1 件事，由你来办。兰小英请假"


def test_a_duty_must_hold_when_the_window_begins(scene: Scene) -> None:
    now = timezone.now()
    hu = make_person("胡建华")
    give_duty(hu, scene.first, role="stand_in", since=now - timedelta(days=1), until=now + timedelta(days=2))
    soon = scene.task(scene.first, window=(now + timedelta(days=1), now + timedelta(days=3)))
    later = scene.task(scene.first, window=(now + timedelta(days=4), now + timedelta(days=5)))
    seen = scene.hand_over(to=hu)
    assert [task.pk for task in seen.moved] == [soon.pk]
    assert [(row.task.pk, row.why) for row in seen.stayed] == [(later.pk, "no_duty")]


def test_an_alarm_gets_a_person_and_only_that_person_is_told(scene: Scene) -> None:
    alarm = scene.task(scene.first, source="rule")
    Task.objects.filter(pk=alarm.pk).update(person=None)
    scene.hand_over(pk=alarm.pk)
    alarm.refresh_from_db()
    assert alarm.person == scene.wei
    assert Alert.objects.get(kind="tasks_handed").people == [scene.wei.pk]


def test_nobody_who_has_left_is_given_anything(scene: Scene) -> None:
    scene.task(scene.first)
    User.objects.filter(pk=scene.wei.pk).update(is_active=False)
    scene.wei.refresh_from_db()
    with pytest.raises(NotTheirGrid):
        scene.hand_over()
    assert Task.objects.get().person == scene.lan


def test_what_was_said_of_a_task_before_is_closed_for_the_one_relieved(scene: Scene) -> None:
    from backend.patrols.actions import assign_task

    now = timezone.now()
    items = [f"{row.item.code}@{row.item.version}" for row in scene.admissions]
    assign_task(
        scene.first, items=items, ground="防火", window=(now, now + timedelta(days=1)), by=scene.desk, at=now, person=scene.lan
    )
    scene.hand_over()
    assert Alert.objects.get(kind="task_assigned").state == "closed"
