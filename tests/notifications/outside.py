"""Ways out as a test switches them on: for this process by settings, for another by its environment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from backend.accounts.models import User
from notifications.actions import keep_number
from notifications.channels.sms.vendors import sms_channel
from notifications.channels.webpush import webpush_channel
from notifications.models import Address
from notifications.testing.push_server import PushServer
from notifications.testing.sms_server import KEY_ID, SmsServer

VAPID = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"  # the number one: a key like any other, made for tests
CONTACT = "mailto:duty@example.invalid"


def by_sms(server: SmsServer) -> dict[str, str]:
    return {
        "PATROL_SMS_VENDOR": "aliyun",
        "PATROL_SMS_BASE": server.base,
        "PATROL_SMS_KEY_ID": KEY_ID,
        "PATROL_SMS_KEY_SECRET": "secret",
        "PATROL_SMS_SIGN": "安福县网格",
        "PATROL_SMS_TEMPLATE": "SMS_1",
        "PATROL_SMS_PLACES": "title",
    }


def by_push(server: PushServer) -> dict[str, str]:
    return {"PATROL_VAPID_KEY": VAPID, "PATROL_VAPID_CONTACT": CONTACT, "PATROL_PUSH_BASE": server.base}


def switch_on(settings: Any, environment: dict[str, str]) -> None:
    for name, value in environment.items():
        setattr(settings, name.removeprefix("PATROL_"), [value] if name == "PATROL_SMS_PLACES" else value)


@pytest.fixture
def short_messages(settings: Any) -> Iterator[SmsServer]:
    with SmsServer() as server:
        switch_on(settings, by_sms(server))
        yield server
    sms_channel.cache_clear()


@pytest.fixture
def pushes(settings: Any) -> Iterator[PushServer]:
    with PushServer() as server:
        switch_on(settings, by_push(server))
        yield server
    webpush_channel.cache_clear()


def number_of(person: User, number: str) -> Address:
    kept = keep_number(number, person=person, at=timezone.now())
    assert kept is not None
    return kept
