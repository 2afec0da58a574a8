"""Phones in a storm: many faulted uploads, while somebody kills the server's processes, and a book of what was promised."""

from __future__ import annotations

import hashlib
import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from backend.demo.handset import Handset, canonical, mono_ms, now_ms
from backend.demo.journeys import _spot
from tests.journeys.faults import FAULTS, NobodyThere, Said, Wire

MINUTE = 60_000


@dataclass
class Book:
    """What the server promised: receipts by item, and every status it answered."""

    receipts: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    sent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, person: str, said: Said) -> None:
        with self.lock:
            self.statuses[said.status] += 1
            if said.status >= 500 and said.status != 503:
                self.wrong.append(f"{said.status} {json.dumps(said.body, ensure_ascii=False)[:300]}")

    def promised(self, person: str, receipt: dict[str, Any]) -> None:
        with self.lock:
            first = self.receipts.setdefault((person, receipt["id"]), receipt)
            if first != receipt:
                self.wrong.append(f"two receipts for {receipt['id']}: {first} and {receipt}")


class StormPhone:
    """One phone that goes on sending until every item of its outbox has a receipt over the same content."""

    def __init__(self, handset: Handset, person: str, grid: str, book: Book, *, seed: int) -> None:
        self.handset, self.person, self.book, self.rng = handset, person, book, random.Random(seed)
        url = str(handset.http.base_url).removesuffix("/api/phone/")
        self.wire = Wire(url, handset.http.headers["Authorization"].removeprefix("Bearer "), rng=self.rng)
        self.spot, self.places = _spot(handset, grid), sorted(handset.seen.get("key_place", {}))
        self.kind = next(row["code"] for row in handset.me()["report_kinds"] if not row["is_urgent"])
        self.fixes: dict[str, int] = {}
        self._start_patrol()

    def _start_patrol(self) -> None:
        self.patrol = str(uuid.uuid4())
        self.handset.keep("patrol", {"patrol": self.patrol, "event": "start"}, at=now_ms() - 30 * MINUTE)

    def fill(self) -> None:
        """A few more things happen."""
        lon, lat = self.spot
        for _ in range(self.rng.randrange(1, 4)):
            what = self.rng.choice(("track", "track", "report", "place_check", "patrol"))
            if what == "track":
                n = self.rng.randrange(2, 150)
                line = [(lon + 1e-5 * (i % 12 - 6), lat) for i in range(n)]
                item = self.handset.walk(self.patrol, line, start=now_ms() - self.rng.randrange(20 * MINUTE, 30 * MINUTE))
                self.fixes[item] = n
            elif what == "report":
                fix = {"crs": "wgs84", "lon": round(lon * 1e7), "lat": round(lat * 1e7), "acc": 16, "source": "gps"}
                body = {"kind": self.kind, "text": f"风暴{self.rng.random()}", "urgent": 0, "place": fix, "photos": []}
                self.handset.keep("report", body)
            elif what == "place_check" and self.places:
                place = self.rng.choice(self.places)
                self.handset.keep("place_check", {"key_place": place, "how": "declared", "reason": "试"})
            else:
                self.handset.keep("patrol", {"patrol": self.patrol, "event": "end", "reason": "person"})
                self._start_patrol()

    def send(self, fault: str) -> None:
        """Some of what waits, in any order, with a fault. Now and then something the server has a receipt for goes again."""
        items = self.rng.sample(self.handset.outbox, min(len(self.handset.outbox), self.rng.randrange(1, 7)))
        envelope = {"sent_at": now_ms(), "boot": self.handset.boot, "mono": mono_ms(), "items": items}
        for said in self.wire.sync(envelope, fault):
            self.book.answered(self.person, said)
            if said.status == 200:
                self._take(said.body["outcomes"])
            elif isinstance(said.body, dict) and "receipt" in said.body:
                self.book.promised(self.person, said.body["receipt"])

    def _take(self, outcomes: Sequence[dict[str, Any]]) -> None:
        waiting = {item["id"]: item for item in self.handset.outbox}
        for outcome in outcomes:
            receipt, item = outcome["receipt"], waiting.get(outcome["id"])
            if item is not None and receipt["sha256"] != hashlib.sha256(canonical(item["body"])).hexdigest():
                self.book.wrong.append(f"a receipt over other content for {outcome['id']}")
                continue
            self.book.promised(self.person, receipt)
            if self.rng.random() > 0.1:
                waiting.pop(outcome["id"], None)
        self.handset.outbox = list(waiting.values())

    def calm(self, *, seconds: float) -> None:
        """The storm is over: everything that waits goes."""
        end = time.monotonic() + seconds
        while self.handset.outbox and time.monotonic() < end:
            try:
                self.send("none")
            except NobodyThere:
                time.sleep(0.1)


def blow(phones: Sequence[StormPhone], book: Book, *, uploads: int) -> None:
    """So many faulted uploads from all phones at once; one that finds nobody there is tried again and not counted."""

    def run(phone: StormPhone) -> None:
        while book.sent < uploads:
            fault = phone.rng.choice(FAULTS)
            if len(phone.handset.outbox) < 12:
                phone.fill()
            try:
                phone.send(fault)
            except NobodyThere:
                time.sleep(0.1)
                continue
            with book.lock:
                book.sent += 1
                book.faults[fault] += 1

    with ThreadPoolExecutor(len(phones)) as pool:
        for done in [pool.submit(run, phone) for phone in phones]:
            done.result()


def upload_through(handset: Handset, photo: bytes, book: Book, *, seconds: float) -> str:
    """A photo by tus, begun again where it stands for as long as it takes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            return handset.upload(photo, chunk=48 * 1024)
        except httpx.HTTPStatusError as error:
            book.answered("media", Said(error.response.status_code, error.response.text[:300]))
            time.sleep(0.1)
        except (httpx.HTTPError, KeyError):
            time.sleep(0.2)
    raise AssertionError("a photo never arrived")


class Killer(threading.Thread):
    """Kills one of the things it was given after another, each time about ``every`` uploads later, until it is told to end."""

    def __init__(self, kills: dict[str, Callable[[], None]], book: Book, *, every: int, seed: int = 1) -> None:
        super().__init__(daemon=True)
        self.kills, self.book, self.every, self.rng = kills, book, every, random.Random(seed)
        self.count: Counter[str] = Counter()
        self.failed: list[Exception] = []
        self.over = threading.Event()

    def run(self) -> None:
        order = sorted(self.kills)
        at = self.every
        while not self.over.wait(0.02):
            if self.book.sent < at:
                continue
            name = order[sum(self.count.values()) % len(order)]
            try:
                self.kills[name]()
            except Exception as error:  # noqa: BLE001  told by whoever waits for this thread
                self.failed.append(error)
                return
            self.count[name] += 1
            at = self.book.sent + round(self.every * self.rng.uniform(0.5, 1.5))

    def end(self) -> None:
        self.over.set()
        self.join(120)
        if self.failed:
            raise self.failed[0]
