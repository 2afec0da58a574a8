"""Two desks at once: a task that went to somebody else while a hand-over waited stays where it went."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from backend.patrols.handing import hand_over_tasks
from backend.patrols.models import Task
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

pytestmark = pytest.mark.django_db(transaction=True)
WAITING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("meanwhile", ["another_person", "withdrawn"])
def test_all_of_a_person_is_what_is_theirs_when_its_turn_comes(meanwhile: str) -> None:
    grid = make_village().grids[0]
    admissions = make_checklist(make_township())
    lan, desk = make_worker(grid), make_operator()
    wei, hu = make_person("魏强"), make_person("胡建华")
    for person in (wei, hu):
        give_duty(person, grid, role="stand_in")
    task = make_task(grid, lan, admissions)
    done: list[Any] = []

    def hand_over() -> None:
        try:
            mine = Task.objects.open().filter(person=lan)
            done.append(hand_over_tasks(mine, to=wei, ground="请假", by=desk, at=timezone.now()))
        finally:
            connection.close()

    other = threading.Thread(target=hand_over)
    with transaction.atomic():
        change = {"person": hu} if meanwhile == "another_person" else {"state": "withdrawn"}
        Task.objects.filter(pk=task.pk).update(**change)
        other.start()
        until = time.monotonic() + 20
        while not somebody_waits() and time.monotonic() < until:
            time.sleep(0.02)
    other.join(20)
    task.refresh_from_db()
    assert done[0].moved == []
    assert task.person == (hu if meanwhile == "another_person" else lan)
    assert not Alert.objects.filter(kind="tasks_handed").exists()
