"""Who a phone's token speaks for, and what is still open to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from backend.accounts.actions import digest
from backend.accounts.models import UPLOAD_GRACE, Device, User
from backend.problems import Problem
from backend.statements import ask

SEEN_EVERY = timedelta(minutes=1)
# Asked before everything else of every request, so one statement in plain words; fields not named here are read when used.
DEVICE = ("id", "uuid", "user_id", "kind", "name", "enrolled_at", "seen_at", "revoked_at")
PERSON = ("id", "uuid", "number", "name", "is_active")
WHO = f"""
select {", ".join(f"device.{name}" for name in DEVICE)}, {", ".join(f"person.{name}" for name in PERSON)},
       exists (select 1 from places_gridduty duty where duty.user_id = person.id and duty.valid @> %(at)s::timestamptz)
       or exists (select 1 from accounts_post post where post.user_id = person.id and post.valid @> %(at)s::timestamptz)
from accounts_device device join accounts_user person on person.id = device.user_id
where device.token_hash = %(token)s
"""


class DeviceRevoked(Problem):
    """This phone was signed out by somebody; what is on it stays on it."""

    slug, status, retry = "device_revoked", 401, "login"
    zh, en = (
        "这部手机已停用。手机里的内容都还在，请找管理员重新领码。",
        "This phone was signed out. Nothing on it is lost; ask for a new code.",
    )


class UploadsEnded(Problem):
    """The last duty ended longer ago than evidence is waited for."""

    slug, status, retry = "uploads_ended", 403, "login"
    zh, en = (
        "你的网格职责已结束超过 30 天，不能再上传。请联系镇里。",
        "Your last duty ended more than 30 days ago. Ask the township.",
    )


class PhoneRequest(HttpRequest):
    """A request whose token was accepted."""

    auth: Device


class DeviceToken(HttpBearer):
    """The bearer token of one person on one phone. ``request.auth`` is the `Device`."""

    def authenticate(self, request: HttpRequest, token: str) -> Any | None:  # noqa: ARG002
        at = timezone.now()
        device, is_on_duty = find_device(token, at=at)
        if device is None:
            return None
        if device.revoked_at is not None or not device.user.is_active:
            raise DeviceRevoked
        if not is_on_duty and at - last_duty_end(device) > UPLOAD_GRACE:
            raise UploadsEnded
        if device.seen_at is None or at - device.seen_at > SEEN_EVERY:
            Device.objects.filter(pk=device.pk).update(seen_at=at)
        release_connection()
        return device


def find_device(token: str, *, at: datetime) -> tuple[Device | None, bool]:
    """The phone a token belongs to, with its person, and whether anything is theirs now."""
    rows = ask(WHO, {"token": digest(token), "at": at})
    if not rows:
        return None, False
    found = rows[0]
    device = Device.from_db("default", DEVICE, found[: len(DEVICE)])
    device.user = User.from_db("default", PERSON, found[len(DEVICE) : -1])
    return device, found[-1]


def has_duty(user: User, *, at: datetime) -> bool:
    """Whether anything is theirs now. Without a duty or post a phone may only bring what it still holds."""
    return user.grid_duties.filter(valid__contains=at).exists() or user.posts.valid_at(at).exists()


def last_duty_end(device: Device) -> datetime:
    """When the last duty or post of somebody who has none now ended; enrolment, if there never was any."""
    ends = [rows.aggregate(end=Max("valid__endswith"))["end"] for rows in (device.user.grid_duties, device.user.posts)]
    return max([end for end in ends if end is not None], default=device.enrolled_at)


def release_connection() -> None:
    """Give the database connection back before a slow phone is listened to; the next query takes another."""
    if not connection.in_atomic_block:
        connection.close()
