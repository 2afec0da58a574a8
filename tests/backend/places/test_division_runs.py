"""Many villages at once: every one gets its draft exactly once, whoever works and whoever dies on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.contrib.gis.geos import Polygon
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from backend.places.division_runs import NothingToDivide, divide_township, divide_units, finish_township, resume_run
from backend.places.drafting import Choices
from backend.places.models import Building, DivisionRun, GridPlan, TownshipRun
from backend.units.models import AdminUnit
from notifications.jobs import rescue_stalled_jobs
from tests.backend.builders import COUNTY, make_person, make_unit
from tests.backend.places.ground import make_ground
from tests.notifications.test_power_cuts import url_of_this_database

ROOT = Path(__file__).resolve().parents[3]
SOON_S = 90.0


def make_county(*, townships: int, villages: int, rows: int = 6) -> AdminUnit:
    """Villages on the same ground, so that each is divided the same way."""
    county = make_unit(COUNTY)
    for t in range(townships):
        town = make_unit(f"360829{110 + t}000", f"第{t}镇", parent=county)
        for v in range(villages):
            code = f"{town.code[:9]}{200 + v}"
            make_ground(code=code, name=f"第{t}镇{v}村", rows=rows)
    return county


@pytest.mark.django_db
def test_a_run_drafts_each_village_of_a_county_and_says_when_it_is_done() -> None:
    county = make_county(townships=2, villages=2)
    run = divide_units(county, by=None, at=timezone.now(), choices=Choices(target_households=90))
    parts = list(run.townships.all())
    assert [len(part.villages) for part in parts] == [2, 2]
    for part in parts:
        assert divide_township(part, at=timezone.now())
        finish_township(part, at=timezone.now())
    run.refresh_from_db()
    assert (run.state, run.plans.count()) == ("done", 4)
    assert all(plan.grids.count() == 4 and plan.parameters["target_households"] == 90 for plan in run.plans.all())


@pytest.mark.django_db
def test_a_list_of_villages_is_divided_and_no_other() -> None:
    county = make_county(townships=2, villages=2)
    run = divide_units(county, by=None, at=timezone.now(), villages=["360829110201", "360829111200"])
    assert [part.villages for part in run.townships.all()] == [["360829110201"], ["360829111200"]]


@pytest.mark.django_db
def test_what_is_being_divided_is_not_started_a_second_time_and_a_lost_job_is_taken_up_again() -> None:
    county = make_county(townships=1, villages=2)
    first = divide_units(county, by=None, at=timezone.now())
    ProcrastinateJob.objects.all().delete()
    assert divide_units(county, by=None, at=timezone.now()) == first
    assert ProcrastinateJob.objects.filter(status="todo").count() == 1
    assert divide_units(county, by=None, at=timezone.now(), villages=["360829110200"]) != first
    assert divide_units(county, by=None, at=timezone.now(), choices=Choices(k=3)) != first
    assert divide_township(first.townships.get(), at=timezone.now())
    finish_township(first.townships.get(), at=timezone.now())
    assert divide_units(county, by=None, at=timezone.now()) != first


@pytest.mark.django_db
def test_a_part_that_is_stopped_goes_on_with_the_villages_that_are_left() -> None:
    run = divide_units(make_county(townships=1, villages=3), by=None, at=timezone.now())
    part = run.townships.get()
    assert not divide_township(part, at=timezone.now(), seconds=0)
    first = list(run.plans.values_list("pk", flat=True))
    assert len(first) == 1
    assert divide_township(part, at=timezone.now())
    assert run.plans.count() == 3 and set(first) < set(run.plans.values_list("pk", flat=True))


@pytest.mark.django_db
def test_a_village_that_cannot_be_divided_is_named_and_keeps_no_other_from_its_grids() -> None:
    county = make_county(townships=1, villages=2)
    house = Building.objects.filter(village__code="360829110200").latest("pk")
    house.outline = Polygon.from_bbox((115.0, 27.0, 115.0001, 27.0001))
    house.outline.srid = 4326
    house.save(update_fields=["outline"])
    run = divide_units(county, by=None, at=timezone.now())
    part = run.townships.get()
    divide_township(part, at=timezone.now())
    finish_township(part, at=timezone.now())
    part.refresh_from_db()
    assert part.state == "failed" and set(part.failures) == {"360829110200"}
    assert list(run.plans.values_list("unit__code", flat=True)) == ["360829110201"]


@pytest.mark.django_db
def test_what_failed_is_tried_again_on_request_and_what_is_done_is_not() -> None:
    county = make_county(townships=2, villages=2)
    boundary = AdminUnit.objects.get(code="360829110200").boundary
    AdminUnit.objects.filter(code="360829110200").update(boundary=None)
    run = divide_units(county, by=None, at=timezone.now(), villages=["360829110201", "360829111200", "360829111201"])
    first, second = run.townships.all()
    TownshipRun.objects.filter(pk=first.pk).update(villages=["360829110200", "360829110201"])
    for part in run.townships.all():
        divide_township(part, at=timezone.now())
        finish_township(part, at=timezone.now())
    run.refresh_from_db()
    drafts = set(run.plans.values_list("pk", flat=True))
    assert (run.state, len(drafts), run.townships.get(pk=first.pk).state) == ("done", 3, "failed")
    AdminUnit.objects.filter(code="360829110200").update(boundary=boundary)
    resume_run(run, by=make_person("欧阳敏"), at=timezone.now())
    run.refresh_from_db()
    part = run.townships.get(pk=first.pk)
    assert (run.state, part.state, part.failures) == ("running", "waiting", {})
    assert run.townships.get(pk=second.pk).state == "done"
    divide_township(part, at=timezone.now())
    finish_township(part, at=timezone.now())
    run.refresh_from_db()
    assert run.state == "done" and run.plans.count() == 4 and drafts < set(run.plans.values_list("pk", flat=True))


@pytest.mark.django_db
def test_where_no_village_has_a_boundary_nothing_is_started() -> None:
    with pytest.raises(NothingToDivide):
        divide_units(make_unit(COUNTY), by=None, at=timezone.now())
    assert not DivisionRun.objects.exists()


@pytest.fixture
def empty_queue(transactional_db: None) -> Iterator[None]:
    _forget_jobs()
    yield
    _forget_jobs()


def _forget_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs, procrastinate_workers cascade")


def worker(log: Path) -> subprocess.Popen[bytes]:
    """A worker as the README starts it, for the division's jobs and those that rescue them."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "procrastinate", "worker", "-q", "division,upkeep", "-p", "0.2"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url_of_this_database(), "DJANGO_SETTINGS_MODULE": "backend.settings"},
        stdout=log.open("wb"),
        stderr=subprocess.STDOUT,
    )


