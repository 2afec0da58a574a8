"""Figures follow what arrives: through the phone's own protocol, the marks it leaves, and the job that takes them up."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from backend.audits.actions import decide_and_mark
from backend.audits.days import CoverageDay, TouchedDay
from backend.audits.jobs import compute
from backend.audits.marks import marks_to_jobs
from backend.field.models import Flag
from tests.backend.audits.ground import lane_ends, lay_lane
from tests.backend.builders import Village, make_operator, make_township
from tests.backend.phone_client import Phone, make_item, make_track, now_ms

pytestmark = pytest.mark.django_db


def run_jobs() -> int:
    """What the worker would do now; how many grids' days it computed."""
    marks_to_jobs()
    jobs = ProcrastinateJob.objects.filter(task_name="backend.audits.jobs.compute", status="todo").order_by("id")
    done = list(jobs.values_list("args", flat=True))
    ProcrastinateJob.objects.filter(task_name="backend.audits.jobs.compute").update(status="succeeded")
    for args in done:
        compute(**args)
    return len(done)


def outing(phone: Phone, village: Village, *, patrol: str = "", start: int | None = None) -> list[dict]:
    grid = village.grids[0]
    west, _, lat = lane_ends(grid)
    patrol = patrol or str(uuid.uuid4())
    start = start or now_ms() - 600_000
    return [
        make_item("patrol", {"patrol": patrol, "event": "start"}, at=start),
        make_track(patrol, west + 0.002, lat, n=60, start=start + 1000),
        make_item("patrol", {"patrol": patrol, "event": "end"}, at=start + 400_000),
    ]


def test_a_walk_that_arrives_is_a_figure_after_the_job_and_the_same_again_after_a_replay(
    phone: Phone, village: Village
) -> None:
    lay_lane(village.grids[0])
    items = outing(phone, village)
    phone.sync(*items)
    assert TouchedDay.objects.filter(grid=village.grids[0]).exists()
    assert run_jobs() == 1
    row = CoverageDay.objects.get()
    assert row.seen_m2 > 10_000
    assert not TouchedDay.objects.exists()
    phone.sync(*reversed(items))
    run_jobs()
    assert CoverageDay.objects.get().pk == row.pk


def test_the_same_pieces_in_any_order_make_the_same_figure(phone: Phone, village: Village) -> None:
    lay_lane(village.grids[0])
    items = outing(phone, village)
    for item in items:
        phone.sync(item)
        run_jobs()
    first = CoverageDay.objects.current().get().digest
    from backend.phone.rebuild import rebuild

    rebuild(phone.user)
    run_jobs()
    assert CoverageDay.objects.current().get().digest == first


def test_a_patrol_that_does_not_count_drops_out_and_comes_back(phone: Phone, village: Village) -> None:
    lay_lane(village.grids[0])
    items = outing(phone, village, start=now_ms() - 80 * 3_600_000)
    phone.sync(*items)
    run_jobs()
    seen = CoverageDay.objects.current().get().seen_m2
    flag = Flag.objects.get(rule="late")
    boss = make_operator(make_township(), role="supervisor")
    decide_and_mark(flag, decision="does_not_count", note="那天是别人拿着手机", by=boss, at=timezone.now())
    run_jobs()
    row = CoverageDay.objects.current().get()
    assert row.seen_m2 == 0
    assert [(leg["counted"], leg["why"]) for leg in row.legs] == [(False, "看过之后决定位置不算")]
    assert row.visits == 0
    decide_and_mark(flag, decision="counts", note="", by=boss, at=timezone.now())
    run_jobs()
    assert CoverageDay.objects.current().get().seen_m2 == seen
