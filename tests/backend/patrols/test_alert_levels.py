"""A danger announced rings whoever works there, once; a new level takes the place of the old, and a lifting closes it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.patrols.alert_levels import lift_level, raise_level
from backend.patrols.models import AlertLevel
from notifications.jobs import fan_out
from notifications.models import Alert, Delivery
from tests.backend.builders import make_operator, make_person, make_township, make_unit, make_village, make_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def raised(level: str, now: datetime, *, until: timedelta = timedelta(hours=6)) -> AlertLevel:
    by = make_person("欧阳敏")
    return raise_level(make_township(), hazard="storm", level=level, ground="县气象台 7 号", until=now + until, by=by, at=now)


def told(alert: Alert) -> set[User]:
    fan_out(alert.pk)
    return {row.person for row in Delivery.objects.filter(alert=alert, channel="inbox").select_related("person")}


@pytest.mark.parametrize(
    ("level", "severity"), [("red", "urgent"), ("orange", "urgent"), ("yellow", "normal"), ("blue", "normal")]
)
def test_the_unit_is_told_and_the_worst_levels_urgently(now: datetime, level: str, severity: str) -> None:
    worker, desk = make_worker(make_village().grids[0]), make_operator()
    stranger = make_operator(make_unit("360829101000", "平都镇"), name="外人")
    danger = raised(level, now)
    alert = Alert.objects.get(kind="alert_level")
    assert (alert.severity, alert.expires_at, bool(alert.reason)) == (severity, danger.valid.upper, severity == "urgent")
    assert alert.title == f"暴雨{danger.get_level_display()}预警"
    assert {worker, desk} <= told(alert) and stranger not in told(alert)


def test_a_new_level_closes_what_was_said_of_the_old(now: datetime) -> None:
    raised("yellow", now)
    raised("red", now + timedelta(hours=1))
    assert list(Alert.objects.order_by("made_at").values_list("state", flat=True)) == ["closed", "open"]


def test_lifting_it_closes_the_alarm_and_says_so(now: datetime) -> None:
    danger = raised("red", now)
    lift_level(danger, by=make_person("欧阳敏二"), at=now + timedelta(hours=1))
    states = dict(Alert.objects.values_list("title", "state"))
    assert states == {"暴雨红色预警": "closed", "暴雨预警解除": "open"}
