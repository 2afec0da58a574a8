"""Two workers at one grid's day: one figure, whoever is first."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from backend.audits import marks
from backend.audits.actions import mark_touched
from backend.audits.compute import compute_day
from backend.audits.days import CoverageDay, TouchedDay
from backend.audits.jobs import take_up
from backend.audits.marks import marks_to_jobs
from backend.audits.visits import county_day
from backend.places.models import Grid
from tests.backend.audits.ground import lay_lane, store_walk
from tests.backend.builders import make_village


@pytest.mark.django_db(transaction=True)
def test_two_workers_leave_one_figure_and_no_mark() -> None:
    grid = make_village().grids[0]
    lay_lane(grid)
    store_walk(grid)
    at = timezone.now()
    day = county_day(at)
    mark_touched([grid.pk], day, at=at)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            compute_day(Grid.objects.select_related("village").get(pk=grid.pk), day, at=timezone.now())
        except BaseException as error:  # noqa: BLE001  whatever it is, the test tells
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed
    assert CoverageDay.objects.filter(grid=grid, day=day).count() == 1
    assert not TouchedDay.objects.exists()


@pytest.mark.django_db
def test_a_day_touched_many_times_waits_once() -> None:
    grid = make_village().grids[0]
    at = timezone.now()
    for _ in range(5):
        mark_touched([grid.pk, grid.code], county_day(at), at=at)
        marks_to_jobs()
    assert ProcrastinateJob.objects.filter(task_name="backend.audits.jobs.compute", status="todo").count() == 1


@pytest.mark.django_db(transaction=True)
def test_however_many_phones_leave_marks_one_waiting_job_takes_them_up_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    grids, at = make_village().grids, timezone.now()
    jobs = ProcrastinateJob.objects.filter(status="todo")
    for grid in grids:
        monkeypatch.setattr(marks, "_waits_until", 0.0)  # as if each came by another process
        mark_touched([grid.pk], county_day(at), at=at)
    waiting = jobs.get(task_name=marks.TAKE_UP)
    assert waiting.scheduled_at is not None and (waiting.scheduled_at - at).total_seconds() < 5
    assert not jobs.filter(task_name=marks.COMPUTE).exists()
    take_up()
    take_up()
    assert jobs.filter(task_name=marks.COMPUTE).count() == len(grids)


@pytest.mark.django_db(transaction=True)
def test_a_mark_left_after_the_waiting_job_began_gets_another_job(monkeypatch: pytest.MonkeyPatch) -> None:
    grid, at = make_village().grids[0], timezone.now()
    monkeypatch.setattr(marks, "_waits_until", 0.0)
    mark_touched([grid.pk], county_day(at), at=at)
    monkeypatch.setattr(marks, "_waits_until", 0.0)  # its second is over
    ProcrastinateJob.objects.filter(task_name=marks.TAKE_UP).update(status="doing")
    mark_touched([grid.pk], county_day(at), at=at)
    assert ProcrastinateJob.objects.filter(task_name=marks.TAKE_UP, status="todo").count() == 1
