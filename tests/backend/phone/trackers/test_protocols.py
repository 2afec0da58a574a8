"""Apps of other makers are answered in their own protocol, and what they say is read in their own units."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from backend.accounts.actions import record_consent, revoke_device
from backend.accounts.models import User
from backend.field.models import TrackSegment
from backend.phone.models import InboxItem, SealedFix, TrackerDay
from backend.phone.trackers.sealing import BrokenSeal, unseal
from tests.backend.builders import Village, middle
from tests.backend.phone.trackers.apps import OwnTracksApp, TraccarApp, enrol
from tests.backend.phone_client import now_ms

pytestmark = pytest.mark.django_db


def sealed_rows() -> list[tuple[int, ...]]:
    fixes = SealedFix.objects.select_related("tracker__device").order_by("time_ms", "pk")
    return [unseal(bytes(fix.box), fix.tracker.device.uuid).row() for fix in fixes]


def test_a_query_as_traccar_sends_it_is_read_with_knots_and_seconds(worker: User) -> None:
    app, at = TraccarApp(enrol(worker)), now_ms() // 1000
    answer = app.get(timestamp=at, lat=27.395, lon=114.505, speed="2.0", bearing="90.0", altitude="80", accuracy="6.4", batt=87)
    assert (answer.status_code, answer.content) == (200, b"")
    assert sealed_rows() == [(at * 1000, 1_145_050_000, 273_950_000, 13, 10, 90, 0)]


@pytest.mark.parametrize("form", ["seconds", "ms", "iso", "date", "nothing"])
def test_every_way_of_telling_the_time_is_the_same_time(form: str, worker: User) -> None:
    app, at = TraccarApp(enrol(worker)), timezone.now().replace(microsecond=0)
    said = {
        "seconds": str(int(at.timestamp())), "ms": str(int(at.timestamp() * 1000)), "iso": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "date": at.strftime("%Y-%m-%d %H:%M:%S"), "nothing": "",
    }[form]  # fmt: skip
    assert app.post_form(timestamp=said, location="27.395,114.505", hdop="1.2").status_code == 200
    ((time_ms, lon, lat, acc, *_),) = sealed_rows()
    assert abs(time_ms - at.timestamp() * 1000) < 5000
    assert (lon, lat, acc) == (1_145_050_000, 273_950_000, 12)


def test_osmand_says_metres_where_the_protocol_says_dilution_and_knots(worker: User) -> None:
    app = TraccarApp(enrol(worker, "osmand"))
    app.get(timestamp=now_ms(), lat=27.395, lon=114.505, hdop="9.5", altitude=80, speed="1.4", bearing="12.6")
    assert sealed_rows()[0][3:6] == (19, 14, 13)


def test_the_newer_client_sends_json_with_metres_a_second_and_a_mock_mark(worker: User) -> None:
    app, at = TraccarApp(enrol(worker)), now_ms()
    answer = app.send_json(at, 114.505, 27.395, mock=True, accuracy=3.8)
    assert (answer.status_code, answer.content) == (200, b"")
    assert sealed_rows() == [(at, 1_145_050_000, 273_950_000, 8, 12, -1, 1)]


def test_owntracks_sends_one_location_a_list_or_something_else(worker: User) -> None:
    app, at = OwnTracksApp(enrol(worker, "owntracks")), now_ms()
    one = app.location(at - 20_000, 114.505, 27.395)
    late = app.location(at - 40_000, 114.504, 27.395, tst=str((at - 40_000) // 1000), vel=-1, acc=0)
    for body in (one, [one, late, {"_type": "status"}], {"_type": "transition", "event": "enter"}, {"_type": "lwt"}, b""):
        answer = app.send(body)
        assert (answer.status_code, answer.json()) == (200, [])
    assert [row[3:5] for row in sealed_rows()] == [(-1, -1), (16, 11)]


def test_the_same_fix_sent_a_hundred_times_is_one(worker: User) -> None:
    app, at = TraccarApp(enrol(worker)), now_ms()
    for _ in range(20):
        app.send_json(at, 114.505, 27.395)
    assert SealedFix.objects.count() == 1


NONSENSE = [
    {"lat": "NaN", "lon": "114.5"},
    {"lat": "114.505", "lon": "27.395"},
    {"lat": "1e400", "lon": "x"},
    {"lat": "27.395", "lon": "-Infinity"},
    {"lat": "27.395", "lon": "114.505", "timestamp": "-2177452800"},
    {"lat": "27.395", "lon": "114.505", "timestamp": "1901-12-13T00:00:00Z"},
    {"lat": "27.395", "lon": "114.505", "timestamp": "99999999999999999999"},
    {"lat": "27.395", "lon": "114.505", "timestamp": "昨天\x00"},
    {"lat": "27.395", "lon": ""},
    {"location": "27.395"},
]


@pytest.mark.parametrize("fields", NONSENSE, ids=str)
def test_nonsense_is_acknowledged_counted_and_not_kept(fields: dict[str, str], worker: User) -> None:
    app = TraccarApp(enrol(worker))
    assert app.get(**fields).status_code == 200
    assert not SealedFix.objects.exists()
    assert TrackerDay.objects.get().unreadable == 1


def test_a_heartbeat_without_a_position_is_acknowledged(worker: User) -> None:
    app = TraccarApp(enrol(worker))
    assert app.get(batt=50, cell="257,02,16,2224").status_code == 200
    assert (
        app.post_json({"device_id": app.id, "location": {"event": "heartbeat", "battery": {"level": 0.5}}}).status_code == 200
    )
    assert app.get(lat="0.0", lon="0.0", timestamp=now_ms()).status_code == 200
    assert not SealedFix.objects.exists()
    assert not TrackerDay.objects.exists()


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"device_id":{}}', b"null", b'"x"'])
def test_json_that_is_none_is_refused_and_never_a_crash(raw: bytes, worker: User) -> None:
    enrol(worker)
    assert Client().post("/t/osmand", raw, content_type="application/json").status_code == 400
    app = OwnTracksApp(enrol(worker, "owntracks"))
    assert app.send(raw).status_code == 200
    for body in (b'{"_type":"location","lat":NaN,"lon":114.5,"tst":1}', b'[1,"x",null,{"_type":"encrypted","data":"YQ=="}]'):
        assert app.send(body).json() == []
    assert not SealedFix.objects.exists()


def test_who_is_not_known_is_answered_as_the_protocol_has_it_and_nothing_is_told(worker: User) -> None:
    handed, own = enrol(worker), enrol(worker, "owntracks")
    known, wrong = TraccarApp(handed), Client()
    asked = {"lat": 27.395, "lon": 114.505, "timestamp": now_ms()}
    assert wrong.get("/t/osmand", {"id": "123456", **asked}).status_code == 400
    assert wrong.get("/t/osmand", asked).status_code == 400
    body = {"device_id": "123456", "location": {"coords": {"latitude": 27.395, "longitude": 114.505}}}
    assert wrong.post("/t/osmand", body, content_type="application/json").status_code == 404
    refused = wrong.post("/t/owntracks", {}, content_type="application/json")
    assert (refused.status_code, refused.content) == (401, b"")
    assert refused.headers["WWW-Authenticate"].startswith("Basic")
    phone = Client(headers={"Authorization": f"Bearer {handed.id}"})
    assert phone.get("/api/phone/me").status_code == 401
    revoke_device(handed.tracker.device, at=timezone.now())
    revoke_device(own.tracker.device, at=timezone.now())
    assert known.get(**asked).status_code == 400
    assert known.send_json(now_ms(), 114.5, 27.39).status_code == 404
    assert OwnTracksApp(own).send(b"").status_code == 401
    assert not SealedFix.objects.exists()


def test_without_consent_nothing_of_a_position_is_kept(worker: User, village: Village) -> None:
    record_consent(worker, notice_version="2026-11", decision="withdrawn", at=timezone.now())
    app = TraccarApp(enrol(worker))
    assert app.send_json(now_ms(), *middle(village.grids[0])).status_code == 200
    assert not SealedFix.objects.exists()
    assert not TrackSegment.objects.exists()
    assert not InboxItem.objects.exists()


def test_nobody_reads_a_position_in_the_database_without_the_secret(worker: User, settings: object) -> None:
    TraccarApp(enrol(worker)).send_json(now_ms(), 114.505, 27.395)
    box = bytes(SealedFix.objects.get().box)
    for trace in ((1_145_050_000).to_bytes(4, "little"), (273_950_000).to_bytes(4, "little"), b"114.505", b"27.395"):
        assert trace not in box
    settings.SECRET_KEY = "another secret"  # type: ignore[attr-defined]
    with pytest.raises(BrokenSeal):
        sealed_rows()
