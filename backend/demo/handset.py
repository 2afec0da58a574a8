"""A phone that exists only in software: it speaks the phone's protocol over real HTTP, as docs/phone-protocol.md says."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import time
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import httpx

TRACK_EVERY_S = 5  # seconds between two fixes of a simulated walk


def canonical(body: dict[str, Any]) -> bytes:
    """The bytes whose SHA-256 a receipt names: UTF-8, sorted keys, no spaces."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


class Refused(AssertionError):
    """The server answered, and not what was hoped for."""

    def __init__(self, answer: httpx.Response) -> None:
        asked = answer.request
        super().__init__(f"{asked.method} {asked.url.path} → {answer.status_code} {answer.text[:300]}")
        self.status, self.text = answer.status_code, answer.text


class Handset:
    """One enrolled phone. Items wait in ``outbox`` until a receipt lets them go. ``clock_ms`` is how wrong its clock is."""

    def __init__(
        self, url: str, *, name: str = "模拟手机", clock_ms: int = 0, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/phone/", timeout=30, trust_env=False, transport=transport)
        self.name, self.clock_ms, self.digest = name, clock_ms, ""
        self.boot = uuid.uuid4().hex
        self.outbox: list[dict[str, Any]] = []
        self.outcomes: dict[str, dict[str, Any]] = {}
        self.seen: dict[str, dict[str, dict[str, Any]]] = {}

    def enrol(self, code: str) -> dict[str, Any]:
        answer = self._ok(self.http.post("enrol", json={"code": code, "device_name": self.name}))
        self.resume(answer["token"])
        self._ok(
            self.http.post("consent", json={"notice_version": answer["notice_version"], "decision": "given", "at": now_ms()})
        )
        return answer

    def resume(self, token: str) -> None:
        """Go on as the phone that was enrolled before."""
        self.http.headers["Authorization"] = f"Bearer {token}"

    def me(self) -> dict[str, Any]:
        return self._ok(self.http.get("me"))

    def ground(self, grid: str) -> dict[str, Any]:
        """What lies in and around a grid of one's own."""
        return self._ok(self.http.get(f"ground/{grid}"))

    def pull(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Apply what changed; returns everything the person sees, by kind and id."""
        have = {kind: {key: row["version"] for key, row in rows.items()} for kind, rows in self.seen.items()}
        said = self.http.post("changes", json={"have": have} | ({"digest": self.digest} if self.digest else {}))
        if said.status_code == 304:
            return self.seen
        answer = self._ok(said)
        self.digest = answer["digest"]
        for row in answer["put"]:
            self.seen.setdefault(row["kind"], {})[row["id"]] = row
        for row in answer["drop"]:
            self.seen.get(row["kind"], {}).pop(row["id"], None)
        return self.seen

    def keep(self, kind: str, body: dict[str, Any], *, at: int | None = None) -> str:
        """Put an item into the outbox, as if the network were gone."""
        item = str(uuid.uuid4())
        moment = at if at is not None else now_ms()
        self.outbox.append({"id": item, "kind": kind, "body": {"at": moment, "mono": mono_ms(), **body}})
        return item

    def walk(self, patrol: str, line: Sequence[tuple[float, float]], *, start: int, step_s: int = TRACK_EVERY_S) -> str:
        """Keep a track along lon/lat points, one fix every ``step_s`` seconds from ``start`` (epoch ms)."""
        lon = [round(x * 1e7) for x, _ in line]
        lat = [round(y * 1e7) for _, y in line]
        body = {
            "patrol": patrol,
            "crs": "wgs84",
            "t0": start,
            "dt": [0] + [step_s * 1000] * (len(line) - 1),
            "lon": _deltas(lon),
            "lat": _deltas(lat),
            "acc": [16] * len(line),
            "speed": [12] * len(line),
        }
        return self.keep("track", body, at=start)

    def send(self) -> dict[str, dict[str, Any]]:
        """Send everything that waits; only what has a receipt over the same content leaves the outbox."""
        if not self.outbox:
            return {}
        raw = json.dumps(
            {"sent_at": now_ms() + self.clock_ms, "boot": self.boot, "mono": mono_ms(), "items": self.outbox}
        ).encode()
        answer = self._ok(
            self.http.post(
                "sync", content=gzip.compress(raw), headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}
            )
        )
        outcomes = {row["id"]: row for row in answer["outcomes"]}
        waiting = []
        for item in self.outbox:
            receipt = outcomes.get(item["id"], {}).get("receipt")
            if not receipt or receipt["sha256"] != hashlib.sha256(canonical(item["body"])).hexdigest():
                waiting.append(item)
        self.outbox = waiting
        self.outcomes.update(outcomes)
        return outcomes

    def upload(self, data: bytes, media_type: str = "image/jpeg", *, chunk: int = 256 * 1024) -> str:
        """Upload a file by the core of tus 1.0; returns its SHA-256."""
        sha = hashlib.sha256(data).hexdigest()
        metadata = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in (("sha256", sha), ("type", media_type)))
        tus = {"Tus-Resumable": "1.0.0"}
        answer = self.http.post("media/", headers={**tus, "Upload-Length": str(len(data)), "Upload-Metadata": metadata})
        answer.raise_for_status()
        place = answer.headers["Location"]
        offset = int(self.http.head(place, headers=tus).headers["Upload-Offset"])
        while offset < len(data):
            part = data[offset : offset + chunk]
            headers = {**tus, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            offset = int(self.http.patch(place, content=part, headers=headers).raise_for_status().headers["Upload-Offset"])
        return sha

    def held(self, items: Iterable[str]) -> dict[str, str]:
        found: dict[str, str] = self._ok(self.http.post("held", json={"ids": list(items)}))["held"]
        return found

    def listen(self, *, seconds: float) -> Iterable[str]:
        """Names of live events, as they come, for at most so long."""
        ticket = self._ok(self.http.post("live/ticket"))
        end = time.monotonic() + seconds
        with self.http.stream("GET", ticket["url"], params={"ticket": ticket["ticket"]}, timeout=seconds) as stream:
            stream.raise_for_status()
            for line in stream.iter_lines():
                if line.startswith("event:"):
                    yield line.removeprefix("event:").strip()
                if time.monotonic() > end:
                    return

    @staticmethod
    def _ok(answer: httpx.Response) -> dict[str, Any]:
        if answer.is_error:
            raise Refused(answer)
        body: dict[str, Any] = answer.json()
        return body


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def mono_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def _deltas(values: Sequence[int]) -> list[int]:
    return [values[0], *(b - a for a, b in zip(values, values[1:], strict=False))]
