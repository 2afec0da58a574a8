"""One answer settles whatever it answers at that object, in any order of arrival."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.patrols.models import Answer, ItemAdmission, Obligation, Task
from backend.patrols.results import Given, store_answer
from tests.backend.builders import Village, make_checklist, make_task, make_village, make_worker

DAY = timedelta(days=1)


@pytest.fixture
def village(db: None) -> Village:
    return make_village()


@pytest.fixture
def worker(village: Village) -> User:
    return make_worker(village.grids[0])


@pytest.fixture
def admissions(village: Village) -> list[ItemAdmission]:
    return make_checklist(village.unit, "FH-01", "FH-02")


@pytest.fixture
def noon() -> datetime:
    return timezone.now().replace(hour=4, minute=0, second=0, microsecond=0)


def due(
    village: Village, worker: User, admissions: list[ItemAdmission], begin: datetime, days: int, source: str = "rule"
) -> Task:
    return make_task(village.grids[0], worker, admissions, window=(begin, begin + days * DAY), source=source)


def answer(task: Task, number: int, at: datetime, *, by: User) -> Answer:
    item = task.items.all()[number].item
    return store_answer(uuid.uuid4(), task, item, Given("ok"), by=by, at=at, received_at=timezone.now())


def state(task: Task) -> tuple[str, list[str]]:
    task.refresh_from_db()
    return task.state, list(Obligation.objects.filter(task=task).values_list("state", flat=True))


def test_an_answer_of_today_settles_the_week_and_the_month_too(
    village: Village, worker: User, admissions: list[ItemAdmission], noon: datetime
) -> None:
    today, week = due(village, worker, admissions[:1], noon - DAY / 6, 1), due(village, worker, admissions, noon - 2 * DAY, 7)
    past = due(village, worker, admissions[:1], noon - 9 * DAY, 7)
    answer(today, 0, noon, by=worker)
    assert state(today) == ("done", ["done"])
    assert state(week) == ("open", ["done", "open"])
    assert state(past) == ("open", ["open"])  # its window was over


def test_an_order_is_settled_by_its_own_answers_only(
    village: Village, worker: User, admissions: list[ItemAdmission], noon: datetime
) -> None:
    order = due(village, worker, admissions[:1], noon - DAY / 6, 1, source="order")
    week = due(village, worker, admissions[:1], noon - 2 * DAY, 7)
    answer(week, 0, noon, by=worker)
    assert state(order)[0] == "open"
    answer(order, 0, noon + timedelta(hours=1), by=worker)
    assert state(order)[0] == "done"


def test_an_answer_after_the_window_still_settles_what_it_was_given_to(
    village: Village, worker: User, admissions: list[ItemAdmission], noon: datetime
) -> None:
    past = due(village, worker, admissions[:1], noon - 9 * DAY, 7)
    answer(past, 0, noon, by=worker)
    assert state(past) == ("done", ["done"])


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_the_order_of_arrival_does_not_matter(
    village: Village, worker: User, admissions: list[ItemAdmission], noon: datetime, order: tuple[int, ...]
) -> None:
    week, month = due(village, worker, admissions, noon - 2 * DAY, 7), due(village, worker, admissions, noon - 9 * DAY, 30)
    given = [(week, 0, noon), (month, 0, noon - 8 * DAY), (month, 1, noon + timedelta(hours=2))]
    for index in order:
        task, number, at = given[index]
        answer(task, number, at, by=worker)
    settled = {(row.task_id, row.position): row.settled_at for row in Obligation.objects.all()}
    assert settled == {
        (week.pk, 0): noon,
        (week.pk, 1): noon + timedelta(hours=2),
        (month.pk, 0): noon - 8 * DAY,
        (month.pk, 1): noon + timedelta(hours=2),
    }
    for task in (week, month):
        task.refresh_from_db()
        assert (task.state, task.moved_at) == ("done", noon + timedelta(hours=2))


def test_the_database_refuses_what_was_not_admitted(
    village: Village, worker: User, admissions: list[ItemAdmission], noon: datetime
) -> None:
    ItemAdmission.objects.filter(pk=admissions[0].pk).update(valid=("2020-01-01", "2021-01-01"))
    with pytest.raises(IntegrityError, match="without an admission"), transaction.atomic():
        due(village, worker, admissions[:1], noon, 1)
    ItemAdmission.objects.filter(pk=admissions[1].pk).update(state="rejected")
    with pytest.raises(IntegrityError, match="without an admission"), transaction.atomic():
        due(village, worker, admissions[1:], noon, 1)
