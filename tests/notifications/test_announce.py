"""From an event to people: announced with its cause, fanned out once, acknowledged once, updated by a repeat."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from backend.accounts.models import User
from notifications.actions import acknowledge_alert, announce
from notifications.events import Event, TaskAssigned, TaskWithdrawn
from notifications.jobs import close_expired, fan_out
from notifications.models import Acknowledgement, Alert, Delivery
from notifications.reach import alert_bodies, counts, recipients
from tests.backend.builders import make_person
from tests.notifications.conftest import message_of


def rung(event: Event, *, at: datetime) -> Alert:
    """Announced, and fanned out as a worker does it."""
    alert = announce(event, at=at)
    assert alert is not None
    fan_out(alert.pk)
    alert.refresh_from_db()
    return alert


def told(alert: Alert) -> list[int]:
    return sorted(alert.deliveries.filter(channel="inbox").values_list("person_id", flat=True))


def jobs_of(alert: Alert | None) -> int:
    assert alert is not None
    return ProcrastinateJob.objects.filter(task_name="notifications.fan_out", args={"alert_id": alert.pk}).count()


def test_a_cause_that_is_rolled_back_rings_nobody(sender: User, now: datetime) -> None:
    class PowerCut(Exception):
        pass

    with pytest.raises(PowerCut), transaction.atomic():
        alert = announce(message_of(sender, at=now), at=now)
        assert jobs_of(alert) == 1
        raise PowerCut
    assert jobs_of(alert) == 0
    assert not Alert.objects.exists()


def test_everybody_concerned_is_told_once_however_often_the_job_runs(sender: User, now: datetime) -> None:
    people = [make_person(f"人{n}").pk for n in range(5)]
    alert = rung(message_of(sender, at=now), at=now)
    fan_out(alert.pk)
    assert told(alert) == sorted([*people, sender.pk])


def test_a_repeat_updates_the_open_alert_and_tells_the_new_only(sender: User, now: datetime) -> None:
    message = message_of(sender, at=now)
    first = rung(message, at=now)
    late = make_person("晚到")
    again = rung(replace(message, text="改到后天。"), at=now + timedelta(minutes=5))
    assert again.pk == first.pk
    assert (again.text, again.made_at) == ("改到后天。", first.made_at)
    assert told(again) == sorted([sender.pk, late.pk])


def test_a_subject_may_ring_again_after_its_alert_was_closed(sender: User, now: datetime) -> None:
    message = message_of(sender, at=now)
    first = rung(message, at=now)
    Alert.objects.update(state="closed")
    assert rung(message, at=now).pk != first.pk


def test_a_task_taken_back_is_a_new_alert_and_its_giving_is_over(sender: User, now: datetime) -> None:
    worker = make_person("兰小英")
    task = {
        "task": str(uuid4()),
        "title": "看塘坝",
        "ground": "汛前",
        "grid_code": "360829102201001",
        "by": sender.pk,
        "at": now,
    }
    given = rung(TaskAssigned(person=worker.pk, **task), at=now)
    acknowledge_alert(given, by=worker, at=now, received_at=now, via="phone")
    taken = rung(TaskWithdrawn(person=worker.pk, **task), at=now)
    given.refresh_from_db()
    assert (given.state, taken.state) == ("closed", "open")
    bodies = {body["id"]: body for body in alert_bodies(worker, now)}
    assert bodies[str(taken.uuid)]["acknowledged_at"] == 0  # having seen the one says nothing about the other
    assert bodies[str(given.uuid)]["acknowledged_at"] > 0


def test_a_task_given_to_somebody_else_does_not_change_what_the_first_was_told(sender: User, now: datetime) -> None:
    first, second = make_person("甲"), make_person("乙")
    task = {
        "task": str(uuid4()),
        "title": "看塘坝",
        "ground": "汛前",
        "grid_code": "360829102201001",
        "by": sender.pk,
        "at": now,
    }
    rung(TaskAssigned(person=first.pk, **task), at=now)
    rung(TaskWithdrawn(person=first.pk, **task), at=now)
    rung(TaskAssigned(person=second.pk, **task), at=now)
    assert [body["kind"] for body in alert_bodies(second, now)] == ["task_assigned"]
    assert [body["kind"] for body in alert_bodies(first, now)] == ["task_withdrawn", "task_assigned"]


def test_an_alert_past_its_time_rings_nobody(sender: User, now: datetime) -> None:
    alert = rung(message_of(sender, at=now - timedelta(hours=2)), at=now - timedelta(hours=2))
    assert told(alert) == []


def test_an_alert_past_its_time_is_closed(sender: User, now: datetime) -> None:
    alert = rung(message_of(sender, at=now), at=now)
    Alert.objects.update(expires_at=now - timedelta(seconds=1))
    close_expired(timestamp=0)
    alert.refresh_from_db()
    assert alert.state == "closed"


def test_acknowledging_twice_keeps_the_first_word(sender: User, now: datetime) -> None:
    worker = make_person("兰小英")
    alert = rung(message_of(sender, at=now), at=now)
    for minutes in (1, 9):
        at = now + timedelta(minutes=minutes)
        acknowledge_alert(alert, by=worker, at=at, received_at=at, via="phone")
    assert Acknowledgement.objects.get().at == now + timedelta(minutes=1)


def test_the_sender_sees_who_has_seen_it(sender: User, now: datetime, django_assert_num_queries: object) -> None:
    worker = make_person("兰小英")
    alert = rung(message_of(sender, at=now), at=now)
    acknowledge_alert(alert, by=worker, at=now, received_at=now, via="phone")
    assert {row.person_id: row.state for row in recipients(alert)} == {worker.pk: "seen", sender.pk: "not_seen"}
    other = rung(message_of(sender, at=now), at=now)
    with django_assert_num_queries(2):  # type: ignore[operator]
        table = counts([alert, other])
    assert table[alert.pk] == {"people": 2, "seen": 1, "unseen": 1, "unreachable": 0}
    assert table[other.pk]["seen"] == 0


def test_a_person_sees_what_they_received_and_what_they_sent_and_nothing_else(sender: User, now: datetime) -> None:
    worker = make_person("兰小英")
    alert = rung(message_of(sender, at=now), at=now)
    Delivery.objects.filter(person=sender).delete()
    stranger = make_person("莫远")
    sights = [list(Alert.objects.visible_to(person)) for person in (worker, sender, stranger)]
    assert sights == [[alert], [alert], []]


def test_the_inbox_carries_what_the_phone_shows(sender: User, now: datetime) -> None:
    worker = make_person("兰小英")
    message = message_of(sender, at=now, severity="urgent")
    alert = rung(message, at=now)
    acknowledge_alert(alert, by=worker, at=now, received_at=now, via="phone")
    (body,) = alert_bodies(worker, now)
    assert body == {
        "id": str(alert.uuid),
        "kind": "message",
        "severity": "urgent",
        "title": "停水通知",
        "text": "明天上午停水。",
        "made_at": round(now.timestamp() * 1000),
        "expires_at": round((now + timedelta(hours=1)).timestamp() * 1000),
        "acknowledged_at": round(now.timestamp() * 1000),
        "about": {"message": message.message},
        "from": "魏明",
    }
    assert all(isinstance(value, int | str | dict) for value in body.values())  # canonical JSON knows no more


def test_an_alert_leaves_the_inbox_after_two_weeks(sender: User, now: datetime) -> None:
    rung(message_of(sender, at=now), at=now)
    assert alert_bodies(sender, now + timedelta(days=13))
    assert not alert_bodies(sender, now + timedelta(days=15))
