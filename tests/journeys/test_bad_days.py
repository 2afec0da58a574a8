"""Power cuts and slow networks against real processes: nothing lost, nothing doubled, others not held up."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import random
import socket
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

import httpx
import pytest

from backend.demo.handset import Handset
from backend.demo.journeys import _photo, _report, _staffed
from backend.demo.world import World, until
from tests.journeys.system import System

pytestmark = pytest.mark.xdist_group("system")


def test_twenty_slow_uploads_do_not_hold_up_a_reader(system: System, world: World) -> None:
    phone, _ = world.worker(_staffed(world, 5))
    host = urlsplit(system.url)
    slow = []
    for _ in range(20):
        link = socket.create_connection((host.hostname, host.port), timeout=10)
        head = (
            f"POST /api/phone/sync HTTP/1.1\r\nHost: {host.netloc}\r\nAuthorization: {phone.http.headers['Authorization']}\r\n"
            "Content-Type: application/json\r\nContent-Length: 200000\r\n\r\n"
        )
        link.sendall(head.encode() + b'{"sent_at":1,"boot":"')
        slow.append(link)
    try:
        time.sleep(0.5)
        times = []
        for _ in range(5):
            began = time.monotonic()
            httpx.get(f"{system.url}/healthz", timeout=10, trust_env=False).raise_for_status()
            times.append(time.monotonic() - began)
            for link in slow:
                link.sendall(b"x")
        assert sorted(times)[len(times) // 2] < 0.5
    finally:
        for link in slow:
            link.close()


def test_an_upload_cut_by_a_killed_server_goes_on_where_it_stopped(system: System, world: World) -> None:
    phone, _ = world.worker(_staffed(world, 6))
    data = _photo() + random.Random(3).randbytes(300_000)
    sha = hashlib.sha256(data).hexdigest()
    metadata = f"sha256 {base64.b64encode(sha.encode()).decode()},type {base64.b64encode(b'image/jpeg').decode()}"
    tus = {"Tus-Resumable": "1.0.0"}
    place = phone.http.post("media/", headers={**tus, "Upload-Length": str(len(data)), "Upload-Metadata": metadata}).headers[
        "Location"
    ]
    patch = {**tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    phone.http.patch(place, content=data[:100_000], headers=patch).raise_for_status()
    cut = threading.Thread(target=lambda: _swallow(phone, place, data, patch))
    cut.start()
    system.kill("web")
    cut.join(20)
    system.start("web")
    assert phone.upload(data) == sha
    stored = system.sql('select length, "offset" from field_attachment where sha256 = %s', sha)
    assert stored == [(len(data), len(data))]


def _swallow(phone: Handset, place: str, data: bytes, headers: dict[str, str]) -> None:
    try:
        phone.http.patch(place, content=data[100_000:], headers={**headers, "Upload-Offset": "100000"})
    except httpx.HTTPError:
        return


def test_a_server_killed_again_and_again_loses_and_doubles_no_report(system: System, world: World) -> None:
    grid = _staffed(world, 7)
    phone, _ = world.worker(grid)
    ids = [phone.keep("report", _report(phone, grid["code"], photos=[], text=f"断电试验 {n}")) for n in range(40)]
    for delay in (0.02, 0.06, 0.12, 0.2):
        killer = threading.Timer(delay, lambda: system.kill("web"))
        killer.start()
        with contextlib.suppress(httpx.HTTPError, AssertionError):
            phone.send()
        killer.join()
        system.start("web")
    phone.send()
    assert not phone.outbox
    assert set(phone.held(ids).values()) == {"stored"}
    rows = system.sql("select uuid::text from field_report where uuid::text = any(%s)", ids)
    assert Counter(row[0] for row in rows) == Counter(ids)


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.15, 0.4])
def test_a_worker_killed_in_the_middle_of_an_alert_tells_everybody_once(system: System, world: World, delay: float) -> None:
    grid = _staffed(world, 8)
    message = world.desk("centre_dispatcher").post(
        "messages",
        {"areas": [grid["village_code"]], "severity": "normal", "title": "断电试验", "text": "试走", "expires_in_h": 1},
    )
    time.sleep(delay)
    system.kill("worker")
    system.start("worker")
    expected = {row["id"] for row in world.grids() if row["village_code"] == grid["village_code"] for row in row["persons"]}
    query = "select u.uuid::text from notifications_delivery d join notifications_alert a on a.id = d.alert_id"
    query += " join accounts_user u on u.id = d.person_id where a.uuid = %s and d.channel = 'inbox'"
    told = until(lambda: [row[0] for row in system.sql(query, message["id"])] or None, seconds=90)
    assert Counter(told) == Counter(expected)
