"""What no app sends: each gets the protocol's refusal or its acknowledgement, never an error of ours."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from backend.accounts.models import User
from backend.phone.models import SealedFix
from tests.backend.builders import Village, middle
from tests.backend.phone.trackers.apps import OwnTracksApp, TraccarApp, enrol
from tests.backend.phone.trackers.test_gpx import bring, gpx, point, walk
from tests.backend.phone_client import Phone, make_item, now_ms

pytestmark = pytest.mark.django_db
ANSWERED = (200, 400, 401, 404, 413)


HURTFUL: list[Any] = ["\x00", "\ud800", 10**300, 1e308, -1e308, "1e400", "nan", True, {"a": {}}, "9" * 5000, "٣", "0x10", "1_0"]


@pytest.mark.parametrize("value", HURTFUL, ids=lambda value: ascii(value)[:12])
def test_no_value_in_any_field_breaks_a_tracker(value: Any, worker: User) -> None:
    app, own = TraccarApp(enrol(worker)), OwnTracksApp(enrol(worker, "owntracks"))
    at = now_ms()
    answers = [
        app.send_json(at, 114.505, 27.395, timestamp=value),
        app.send_json(at, 114.505, 27.395, mock=value),
        app.send_json(at, value, 27.395),
        app.send_json(at, 114.505, 27.395, accuracy=value),
        app.post_json({"device_id": value, "location": {"coords": {}}}),
        app.post_json({"device_id": app.id, "location": value}),
        *(own.send(own.location(at, 114.505, 27.395) | {name: value}) for name in ("tst", "lon", "acc", "vel", "cog", "_type")),
    ]
    if not isinstance(value, str) or "\ud800" not in value:
        answers += [
            app.get(**{"timestamp": at, "lat": 27.395, "lon": 114.505, name: value})
            for name in (
                "timestamp",
                "lat",
                "lon",
                "accuracy",
                "hdop",
                "speed",
                "bearing",
                "location",
                "mock",
                "deviceid",
                "id",
            )
        ]
    assert {answer.status_code for answer in answers} <= set(ANSWERED), [answer.status_code for answer in answers]


@pytest.mark.parametrize("levels", [300, 905, 915, 100_000])
def test_no_depth_breaks_a_tracker(levels: int, worker: User) -> None:
    app, own = TraccarApp(enrol(worker)), OwnTracksApp(enrol(worker, "owntracks"))
    deep = "[" * levels + "]" * levels
    template = json.dumps(
        {
            "device_id": app.id,
            "location": {"timestamp": "HERE", "mock": "HERE", "coords": {"latitude": 27.395, "longitude": 114.505}},
        }
    )
    answer = app.http.post("/t/osmand", template.replace('"HERE"', deep), content_type="application/json")
    other = own.send(json.dumps(own.location(now_ms(), 114.5, 27.3) | {"tst": "HERE"}).replace('"HERE"', deep).encode())
    assert answer.status_code in ANSWERED
    assert other.status_code in ANSWERED


@pytest.mark.parametrize("levels", [905, 925, 100_000])
@pytest.mark.parametrize("path", ["held", "changes", "health", "gpx", "consent", "enrol"])
def test_no_depth_breaks_another_endpoint(levels: int, path: str, phone: Phone) -> None:
    raw = '{"ids": %s, "have": %s, "permissions": %s, "gpx": %s}'.replace("%s", "[" * levels + "]" * levels)
    answer = phone.client.post(f"/api/phone/{path}", raw, content_type="application/json")
    assert 400 <= answer.status_code < 500


def test_a_file_deeper_than_any_app_writes_is_refused(phone: Phone) -> None:
    for levels in (1000, 200_000):
        text = gpx("").replace("<x:colour>red</x:colour>", "<x:a>" * levels + "</x:a>" * levels)
        answer = bring(phone, text)
        assert answer.status_code in (413, 422), answer.content


def test_entities_in_any_dress_are_refused(phone: Phone, village: Village) -> None:
    body = gpx(walk(village, now_ms() - 600_000))
    for before in (
        '<!DOCTYPE g [<!ENTITY a "b">]>',
        "<!doctype g SYSTEM 'file:///etc/passwd'>",
        '<?xml-stylesheet href="file:///etc/passwd"?><!\nDOCTYPE g []>',
        '<!-- -->\ufeff<!DOCTYPE g [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
    ):
        head, rest = body.split("\n", 1)
        assert bring(phone, head + before + rest).status_code == 422
    assert bring(phone, body.replace('encoding="UTF-8"', 'encoding="UTF-16"')).status_code in (200, 422)
    assert bring(phone, body.replace('encoding="UTF-8"', 'encoding="UTF-7"')).status_code in (200, 422)
    assert bring(phone, body.replace("早上", "&undefined;")).status_code == 422
    assert bring(phone, body.replace("早上", "&#0;")).status_code == 422


def test_a_flood_of_points_is_sent_back(phone: Phone, village: Village) -> None:
    lon, lat = middle(village.grids[0])
    answer = bring(phone, gpx(point(now_ms() - 600_000, lon, lat) * 20_001))
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "stamp", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", "now", "1e9"]
)
def test_times_at_the_ends_of_the_calendar_are_refused(stamp: str, phone: Phone, village: Village) -> None:
    lon, lat = middle(village.grids[0])
    one = point(now_ms(), lon, lat)
    text = gpx(one[: one.index("<time>")] + f"<time>{stamp}</time></trkpt>")
    assert bring(phone, text).status_code == 422


def test_a_tracker_of_one_person_writes_into_no_patrol_of_another(
    phone: Phone, stranger_phone: Phone, village: Village
) -> None:
    patrol = str(uuid.uuid4())
    phone.sync(make_item("patrol", {"patrol": patrol, "event": "start"}))
    app = TraccarApp(enrol(stranger_phone.user))
    assert app.send_json(now_ms(), *middle(village.grids[0])).status_code == 200
    assert SealedFix.objects.count() == 1
    assert Client().post("/t/osmand?id=" + app.id[:-1] + "-&lat=27&lon=114").status_code == 400
