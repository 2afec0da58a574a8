"""People, a vendor on loopback, and a directory in which everybody is concerned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from backend.accounts.models import User
from notifications.actions import keep_address
from notifications.channels.fcm import fcm_channel
from notifications.events import AreaMessageSent
from notifications.models import Address
from notifications.testing.fcm_server import FcmServer
from tests.backend.builders import make_person


@pytest.fixture(autouse=True)
def everybody(settings: Any) -> None:
    settings.NOTIFICATION_DIRECTORY = "notifications.testing.directory.Everybody"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def vendor(settings: Any, tmp_path: Path) -> Iterator[FcmServer]:
    """FCM is configured, and answers on loopback."""
    with FcmServer() as server:
        path = tmp_path / "service-account.json"
        path.write_text(json.dumps(server.service_account()))
        settings.FCM_CREDENTIALS, settings.FCM_BASE = str(path), server.base
        yield server
    fcm_channel.cache_clear()


@pytest.fixture
def sender(db: None) -> User:
    return make_person("魏明")


def person_with(address: str, name: str = "兰小英") -> User:
    """Somebody whose phone has an address at the vendor; its beginning says what the vendor will answer."""
    person = make_person(name)
    live_at(address, person)
    return person


def live_at(address: str, person: User) -> Address:
    return keep_address(channel="fcm", kind="token", address=address, person=person, device=uuid4(), at=timezone.now())


def message_of(sender: User, *, at: datetime, life: timedelta = timedelta(hours=1), **more: Any) -> AreaMessageSent:
    fields: dict[str, Any] = {
        "message": str(uuid4()),
        "severity": "normal",
        "title": "停水通知",
        "text": "明天上午停水。",
        "codes": ("360829102201",),
        "by": sender.pk,
        "expires_at": at + life,
        "at": at,
    }
    return AreaMessageSent(**(fields | more))
