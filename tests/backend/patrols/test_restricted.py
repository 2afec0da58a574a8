"""What is restricted is read by the person asked and by the line's own office, and by nobody else."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from backend.accounts.models import Office, Post, User
from backend.audits.due import places_due
from backend.patrols.actions import assign_task, withdraw_task
from backend.patrols.models import Answer, Task
from backend.patrols.results import Given, store_answer
from backend.phone.changes import visible_rows
from notifications.models import Alert
from tests.backend.builders import (
    Village,
    give_duty,
    give_post,
    make_checklist,
    make_key_place,
    make_operator,
    make_person,
    make_task,
    make_township,
    make_village,
    make_worker,
)


@pytest.fixture
def village(db: None) -> Village:
    return make_village()


@pytest.fixture
def worker(village: Village) -> User:
    return make_worker(village.grids[0])


@pytest.fixture
def answer(village: Village, worker: User) -> Answer:
    open_item, restricted = make_checklist(make_township(), "FH-01", "TS-01")
    restricted.item.sight, restricted.item.office_name = "restricted", "司法所"
    restricted.item.save()
    make_task(village.grids[0], worker, [open_item])
    task = make_task(village.grids[0], worker, [restricted], title="走访", key_place=make_key_place(village.grids[0]))
    now = timezone.now()
    return store_answer(uuid.uuid4(), task, restricted.item, Given("no_entry"), by=worker, at=now, received_at=now)


def handler(village: Village, name: str, code: str) -> User:
    office = Office.objects.create(unit=village.unit.parent, name=name, code=code, kind="institution", control="local")
    person = make_person(f"{name}的人")
    Post.objects.create(
        user=person, role="office_handler", unit=village.unit.parent, office=office, valid=(timezone.now(), None)
    )
    return person


def sees(user: User) -> tuple[int, int]:
    return Task.objects.visible_to(user).count(), Answer.objects.visible_to(user).count()


def test_the_person_asked_and_the_lines_office_read_it(village: Village, worker: User, answer: Answer) -> None:
    assert sees(worker) == (2, 1)
    assert sees(handler(village, "司法所", "JS")) == (2, 1)


@pytest.mark.parametrize("role", ["centre_operator", "centre_dispatcher", "centre_leader"])
def test_a_desk_does_not(village: Village, answer: Answer, role: str) -> None:
    assert sees(make_operator(village.unit.parent, role=role)) == (1, 0)


def test_another_office_a_supervisor_and_the_county_do_not(village: Village, answer: Answer) -> None:
    assert sees(handler(village, "应急办", "EMO")) == (1, 0)
    for role in ("supervisor", "county_admin"):
        person = make_person(role)
        assert village.unit.parent is not None
        give_post(person, role, village.unit.parent.parent or village.unit.parent)
        assert sees(person) == (1, 0)


def test_a_stand_in_does_not_while_the_person_is_there(village: Village, worker: User, answer: Answer) -> None:
    stand_in = make_person("替班的人")
    give_duty(stand_in, village.grids[0], role="stand_in")
    titles = {row.body["title"] for row in visible_rows(stand_in, at=timezone.now()) if row.kind == "task"}
    assert titles == {"走一遍山边"}
    mine = {row.body["title"] for row in visible_rows(worker, at=timezone.now()) if row.kind == "task"}
    assert mine == {"走一遍山边", "走访"}


def test_it_makes_no_place_one_that_had_to_be_reached(village: Village, answer: Answer) -> None:
    now = timezone.now()
    assert not places_due([village.grids[0].code], [], now.date(), now.date(), at=now)


def test_an_alert_about_it_says_neither_what_nor_why(village: Village, answer: Answer) -> None:
    now, desk = timezone.now(), make_operator()
    window = (now, now + timedelta(days=1))
    task = assign_task(village.grids[0], items=["TS-01@1"], title="看看某某", ground="刚回来", window=window, by=desk, at=now)
    withdraw_task(task, ground="某某搬走了", by=desk, at=now)
    said = "".join(f"{alert.title}{alert.text}{alert.about}" for alert in Alert.objects.all())
    assert Alert.objects.count() == 2
    assert not [word for word in ("某某", "刚回来", "走访") if word in said]
