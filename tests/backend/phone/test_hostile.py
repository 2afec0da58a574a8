"""Bodies made to hurt: too deep, too large, with characters no column holds. Each gets an answer, and nothing waits for ever."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from backend.accounts.actions import NOTICE_VERSION
from backend.accounts.models import User
from backend.accounts.tickets import TicketUseless, redeem_ticket
from backend.field.flags import raise_flag
from backend.field.models import Report, TrackSegment
from backend.phone.models import InboxItem
from backend.phone.rebuild import rebuild
from backend.phone.retention import expire_all
from tests.backend.builders import Village, middle
from tests.backend.phone_client import Phone, make_item, make_track, now_ms

pytestmark = pytest.mark.django_db


def deep(levels: int, kind: str = "[]") -> str:
    return kind[0] * levels + kind[1] * levels


@pytest.mark.parametrize("levels", [900, 903, 904, 905, 906, 907, 950, 100_000])
def test_a_body_however_deep_gets_an_answer_and_does_not_wait(levels: int, phone: Phone) -> None:
    item = str(uuid.uuid4())
    raw = '{"items": [{"id": "%s", "kind": "report", "body": {"kind": "0101", "text": "x", "urgent": 0, "more": %s}}]}'
    answer = phone.send((raw % (item, deep(levels))).encode())
    assert answer.status_code in (200, 400)
    assert not InboxItem.objects.pending().exists()


@pytest.mark.parametrize("said", ["\x00", "\ud800", 10**4000, [[]], {"a": "\x00"}])
def test_what_a_track_says_of_its_file_never_keeps_it_waiting(said: object, phone: Phone, village: Village) -> None:
    item = make_track(str(uuid.uuid4()), *middle(village.grids[0]), imported={"by": said, "reason": said, "assumed": said})
    outcome = phone.sync(item)[item["id"]]
    assert outcome["code"] != "pending"
    assert TrackSegment.objects.exists()


SOME_UUID = "0b9f3c1e-5a77-4d0c-9f3e-1d6a2b7c8e90"


@pytest.mark.parametrize("name", ["\ud800", "\x00", "x" * 100_000, f"urn:uuid:{SOME_UUID}", f"{{{SOME_UUID}}}"])
def test_an_odd_id_is_answered(name: str, phone: Phone) -> None:
    body = {"items": [{"id": name, "kind": "report", "body": {"kind": "0101", "text": "x"}}]}
    answer = phone.send(json.dumps(body).encode())
    assert answer.status_code == 200
    assert len(answer.json()["outcomes"]) == 1


@pytest.mark.parametrize("clock", [2**53, -(2**53), 2**63 - 1, -2_177_452_800_000])
def test_clocks_at_the_end_of_numbers_are_kept(clock: int, phone: Phone, village: Village) -> None:
    note = make_item("report", {"kind": "0101", "text": "x", "urgent": 0}, at=clock)
    walk = make_track(str(uuid.uuid4()), *middle(village.grids[0]), start=clock, step_ms=5000)
    outcomes = phone.sync(note, walk, sent_at=clock)
    assert {row["code"] for row in outcomes.values()} <= {"clock_wrong", "body_invalid", "late"}
    assert not InboxItem.objects.pending().exists()


@pytest.mark.parametrize("dt", [[0, 2**62, 2**62, 2**62], [0, -(2**63), -1, 0], [0, 10**30, 0, 0], [0, 2**53, -(2**53), 1]])
def test_steps_of_time_that_overflow_are_kept_and_not_waiting(dt: list[int], phone: Phone, village: Village) -> None:
    item = make_track(str(uuid.uuid4()), *middle(village.grids[0]), n=4, dt=dt)
    phone.sync(item)
    assert not InboxItem.objects.pending().exists()


def test_what_nobody_could_read_goes_in_its_time_as_well(phone: Phone, village: Village) -> None:
    lon, lat = middle(village.grids[0])
    place = {"lon": round(lon * 1e7), "lat": round(lat * 1e7)}  # names no datum
    unread = make_item("report", {"kind": "0101", "text": "谁家的事", "urgent": 0, "place": place})
    later = make_item("tracks_of_the_next_app", make_track(str(uuid.uuid4()), lon, lat)["body"])
    nobody = {"id": "no uuid", "kind": "track", "body": make_track(str(uuid.uuid4()), lon, lat)["body"]}
    assert {row["status"] for row in phone.sync(unread, later, nobody).values()} == {"quarantined"}
    expire_all(timezone.now() + timedelta(days=32))
    assert {row.kind for row in InboxItem.objects.all() if row.body} == {"report"}
    expire_all(timezone.now() + timedelta(days=5000))
    assert [row.kind for row in InboxItem.objects.all() if row.body] == []


def test_a_rebuild_between_two_expiries_of_a_walk_over_midnight_brings_nothing_back(phone: Phone, village: Village) -> None:
    day = 86_400_000
    midnight = (now_ms() + 8 * 3_600_000) // day * day - 8 * 3_600_000
    item = make_track(str(uuid.uuid4()), *middle(village.grids[0]), start=midnight - 60_000, n=25)
    phone.sync(item)
    assert TrackSegment.objects.values("day").distinct().count() == 2
    expire_all(timezone.now() + timedelta(days=30))
    days = list(TrackSegment.objects.values_list("day", flat=True))
    rebuild(phone.user)
    assert list(TrackSegment.objects.values_list("day", flat=True)) == days
    assert len(days) == 1
    assert not Report.objects.exists()


def test_withdrawn_consent_takes_what_may_hold_a_track_under_another_name(phone: Phone, village: Village) -> None:
    body = make_track(str(uuid.uuid4()), *middle(village.grids[0]))["body"]
    phone.sync(make_item("tracks_of_the_next_app", body), {"id": "no uuid", "kind": "track", "body": body})
    answer = phone.post("consent", {"notice_version": NOTICE_VERSION, "decision": "withdrawn"})
    assert answer.status_code == 200
    assert not [row.kind for row in InboxItem.objects.all() if row.body]


def test_words_of_a_stranger_reach_no_question(phone: Phone, stranger_phone: Phone, worker: User) -> None:
    asked = raise_flag(worker, about="patrol", about_id=uuid.uuid4(), rule="mock", evidence={}, unit_code="", at=timezone.now())
    item = make_item("flag_answer", {"flag": str(asked.uuid), "text": "是我"})
    assert stranger_phone.sync(item)[item["id"]]["code"] == "unknown_flag"
    asked.refresh_from_db()
    assert asked.answer == ""


def test_one_id_of_two_people_is_two_items(phone: Phone, stranger_phone: Phone, village: Village) -> None:
    item = make_track(str(uuid.uuid4()), *middle(village.grids[0]))
    assert [one.sync(item)[item["id"]]["status"] for one in (phone, stranger_phone)] == ["stored", "stored"]
    assert TrackSegment.objects.filter(item=item["id"]).count() == 2
    assert phone.get(f"items/{item['id']}/original").status_code == 200
    rebuild(phone.user)
    assert TrackSegment.objects.filter(item=item["id"]).count() == 2


@pytest.mark.parametrize("ticket", ["", "x", "a:b:c", "\x00", "ü:ü:ü", "." * 5000, "eyJ9:1:1"])
def test_no_ticket_made_by_hand_opens_anything(ticket: str, phone: Phone) -> None:
    with pytest.raises(TicketUseless):
        redeem_ticket(ticket, at=timezone.now())