def until(what: object, log: Path) -> None:
    assert callable(what)
    end = time.monotonic() + SOON_S
    while not what():
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.1)


def test_two_workers_share_a_county_and_what_a_killed_one_left_is_finished(empty_queue: None, tmp_path: Path) -> None:
    run = divide_units(make_county(townships=3, villages=6, rows=10), by=None, at=timezone.now())
    logs = [tmp_path / f"worker{n}.log" for n in range(2)]
    workers = [worker(log) for log in logs]
    try:
        running = TownshipRun.objects.filter(run=run, state=TownshipRun.State.RUNNING)
        until(lambda: running.count() == 2 and run.plans.count() >= 2, logs[0])
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        early = set(run.plans.values_list("pk", "made_at"))
        with connection.cursor() as cursor:  # half a minute goes by; the living worker's heart beats again
            cursor.execute("update procrastinate_workers set last_heartbeat = now() - interval '40 s'")
        _rescue()
        until(lambda: DivisionRun.objects.get(pk=run.pk).state == "done", logs[1])
    finally:
        for process in workers:
            process.kill()
            process.wait()
    assert run.plans.count() == 18 == len(set(run.plans.values_list("unit", flat=True)))
    assert early <= set(run.plans.values_list("pk", "made_at"))
    assert all(part.state == "done" and not part.failures for part in run.townships.all())
    assert GridPlan.objects.count() == 18


def _rescue() -> None:
    with suppress(AlreadyEnqueued):
        rescue_stalled_jobs.defer(timestamp=0)
