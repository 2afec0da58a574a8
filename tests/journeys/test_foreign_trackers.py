"""Tracker apps of other makers against real processes: sealed until the worker hears of a patrol, then on the map."""

from __future__ import annotations

import time
import uuid
from typing import Any

import httpx
import pytest

from backend.demo.handset import Handset
from backend.demo.journeys import _staffed
from backend.demo.world import World, until
from tests.journeys.system import System

pytestmark = pytest.mark.xdist_group("system")


def walker(world: World, index: int) -> tuple[Handset, str, tuple[float, float]]:
    """A phone, its person, and a place in the grid."""
    grid = _staffed(world, index)
    phone, person = world.worker(grid)
    west, south, east, north = phone.seen["grid"][grid["code"]]["body"]["bbox"]
    return phone, person["id"], ((west + east) / 2, (south + north) / 2)


def enrol(phone: Handset, app: str) -> dict[str, Any]:
    return phone.http.post("trackers", json={"app": app}).raise_for_status().json()


def shown_at(system: System, person: str) -> list[tuple[Any, ...]]:
    query = "select p.t, p.grid_code from field_lastposition p join accounts_user u on u.id = p.person_id where u.uuid = %s"
    return system.sql(query, person)


def test_fixes_wait_for_the_patrol_and_then_go_along(system: System, world: World) -> None:
    phone, person, (lon, lat) = walker(world, 5)
    told, now = enrol(phone, "traccar"), time.time_ns() // 1_000_000
    app = httpx.Client(trust_env=False)
    address = f"{system.url}/t/osmand"

    def send(ms: int, east: float) -> int:
        fields = {"id": told["id"], "timestamp": str(ms), "lat": f"{lat:.6f}", "lon": f"{lon + east:.6f}", "accuracy": "6.0"}
        return app.post(address, params=fields).status_code

    assert [send(now - 120_000 + i * 10_000, i * 1e-4) for i in range(12)] == [200] * 12
    assert shown_at(system, person) == []
    patrol = str(uuid.uuid4())
    phone.keep("patrol", {"patrol": patrol, "event": "start"}, at=now - 90_000)
    phone.send()
    assert until(lambda: shown_at(system, person), seconds=20)
    before = shown_at(system, person)
    assert send(now, 13e-4) == 200
    assert shown_at(system, person)[0][0] > before[0][0]
    times = system.sql("select min(t0), max(t1), sum(n) from field_tracksegment where patrol_uuid = %s", patrol)[0]
    assert (times[0].timestamp() * 1000, times[2]) == (pytest.approx(now - 90_000, abs=1), 10)
    phone.keep("patrol", {"patrol": patrol, "event": "end", "reason": "person"}, at=now - 30_000)
    phone.send()
    last = "select max(t1) from field_tracksegment where patrol_uuid = %s"
    assert until(lambda: system.sql(last, patrol)[0][0].timestamp() * 1000 <= now - 30_000, seconds=20)
    assert shown_at(system, person) == []


def test_owntracks_and_a_file_reach_the_same_place(system: System, world: World) -> None:
    phone, _, (lon, lat) = walker(world, 6)
    told, now = enrol(phone, "owntracks"), int(time.time())
    patrol = str(uuid.uuid4())
    phone.keep("patrol", {"patrol": patrol, "event": "start"}, at=(now - 600) * 1000)
    phone.send()
    batch = [{"_type": "location", "tst": now - 60 + i * 5, "lat": lat, "lon": lon, "acc": 9, "vel": 4} for i in range(10)]
    app = httpx.Client(auth=(told["user"], told["password"]), trust_env=False)
    answer = app.post(f"{system.url}/t/owntracks", json=batch)
    assert (answer.status_code, answer.json()) == (200, [])
    counted = system.sql("select sum(n) from field_tracksegment where patrol_uuid = %s", patrol)
    assert counted == [(10,)]
    times = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 500 + i * 5)) for i in range(10)]
    points = "".join(f'<trkpt lat="{lat}" lon="{lon}"><time>{at}</time></trkpt>' for at in times)
    file = f'<gpx version="1.1"><trk><trkseg>{points}</trkseg></trk></gpx>'
    said = phone.http.post("gpx", json={"gpx": file, "crs": "wgs84", "patrol": patrol}).raise_for_status().json()
    assert (said["taken"], said["outside"], said["assumed"]) == (10, 0, 10)
    phone.keep("patrol", {"patrol": patrol, "event": "end", "reason": "person"})
    phone.send()
    assert httpx.post(f"{system.url}/t/owntracks", json=batch, auth=("x", "y"), trust_env=False).status_code == 401
