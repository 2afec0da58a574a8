"""Everything that goes wrong between a phone and us ends in an outcome with a plain sentence, never in a 500."""

from __future__ import annotations

import gzip
import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from backend.accounts.actions import revoke_device
from backend.accounts.models import Device, User
from backend.field.models import Flag, Report, TrackSegment, Visit
from backend.patrols.models import Answer
from backend.phone.models import InboxItem
from geo import Reason
from tests.backend.builders import Village, give_duty, make_checklist, make_person, make_report_kind, make_task, middle
from tests.backend.phone_client import Item, Phone, make_item, make_track, now_ms

pytestmark = pytest.mark.django_db

CHINESE = re.compile(r"[\u4e00-\u9fff]")
Change = Callable[[dict[str, Any]], None]


def track_of(village: Village, **columns: Any) -> Item:
    lon, lat = middle(village.grids[0])
    return make_track(str(uuid.uuid4()), lon, lat, **columns)


def report(**more: Any) -> Item:
    return make_item("report", {"kind": "0101", "text": "塘边有垃圾", "urgent": 0, "place": None, "photos": []} | more)


def test_the_same_item_twice_is_stored_once_and_answered_the_same(phone: Phone) -> None:
    item = report()
    first = phone.sync(item)[item["id"]]
    again = phone.sync(item)[item["id"]]
    assert (first["status"], again["status"]) == ("stored", "duplicate")
    assert {key: first[key] for key in ("code", "text", "retry", "receipt")} == {
        key: again[key] for key in ("code", "text", "retry", "receipt")
    }
    assert Report.objects.count() == InboxItem.objects.count() == 1


def test_the_same_item_twice_in_one_request_is_stored_once(phone: Phone, village: Village) -> None:
    item = track_of(village)
    phone.sync(item, item, item)
    assert TrackSegment.objects.count() == Visit.objects.count() == InboxItem.objects.count() == 1


def test_another_body_under_the_same_id_is_kept_and_somebody_is_asked_to_look(phone: Phone, worker: User) -> None:
    make_report_kind()
    item = report()
    phone.sync(item)
    other = {**item, "body": item["body"] | {"text": "别的话"}}
    outcome = phone.sync(other)[item["id"]]
    assert outcome["status"] == "id_reused"
    assert CHINESE.search(outcome["text"])
    assert phone.sync(other)[item["id"]]["code"] == "id_reused"
    assert Report.objects.get().text == "塘边有垃圾"
    assert InboxItem.objects.filter(item=item["id"]).count() == 2
    assert worker.flags.get().rule == "id_reused"
    assert phone.sees("outcome")[item["id"]]["status"] == "id_reused"


def test_one_corrupt_item_among_good_ones_blocks_nothing(phone: Phone, village: Village) -> None:
    bad = track_of(village, crs=None)
    nonsense: list[Any] = [None, 7, "text", [], {"id": 5}, {"id": "x", "kind": "report", "body": {}}]
    good = [report(), report()]
    outcomes = phone.sync(good[0], bad, *nonsense, good[1])
    assert [outcomes[item["id"]]["status"] for item in good] == ["stored", "stored"]
    assert outcomes[bad["id"]]["code"] == "crs_missing"
    assert InboxItem.objects.filter(state="quarantined").count() == 1 + len(nonsense)
    assert Report.objects.count() == 2


