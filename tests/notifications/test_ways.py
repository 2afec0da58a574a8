"""What settings switch on, and that a way that is off or half set up keeps quiet about it to nobody."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from backend.checks import channels_are_complete, push_contact_is_one
from notifications.channels import Message
from notifications.channels.robot import robot_channel
from notifications.channels.sms.vendors import sms_channel
from notifications.channels.webpush import push_address, webpush_channel
from notifications.testing.push_server import PushServer
from notifications.testing.robot_server import RobotServer
from notifications.testing.sms_server import KEY_ID, SmsServer, number
from notifications.ways import channel_for, incomplete, open_ways

KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"
MESSAGE = Message(key="alert-1", title="屋背山北坡起火", text="不要上山扑火。", is_urgent=True, life_s=600)


@pytest.fixture(autouse=True)
def made_anew() -> Iterator[None]:
    yield
    for made in (webpush_channel, sms_channel, robot_channel):
        made.cache_clear()


def set_sms(settings: Any, vendor: str, base: str = "") -> None:
    settings.SMS_VENDOR, settings.SMS_BASE, settings.SMS_KEY_ID, settings.SMS_KEY_SECRET = vendor, base, KEY_ID, "secret"
    settings.SMS_SIGN, settings.SMS_TEMPLATE, settings.SMS_APP = "安福县网格", "SMS_1", "1400000000"
    settings.SMS_PLACES = ["title"]


def test_nothing_leaves_the_house_before_somebody_switches_it_on() -> None:
    assert open_ways() == frozenset()
    assert incomplete() == {}
    for name in ("fcm", "webpush", "sms", "robot", "fax"):
        with pytest.raises(KeyError):
            channel_for(name)


def test_web_push_is_on_when_somebody_answers_for_it(settings: Any) -> None:
    with PushServer() as server:
        settings.VAPID_KEY, settings.VAPID_CONTACT, settings.PUSH_BASE = KEY, "mailto:duty@example.invalid", server.base
        channel = channel_for("webpush")
        address = push_address(server.subscription("ok-1"), base=server.base)
        assert channel.send(MESSAGE, address=address, kind="vapid").kind == "accepted"
        assert channel_for("webpush") is channel


@pytest.mark.parametrize(("vendor", "title"), [("aliyun", "屋背山北坡起火"), ("tencent", "屋背山北坡…")])
def test_each_sms_vendor_gets_values_as_long_as_it_takes(settings: Any, vendor: str, title: str) -> None:
    with SmsServer() as server:
        set_sms(settings, vendor, server.base)
        assert channel_for("sms").send(MESSAGE, address=number("ok"), kind="phone").kind == "accepted"
        assert server.messages[0][2] == [title]


def test_robots_are_on_by_one_setting(settings: Any) -> None:
    with RobotServer() as server:
        settings.ROBOTS, settings.ROBOT_BASE = True, server.base
        assert channel_for("robot").send(MESSAGE, address="office-0001", kind="wecom").kind == "accepted"


@pytest.mark.parametrize("name", ["webpush", "sms", "robot"])
def test_every_channel_says_its_own_name(settings: Any, name: str) -> None:
    settings.VAPID_KEY, settings.VAPID_CONTACT, settings.ROBOTS = KEY, "https://xunge.example", True
    set_sms(settings, "aliyun")
    assert channel_for(name).name == name
    assert open_ways() == {"webpush", "sms", "robot"}


def test_a_way_that_is_half_set_up_is_refused_at_the_start_of_the_system(settings: Any) -> None:
    settings.SMS_VENDOR, settings.VAPID_CONTACT = "tencent", "mailto:duty@example.invalid"
    settings.VAPID_KEY = ""
    said = {error.id: error.msg for error in channels_are_complete()}
    assert set(said) == {"xunge.E006"}
    assert incomplete()["webpush"] == ["PATROL_VAPID_KEY"]
    assert incomplete()["sms"][-1] == "PATROL_SMS_APP"
    for name in ("webpush", "sms"):
        with pytest.raises(ValueError, match="VAPID|SMS"):
            channel_for(name)


@pytest.mark.parametrize(("contact", "found"), [("duty@example.invalid", ["xunge.E007"]), ("mailto:duty@example.invalid", [])])
def test_a_contact_that_push_services_refuse_is_refused_at_the_start_too(settings: Any, contact: str, found: list[str]) -> None:
    settings.VAPID_CONTACT = contact
    assert [error.id for error in push_contact_is_one()] == found


def test_knowing_what_is_on_imports_no_vendors_library() -> None:
    code = (
        "import sys, django; django.setup(); import notifications.ways; notifications.ways.open_ways();"
        "print([name for name in ('Tea', 'tencentcloud', 'pywebpush', 'darabonba') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
