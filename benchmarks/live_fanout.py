"""B11: 2,000 people on patrol move every second; how late 50 and 500 open desks see it, and what that costs one process.

The age of a position on arrival includes its wait for the tick of one second. The peer is what a first version does: each
desk asks for the whole picture every two seconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from benchmarks import city, county
from benchmarks.load import Address, granian, request, send
from benchmarks.rounds import Bench

SIDE_M, GRIDS, PEOPLE, SECONDS = 60_000.0, 4_000, 2_000, 8
MOVE = """
update field_lastposition set t = clock_timestamp(), point = ST_Translate(point, 0.00001, 0), course_deg = 90;
select pg_notify('xunge_live', '{"event":"moved","people":[]}');
"""


def on_patrol(people: list[Any]) -> None:
    """Everybody has started a patrol and has a position in a grid."""
    from django.contrib.gis.geos import Point
    from django.utils import timezone

    from backend.field.models import LastPosition
    from backend.patrols.models import Patrol
    from backend.places.models import Grid

    at, codes = timezone.now(), list(Grid.objects.order_by("code").values_list("code", flat=True)[: len(people)])
    patrols = [
        Patrol(uuid=uuid.uuid4(), person=user, device=device, started_at=at, received_at=at) for user, device, _ in people
    ]
    Patrol.objects.bulk_create(patrols)
    walks = city.walks(len(people), 2, SIDE_M)
    lon, lat = city.degrees(walks.x[:, 0], walks.y[:, 0])
    LastPosition.objects.bulk_create(
        LastPosition(person=row.person, patrol_uuid=row.uuid, t=at, point=Point(x, y, srid=4326), accuracy_m=8, grid_code=code)
        for row, x, y, code in zip(patrols, lon, lat, codes, strict=False)
    )


def desks(count: int) -> list[Any]:
    """Staff of the county, twelve open desks a person at most; all see the same."""
    from django.utils import timezone

    from backend.accounts.actions import hire
    from backend.units.models import AdminUnit

    unit = AdminUnit.objects.current().get(code=f"{county.TOWN[:6]}000000")
    at = timezone.now()
    staff = [
        hire(f"D{i:04d}", f"值{i}", role="duty_chief", unit=unit, password=uuid.uuid4().hex, at=at)[0].user
        for i in range(-(-count // 10))
    ]
    return [staff[i % len(staff)] for i in range(count)]


def move(stop: threading.Event) -> None:
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as link:
        while not stop.wait(1.0):
            link.execute(MOVE)


class Ears:
    """Open desks: when each frame came, and how old the newest position in it was."""

    def __init__(self) -> None:
        self.ages: list[float] = []
        self.frames = 0
        self.bytes = 0
        self.known: dict[bytes, float | None] = {}

    async def listen(self, address: Address, tickets: list[str]) -> None:
        end = time.time() + SECONDS
        await asyncio.gather(*(self._one(address, ticket, end) for ticket in tickets))

    async def _one(self, address: Address, ticket: str, end: float) -> None:
        reader, writer = await asyncio.open_connection(*address, limit=1 << 24)
        writer.write(request("GET", f"/live/?ticket={ticket}"))
        frame = bytearray()
        try:
            while (left := end - time.time()) > 0:
                part = await asyncio.wait_for(reader.read(1 << 18), left)
                if not part:
                    raise AssertionError(f"a stream ended: {bytes(frame[-300:])!r}")
                frame += part
                if frame.endswith((b"\n\n", b"\n\n\r\n")):
                    self._keep(bytes(frame), time.time())
                    frame.clear()
        except TimeoutError:
            pass
        finally:
            writer.close()

    def _keep(self, frame: bytes, now: float) -> None:
        """Every desk hears the same bytes: they are read once."""
        self.bytes += len(frame)
        if frame not in self.known:
            self.known[frame] = _newest(frame)
        if (newest := self.known[frame]) is not None:
            self.frames += 1
            self.ages.append(now - newest)


def _newest(frame: bytes) -> float | None:
    """Epoch seconds of the newest position a delta tells of."""
    from datetime import datetime

    text = frame.decode("utf-8", "replace")
    if "event: delta" not in text:
        return None
    lines = "".join(line for line in text.replace("\r\n", "\n").split("\n") if not _is_chunk_size(line))
    moved = json.loads(lines[lines.index("data: ") + 6 :])["moved"]
    return max(datetime.fromisoformat(row[3]).timestamp() for row in moved) if moved else None


def _is_chunk_size(line: str) -> bool:
    return 0 < len(line) <= 8 and all(c in "0123456789abcdefABCDEF" for c in line)


def cpu_s(group: int) -> float:
    """Processor seconds of the live server: the process and its children, as the kernel counts them."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def measure(bench: Bench, count: int, live: Address, group: int) -> None:
    from django.utils import timezone

    from backend.accounts.tickets import issue_ticket
    from backend.command.snapshot import scope_of

    staff, at = desks(count), timezone.now()
    scopes = {user.pk: scope_of(user, at=at) for user in set(staff)}
    tickets = [issue_ticket(user, None, scopes[user.pk], at=at) for user in staff]
    ears, stop = Ears(), threading.Event()
    mover = threading.Thread(target=move, args=(stop,))
    mover.start()
    before, began = cpu_s(group), time.perf_counter()
    asyncio.run(ears.listen(live, tickets))
    took, spent = time.perf_counter() - began, cpu_s(group) - before
    stop.set()
    mover.join()
    if not ears.ages:
        raise AssertionError("no desk heard of a move")
    ages = sorted(ears.ages)
    p99 = ages[int(len(ages) * 0.99)]
    bench.note(f"{count} desks: newest position on arrival {statistics.median(ages):.2f} s median, {p99:.2f} s p99")
    bench.note(
        f"{count} desks: {ears.frames / took:.0f} frames/s, {ears.bytes / took / 1e6:.1f} MB/s, {spent / took:.0%} of a core"
    )
    bench.keep(f"{count} desks, frames", [ears.frames / took])
    bench.limit(f"{count} desks: p99 of a position's age, s", p99, at_most=1.3)
    if count == 50:
        bench.limit("50 desks: share of a core", spent / took, at_most=0.15)


def main() -> int:
    county.ready()
    county.publish(city.in_degrees(city.grids(GRIDS, SIDE_M)), villages=400)
    on_patrol(county.people(PEOPLE))
    cookie = county.desk()
    from django.db import connections

    bench = Bench("live_fanout", "a second")
    with granian("backend.asgi:application", interface="asginl", workers=1) as live, granian("backend.wsgi:application") as web:
        group = next(
            int(stat.parent.name)
            for stat in Path("/proc").glob("[0-9]*/cmdline")
            if f"--port\0{live[1]}\0".encode() in (stat.parent / "cmdline").read_bytes()
        )
        for count in (50, 500):
            measure(bench, count, live, group)
        connections.close_all()
        polls = [request("GET", "/api/command/centre", Cookie=cookie)] * 40
        rate = len(polls) / send(web, polls, connections=4)
        bench.keep("peer: whole pictures asked for", [rate])
        bench.note(f"50 desks that ask every two seconds need 25 pictures a second; two processes make {rate:.0f}")
    return bench.report()


if __name__ == "__main__":
    raise SystemExit(main())
