"""A sync request from bytes to outcomes: inflate, read, take in one entry after the other."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError

from backend.accounts.live import wake_desks
from backend.accounts.models import Device
from backend.phone.codes import TEXTS
from backend.phone.intake import Envelope, keep_unreadable, take_in
from backend.phone.models import Outcome
from backend.phone.wire import MAX_ITEMS, NotReadable, TooBig, inflate, read_request
from backend.problems import Busy, Problem, TooLarge

KEPT_UNREAD = 1024 * 1024  # of what cannot be read, so much is kept
LARGEST_BIGINT = 2**63 - 1
BOOT = re.compile(r"[\x21-\x7e]{1,64}")


class RequestUnreadable(Problem):
    """The bytes are no request of this protocol. They are kept whole; the receipt says so."""

    slug, status = "request_unreadable", 400
    zh, en = TEXTS["request_unreadable"], "The request cannot be read. It is kept whole; keep your items."


def take_in_request(request: HttpRequest, device: Device, *, at: datetime) -> list[dict[str, Any]]:
    """The outcomes of all entries, in order, each committed on its own."""
    raw = _body(request)
    try:
        return _outcomes(read_request(inflate(raw, request.headers.get("Content-Encoding", ""))), device, at=at)
    except NotReadable as error:
        if len(raw) > KEPT_UNREAD:
            raise TooLarge from error
        raise RequestUnreadable(receipt=keep_unreadable(raw, Envelope(device, at))) from error
    except TooBig as error:
        kept = {"receipt": keep_unreadable(raw, Envelope(device, at))} if len(raw) <= KEPT_UNREAD else {}
        raise TooLarge("一次发的内容太多。请分几次发。", **kept) from error


def caller_address(request: HttpRequest) -> str:
    """The address a request came from; behind our proxy, what the proxy saw."""
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip() if settings.BEHIND_PROXY else ""
    return forwarded or request.META.get("REMOTE_ADDR") or "127.0.0.1"


def _body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RequestDataTooBig as error:
        raise TooLarge("一次发的内容太多。请分几次发。") from error
    except UnreadablePostError as error:  # the phone went away while sending
        raise Busy from error


def _outcomes(body: dict[str, Any], device: Device, *, at: datetime) -> list[dict[str, Any]]:
    if len(body["items"]) > MAX_ITEMS:
        raise TooLarge(f"一次最多发 {MAX_ITEMS} 条。请分几次发。")
    envelope = Envelope(device, at, _integer(body.get("sent_at")), _session(body.get("boot")), _integer(body.get("mono")))
    outcomes = [asdict(take_in(entry, envelope)) for entry in body["items"]]
    if any(outcome["status"] == Outcome.Status.STORED for outcome in outcomes):
        # Once for a request: a notification holds a lock of the whole database at commit.
        wake_desks(only_moved=all(isinstance(entry, dict) and entry.get("kind") == "track" for entry in body["items"]))
    return outcomes


def _integer(value: Any) -> int | None:
    return value if type(value) is int and abs(value) <= LARGEST_BIGINT else None


def _session(value: Any) -> str:
    return value if isinstance(value, str) and BOOT.fullmatch(value) else ""
