"""A patrol nobody hears of any more is shown as ended; a late word extends it, the person's own end holds."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.field.models import LastPosition
from backend.patrols.models import Patrol
from backend.phone.jobs import end_silent
from backend.phone.rebuild import rebuild
from tests.backend.builders import Village, middle
from tests.backend.phone_client import Phone, make_item, make_track, now_ms

pytestmark = pytest.mark.django_db
MINUTE = 60_000


@pytest.fixture
def patrol(phone: Phone, village: Village) -> str:
    """Began two hours ago; the last fix is 45 minutes old."""
    key = str(uuid.uuid4())
    lon, lat = middle(village.grids[0])
    start = now_ms() - 120 * MINUTE
    track = make_track(key, lon, lat, n=76, start=start, step_ms=MINUTE, course=[90] * 76)
    phone.sync(make_item("patrol", {"patrol": key, "event": "start"}, at=start), track)
    return key


def minutes_ago(at: datetime) -> float:
    return (timezone.now() - at).total_seconds() / 60


def test_a_silent_patrol_is_shown_as_ended_at_its_last_word(patrol: str) -> None:
    assert LastPosition.objects.get().course_deg == 90
    end_silent(0)
    row = Patrol.objects.get()
    assert row.end_reason == "silent" and row.ended_at and minutes_ago(row.ended_at) == pytest.approx(45, abs=1)
    assert not LastPosition.objects.exists()


def test_a_patrol_with_a_fresh_word_goes_on(phone: Phone, patrol: str) -> None:
    phone.sync(make_item("report", {"kind": "0101", "text": "x", "patrol": patrol}, at=now_ms() - 5 * MINUTE))
    end_silent(0)
    assert Patrol.objects.get().ended_at is None


def test_an_outing_without_a_track_has_half_a_day(phone: Phone) -> None:
    for hours in (3, 13):
        start = now_ms() - hours * 60 * MINUTE
        phone.sync(make_item("patrol", {"patrol": str(uuid.uuid4()), "event": "start"}, at=start))
    end_silent(0)
    assert sorted(row.end_reason for row in Patrol.objects.all()) == ["", "silent"]


@pytest.mark.parametrize(("ago", "runs"), [(1, True), (35, False)])
def test_a_late_track_extends_it_and_a_fresh_one_lets_it_go_on(
    phone: Phone, village: Village, patrol: str, ago: int, runs: bool
) -> None:
    end_silent(0)
    lon, lat = middle(village.grids[0])
    phone.sync(make_track(patrol, lon, lat, n=5, start=now_ms() - (ago + 4) * MINUTE, step_ms=MINUTE))
    row = Patrol.objects.get()
    assert (row.ended_at is None) is runs
    assert LastPosition.objects.exists() is runs
    if row.ended_at is not None:
        assert minutes_ago(row.ended_at) == pytest.approx(ago, abs=1)


def test_the_persons_own_end_holds_whenever_it_comes(phone: Phone, patrol: str) -> None:
    end_silent(0)
    phone.sync(make_item("patrol", {"patrol": patrol, "event": "end", "reason": "person"}, at=now_ms() - 10 * MINUTE))
    row = Patrol.objects.get()
    assert row.end_reason == "person" and row.ended_at and minutes_ago(row.ended_at) == pytest.approx(10, abs=1)
    end_silent(0)
    assert Patrol.objects.get().end_reason == "person"


def test_a_rebuild_leaves_a_silent_patrol_ended(worker: User, patrol: str) -> None:
    end_silent(0)
    before = Patrol.objects.values_list("uuid", "ended_at", "end_reason").get()
    rebuild(worker)
    assert Patrol.objects.values_list("uuid", "ended_at", "end_reason").get() == before
    assert not LastPosition.objects.exists()


def test_a_track_that_comes_before_its_patrol_keeps_where_the_phone_was_heading(phone: Phone, village: Village) -> None:
    key, (lon, lat) = str(uuid.uuid4()), middle(village.grids[0])
    phone.sync(make_track(key, lon, lat, n=9, course=[270] * 9))
    assert not LastPosition.objects.exists()
    phone.sync(make_item("patrol", {"patrol": key, "event": "start"}, at=now_ms() - 5 * MINUTE))
    assert LastPosition.objects.get().course_deg == 270
    assert minutes_ago(LastPosition.objects.get().t) < timedelta(minutes=2).total_seconds()
