"""A phone for tests: Django's test client with a token, and items as a phone makes them."""

from __future__ import annotations

import gzip
import json
import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from backend.accounts.models import User
from tests.backend.builders import make_token

BASE = "/api/phone/"
Item = dict[str, Any]


def now_ms() -> int:
    return int(timezone.now().timestamp() * 1000)


def make_item(kind: str, body: dict[str, Any], *, item: str = "", at: int | None = None) -> Item:
    """One item with an id of its own; ``at`` is the phone's clock, now unless told otherwise."""
    moment = now_ms() if at is None else at
    return {"id": item or str(uuid.uuid4()), "kind": kind, "body": {"at": moment, "mono": 1_000_000, **body}}


def make_track(
    patrol: str, lon: float, lat: float, *, n: int = 20, start: int | None = None, step_ms: int = 5000, **columns: Any
) -> Item:
    """A walk eastward from a position, one fix every five seconds, six metres each, ended just now."""
    start = now_ms() - n * step_ms if start is None else start
    body = {
        "patrol": patrol,
        "crs": "wgs84",
        "t0": start,
        "dt": [0] + [step_ms] * (n - 1),
        "lon": [round(lon * 1e7)] + [600] * (n - 1),
        "lat": [round(lat * 1e7)] + [0] * (n - 1),
        "acc": [16] * n,
        "speed": [12] * n,
        **columns,
    }
    return make_item("track", {key: value for key, value in body.items() if value is not None}, at=start)


class Phone:
    """An enrolled phone. Answers are Django's responses; ``sync`` returns outcomes by item id."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.token = make_token(user)
        self.client = Client(headers={"Authorization": f"Bearer {self.token}"})
        self.boot = uuid.uuid4().hex

    def get(self, path: str, **more: Any) -> HttpResponse:
        return self.client.get(BASE + path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> HttpResponse:
        return self.client.post(BASE + path, json.dumps(body or {}), content_type="application/json", **more)

    def put(self, path: str, body: Any) -> HttpResponse:
        return self.client.put(BASE + path, json.dumps(body), content_type="application/json")

    def send(self, raw: bytes, *, zipped: bool = True) -> HttpResponse:
        """Raw bytes to ``sync``."""
        headers = {"Content-Encoding": "gzip"} if zipped else {}
        data = gzip.compress(raw) if zipped else raw
        return self.client.post(BASE + "sync", data, content_type="application/json", headers=headers)

    def envelope(self, items: Sequence[Item], *, sent_at: int | None = None, mono: int = 1_000_500) -> dict[str, Any]:
        return {"sent_at": now_ms() if sent_at is None else sent_at, "boot": self.boot, "mono": mono, "items": list(items)}

    def sync(self, *items: Item, sent_at: int | None = None, mono: int = 1_000_500) -> dict[str, dict[str, Any]]:
        answer = self.send(json.dumps(self.envelope(items, sent_at=sent_at, mono=mono)).encode())
        assert answer.status_code == 200, answer.content.decode()
        return {row["id"]: row for row in answer.json()["outcomes"]}

    def changes(self, have: dict[str, dict[str, str]] | None = None) -> dict[str, Any]:
        answer = self.post("changes", {"have": have or {}})
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    def sees(self, kind: str) -> dict[str, dict[str, Any]]:
        """Bodies of one kind the person sees now, by id."""
        return {row["id"]: row["body"] for row in self.changes()["put"] if row["kind"] == kind}
