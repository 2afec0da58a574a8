"""Apps of other makers, for tests: the payload shapes are those of the makers, typed anew.

Sources: traccar/traccar OsmAndProtocolDecoderTest.java and OwnTracksProtocolDecoderTest.java (shape and spelling of fields),
OwnTracks booklet, pages "JSON" and "HTTP", owntracks/recorder etc/demo-iphone.rec (−1 for an unknown speed, ``tst`` as text).
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from backend.accounts.models import User
from backend.phone.trackers.enrolment import Handed, enrol_tracker


def enrol(person: User, app: str = "traccar", *, crs: str = "wgs84", every_s: int = 10) -> Handed:
    return enrol_tracker(person, app, crs=crs, every_s=every_s, origin="https://xunge.example", by=person, at=timezone.now())


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class TraccarApp:
    """Traccar Client: the newer one sends JSON, the older one and OsmAnd a query."""

    def __init__(self, handed: Handed) -> None:
        self.id, self.http = handed.id, Client()

    def send_json(self, ms: int, lon: Any, lat: Any, *, accuracy: float = 8.0, **location: Any) -> HttpResponse:
        coords = {
            "latitude": lat, "longitude": lon, "accuracy": accuracy, "speed": 1.2, "speed_accuracy": 0.26, "heading": -1,
            "heading_accuracy": -1, "altitude": 81.5, "altitude_accuracy": 3.8,
        }  # fmt: skip
        body = {
            "location": {
                "timestamp": iso(ms), "coords": coords, "is_moving": True, "odometer": 12.5, "event": "motionchange",
                "uuid": "0e9a2473-a9a7-4c00-997b-fb97d2154e75", "battery": {"level": 0.79, "is_charging": False},
                "activity": {"type": "walking", "confidence": 100}, "extras": {}, **location,
            },
            "device_id": self.id,
        }  # fmt: skip
        return self.post_json(body)

    def post_json(self, body: Any) -> HttpResponse:
        return self.http.post("/t/osmand", json.dumps(body), content_type="application/json")

    def get(self, **fields: Any) -> HttpResponse:
        return self.http.get("/t/osmand", {"id": self.id, **fields})

    def post_form(self, **fields: Any) -> HttpResponse:
        from urllib.parse import urlencode

        body = urlencode({"id": self.id, **fields})
        return self.http.post("/t/osmand", body, content_type="application/x-www-form-urlencoded")


class OwnTracksApp:
    def __init__(self, handed: Handed) -> None:
        word = base64.b64encode(f"{handed.user}:{handed.password}".encode()).decode()
        self.http = Client(headers={"Authorization": f"Basic {word}"})

    def location(self, ms: int, lon: Any, lat: Any, **more: Any) -> dict[str, Any]:
        base = {"_type": "location", "acc": 8, "alt": 81, "batt": 67, "conn": "m", "t": "u", "tid": "XG", "vac": 4, "vel": 4}
        return base | {"lat": lat, "lon": lon, "tst": ms // 1000} | more

    def send(self, body: Any) -> HttpResponse:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.http.post("/t/owntracks", raw, content_type="application/json")
