"""The power is cut before and after every statement of a job, then the job runs again: all are told, nobody by two deliveries."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from backend.accounts.models import User
from notifications.actions import announce
from notifications.jobs import fan_out, rescue_stalled_jobs, sweep
from notifications.models import Alert, Delivery
from notifications.testing.fcm_server import FcmServer
from notifications.ways import WAYS
from tests.backend.builders import make_person
from tests.notifications.conftest import live_at, message_of, person_with

ROOT = Path(__file__).resolve().parents[2]
MOST_POINTS = 100
LONG = (pytest.mark.long, pytest.mark.skipif(os.environ.get("XUNGE_PROOF") != "1", reason="only in ./patrol prove"))
Cut = Callable[[str, int, int], str]


@pytest.fixture(autouse=True)
def empty_queue(transactional_db: None) -> Iterator[None]:
    """The queue's tables are none of Django's own, so a flush after a test leaves jobs behind."""
    _forget_jobs()
    yield
    _forget_jobs()


def _forget_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs cascade")


def url_of_this_database() -> str:
    own = connection.settings_dict
    user, password, host, port = (quote(str(own[key]), safe="") for key in ("USER", "PASSWORD", "HOST", "PORT"))
    if own["HOST"].startswith("/"):
        return f"postgresql://{user}@/{own['NAME']}?host={own['HOST']}"
    return f"postgresql://{user}:{password}@{host}:{port or 5432}/{own['NAME']}"


def by_fcm(vendor: FcmServer, settings: Any) -> dict[str, str]:
    return {"PATROL_FCM_CREDENTIALS": settings.FCM_CREDENTIALS, "PATROL_FCM_BASE": vendor.base}


@contextmanager
def power_cuts(ways_out: dict[str, str]) -> Iterator[Cut]:
    environment = os.environ | {"DATABASE_URL": url_of_this_database(), "PYTHONPATH": str(ROOT)} | ways_out
    with subprocess.Popen(
        [sys.executable, "-m", "tests.notifications.power_cut"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin and process.stdout
        given, answers = process.stdin, process.stdout

        def cut(job: str, key: int, point: int) -> str:
            print(job, key, point, file=given, flush=True)
            return answers.readline().strip()

        yield cut
        given.close()


def test_a_fan_out_cut_anywhere_tells_everybody_once(vendor: FcmServer, settings: Any, now: datetime) -> None:
    sender = make_person("魏明")
    people = [sender, *(person_with(f"ok-{n}", f"人{n}") for n in range(3))]
    with power_cuts(by_fcm(vendor, settings)) as cut:
        for point in range(MOST_POINTS):
            alert = announce(message_of(sender, at=now), at=now)
            assert alert is not None
            first, then = cut("fan_out", alert.pk, point), cut("fan_out", alert.pk, -1)
            assert (first, then) in (("cut", "done"), ("done", "done"))
            _everybody_was_told_once(alert, people)
            if first == "done":
                break
    assert 10 < point < MOST_POINTS - 1  # every statement was reached, and the last lies behind us


def _everybody_was_told_once(alert: Alert, people: list[User]) -> None:
    inbox = Counter(alert.deliveries.filter(channel="inbox").values_list("person_id", flat=True))
    assert inbox == Counter({person.pk: 1 for person in people})
    pushes = list(alert.deliveries.filter(channel="fcm").values_list("pk", "person_id"))
    assert Counter(person for _, person in pushes) == Counter({person.pk: 1 for person in people[1:]})
    queued = ProcrastinateJob.objects.filter(task_name="notifications.deliver").values_list("args", flat=True)
    times = Counter(one for args in queued for one in args["delivery_ids"])
    assert all(times[delivery] == 1 for delivery, _ in pushes)


@pytest.mark.parametrize(
    ("prefix", "state"),
    [
        ("unavailable", "waiting"),
        pytest.param("ok", "sent", marks=LONG),
        pytest.param("unregistered", "failed", marks=LONG),
    ],
)
def test_a_delivery_cut_anywhere_reaches_its_end(
    vendor: FcmServer, settings: Any, now: datetime, prefix: str, state: str
) -> None:
    person = make_person("兰小英")
    with power_cuts(by_fcm(vendor, settings)) as cut:
        for point in range(MOST_POINTS):
            delivery = _one_push(person, f"{prefix}-{point}", now)
            first, then = cut("deliver", delivery.pk, point), cut("deliver", delivery.pk, -1)
            assert (first, then) in (("cut", "done"), ("done", "done"))
            delivery.refresh_from_db()
            assert delivery.state == state
            keys = {message["android"]["collapse_key"] for message in vendor.sent_to(f"{prefix}-{point}")}
            assert keys == {str(delivery.alert.uuid)}  # sent twice at most, and the phone shows it once
            assert len(vendor.sent_to(f"{prefix}-{point}")) <= 2
            if first == "done":
                break
    assert 5 < point < MOST_POINTS - 1


def _one_push(person: User, address: str, now: datetime) -> Delivery:
    alert = announce(message_of(person, at=now), at=now)
    assert alert is not None
    at = live_at(address, person)
    return Delivery.objects.create(alert=alert, person=person, channel="fcm", address=at, changed_at=now)


def test_a_real_worker_carries_an_event_to_the_vendor(vendor: FcmServer, now: datetime) -> None:
    person = person_with("ok-1")
    announce(message_of(person, at=now), at=now)
    work()
    assert {delivery.channel: delivery.state for delivery in Delivery.objects.all()} == {"inbox": "sent", "fcm": "sent"}
    assert len(vendor.messages) == 1


def test_the_live_process_hears_of_it_when_it_is_committed_and_not_before(now: datetime) -> None:
    person = make_person("兰小英")
    alert = announce(message_of(person, at=now), at=now)
    assert alert is not None
    with psycopg.connect(url_of_this_database(), autocommit=True) as ear:
        ear.execute("listen xunge_live")
        with transaction.atomic():
            fan_out(alert.pk)
            assert not list(ear.notifies(timeout=0.2, stop_after=1))
        (said,) = ear.notifies(timeout=5, stop_after=1)
    assert said.payload == f'{{"event":"alert","people":[{person.pk}]}}'


def test_an_alert_outlives_a_fault_of_our_own(settings: Any, now: datetime) -> None:
    person = make_person("兰小英")
    announce(message_of(person, at=now), at=now)
    settings.NOTIFICATION_DIRECTORY = "nowhere.Directory"
    work()
    (job,) = ProcrastinateJob.objects.filter(task_name="notifications.fan_out")
    assert (job.status, job.attempts) == ("todo", 1)
    settings.NOTIFICATION_DIRECTORY = "notifications.testing.directory.Everybody"
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set scheduled_at = null")
    work()
    assert Delivery.objects.get().person_id == person.pk


def test_the_job_of_a_killed_worker_is_done_by_the_next(now: datetime) -> None:
    person = make_person("兰小英")
    announce(message_of(person, at=now), at=now)
    with connection.cursor() as cursor:  # as a worker leaves it that was killed and has been forgotten since
        cursor.execute("update procrastinate_jobs set status = 'doing'")
    work()
    assert not Delivery.objects.exists()
    upkeep(rescue_stalled_jobs)
    work()
    assert Delivery.objects.get().person_id == person.pk


def test_finished_jobs_are_forgotten_after_a_week(now: datetime) -> None:
    announce(message_of(make_person("兰小英"), at=now), at=now)
    work()
    upkeep(sweep)
    assert ProcrastinateJob.objects.filter(task_name="notifications.fan_out").exists()
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_events set at = at - interval '8 days'")
    upkeep(sweep)
    assert not ProcrastinateJob.objects.filter(task_name="notifications.fan_out").exists()


def upkeep(task: Any) -> None:
    """Do a periodic task now; a worker that ran a moment ago may have put it into the queue by itself."""
    with suppress(AlreadyEnqueued):
        task.defer(timestamp=0)
    work("upkeep")


def work(*queues: str) -> None:
    """A real worker, until its queues are empty."""
    with app.replace_connector(app.connector.get_worker_connector()) as working:  # type: ignore[attr-defined]
        names = list(queues) or ["alerts", *WAYS]
        working.run_worker(wait=False, install_signal_handlers=False, listen_notify=False, queues=names)
