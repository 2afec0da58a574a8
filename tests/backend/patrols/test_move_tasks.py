from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.patrols.actions import ItemNotAdmitted, admit_item, admitted, move_tasks
from backend.patrols.models import Task
from backend.places.models import Grid
from notifications.models import Alert
from tests.backend.builders import (
    make_checklist,
    make_key_place,
    make_task,
    make_township,
    make_unit,
    make_village,
    make_worker,
)

pytestmark = pytest.mark.django_db


def heirs(old: Grid, new: Grid) -> dict[int, Grid]:
    return {old.pk: new}


def test_a_task_stays_with_its_person_while_that_person_stands_for_the_new_grid() -> None:
    village = make_village(grids=3)
    first, second, _ = village.grids
    lan = make_worker(first, second)
    task = make_task(first, lan, make_checklist(make_township()))
    assert move_tasks(heirs(first, second), by=None, at=timezone.now()) == 1
    task.refresh_from_db()
    assert (task.grid, task.person) == (second, lan) and not Alert.objects.exists()


def test_a_task_goes_to_the_accountable_person_of_the_new_grid_who_is_told() -> None:
    first, second = make_village().grids
    lan, wei = make_worker(first), make_worker(second, name="魏强")
    task = make_task(first, lan, make_checklist(make_township()))
    move_tasks(heirs(first, second), by=None, at=timezone.now())
    task.refresh_from_db()
    assert task.person == wei
    assert Alert.objects.get().people == [wei.pk]


def test_without_anybody_accountable_the_task_stays_with_its_person() -> None:
    first, second = make_village().grids
    lan = make_worker(first)
    task = make_task(first, lan, make_checklist(make_township()))
    move_tasks(heirs(first, second), by=None, at=timezone.now())
    task.refresh_from_db()
    assert (task.grid, task.person) == (second, lan)


def test_a_task_at_a_place_follows_the_place() -> None:
    first, second, third = make_village(grids=3).grids
    lan = make_worker(first)
    place = make_key_place(third)
    task = make_task(first, lan, make_checklist(make_township()), key_place=place)
    move_tasks({first.pk: second, second.pk: third}, by=None, at=timezone.now())
    task.refresh_from_db()
    assert task.grid == third


def test_what_is_done_or_withdrawn_stays_where_it_was() -> None:
    first, second = make_village().grids
    lan = make_worker(first)
    items = make_checklist(make_township())
    done, gone = make_task(first, lan, items, state="done"), make_task(first, lan, items, state="withdrawn")
    assert move_tasks(heirs(first, second), by=None, at=timezone.now()) == 0
    assert set(Task.objects.filter(grid=first)) == {done, gone}


def test_an_item_is_admitted_for_a_unit_with_a_reason_and_renewed_by_admitting_it_again() -> None:
    township, now = make_township(), timezone.now()
    grid = make_village().grids[0]
    [elsewhere] = make_checklist(make_unit("360829101000"), "FH-09")
    with pytest.raises(ItemNotAdmitted):
        admitted(grid.code, ["FH-09@1"], at=now)
    admission = admit_item(elsewhere.item, township, ground="镇里报县里同意", by=None, at=now)
    assert admitted(grid.code, ["FH-09@1"], at=now) == [admission]
    again = admit_item(elsewhere.item, township, ground="续期", by=None, at=now, until=(now + timedelta(days=30)).date())
    assert again.pk == admission.pk and again.ground == "续期"
    with pytest.raises(ItemNotAdmitted):
        admitted(grid.code, ["FH-09@1"], at=now + timedelta(days=31))


def test_an_item_asked_twice_stands_once_and_in_the_given_order() -> None:
    grid = make_village().grids[0]
    first, second = make_checklist(make_township())
    assert admitted(grid.code, ["FH-02@1", "FH-01@1", "FH-02@1"], at=timezone.now()) == [second, first]


def test_what_is_due_by_rule_is_left_to_the_rules() -> None:
    """Many rounds of one grid, and one nobody is accountable for, neither ring nor stop a new plan."""
    first, second = make_village().grids
    lan = make_worker(first)
    make_worker(second, name="魏强")
    mine = make_task(first, lan, make_checklist(make_township()), source="rule")
    alarm = make_task(first, lan, [], source="rule", object_key="nobody")
    Task.objects.filter(pk=alarm.pk).update(person=None)
    assert move_tasks(heirs(first, second), by=None, at=timezone.now()) == 0
    assert set(Task.objects.open().filter(grid=first)) == {mine, alarm} and not Alert.objects.exists()
