"""Foreign fixes are read only inside a patrol of their person, whatever came first; everything else is gone after three days."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from backend.accounts.models import User
from backend.field.models import Flag, LastPosition, PlaceVisit, TrackSegment, Visit
from backend.phone.jobs import release_sealed, sweep_sealed
from backend.phone.me import answer_notice
from backend.phone.models import InboxItem, SealedFix, TrackerDay
from backend.phone.rebuild import rebuild
from backend.phone.trackers.keeping import release_everybodys
from geo import decode_track
from tests.backend.builders import Village, make_key_place, make_worker, middle
from tests.backend.phone.test_order import derived_state
from tests.backend.phone.trackers.apps import OwnTracksApp, TraccarApp, enrol
from tests.backend.phone_client import Phone, make_item, make_track, now_ms
from tests.proof import proof

pytestmark = pytest.mark.django_db
MINUTE = 60_000


def times() -> list[int]:
    """Epoch milliseconds of everything in tracks."""
    return sorted(ms for one in TrackSegment.objects.all() for ms in decode_track(bytes(one.twkb))[2].tolist())


def patrol_items(start: int, end: int | None = None, *, patrol: str = "") -> list[dict[str, Any]]:
    patrol = patrol or str(uuid.uuid4())
    items = [make_item("patrol", {"patrol": patrol, "event": "start"}, at=start)]
    if end is not None:
        items.append(make_item("patrol", {"patrol": patrol, "event": "end", "reason": "person"}, at=end))
    return items


def bring(phone: Phone, *items: dict[str, Any]) -> None:
    """What a phone brings, and what the worker does with it a moment later."""
    phone.sync(*items)
    release_sealed(phone.user.pk)


def walk(app: TraccarApp, village: Village, start: int, n: int, *, step: int = 10_000) -> list[int]:
    lon, lat = middle(village.grids[0])
    at = [start + i * step for i in range(n)]
    for i, ms in enumerate(at):
        assert app.send_json(ms, lon + i * 1e-4, lat).status_code == 200
    return at


def test_a_fix_during_a_patrol_is_on_the_map_at_once(worker: User, phone: Phone, village: Village) -> None:
    now = now_ms()
    bring(phone, *patrol_items(now - 5 * MINUTE))
    app = TraccarApp(enrol(worker))
    walked = walk(app, village, now - 2 * MINUTE, 6)
    assert times() == walked
    shown = LastPosition.objects.get()
    assert (round(shown.t.timestamp() * 1000), shown.grid_code) == (walked[-1], village.grids[0].code)
    assert {visit.grid for visit in Visit.objects.all()} == {village.grids[0]}
    assert {row.kind for row in InboxItem.objects.exclude(kind="patrol")} == {"track"}


def test_fixes_before_the_start_came_are_found_when_it_comes(worker: User, phone: Phone, village: Village) -> None:
    now, app = now_ms(), OwnTracksApp(enrol(worker, "owntracks"))
    lon, lat = middle(village.grids[0])
    at = [(now - 60 * MINUTE) // 1000 * 1000 + i * 15_000 for i in range(12)]
    app.send([app.location(ms, lon, lat) for ms in at])
    assert times() == []
    bring(phone, *patrol_items(at[3], at[8]))
    assert times() == at[3:9]
    assert not LastPosition.objects.exists()


def test_what_was_shown_after_an_end_that_came_late_is_taken_back(worker: User, phone: Phone, village: Village) -> None:
    now, patrol = now_ms(), str(uuid.uuid4())
    start, end = patrol_items(now - 30 * MINUTE, now - 20 * MINUTE, patrol=patrol)
    bring(phone, start)
    walked = walk(TraccarApp(enrol(worker)), village, now - 25 * MINUTE, 20, step=MINUTE)
    assert times() == walked
    bring(phone, end)
    assert times() == walked[:6]
    assert all(b"t0" in bytes(row.body) for row in InboxItem.objects.filter(kind="track"))
    assert Visit.objects.filter(t1__gt=timezone.now() - timedelta(minutes=20)).count() == 0


def test_a_stay_at_a_place_after_the_end_is_taken_back(worker: User, phone: Phone, village: Village) -> None:
    now, patrol, app = now_ms(), str(uuid.uuid4()), TraccarApp(enrol(worker))
    (lon, lat), pond = middle(village.grids[0]), make_key_place(village.grids[0])
    start, end = patrol_items(now - 30 * MINUTE, now - 20 * MINUTE, patrol=patrol)
    bring(phone, start)
    for i in range(40):  # at the pond from minute 15 on, far from it before
        app.send_json(now - 30 * MINUTE + i * 40_000, lon if i > 22 else lon - 0.004, lat)
    assert PlaceVisit.objects.filter(key_place=pond, grade="B").exists()
    bring(phone, end)
    assert not PlaceVisit.objects.filter(key_place=pond, grade="B").exists()
    rebuild(worker)
    assert not PlaceVisit.objects.filter(key_place=pond, grade="B").exists()


def test_an_end_that_comes_days_late_still_takes_back_what_lay_behind_it(worker: User, phone: Phone, village: Village) -> None:
    now, patrol = now_ms(), str(uuid.uuid4())
    start, end = patrol_items(now - 30 * MINUTE, now - 20 * MINUTE, patrol=patrol)
    bring(phone, start)
    walked = walk(TraccarApp(enrol(worker)), village, now - 25 * MINUTE, 20, step=MINUTE)
    release_everybodys(at=timezone.now() + timedelta(hours=73))
    assert not SealedFix.objects.exists()
    bring(phone, end)
    assert times() == walked[:6]


def test_a_forgotten_end_does_not_let_a_tracker_go_on_for_ever(worker: User, phone: Phone, village: Village) -> None:
    now, app = now_ms(), TraccarApp(enrol(worker))
    bring(phone, *patrol_items(now - 20 * 60 * MINUTE))
    walked = walk(app, village, now - 19 * 60 * MINUTE, 5) + walk(app, village, now - 2 * 60 * MINUTE, 5)
    assert times() == walked[:5]


def test_nothing_outside_patrols_is_there_after_three_days_but_a_number(worker: User, phone: Phone, village: Village) -> None:
    now, app = now_ms(), TraccarApp(enrol(worker))
    walked = walk(app, village, now - 60 * MINUTE, 30, step=MINUTE)
    bring(phone, *patrol_items(walked[10], walked[19]))
    release_everybodys(at=timezone.now() + timedelta(hours=71))
    assert SealedFix.objects.count() == 30
    release_everybodys(at=timezone.now() + timedelta(hours=73))
    assert not SealedFix.objects.exists()
    assert times() == walked[10:20]
    assert TrackerDay.objects.get().deleted == 20
    bring(phone, *patrol_items(walked[0], walked[5]))
    assert times() == walked[10:20]


def test_consent_taken_back_takes_what_is_sealed_with_it(worker: User, village: Village) -> None:
    walk(TraccarApp(enrol(worker)), village, now_ms() - 10 * MINUTE, 5)
    answer_notice(worker, notice_version="2026-11", decision="withdrawn", at=timezone.now())
    assert not SealedFix.objects.exists()
    assert TrackerDay.objects.get().deleted == 5


def test_a_patrol_of_another_person_opens_nothing(worker: User, village: Village) -> None:
    walked = walk(TraccarApp(enrol(worker)), village, now_ms() - 10 * MINUTE, 5)
    other = Phone(make_worker(village.grids[1], name="邻格人"))
    bring(other, *patrol_items(walked[0], walked[-1]))
    release_everybodys(at=timezone.now())
    assert times() == []


def test_fixes_in_another_datum_are_where_they_were(worker: User, phone: Phone, village: Village) -> None:
    from geo.crs import from_wgs84

    lon, lat = middle(village.grids[0])
    east, north = from_wgs84(lon, lat, crs="gcj02")
    bring(phone, *patrol_items(now_ms() - 5 * MINUTE))
    TraccarApp(enrol(worker, crs="gcj02")).send_json(now_ms(), float(east), float(north))
    shown = LastPosition.objects.get().point
    assert (shown.x, shown.y) == pytest.approx((lon, lat), abs=2e-7)


def test_coarse_and_simulated_fixes_are_kept_with_their_reasons(worker: User, phone: Phone, village: Village) -> None:
    now, (lon, lat), app = now_ms(), middle(village.grids[0]), TraccarApp(enrol(worker))
    bring(phone, *patrol_items(now - 5 * MINUTE))
    begin = now // 600_000 * 600_000 - 1_200_000
    bring(phone, *patrol_items(begin - MINUTE, begin + 5 * MINUTE))
    for i, more in enumerate([{}, {"accuracy": 90.0}, {"accuracy": 0}, {"mock": True}]):
        app.send_json(begin + i * 10_000, lon, lat, **more)
    segment = TrackSegment.objects.get()
    assert list(bytes(segment.reasons)) == [0, 1, 2, 32]


def test_a_tracker_and_the_persons_own_phone_may_walk_the_same_patrol(worker: User, phone: Phone, village: Village) -> None:
    now, patrol = now_ms(), str(uuid.uuid4())
    bring(phone, *patrol_items(now - 5 * MINUTE, patrol=patrol), make_track(patrol, *middle(village.grids[0])))
    walk(TraccarApp(enrol(worker)), village, now - MINUTE, 3)
    assert TrackSegment.objects.filter(patrol_uuid=patrol).count() >= 2


def test_the_same_item_comes_out_of_a_rebuild(worker: User, phone: Phone, village: Village) -> None:
    now, app = now_ms(), TraccarApp(enrol(worker))
    bring(phone, *patrol_items(now - 40 * MINUTE, now - 10 * MINUTE))
    walk(app, village, now - 50 * MINUTE, 45, step=MINUTE)
    state = derived_state()
    assert len(state["TrackSegment"]) >= 3
    rebuild(worker)
    release_sealed(worker.pk)
    assert derived_state() == state


Step = Callable[[], object]


@proof(15, 400)
@given(data=st.data())
def test_any_order_of_fixes_starts_ends_and_sweeps_ends_in_the_same_segments(
    data: st.DataObject, worker: User, village: Village
) -> None:
    with transaction.atomic():
        phone, app = Phone(worker), TraccarApp(enrol(worker))
        now, (lon, lat) = now_ms(), middle(village.grids[0])
        fixes = [(now - 70 * MINUTE + i * 5 * MINUTE, lon + i * 1e-4, lat) for i in range(14)]
        items = [
            *patrol_items(now - 62 * MINUTE, now - 33 * MINUTE),
            *patrol_items(now - 40 * MINUTE, now - 21 * MINUTE),
            *patrol_items(now - 12 * MINUTE),
        ]
        steps: list[Step] = [lambda fix=fix: app.send_json(*fix) for fix in fixes]  # type: ignore[misc]
        steps += [lambda item=item: bring(phone, item) for item in items]  # type: ignore[misc]
        sweep: Step = lambda: sweep_sealed(0)  # noqa: E731
        with transaction.atomic():
            for step in steps:
                step()
            expected = derived_state()
            assert [ms for ms, *_ in fixes if _covered(ms, now)] == times()
            transaction.set_rollback(True)
        again = data.draw(st.lists(st.sampled_from(steps), max_size=4))
        for step in data.draw(st.permutations([*steps, *again, sweep, sweep])):
            step()
        assert derived_state() == expected
        rebuild(worker)
        release_sealed(worker.pk)
        assert derived_state() == expected
        transaction.set_rollback(True)


def _covered(ms: int, now: int) -> bool:
    ago = (now - ms) / MINUTE
    return 40 < ago <= 62 or 21 <= ago <= 40 or ago <= 12


def test_a_tracker_that_sends_every_four_minutes_has_no_gap_before_ten(worker: User, phone: Phone, village: Village) -> None:
    now, patrol, pond = now_ms(), str(uuid.uuid4()), make_key_place(village.grids[0])
    bring(phone, *patrol_items(now - 60 * MINUTE, now - 20 * MINUTE, patrol=patrol))
    app = TraccarApp(enrol(worker, every_s=240))
    lon, lat = pond.point
    early = [now - 60 * MINUTE + i * 4 * MINUTE for i in range(4)]  # to 12 minutes after the start
    late = [early[-1] + 11 * MINUTE + i * 4 * MINUTE for i in range(4)]  # eleven silent minutes, to 35
    for ms in [*early, *late]:
        assert app.send_json(ms, lon, lat).status_code == 200
    assert {one.interval_s for one in TrackSegment.objects.all()} == {240}
    stays = PlaceVisit.objects.filter(key_place=pond).order_by("t0")
    assert [round(stay.dwell_s / 60) for stay in stays] == [12, 12]
    flag = Flag.objects.get(rule="gap")
    assert [[gap["from"], gap["to"]] for one in flag.evidence["items"].values() for gap in one["gaps"]] == [
        [early[-1], late[0]]
    ]


def test_a_phone_that_says_nothing_of_its_interval_has_a_gap_after_two_minutes(
    worker: User, phone: Phone, village: Village
) -> None:
    now, patrol, pond = now_ms(), str(uuid.uuid4()), make_key_place(village.grids[0])
    bring(phone, *patrol_items(now - 60 * MINUTE, now - 20 * MINUTE, patrol=patrol))
    slow = make_track(patrol, *pond.point, n=4, start=now - 50 * MINUTE, step_ms=4 * MINUTE)["body"]
    slow["lon"][1:] = [0, 0, 0]
    phone.sync(make_item("track", slow | {"interval_s": "240"}, at=now))  # no number of seconds
    assert not PlaceVisit.objects.filter(key_place=pond, dwell_s__gt=0).exists()
    phone.sync(make_item("track", slow | {"interval_s": 240}, at=now))
    assert PlaceVisit.objects.get(key_place=pond).dwell_s == 12 * 60
