"""Who listens to the live feed, and what each is told. One frame is made for a scope and a tick, however many listen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import psycopg
from asgiref.sync import sync_to_async
from django.db import connection, connections

from backend.accounts.live import CHANNEL

logger = logging.getLogger(__name__)

T = TypeVar("T")


class Picture(Protocol):
    """What a scope shows at one moment."""

    def whole(self) -> bytes:
        """The event a listener begins with."""
        ...

    def since(self, before: Any) -> bytes | None:
        """The event that leads here from an earlier picture; none without news."""
        ...


Draw = Callable[[int, tuple[str, ...], Any], Picture | None]
TICK_S = 1.0  # a scope hears at most one frame in this time
RECONNECT_S = 2.0
MOST = 12  # streams of one person on one phone or at desks; who opens more has lost the oldest, or means harm
WAITING = 16  # frames kept for a slow listener; beyond that they are thrown away and it is told to ask


@dataclass(eq=False)
class Listener:
    """One open stream. ``scope`` is empty for a phone."""

    user_id: int
    device_id: int | None
    scope: tuple[str, ...]
    frames: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(WAITING))
    is_ended: bool = False

    def end(self) -> None:
        self.is_ended = True
        if self.frames.empty():
            self.tell(b"")

    def tell(self, frame: bytes) -> None:
        if self.frames.full():
            while not self.frames.empty():
                self.frames.get_nowait()
            frame = encode("ask" if self.scope else "changed", "{}")
        self.frames.put_nowait(frame)


class Hub:
    """``draw`` makes the picture of a scope as somebody who has it sees it; it runs in a thread and may ask the database.

    It is given the last picture when nothing but positions changed since, and none when everything has to be looked at.
    """

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.listeners: dict[Listener, None] = {}  # in the order they came
        self.last: dict[tuple[str, ...], Picture] = {}
        self.changed = asyncio.Event()
        self.is_only_moved = False
        self.is_listening = asyncio.Event()

    def add(self, listener: Listener) -> None:
        """Let somebody listen; beyond `MOST` streams the oldest of the same person and phone ends."""
        self.listeners[listener] = None
        same = [one for one in self.listeners if (one.user_id, one.device_id) == (listener.user_id, listener.device_id)]
        for one in same[:-MOST]:
            one.end()

    async def run(self) -> None:
        """Listen and tick until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen())
            tasks.create_task(self._tick())

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_address(), autocommit=True) as ear:
                    await ear.execute(f"listen {CHANNEL}")
                    self.is_listening.set()
                    self._look()  # at whatever was said while nobody listened
                    self._tell_phones("changed", {one.user_id for one in self.listeners})
                    async for said in ear.notifies():
                        self._hear(said.payload)
            except psycopg.Error:
                logger.warning("live.reconnecting")
            self.is_listening.clear()
            await asyncio.sleep(RECONNECT_S)

    def _hear(self, payload: str) -> None:
        body: Any = {}
        with contextlib.suppress(ValueError):
            body = json.loads(payload)
        self._look(only_moved=isinstance(body, dict) and body.get("event") == "moved")
        with contextlib.suppress(TypeError, AttributeError):
            if people := set(body.get("people", ())):
                self._tell_phones("alert" if body.get("event") == "alert" else "changed", people)

    def _look(self, *, only_moved: bool = False) -> None:
        self.is_only_moved = only_moved and (self.is_only_moved or not self.changed.is_set())
        self.changed.set()

    def _tell_phones(self, event: str, people: set[int]) -> None:
        frame = encode(event, "{}")
        for one in self.listeners:
            if not one.scope and one.user_id in people:
                one.tell(frame)

    async def _tick(self) -> None:
        while True:
            await self.changed.wait()
            self.changed.clear()
            await self.refresh(only_moved=self.is_only_moved)
            await asyncio.sleep(TICK_S)

    async def refresh(self, *, only_moved: bool = False) -> None:
        """Draw every scope somebody listens to, and tell what is new since the last picture of it."""
        by_scope: dict[tuple[str, ...], list[Listener]] = {}
        for one in self.listeners:
            if one.scope:
                by_scope.setdefault(one.scope, []).append(one)
        self.last = {scope: picture for scope, picture in self.last.items() if scope in by_scope}
        for scope, group in by_scope.items():
            before = self.last.get(scope)
            picture = await self.draw_for(*group, before=before if only_moved else None)
            if picture is None:
                continue
            frame = picture.whole() if before is None else picture.since(before)
            if frame is not None:
                self.last[scope] = picture
                for one in group:
                    one.tell(frame)

    async def draw_for(self, *group: Listener, before: Picture | None = None) -> Picture | None:
        """The picture of a scope, as the first of the group whose posts still give that scope sees it."""
        for one in group:
            try:
                picture = await in_thread(self.draw, one.user_id, one.scope, before)
            except Exception:  # noqa: BLE001  a frame that cannot be drawn must not end everybody's stream; the poll is the floor
                logger.exception("live.frame_failed")
                return None
            if picture is not None:
                return picture
        return None


def encode(event: str, data: str) -> bytes:
    return f"event: {event}\ndata: {data}\n\n".encode()


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Run something that asks the database; the connection goes back to the pool afterwards."""

    def run() -> T:
        try:
            return work(*args)
        finally:
            connections.close_all()

    return await sync_to_async(run, thread_sensitive=False)()


def _address() -> dict[str, Any]:
    """The database Django uses, as libpq wants it."""
    settings = connection.settings_dict
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    options = {name: value for name, value in settings["OPTIONS"].items() if name != "pool"}
    return options | {name: settings[key] for name, key in named.items() if settings[key]}
