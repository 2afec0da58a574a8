from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from backend.accounts.models import Device
from backend.health import health
from backend.phone.models import InboxItem
from tests.backend.builders import make_token, make_village, make_worker

pytestmark = pytest.mark.django_db


def worker_said(seconds_ago: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_workers (last_heartbeat) values (now() - make_interval(secs => %s))", [seconds_ago]
        )


def put_pending(age: timedelta) -> None:
    user = make_worker(make_village().grids[0])
    make_token(user)
    InboxItem.objects.create(
        person=user, device=Device.objects.get(user=user), item=uuid.uuid4(), kind="track", sha256="0" * 64, body=b"{}",
        received_at=timezone.now() - age,
    )  # fmt: skip


def test_anybody_may_ask_and_learns_nothing_of_anybody(client: Client) -> None:
    worker_said(5)
    answer = client.get("/healthz")
    assert answer.status_code == 200 and answer.headers["Cache-Control"].startswith("max-age=0")
    body = answer.json()
    assert set(body) == {"ok", "web", "database", "worker_age_s", "inbox_oldest_s"}
    assert body["ok"] is True and 0 <= body["worker_age_s"] < 30 and body["inbox_oldest_s"] is None


@pytest.mark.parametrize("silent_s, is_well", [(30, True), (600, False)])
def test_a_worker_that_fell_silent_is_seen(silent_s: int, is_well: bool) -> None:
    worker_said(silent_s)
    assert health(timezone.now())["ok"] is is_well


def test_no_worker_at_all_is_not_well() -> None:
    body = health(timezone.now())
    assert body["ok"] is False and body["worker_age_s"] is None


def test_an_item_that_nobody_interprets_is_seen() -> None:
    worker_said(1)
    put_pending(timedelta(minutes=3))
    assert health(timezone.now())["ok"] is True
    InboxItem.objects.update(received_at=timezone.now() - timedelta(hours=2))
    body = health(timezone.now())
    assert body["ok"] is False and 7100 < body["inbox_oldest_s"] < 7300


def test_a_change_by_healthz_is_refused(client: Client) -> None:
    answer: Any = client.post("/healthz")
    assert answer.status_code == 405