BROKEN: dict[str, tuple[str, Change]] = {
    "no datum": ("crs_missing", lambda body: body.pop("crs")),
    "a datum nobody knows": ("crs_unknown", lambda body: body.update(crs="mars2000")),
    "axes swapped": ("axes_swapped", lambda body: body.update(lon=body["lat"], lat=body["lon"])),
    "a float": ("not_a_number", lambda body: body["lon"].__setitem__(0, 114.5)),
    "not a number": ("not_a_number", lambda body: body["lat"].__setitem__(1, float("nan"))),
    "infinity": ("not_a_number", lambda body: body["acc"].__setitem__(0, float("inf"))),
    "a word": ("not_a_number", lambda body: body["dt"].__setitem__(1, "5000")),
    "no fix": ("no_fixes", lambda body: body.update(dt=[], lon=[], lat=[], acc=[], speed=[])),
    "unequal columns": ("columns_unequal", lambda body: body["acc"].pop()),
    "no column": ("body_invalid", lambda body: body.pop("lat")),
    "no patrol": ("body_invalid", lambda body: body.pop("patrol")),
    "off the globe": ("body_invalid", lambda body: body["lon"].__setitem__(0, 3_600_000_000)),
    "a time beyond all clocks": ("body_invalid", lambda body: body.update(t0=10**30)),
    "numbers beyond all sizes": ("not_a_number", lambda body: body["dt"].__setitem__(1, 10**40)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_track_that_cannot_be_read_is_kept_with_its_reason(phone: Phone, village: Village, name: str) -> None:
    code, spoil = BROKEN[name]
    item = track_of(village)
    spoil(item["body"])
    outcome = phone.sync(item)[item["id"]]
    assert (outcome["status"], outcome["code"]) == ("quarantined", code)
    assert CHINESE.search(outcome["text"])
    assert outcome["receipt"]["signature"]
    assert bytes(InboxItem.objects.get().body)
    assert Flag.objects.get().about == "item"
    assert not TrackSegment.objects.exists()


def test_five_thousand_and_one_fixes_are_kept_but_not_read_and_five_thousand_are(phone: Phone, village: Village) -> None:
    too_many, most = track_of(village, n=5001, step_ms=1000), track_of(village, n=5000, step_ms=1000)
    outcomes = phone.sync(too_many, most)
    assert outcomes[too_many["id"]]["code"] == "too_many_fixes"
    assert outcomes[too_many["id"]]["retry"] == "update"
    assert outcomes[most["id"]]["code"] == "ok"


@pytest.mark.parametrize(
    ("year", "is_phone_wrong_now"), [(1901, False), (1901, True), (2038, False), (2038, True), (1970, True)]
)
def test_a_wrong_year_is_kept_and_flagged(phone: Phone, village: Village, year: int, is_phone_wrong_now: bool) -> None:
    at = int(datetime(year, 6, 1, tzinfo=UTC).timestamp() * 1000)
    make_report_kind()
    said, walked = report(at=at), track_of(village, start=at)
    before = now_ms()
    outcomes = phone.sync(said, walked, sent_at=at + 600_000 if is_phone_wrong_now else None)
    assert [outcomes[item["id"]]["code"] for item in (said, walked)] == ["clock_wrong", "clock_wrong"]
    occurred = Report.objects.get().occurred_at.timestamp() * 1000
    segment = TrackSegment.objects.get()
    if is_phone_wrong_now:  # we know how wrong it is
        assert occurred == pytest.approx(before - 600_000, abs=30_000)
        assert Visit.objects.exists()
    else:
        assert occurred == pytest.approx(before, abs=30_000)
        assert set(bytes(segment.reasons)) >= {Reason.BAD_CLOCK}
        assert not Visit.objects.exists()
    assert segment.t1.timestamp() * 1000 == pytest.approx(before, abs=700_000)


def test_the_session_clock_is_believed_when_the_wall_clock_was_wrong(phone: Phone) -> None:
    make_report_kind()
    item = report(at=0, mono=5_000_000, boot=phone.boot)
    phone.sync(item, sent_at=now_ms() - 86_400_000, mono=5_000_000 + 1_800_000)
    assert Report.objects.get().occurred_at.timestamp() * 1000 == pytest.approx(now_ms() - 1_800_000, abs=30_000)


def test_what_comes_days_later_is_stored_as_late(phone: Phone, village: Village) -> None:
    at = now_ms() - 4 * 86_400_000
    item = track_of(village, start=at)
    assert phone.sync(item)[item["id"]]["code"] == "late"
    assert Visit.objects.get().t0.timestamp() * 1000 == pytest.approx(at, abs=1000)
    assert Flag.objects.get().rule == "late"


BODIES = {
    "not JSON": b"hello",
    "half a JSON": b'{"items": [',
    "a list": b"[]",
    "no items": b'{"sent_at": 1}',
    "not UTF-8": b"\xff\xfe{}",
    "brackets without end": b"[" * 100_000,
    "a number of five thousand digits": b'{"items": [' + b"9" * 5000 + b"]}",
    "nothing": b"",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_request_nobody_can_parse_is_kept_whole_with_a_receipt(phone: Phone, name: str) -> None:
    for zipped in (True, False):
        answer = phone.send(BODIES[name], zipped=zipped)
        assert answer.status_code == 400, answer.content
        problem = answer.json()
        assert problem["type"] == "/problems/request_unreadable"
        assert CHINESE.search(problem["detail"])
        assert InboxItem.objects.filter(item=problem["receipt"]["id"], state="quarantined", kind="request").count() == 1


def test_a_gzip_bomb_is_not_inflated(phone: Phone) -> None:
    bomb = gzip.compress(b'{"items": [' + b" " * 200_000_000)
    answer = phone.client.post("/api/phone/sync", bomb, content_type="application/json", headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 413
    assert CHINESE.search(answer.json()["detail"])


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, gzip", "nonsense"])
def test_bytes_that_are_not_what_the_encoding_says_are_kept(phone: Phone, encoding: str) -> None:
    answer = phone.client.post(
        "/api/phone/sync", b"{}", content_type="application/json", headers={"Content-Encoding": encoding}
    )
    assert answer.status_code == 400


def test_two_hundred_and_one_items_are_sent_back_to_be_split(phone: Phone) -> None:
    answer = phone.send(json.dumps(phone.envelope([report()] * 201)).encode())
    assert answer.status_code == 413
    assert not InboxItem.objects.exists()


ODD_TEXTS = ["带\x00零", "\ud800半个字", "😀" * 100, "<script>alert(1)</script>", "‮反", "x" * 20_001]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_text_never_breaks_anything(phone: Phone, text: str) -> None:
    item = report(text=text)
    outcome = phone.sync(item)[item["id"]]
    assert outcome["status"] in ("stored", "quarantined")
    assert outcome["code"] != "pending"
    assert phone.get(f"items/{item['id']}/original").status_code == 200


ODD_BODIES: list[tuple[str, Any]] = [
    ("report", None),
    ("report", []),
    ("report", {"kind": 5}),
    ("report", {"kind": "0101", "place": {"crs": "wgs84", "lon": 10**400, "lat": 1}}),
    ("report", {"kind": "0101", "place": {"crs": "wgs84", "lon": 274000000, "lat": 1145000000}}),
    ("report", {"kind": "0101", "place": {"lon": 1145000000, "lat": 274000000}}),
    ("report", {"kind": "0101", "at": 10**300, "photos": ["x"]}),
    ("report", {"kind": "0101", "at": True}),
    ("patrol", {"patrol": "x", "event": "start"}),
    ("patrol", {"patrol": str(uuid.uuid4()), "event": "dance"}),
    ("answer", {"task": str(uuid.uuid4()), "item": "FH-01@1", "result": "ok"}),
    ("place_check", {"key_place": str(uuid.uuid4()), "how": "qr"}),
    ("seen", {"alert": "x"}),
    ("flag_dance", {}),
    ("Report", {}),
    ("x" * 100, {}),
    ("re\x00port", {}),
]


@pytest.mark.parametrize(("kind", "body"), ODD_BODIES)
def test_an_odd_body_is_quarantined_with_a_reason(phone: Phone, kind: str, body: Any) -> None:
    item = {"id": str(uuid.uuid4()), "kind": kind, "body": body}
    outcome = phone.sync(item)[item["id"]]
    assert outcome["status"] == "quarantined"
    assert outcome["code"] != "pending"
    assert CHINESE.search(outcome["text"])


def test_an_odd_envelope_does_not_cost_the_items(phone: Phone) -> None:
    item = report()
    envelope = {"sent_at": "noon", "boot": ["\x00"], "mono": 10**40, "items": [item]}
    answer = phone.send(json.dumps(envelope).encode())
    assert answer.json()["outcomes"][0]["status"] == "stored"


def test_two_answers_of_two_people_are_both_kept(phone: Phone, worker: User, village: Village) -> None:
    stand_in = make_person("替小明")
    give_duty(stand_in, village.grids[0], "stand_in")
    task = make_task(village.grids[0], worker, make_checklist(village.unit, "FH-01"))
    body = {"task": str(task.uuid), "item": "FH-01@1", "result": "ok"}
    mine, theirs = make_item("answer", body), make_item("answer", body | {"result": "problem"})
    other = Phone(stand_in)
    assert str(task.uuid) in other.sees("task")
    assert phone.sync(mine)[mine["id"]]["code"] == "ok"
    assert other.sync(theirs)[theirs["id"]]["code"] == "task_done_by_other"
    assert Answer.objects.count() == 2


def test_a_revoked_phone_is_told_to_sign_in_and_nothing_of_it_is_taken(phone: Phone) -> None:
    revoke_device(Device.objects.get(), at=datetime.now(UTC))
    answer = phone.send(json.dumps(phone.envelope([report()])).encode())
    assert answer.status_code == 401
    problem = answer.json()
    assert (problem["type"], problem["retry"]) == ("/problems/device_revoked", "login")
    assert not InboxItem.objects.exists()


def test_a_flood_of_bytes_is_sent_back_and_not_an_error_of_ours(phone: Phone) -> None:
    for path in ("sync", "changes"):
        answer = phone.client.post(f"/api/phone/{path}", b" " * 13_000_000, content_type="application/json")
        assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too_large")
