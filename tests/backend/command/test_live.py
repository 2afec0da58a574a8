"""The live process, spoken to as a server speaks to an ASGI application, with real notifications from PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.gis.geos import Point
from django.db import connection, connections
from django.utils import timezone

from backend.accounts.actions import revoke_device
from backend.accounts.live import wake_desks, wake_phones
from backend.accounts.models import Device, Post, User
from backend.accounts.tickets import issue_ticket
from backend.command.hub import MOST, WAITING, Listener, encode
from backend.command.live import LiveApp
from backend.command.snapshot import scope_of
from backend.field.models import LastPosition, Report
from backend.health import health
from backend.places.models import Grid
from tests.backend.builders import make_operator, make_token, make_unit, make_village, make_worker

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = "http://127.0.0.1:8731"


class Ear:
    """One EventSource: events as they come."""

    def __init__(self, app: LiveApp, ticket: str, *, origin: str = "", path: str = "/live/") -> None:
        self.events: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.status, self.headers, self.text, self.is_over = 0, {}, "", False
        self.leave = asyncio.Event()
        headers = [(b"origin", origin.encode())] if origin else []
        scope = {"type": "http", "method": "GET", "path": path, "query_string": f"ticket={ticket}".encode(), "headers": headers}
        self.task = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self.leave.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
            return
        self.text += message["body"].decode()
        self.is_over = not message["more_body"]
        while "\n\n" in self.text:
            block, self.text = self.text.split("\n\n", 1)
            fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            self.events.put_nowait((fields.get("event", "comment"), json.loads(fields.get("data", "{}"))))

    async def next(self, wanted: str, *, seconds: float = 5) -> Any:
        async with asyncio.timeout(seconds):
            while True:
                name, data = await self.events.get()
                if name == wanted:
                    return data

    async def hears_nothing(self, wanted: str, *, seconds: float) -> bool:
        try:
            await self.next(wanted, seconds=seconds)
        except TimeoutError:
            return True
        return False


Story = Callable[[LiveApp], Awaitable[None]]


def live(story: Story, **how: float) -> None:
    """Run a story with a live application that listens, and end both."""

    async def run() -> None:
        app = LiveApp(health=health, **how)
        try:
            async with asyncio.timeout(20):
                await app.start().is_listening.wait()
                await story(app)
        finally:
            await app.stop()

    asyncio.run(run())


async def rows(work: Callable[..., Any], *args: Any, **how: Any) -> Any:
    def run() -> Any:
        try:
            return work(*args, **how)
        finally:
            connections.close_all()

    return await sync_to_async(run, thread_sensitive=False)()


def desk_ticket(user: User) -> str:
    at = timezone.now()
    return issue_ticket(user, None, scope_of(user, at=at), at=at)


def phone_ticket(user: User) -> tuple[str, Device]:
    make_token(user)
    device = Device.objects.get(user=user)
    return issue_ticket(user, device, (), at=timezone.now()), device


def walk(worker: User, grid: Grid, lon: float, *, only_moved: bool = False) -> None:
    place = {"patrol_uuid": "0" * 31 + "1", "t": timezone.now(), "point": Point(lon, 27.395, srid=4326), "grid_code": grid.code}
    LastPosition.objects.update_or_create(person=worker, defaults=place)
    wake_desks(only_moved=only_moved)


def test_a_desk_sees_somebody_set_out_and_others_of_its_township_get_the_same_frame() -> None:
    grid = make_village().grids[0]
    lan = make_worker(grid)
    tickets = [desk_ticket(make_operator()), desk_ticket(make_operator(name="何强"))]

    async def story(app: LiveApp) -> None:
        ears = [Ear(app, ticket) for ticket in tickets]
        assert [(await ear.next("tick"))["people"] for ear in ears] == [[], []]
        await rows(walk, lan, grid, 114.505)
        first, second = [await ear.next("delta") for ear in ears]
        assert first == second and [one["name"] for one in first["put"]["people"]] == [lan.name]
        assert first["put"]["people"][0]["grid"] == grid.code
        await rows(walk, lan, grid, 114.5051)
        moved = await ears[0].next("delta")
        assert moved["put"] == moved["drop"] == moved["set"] == {}
        assert moved["moved"][0][:3] == [str(lan.uuid), 114.5051, 27.395]
        await rows(LastPosition.objects.all().delete)
        await rows(wake_desks)
        assert (await ears[1].next("delta"))["moved"]
        assert (await ears[1].next("delta"))["drop"] == {"people": [str(lan.uuid)]}

    live(story)


def test_a_desk_of_another_township_hears_nothing_of_it() -> None:
    grid = make_village().grids[0]
    lan = make_worker(grid)
    ticket = desk_ticket(make_operator(make_unit("360829101000", "平都镇")))

    async def story(app: LiveApp) -> None:
        ear = Ear(app, ticket)
        assert (await ear.next("tick"))["people"] == []
        await rows(walk, lan, grid, 114.505)
        assert await ear.hears_nothing("delta", seconds=2.5)

    live(story)


def test_many_changes_make_at_most_one_frame_a_second_and_no_change_makes_none() -> None:
    grid = make_village().grids[0]
    lan = make_worker(grid)
    ticket = desk_ticket(make_operator())

    async def story(app: LiveApp) -> None:
        ear = Ear(app, ticket)
        await ear.next("tick")
        begin = asyncio.get_running_loop().time()
        for i in range(40):
            await rows(walk, lan, grid, 114.505 + i * 1e-6)
        took = asyncio.get_running_loop().time() - begin
        await asyncio.sleep(2.2)
        frames = [data for name, data in list(ear.events._queue) if name == "delta"]  # type: ignore[attr-defined]
        assert 1 <= len(frames) <= took + 3
        last = frames[-1]
        assert (last["moved"][0][1] if last["moved"] else last["put"]["people"][0]["lon"]) == 114.505039
        while not ear.events.empty():
            ear.events.get_nowait()
        await rows(wake_desks)
        assert await ear.hears_nothing("delta", seconds=2)

    live(story)


def test_when_only_positions_changed_nothing_else_is_read_again() -> None:
    grid = make_village().grids[0]
    lan = make_worker(grid)
    ticket = desk_ticket(make_operator())

    async def story(app: LiveApp) -> None:
        ear = Ear(app, ticket)
        await ear.next("tick")
        await asyncio.sleep(1.2)  # what was said before anybody listened has been looked at
        await rows(walk, lan, grid, 114.505, only_moved=True)
        first = await ear.next("delta")
        assert first["put"]["people"] and first["set"] == {}
        await rows(Report.objects.create, **report_of(lan, grid))
        await rows(walk, lan, grid, 114.506, only_moved=True)
        second = await ear.next("delta")
        assert second["moved"] and second["put"] == {}
        await rows(wake_desks)
        assert len((await ear.next("delta"))["put"]["reports"]) == 1

    live(story)


def report_of(worker: User, grid: Grid) -> dict[str, Any]:
    at = timezone.now()
    return {
        "uuid": uuid.uuid4(),
        "person": worker,
        "kind_code": "0101",
        "grid_code": grid.code,
        "occurred_at": at,
        "received_at": at,
    }


def test_a_desk_that_cannot_follow_is_told_to_ask() -> None:
    desk, phone = Listener(1, None, ("see:36",)), Listener(2, 3, ())
    for number in range(WAITING + 1):
        desk.tell(encode("delta", str(number)))
        phone.tell(encode("changed", "{}"))
    assert [desk.frames.get_nowait(), desk.frames.empty()] == [encode("ask", "{}"), True]
    assert phone.frames.get_nowait() == encode("changed", "{}")


def test_a_phone_hears_what_is_for_its_person_and_nothing_else() -> None:
    village = make_village()
    lan, wei = make_worker(village.grids[0]), make_worker(village.grids[1], name="魏强")
    (hers, _), (his, _) = phone_ticket(lan), phone_ticket(wei)

    async def story(app: LiveApp) -> None:
        ear, other = Ear(app, hers), Ear(app, his)
        await ear.next("changed")
        await other.next("changed")
        await rows(wake_phones, [lan.pk], event="alert")
        await ear.next("alert", seconds=2)
        assert await other.hears_nothing("alert", seconds=1)
        await rows(wake_phones, [wei.pk])
        await other.next("changed", seconds=2)
        assert ear.events.empty()

    live(story)


def test_a_ticket_opens_one_stream_within_a_minute() -> None:
    operator = make_operator()
    at = timezone.now()
    good, old = desk_ticket(operator), issue_ticket(operator, None, scope_of(operator, at=at), at=at - timedelta(seconds=61))

    async def story(app: LiveApp) -> None:
        ear = Ear(app, good)
        await ear.next("tick")
        for useless in (good, old, "", "nonsense", good[:-3]):
            again = Ear(app, useless)
            await again.task
            assert again.status == 401 and "ticket_useless" in again.text
        assert not ear.task.done()

    live(story)


def test_a_stream_ends_with_the_post_and_with_the_phone() -> None:
    operator, lan = make_operator(), make_worker(make_village().grids[0])
    ticket, (hers, device) = desk_ticket(operator), phone_ticket(lan)

    async def story(app: LiveApp) -> None:
        desk, phone = Ear(app, ticket), Ear(app, hers)
        await desk.next("tick")
        await phone.next("changed")
        await rows(Post.objects.filter(user=operator).delete)
        await rows(revoke_device, device, at=timezone.now())
        async with asyncio.timeout(5):
            await asyncio.gather(desk.task, phone.task)
        assert desk.is_over and phone.is_over

    live(story, beat_s=0.4)


def test_a_ticket_of_a_post_that_has_ended_meanwhile_opens_nothing() -> None:
    operator = make_operator()
    ticket = desk_ticket(operator)
    Post.objects.filter(user=operator).delete()
    nobody = desk_ticket(operator)

    async def story(app: LiveApp) -> None:
        for useless in (ticket, nobody):
            ear = Ear(app, useless)
            await ear.task
            assert ear.status == 401

    live(story)


def test_a_silent_stream_says_that_it_lives_and_ends_in_its_time() -> None:
    ticket = desk_ticket(make_operator())

    async def story(app: LiveApp) -> None:
        ear = Ear(app, ticket)
        await ear.next("beat")
        async with asyncio.timeout(5):
            await ear.task
        assert ear.is_over

    live(story, beat_s=0.2, stream_s=1.0)


def test_a_listener_who_leaves_is_forgotten() -> None:
    ticket = desk_ticket(make_operator())

    async def story(app: LiveApp) -> None:
        ear = Ear(app, ticket)
        await ear.next("tick")
        assert app.hub is not None and len(app.hub.listeners) == 1
        ear.leave.set()
        async with asyncio.timeout(3):
            await ear.task
        assert not app.hub.listeners

    live(story)


def test_of_too_many_streams_of_one_person_the_oldest_ends_and_nobody_elses_does() -> None:
    operator, other = make_operator(), make_operator(name="魏强")
    tickets = [desk_ticket(operator) for _ in range(MOST + 1)]
    others = desk_ticket(other)

    async def story(app: LiveApp) -> None:
        neighbour = Ear(app, others)
        await neighbour.next("tick")
        ears = []
        for ticket in tickets:
            ears.append(Ear(app, ticket))
            await ears[-1].next("tick")
        async with asyncio.timeout(3):
            await ears[0].task
        assert ears[0].is_over and not any(ear.is_over for ear in [neighbour, *ears[1:]])

    live(story)


def deafen() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen xunge_live' and datname = current_database()"
        )
        assert cursor.fetchall() == [(True,)]


def test_a_lost_connection_to_the_database_is_made_again_and_phones_are_told_to_ask() -> None:
    lan = make_worker(make_village().grids[0])
    (hers, _) = phone_ticket(lan)

    async def story(app: LiveApp) -> None:
        ear = Ear(app, hers)
        await ear.next("changed")
        await rows(deafen)
        await ear.next("changed", seconds=8)
        await rows(wake_phones, [lan.pk], event="alert")
        await ear.next("alert", seconds=2)

    live(story)


def test_only_our_own_origin_may_read_a_stream_from_another_port(settings: Any) -> None:
    settings.PATROL_URL = ORIGIN
    operator = make_operator()
    ours, theirs = desk_ticket(operator), desk_ticket(operator)

    async def story(app: LiveApp) -> None:
        for ticket, origin in ((ours, ORIGIN), (theirs, "http://evil.example")):
            ear = Ear(app, ticket, origin=origin)
            await ear.next("tick")
            assert (b"access-control-allow-origin" in ear.headers) == (origin == ORIGIN)
            assert ear.headers[b"cache-control"] == b"no-store"

    live(story)


def test_its_health_says_whether_it_listens_and_other_addresses_are_nothing() -> None:
    async def story(app: LiveApp) -> None:
        ear = Ear(app, "", path="/healthz")
        await ear.task
        assert ear.status == 200 and json.loads(ear.text)["live"] == "ok"
        lost = Ear(app, "", path="/api/command/me")
        await lost.task
        assert lost.status == 404

    live(story)
