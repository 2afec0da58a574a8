"""A county's days: taken over from the notices, set by hand, and honest about years nobody announced."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from backend.patrols.alert_levels import AlertOver, lift_level, raise_level
from backend.patrols.models import AlertLevel, CalendarDay
from backend.patrols.workdays import YearUnknown, announced, clear_day, set_day, take_year
from backend.problems import Unreadable
from tests.backend.builders import make_person, make_township, make_unit

pytestmark = pytest.mark.django_db


def test_a_year_is_taken_over_with_its_make_up_days_and_the_first_days_of_its_festivals() -> None:
    county, now = make_unit("360829000000"), timezone.now()
    count = take_year(county, 2026, by=None, at=now)
    rows = {row.day: row for row in CalendarDay.objects.filter(county=county)}
    assert count == len(rows) == len(announced(2026))
    assert rows[date(2026, 10, 10)].kind == "work" and date(2026, 10, 10).weekday() == 5
    assert rows[date(2026, 10, 1)].kind == "rest"
    assert [(day, row.festival) for day, row in rows.items() if row.festival] == [
        (date(2026, 1, 1), "元旦"),
        (date(2026, 2, 15), "春节"),
        (date(2026, 4, 4), "清明"),
        (date(2026, 5, 1), "劳动节"),
        (date(2026, 6, 19), "端午"),
        (date(2026, 9, 25), "中秋"),
        (date(2026, 10, 1), "国庆节"),
    ]
    assert take_year(county, 2026, by=None, at=now) == count


def test_what_somebody_set_by_hand_stays_when_the_year_is_taken_over_again() -> None:
    county, by, now = make_unit("360829000000"), make_person("林晓"), timezone.now()
    set_day(county, date(2026, 10, 10), kind="rest", by=by, at=now)
    set_day(county, date(2026, 3, 12), kind="work", festival="植树节", by=by, at=now)
    take_year(county, 2026, by=by, at=now)
    assert CalendarDay.objects.get(county=county, day=date(2026, 10, 10)).kind == "rest"
    assert CalendarDay.objects.get(county=county, day=date(2026, 3, 12)).source.startswith("林晓")
    assert clear_day(county, date(2026, 3, 12), by=by, at=now) and not clear_day(county, date(2026, 3, 12), by=by, at=now)
    with pytest.raises(Unreadable):
        set_day(county, date(2026, 3, 12), kind="half", by=by, at=now)


def test_a_year_nobody_announced_is_not_made_up() -> None:
    county = make_unit("360829000000")
    assert announced(2099) == []
    with pytest.raises(YearUnknown):
        take_year(county, 2099, by=None, at=timezone.now())
    assert not CalendarDay.objects.exists()


def raised(at: datetime, *, level: str = "orange", hours: float = 48) -> AlertLevel:
    return raise_level(
        make_township(),
        hazard="flood",
        level=level,
        ground="县防指 5 号",
        until=at + timedelta(hours=hours),
        by=make_person(),
        at=at,
    )


def test_an_alert_level_ends_by_itself_and_a_new_level_takes_the_place_of_the_old() -> None:
    at = timezone.now()
    first = raised(at - timedelta(hours=2))
    second = raised(at, level="red")
    first.refresh_from_db()
    assert first.valid.upper == at and first.ended_by is not None
    assert list(AlertLevel.objects.valid_at(at)) == [second]
    assert not AlertLevel.objects.valid_at(at + timedelta(hours=48)).exists()
    with pytest.raises(Unreadable, match="结束时间"):
        raised(at, hours=-1)
    with pytest.raises(Unreadable, match="31 天"):
        raised(at, hours=24 * 32)


def test_an_alert_level_is_lifted_once() -> None:
    at = timezone.now()
    alert = raised(at)
    lifted = lift_level(alert, by=make_person(), at=at + timedelta(hours=1))
    assert lifted.valid.upper == lifted.ended_at == at + timedelta(hours=1)
    with pytest.raises(AlertOver):
        lift_level(alert, by=make_person(), at=at + timedelta(hours=1))
