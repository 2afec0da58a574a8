"""Nobody answers: one step after the other, each once, until an answer, the deadline or the desk's call list."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from backend.accounts.models import User
from notifications.actions import acknowledge_alert, announce
from notifications.jobs import climb, close_expired, fan_out
from notifications.models import Alert, Delivery, Telling
from notifications.reach import counts
from notifications.testing.sms_server import SmsServer, number
from tests.backend.builders import give_duty, make_operator, make_person, make_village
from tests.notifications.conftest import message_of
from tests.notifications.outside import by_sms, number_of, short_messages  # noqa: F401  fixtures
from tests.notifications.test_power_cuts import MOST_POINTS, empty_queue, power_cuts  # noqa: F401  a fixture


def urgent(sender: User, now: datetime, **more: Any) -> Alert:
    alert = announce(message_of(sender, at=now, severity="urgent", reason="山火", **more), at=now)
    assert alert is not None
    fan_out(alert.pk)
    return alert


def later(alert: Alert) -> None:
    """The next step is due now, and its job runs: nobody waits and no clock is turned."""
    Telling.objects.filter(alert=alert, state="open").exclude(due_at=None).update(due_at=timezone.now())
    climb(alert.pk)


def steps_planned(alert: Alert) -> list[datetime | None]:
    jobs = ProcrastinateJob.objects.filter(task_name="notifications.climb").order_by("id")
    return [job.scheduled_at for job in jobs if job.args["alert_id"] == alert.pk]


def state_of(alert: Alert, person: User) -> str:
    return Telling.objects.get(alert=alert, person=person).state


def test_whoever_does_not_answer_gets_a_short_message_and_at_last_a_call(
    short_messages: SmsServer,  # noqa: F811
    now: datetime,
) -> None:
    person = make_person("兰小英")
    number_of(person, number("ok"))
    alert = urgent(person, now)
    (first,) = steps_planned(alert)
    assert first is not None and timedelta(minutes=1.9) < first - now < timedelta(minutes=2.1)
    assert not Delivery.objects.filter(channel="sms").exists()
    later(alert)
    assert Delivery.objects.get(channel="sms").state == "waiting"
    for _ in range(3):
        later(alert)
    assert state_of(alert, person) == "escalated"
    assert counts([alert])[alert.pk]["unreachable"] == 1
    later(alert)
    assert len(steps_planned(alert)) == 4
    assert Delivery.objects.filter(channel="sms").count() == 1
    acknowledge_alert(alert, by=person, at=now, received_at=now, via="phone")
    assert (state_of(alert, person), counts([alert])[alert.pk]["seen"]) == ("escalated", 1)


def test_a_step_that_is_not_due_is_not_taken(short_messages: SmsServer, now: datetime) -> None:  # noqa: F811
    person = make_person("兰小英")
    number_of(person, number("ok"))
    climb(urgent(person, now).pk)
    assert not Delivery.objects.filter(channel="sms").exists()


def test_an_answer_ends_it(short_messages: SmsServer, now: datetime) -> None:  # noqa: F811
    person = make_person("兰小英")
    number_of(person, number("ok"))
    alert = urgent(person, now)
    acknowledge_alert(alert, by=person, at=now, received_at=now, via="phone")
    later(alert)
    assert state_of(alert, person) == "acknowledged"
    assert not Delivery.objects.filter(channel="sms").exists()
    Alert.objects.update(expires_at=now - timedelta(seconds=1))
    close_expired(timestamp=0)
    assert state_of(alert, person) == "acknowledged"


def test_the_deadline_ends_it_and_late_steps_ring_nobody(short_messages: SmsServer, now: datetime) -> None:  # noqa: F811
    person = make_person("兰小英")
    number_of(person, number("ok"))
    alert = urgent(person, now)
    Alert.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    later(alert)
    close_expired(timestamp=0)
    assert state_of(alert, person) == "expired"
    assert not Delivery.objects.filter(channel="sms").exists()


def test_no_step_is_planned_behind_the_deadline(db: None, now: datetime) -> None:
    person = make_person("兰小英")
    assert steps_planned(urgent(person, now, life=timedelta(seconds=90))) == []


def test_a_normal_alert_has_no_steps_and_ends_all_the_same(db: None, now: datetime) -> None:
    person = make_person("兰小英")
    alert = announce(message_of(person, at=now), at=now)
    assert alert is not None
    fan_out(alert.pk)
    assert steps_planned(alert) == []
    Alert.objects.update(expires_at=now - timedelta(seconds=1))
    close_expired(timestamp=0)
    assert state_of(alert, person) == "expired"


def test_stand_in_and_chief_are_told_in_their_turn_and_climb_themselves(settings: Any, db: None, now: datetime) -> None:
    settings.NOTIFICATION_DIRECTORY = "backend.field.directory.Directory"
    grid, sender = make_village().grids[0], make_operator()
    worker = make_person("兰小英")
    give_duty(worker, grid)
    alert = urgent(sender, now, codes=(grid.code,))
    late = {role: make_person(role) for role in ("stand_in", "chief")}  # took over after the alert
    for role, person in late.items():
        give_duty(person, grid, role=role)
    told = []
    for _ in range(4):
        later(alert)
        told.append(set(alert.tellings.values_list("person__name", flat=True)))
    assert told == [{"兰小英"}, {"兰小英", "stand_in"}, {"兰小英", "stand_in", "chief"}, {"兰小英", "stand_in", "chief"}]
    assert state_of(alert, worker) == "escalated"


def test_a_step_cut_anywhere_is_taken_once(short_messages: SmsServer, now: datetime) -> None:  # noqa: F811
    people = [make_person("甲"), make_person("乙")]
    number_of(people[0], number("ok"))
    with power_cuts(by_sms(short_messages)) as cut:
        for point in range(MOST_POINTS):
            alert = urgent(people[0], now)
            Telling.objects.filter(alert=alert).update(due_at=timezone.now())
            first, then = cut("climb", alert.pk, point), cut("climb", alert.pk, -1)
            assert (first, then) in (("cut", "done"), ("done", "done"))
            assert Delivery.objects.filter(alert=alert, channel="sms").count() == 1
            assert set(alert.tellings.values_list("step", "state")) == {(1, "open")}
            assert len(steps_planned(alert)) == 2
            if first == "done":
                break
    assert 5 < point < MOST_POINTS - 1


@pytest.mark.parametrize("is_before", [True, False])
def test_whoever_wrote_it_and_answered_first_is_not_asked_again(db: None, now: datetime, is_before: bool) -> None:
    person = make_person("兰小英")
    alert = announce(message_of(person, at=now, severity="urgent", reason="山火"), at=now)
    assert alert is not None
    if is_before:
        acknowledge_alert(alert, by=person, at=now, received_at=now, via="desk")
    fan_out(alert.pk)
    assert state_of(alert, person) == ("acknowledged" if is_before else "open")
