"""What the time of keeping means for a person who moves, for what could not be taken, and for numbers beyond all reason."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.audits.models import DaySeal
from backend.audits.visits import county_day, day_bounds
from backend.phone.models import InboxItem, TrackerDay
from backend.phone.rebuild import rebuild
from backend.phone.retention import expire_all, expire_tracks
from backend.phone.terms import homes_on, is_sealed_for
from backend.phone.trackers.keeping import MOST_COUNTED, count_fixes
from backend.places.models import GridDuty
from tests.backend.builders import TOWNSHIP, Village, give_duty, make_village, middle
from tests.backend.phone.trackers.apps import enrol
from tests.backend.phone_client import Phone, make_item, make_track, now_ms

pytestmark = pytest.mark.django_db
OTHER = "360829103000"


@pytest.mark.parametrize("sealed", [TOWNSHIP, OTHER])
def test_of_somebody_who_moved_on_a_day_the_seal_of_either_home_says_that_it_is_over(
    sealed: str, village: Village, worker: User
) -> None:
    day = county_day(timezone.now()) - timedelta(days=40)
    noon = day_bounds(day)[0] + timedelta(hours=12)
    start = noon - timedelta(days=100)
    other = make_village(code="360829103201", name="邻村", grids=1)
    GridDuty.objects.filter(user=worker).update(valid=(start, noon))
    give_duty(worker, other.grids[0], since=noon)
    assert homes_on(worker, day) == {village.grids[0].code, other.grids[0].code}
    assert not is_sealed_for(worker, day)
    DaySeal.objects.create(unit_code=sealed, day=day, aggregates={}, sha256="0" * 64, sealed_at=timezone.now())
    assert is_sealed_for(worker, day)
    assert not is_sealed_for(worker, day - timedelta(days=1))


def test_a_day_that_goes_is_sealed_for_both_homes_and_a_rebuild_brings_nothing_back(village: Village, phone: Phone) -> None:
    day = county_day(timezone.now()) - timedelta(days=3)
    noon = day_bounds(day)[0] + timedelta(hours=12)
    other = make_village(code="360829103201", name="邻村", grids=1)
    GridDuty.objects.filter(user=phone.user).update(valid=(noon - timedelta(days=100), noon))
    give_duty(phone.user, other.grids[0], since=noon)
    phone.sync(make_track(str(uuid4()), *middle(village.grids[0]), start=int(noon.timestamp() * 1000) - 7_200_000))
    assert expire_tracks(timezone.now() + timedelta(days=32)) == 1
    assert set(DaySeal.objects.values_list("unit_code", flat=True)) == {TOWNSHIP, OTHER}
    rebuild(phone.user)
    assert is_sealed_for(phone.user, day)


@pytest.mark.parametrize(
    ("kind", "days"), [("patrol", 30), ("place_check", 30), ("answer", 1095), ("flag_answer", 1095), ("seen", 1095)]
)
def test_what_could_not_be_taken_goes_when_the_time_of_its_class_is_over(kind: str, days: int, phone: Phone) -> None:
    item = make_item(kind, {"nothing": "of the kind"})
    assert phone.sync(item)[item["id"]]["status"] == "quarantined"
    expire_all(timezone.now() + timedelta(days=days - 1))
    assert bytes(InboxItem.objects.get().body)
    expire_all(timezone.now() + timedelta(days=days + 2))
    assert not bytes(InboxItem.objects.get().body)
    assert phone.post("held", {"ids": [item["id"]]}).json()["held"] == {item["id"]: "expired"}


def test_what_was_taken_of_these_kinds_stays(phone: Phone) -> None:
    phone.sync(make_item("patrol", {"patrol": str(uuid4()), "event": "start"}, at=now_ms() - 60_000))
    expire_all(timezone.now() + timedelta(days=2000))
    assert bytes(InboxItem.objects.get().body)


def test_a_count_of_nonsense_ends_at_what_its_column_holds(worker: User) -> None:
    enrol(worker)
    tracker, day = worker.devices.get(tracker__isnull=False).tracker, county_day(timezone.now())
    for _ in range(3):
        count_fixes(tracker.pk, day, unreadable=2**31 - 5, deleted=1)
    found = TrackerDay.objects.get()
    assert (found.unreadable, found.deleted) == (MOST_COUNTED, 3)
