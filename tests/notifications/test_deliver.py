"""Handing an alert to a vendor: each answer is written down, tried again or given up, and nobody's inbox depends on it."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from backend.accounts.actions import revoke_device
from backend.accounts.models import Device, User
from notifications.actions import acknowledge_alert, announce, keep_address
from notifications.delivering import MAX_ATTEMPTS, deliver
from notifications.jobs import close_expired, fan_out
from notifications.models import Address, Alert, Delivery
from notifications.reach import recipients, without_address
from notifications.testing.fcm_server import FcmServer
from tests.backend.builders import make_person
from tests.notifications.conftest import live_at, message_of, person_with


def rung(sender: User, now: datetime) -> Alert:
    alert = announce(message_of(sender, at=now), at=now)
    assert alert is not None
    fan_out(alert.pk)
    return alert


def outside(person: User) -> Delivery:
    return Delivery.objects.get(person=person, channel="fcm")


def waiting_jobs() -> list[ProcrastinateJob]:
    ours = set(Delivery.objects.values_list("pk", flat=True))
    jobs = ProcrastinateJob.objects.filter(task_name="notifications.deliver").order_by("id")
    return [job for job in jobs if ours.intersection(job.args["delivery_ids"])]


@pytest.mark.parametrize(
    ("address", "state", "address_state", "is_tried_again"),
    [
        ("ok-1", "sent", "live", False),
        ("unregistered-1", "failed", "dead", False),
        ("unavailable-1", "waiting", "live", True),
        ("quota-1", "waiting", "live", True),
        ("html-1", "waiting", "live", True),
        ("invalid-1", "failed", "live", False),
        ("sender-1", "failed", "live", False),
    ],
)
def test_each_outcome_is_written_down(
    vendor: FcmServer, sender: User, now: datetime, address: str, state: str, address_state: str, is_tried_again: bool
) -> None:
    person = person_with(address)
    rung(sender, now)
    deliver([outside(person).pk])
    assert (outside(person).state, Address.objects.get().state) == (state, address_state)
    assert len(waiting_jobs()) == (2 if is_tried_again else 1)
    assert len(vendor.sent_to(address)) == 1


def test_a_vendor_that_asks_for_time_gets_it(vendor: FcmServer, sender: User, now: datetime) -> None:
    person = person_with("quota-1")
    rung(sender, now)
    deliver([outside(person).pk])
    again = waiting_jobs()[-1].scheduled_at
    assert again is not None
    assert again >= now + timedelta(seconds=120)


def test_a_vendor_that_never_answers_well_is_given_up(vendor: FcmServer, sender: User, now: datetime) -> None:
    person = person_with("unavailable-1")
    alert = rung(sender, now)
    for _ in range(MAX_ATTEMPTS + 2):
        deliver([outside(person).pk])
    assert len(vendor.messages) == MAX_ATTEMPTS
    assert outside(person).state == "failed"
    assert {row.person_id: row.state for row in recipients(alert)}[person.pk] == "not_reached"


def test_what_was_handed_over_is_not_handed_over_again(vendor: FcmServer, sender: User, now: datetime) -> None:
    person = person_with("ok-1")
    rung(sender, now)
    deliver([outside(person).pk])
    deliver([outside(person).pk])
    assert len(vendor.messages) == 1


def test_what_was_seen_in_the_inbox_is_not_pushed_afterwards(vendor: FcmServer, sender: User, now: datetime) -> None:
    person = person_with("ok-1")
    alert = rung(sender, now)
    acknowledge_alert(alert, by=person, at=now, received_at=now, via="phone")
    deliver([outside(person).pk])
    assert not vendor.messages
    assert outside(person).state == "seen"


def test_a_way_that_failed_stays_failed_though_the_person_saw_it(vendor: FcmServer, sender: User, now: datetime) -> None:
    person = person_with("unregistered-1")
    alert = rung(sender, now)
    deliver([outside(person).pk])
    acknowledge_alert(alert, by=person, at=now, received_at=now, via="phone")
    row = next(row for row in recipients(alert) if row.person_id == person.pk)
    assert row.state == "seen"
    assert [way[:2] for way in row.channels] == [("inbox", "seen"), ("fcm", "failed")]


def test_an_alert_past_its_time_is_not_sent(vendor: FcmServer, sender: User, now: datetime) -> None:
    person = person_with("ok-1")
    rung(sender, now)
    Alert.objects.update(expires_at=now - timedelta(seconds=1))
    deliver([outside(person).pk])
    assert not vendor.messages
    assert outside(person).state == "expired"


def test_what_waits_when_the_time_is_over_has_expired(vendor: FcmServer, sender: User, now: datetime) -> None:
    person = person_with("ok-1")
    rung(sender, now)
    Alert.objects.update(expires_at=now - timedelta(seconds=1))
    close_expired(timestamp=0)
    assert outside(person).state == "expired"


def test_each_phone_of_a_person_gets_its_own_message(vendor: FcmServer, sender: User, now: datetime) -> None:
    person = person_with("ok-1")
    live_at("ok-2", person)
    rung(sender, now)
    assert Delivery.objects.filter(person=person, channel="fcm").count() == 2
    assert Delivery.objects.filter(person=person, channel="inbox").count() == 1


def test_without_a_vendor_there_is_the_inbox_and_nothing_is_said_to_have_failed(sender: User, now: datetime) -> None:
    person = person_with("ok-1")
    alert = rung(sender, now)
    assert not Delivery.objects.filter(channel="fcm").exists()
    assert {row.person_id: row.state for row in recipients(alert)}[person.pk] == "not_seen"


@pytest.mark.parametrize("content", [None, "", "{}", "[]"])
def test_a_bad_key_file_keeps_nobody_from_the_inbox(
    sender: User, now: datetime, settings: Any, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    settings.FCM_CREDENTIALS = str(path)
    person = person_with("ok-1")
    rung(sender, now)
    deliver([outside(person).pk])
    assert Delivery.objects.get(person=person, channel="inbox").state == "sent"
    assert outside(person).state == "failed"
    assert outside(person).outcome.startswith("auth_error credentials")


def test_a_phone_that_changes_hands_takes_its_address_along(vendor: FcmServer, sender: User, now: datetime) -> None:
    first, second, device = person_with("ok-1"), make_person("乙"), uuid4()
    keep_address(channel="fcm", kind="token", address="ok-1", person=second, device=device, at=now)
    rung(sender, now)
    assert not Delivery.objects.filter(person=first, channel="fcm").exists()
    assert outside(second).address is not None


def test_a_new_address_of_a_phone_replaces_its_old_one(db: None, now: datetime) -> None:
    person, device = make_person("甲"), uuid4()
    for address in ("ok-1", "ok-2"):
        keep_address(channel="fcm", kind="token", address=address, person=person, device=device, at=now)
    assert dict(Address.objects.values_list("address", "state")) == {"ok-1": "dead", "ok-2": "live"}


def test_a_revoked_phone_is_sent_nothing_more(vendor: FcmServer, sender: User, now: datetime) -> None:
    person = make_person("兰小英")
    phone = Device.objects.create(user=person, token_hash="0", enrolled_at=now)
    keep_address(channel="fcm", kind="token", address="ok-1", person=person, device=phone.uuid, at=now)
    rung(sender, now)
    revoke_device(phone, at=now)
    deliver([outside(person).pk])
    assert not vendor.messages
    assert outside(person).state == "failed"
    assert without_address([person.pk]) == {person.pk}


def test_each_of_many_handed_over_together_ends_by_its_own_answer(vendor: FcmServer, sender: User, now: datetime) -> None:
    names = ("ok-1", "unregistered-1", "unavailable-1", "invalid-1", "ok-2", "unavailable-2")
    people = {name: person_with(name, f"人{number}") for number, name in enumerate(names)}
    rung(sender, now)
    (job,) = waiting_jobs()
    deliver(job.args["delivery_ids"])
    states = {name: outside(person).state for name, person in people.items()}
    assert states == dict(zip(names, ("sent", "failed", "waiting", "failed", "sent", "waiting"), strict=True))
    again = waiting_jobs()[-1].args["delivery_ids"]
    assert sorted(again) == sorted(outside(people[name]).pk for name in ("unavailable-1", "unavailable-2"))
    deliver(job.args["delivery_ids"])  # the job of a killed worker, done again
    assert [len(vendor.sent_to(name)) for name in names] == [1, 1, 2, 1, 1, 2]


@pytest.mark.long
@pytest.mark.skipif(os.environ.get("XUNGE_PROOF") != "1", reason="waits for a vendor's silence; only in ./patrol prove")
def test_a_job_that_takes_too_long_gives_the_rest_back(vendor: FcmServer, sender: User, now: datetime) -> None:
    people = [person_with(f"silence-{number}", f"人{number}") for number in range(4)]
    rung(sender, now)
    deliver([outside(person).pk for person in people])
    seen = [(outside(person).state, outside(person).attempts) for person in people]
    assert seen == [("waiting", 1), ("waiting", 1), ("waiting", 0), ("waiting", 0)]
    assert sorted(one for job in waiting_jobs()[1:] for one in job.args["delivery_ids"]) == sorted(
        outside(person).pk for person in people
    )
