"""Each way out hands over by its own rules, in a queue of its own; one that is off or silent harms no other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from backend.accounts.models import User
from notifications.actions import announce, keep_address
from notifications.channels.fcm import FcmChannel
from notifications.channels.robot import RobotChannel
from notifications.channels.sms import SmsChannel
from notifications.channels.webpush import WebPushChannel
from notifications.delivering import deliver
from notifications.jobs import fan_out
from notifications.management.commands.work import lanes
from notifications.models import Address, Delivery
from notifications.testing.fcm_server import FcmServer
from notifications.testing.push_server import PushServer
from notifications.testing.sms_server import SmsServer, number
from notifications.ways import REPEATABLE, WAYS
from tests.backend.builders import make_person
from tests.notifications.conftest import message_of, person_with
from tests.notifications.outside import by_sms, number_of, pushes, short_messages  # noqa: F401  fixtures
from tests.notifications.test_power_cuts import (  # noqa: F401  a fixture
    MOST_POINTS,
    ROOT,
    by_fcm,
    empty_queue,
    power_cuts,
    url_of_this_database,
)


def by(channel: str, person: User, address: Address, now: datetime) -> Delivery:
    alert = announce(message_of(person, at=now), at=now)
    assert alert is not None
    return Delivery.objects.create(alert=alert, person=person, channel=channel, address=address, changed_at=now)


def subscribed(person: User, server: PushServer, name: str, now: datetime) -> Address:
    subscription = json.dumps(server.subscription(name), separators=(",", ":"))
    return keep_address(channel="webpush", kind="vapid", address=subscription, person=person, device=uuid4(), at=now)


def test_what_may_be_repeated_is_what_the_channels_say() -> None:
    classes = (FcmChannel, WebPushChannel, SmsChannel, RobotChannel)
    assert {channel.name for channel in classes} == set(WAYS)
    assert {channel.name for channel in classes if channel.is_repeatable} == REPEATABLE


def test_an_alert_is_pushed_to_each_browser_in_the_queue_of_its_way(pushes: PushServer, now: datetime) -> None:  # noqa: F811
    person = make_person("兰小英")
    subscribed(person, pushes, "ok-1", now)
    number_of(person, number("ok"))
    alert = announce(message_of(person, at=now), at=now)
    assert alert is not None
    fan_out(alert.pk)
    (job,) = ProcrastinateJob.objects.filter(task_name="notifications.deliver")
    assert job.queue_name == "webpush"
    deliver(job.args["delivery_ids"])
    ((name, said),) = pushes.messages
    assert (name, said["key"], said["text"]) == ("ok-1", str(alert.uuid), "明天上午停水。")
    assert not Delivery.objects.filter(channel="sms").exists()  # costs money: a step of the ladder, not the first word


def test_a_subscription_that_is_gone_is_never_written_to_again(pushes: PushServer, now: datetime) -> None:  # noqa: F811
    person = make_person("兰小英")
    sent = by("webpush", person, subscribed(person, pushes, "gone-1", now), now)
    deliver([sent.pk])
    sent.refresh_from_db()
    assert (sent.state, Address.objects.get().state) == ("failed", "dead")


@pytest.mark.parametrize("channel", WAYS)
def test_a_way_that_was_switched_off_ends_as_failed(channel: str, db: None, now: datetime) -> None:
    person = make_person("兰小英")
    kept = keep_address(channel=channel, kind="x", address="made-up-1", person=person, device=uuid4(), at=now)
    sent = by(channel, person, kept, now)
    deliver([sent.pk])
    sent.refresh_from_db()
    assert (sent.state, sent.outcome) == ("failed", "auth_error switched off")


@pytest.mark.parametrize("prefix", ["new-code", "html", "garbage"])
def test_a_short_message_that_may_have_gone_out_is_not_sent_again(
    short_messages: SmsServer,  # noqa: F811
    now: datetime,
    prefix: str,
) -> None:
    person = make_person("兰小英")
    sent = by("sms", person, number_of(person, number(prefix)), now)
    for _ in range(3):
        deliver([sent.pk])
    sent.refresh_from_db()
    assert sent.state == "failed"
    assert sent.outcome.startswith("unknown")
    assert len(short_messages.messages) == 1


def test_a_short_message_cut_anywhere_is_never_sent_twice(short_messages: SmsServer, now: datetime) -> None:  # noqa: F811
    person = make_person("兰小英")
    address = number_of(person, number("ok"))
    ends = set()
    with power_cuts(by_sms(short_messages)) as cut:
        for point in range(MOST_POINTS):
            sent, before = by("sms", person, address, now), len(short_messages.messages)
            first, then = cut("deliver", sent.pk, point), cut("deliver", sent.pk, -1)
            assert (first, then) in (("cut", "done"), ("done", "done"))
            sent.refresh_from_db()
            ends.add((sent.state, sent.outcome))
            assert len(short_messages.messages) - before <= 1
            if first == "done":
                break
    assert 5 < point < MOST_POINTS - 1
    assert ends == {("sent", "accepted"), ("failed", "unknown interrupted")}


def test_every_queue_has_a_worker_and_each_open_way_its_own() -> None:
    found = lanes(["alerts", "upkeep", "vendors"], frozenset({"sms"}))
    assert found["sms"][0] == ["sms"]
    assert found["alerts"][0] == ["alerts"]
    assert found["others"][0] == ["fcm", "robot", "upkeep", "vendors", "webpush"]


def test_a_silent_vendor_holds_up_nobody_elses_messages(
    short_messages: SmsServer,  # noqa: F811
    vendor: FcmServer,
    settings: Any,
    now: datetime,
    transactional_db: None,
) -> None:
    person = person_with("ok-1")
    address = number_of(person, number("silence"))
    for _ in range(6):
        deliver.configure(queue="sms").defer(delivery_ids=[by("sms", person, address, now).pk])
    phone = Address.objects.get(channel="fcm")
    deliver.configure(queue="fcm").defer(delivery_ids=[by("fcm", person, phone, now).pk])
    environment = os.environ | {"DATABASE_URL": url_of_this_database()} | by_sms(short_messages) | by_fcm(vendor, settings)
    process = subprocess.Popen([sys.executable, "manage.py", "work", "--grace", "1"], cwd=ROOT, env=environment)
    try:
        end = time.monotonic() + 30
        while not (short_messages.messages and vendor.messages) and time.monotonic() < end:
            time.sleep(0.05)
        assert vendor.messages
        assert Delivery.objects.filter(channel="sms", state="sending").count() == 4
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
