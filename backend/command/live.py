"""Server-sent events for desks and phones: opened with a ticket, ended after ten minutes or with the right to listen."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.utils import timezone

from backend.accounts.models import User
from backend.accounts.tickets import TicketUseless, redeem_ticket
from backend.command.frames import Frame
from backend.command.hub import Hub, Listener, encode, in_thread
from backend.command.schemas import CentreOut
from backend.command.snapshot import people, scope_of, snapshot
from backend.problems import NotFound, Problem

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Health = Callable[[datetime], dict[str, Any]]

STREAM_S = 600.0
BEAT_S = 15.0  # so often a silent stream says that it lives, and the right to listen is looked at again


def draw(user_id: int, scope: tuple[str, ...], before: Frame | None = None) -> Frame | None:
    """The command centre as one person sees it; none if that person's scope is another now.

    After a frame ``before`` only the people are looked at again.
    """
    user, at = User.objects.filter(pk=user_id).first(), timezone.now()
    if user is None or scope_of(user, at=at) != scope:
        return None
    if before is not None:
        return before.with_people(people(user, at=at), at=at)
    picture = snapshot(user, at=at)
    walkers, picture["people"] = picture["people"], []
    rest = Frame(CentreOut.model_validate(picture).model_dump(mode="json", by_alias=True))
    return rest.with_people(walkers, at=at)


class LiveApp:
    """A small ASGI application. ``health`` says how the system is; ``beat_s`` and ``stream_s`` are shorter in tests."""

    def __init__(self, *, health: Health, beat_s: float = BEAT_S, stream_s: float = STREAM_S) -> None:
        self.health, self.beat_s, self.stream_s = health, beat_s, stream_s
        self.hub: Hub | None = None
        self.running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def start(self) -> Hub:
        """Begin to listen to the database, once for the process."""
        if self.hub is None or self.running is None or self.running.done():
            self.hub = Hub(draw)
            self.running = asyncio.create_task(self.hub.run())
        return self.hub

    async def stop(self) -> None:
        if self.running is not None:
            self.running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.running

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if method != "GET" or path not in ("/live/", "/live", "/healthz"):
            await _answer(scope, send, NotFound())
        elif path == "/healthz":
            await self._health(scope, send)
        else:
            await self._stream(scope, receive, send)

    async def _health(self, scope: Message, send: Send) -> None:
        body = await in_thread(self.health, timezone.now())
        listening = self.hub is not None and self.hub.is_listening.is_set()
        status = 200 if body["database"] == "ok" and listening else 503
        await _respond(scope, send, status, body | {"live": "ok" if listening else "down"}, "application/json")

    async def _stream(self, scope: Message, receive: Receive, send: Send) -> None:
        ticket = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])[0]
        try:
            listener = await in_thread(open_listener, ticket, timezone.now())
        except Problem as problem:
            await _answer(scope, send, problem)
            return
        hub = self.start()
        hub.add(listener)
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no")]
        await send({"type": "http.response.start", "status": 200, "headers": [*headers, *_common(scope)]})
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await self._feed(hub, listener, gone, send)
        finally:
            hub.listeners.pop(listener, None)
            gone.cancel()
        if not gone.done() or gone.cancelled():
            with contextlib.suppress(OSError, RuntimeError):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _feed(self, hub: Hub, listener: Listener, gone: asyncio.Task[None], send: Send) -> None:
        """Send frames as they come, a beat when none does; end when the time, the right or the listener has gone."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.stream_s
        frame = await self._first(hub, listener)
        looked_at = loop.time()
        while not gone.done() and not listener.is_ended:
            await send({"type": "http.response.body", "body": frame, "more_body": True})
            if loop.time() - looked_at >= self.beat_s:
                if not await in_thread(may_listen, listener, timezone.now()):
                    return
                looked_at = loop.time()
            wait_s = min(self.beat_s, end - loop.time())
            if wait_s <= 0:
                return
            coming = asyncio.ensure_future(listener.frames.get())
            await asyncio.wait({coming, gone}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
            if coming.done():
                frame = coming.result()
            else:
                coming.cancel()
                frame = encode("beat", "{}") if listener.scope else b": beat\n\n"

    async def _first(self, hub: Hub, listener: Listener) -> bytes:
        """What happened between the last pull and this stream is not missed: a desk gets a frame, a phone is told to ask."""
        if not listener.scope:
            return encode("changed", "{}")
        picture = await hub.draw_for(listener)
        if picture is None:
            return b": no frame yet\n\n"
        hub.last.setdefault(listener.scope, picture)
        return picture.whole()


def open_listener(ticket: str, at: datetime) -> Listener:
    """Use the ticket up; the right to listen must still be there."""
    used = redeem_ticket(ticket, at=at)
    listener = Listener(used.user_id, used.device_id, used.scope if used.device_id is None else ())
    if used.device_id is None and not used.scope or not may_listen(listener, at):
        raise TicketUseless
    return listener


def may_listen(listener: Listener, at: datetime) -> bool:
    """A desk as long as its posts are what they were, a phone until it is revoked."""
    user = User.objects.filter(pk=listener.user_id, is_active=True).first()
    if user is None:
        return False
    if listener.scope:
        return scope_of(user, at=at) == listener.scope
    return user.devices.live().filter(pk=listener.device_id or 0).exists()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _common(scope: Message) -> list[tuple[bytes, bytes]]:
    """Only our own origin may read a stream from another port."""
    headers = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"), (b"vary", b"Origin")]
    origin = dict(scope["headers"]).get(b"origin", b"").decode("latin-1")
    if origin and origin == settings.PATROL_URL:
        headers.append((b"access-control-allow-origin", origin.encode("latin-1")))
    return headers


async def _answer(scope: Message, send: Send, problem: Problem) -> None:
    await _respond(scope, send, problem.status, problem.body(), "application/problem+json")


async def _respond(scope: Message, send: Send, status: int, body: dict[str, Any], kind: str) -> None:
    content = json.dumps(body, ensure_ascii=False).encode()
    headers = [(b"content-type", f"{kind}; charset=utf-8".encode()), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *_common(scope)]})
    await send({"type": "http.response.body", "body": content, "more_body": False})
