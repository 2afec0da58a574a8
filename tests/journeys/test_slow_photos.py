"""Photos over a network that hardly moves, against real processes."""

from __future__ import annotations

import base64
import hashlib
import random
import socket
import time
from urllib.parse import urlsplit

import pytest

from backend.demo.handset import Handset
from backend.demo.journeys import _staffed
from backend.demo.world import World
from tests.journeys.system import System

pytestmark = pytest.mark.xdist_group("system")

TUS = {"Tus-Resumable": "1.0.0"}


def begin(phone: Handset, data: bytes) -> str:
    pairs = (("sha256", hashlib.sha256(data).hexdigest()), ("type", "image/jpeg"))
    metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs)
    answer = phone.http.post("media/", headers={**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": metadata})
    return answer.raise_for_status().headers["Location"]


def open_slowly(phone: Handset, place: str, data: bytes, *, first: int) -> socket.socket:
    """A PATCH of which only the first bytes arrive."""
    parts = urlsplit(place)
    link = socket.create_connection((parts.hostname, parts.port), timeout=10)
    head = (
        f"PATCH {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: {phone.http.headers['Authorization']}\r\n"
        f"Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    link.sendall(head.encode() + data[:first])
    return link


def offset(phone: Handset, place: str) -> int:
    return int(phone.http.head(place, headers=TUS).raise_for_status().headers["Upload-Offset"])


def test_twenty_photos_that_hardly_move_do_not_hold_up_others(system: System, world: World) -> None:
    phone, _ = world.worker(_staffed(world, 9))
    photos = [random.Random(seed).randbytes(60_000) for seed in range(20)]
    links = [open_slowly(phone, begin(phone, photo), photo, first=1000) for photo in photos]
    try:
        time.sleep(0.5)
        times = []
        for _ in range(5):
            began = time.monotonic()
            phone.me()
            times.append(time.monotonic() - began)
        assert sorted(times)[2] < 0.5
    finally:
        for link in links:
            link.close()


def test_what_a_broken_connection_brought_is_kept_and_the_phone_goes_on_from_there(system: System, world: World) -> None:
    phone, _ = world.worker(_staffed(world, 10))
    photo = random.Random(99).randbytes(400_000)
    place = begin(phone, photo)
    open_slowly(phone, place, photo, first=250_000).close()
    end = time.monotonic() + 10
    while offset(phone, place) == 0 and time.monotonic() < end:
        time.sleep(0.1)
    assert 0 < offset(phone, place) <= 250_000
    assert phone.upload(photo) == hashlib.sha256(photo).hexdigest()


def test_a_connection_that_hangs_does_not_keep_the_phone_from_a_new_one(system: System, world: World) -> None:
    phone, _ = world.worker(_staffed(world, 11))
    photo = random.Random(100).randbytes(300_000)
    hanging = open_slowly(phone, begin(phone, photo), photo, first=100_000)
    try:
        assert phone.upload(photo) == hashlib.sha256(photo).hexdigest()
    finally:
        hanging.close()
