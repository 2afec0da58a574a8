"""Windows in which something is due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from backend.patrols.frequency import Danger, Workdays, windows_of
from tests.backend.patrols.frequency_oracle import Oracle
from tests.proof import proof

CHINA = ZoneInfo("Asia/Shanghai")
PLAIN = Workdays()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA).astimezone(UTC)


def said(rules: list[dict[str, Any]], first: str, last: str, **more: Any) -> list[str]:
    found = windows_of(rules, date.fromisoformat(first), date.fromisoformat(last), zone=CHINA, **{"workdays": PLAIN} | more)
    return [" – ".join(at.astimezone(CHINA).strftime("%m-%d %H:%M") for at in window) for window in found]


def test_twice_a_day_is_morning_and_afternoon() -> None:
    twice = [{"per": "day", "times": 2}]
    assert said(twice, "2026-05-01", "2026-05-02") == ["05-01 00:00 – 05-01 12:00", "05-01 12:00 – 05-02 00:00"]


def test_a_month_twice_is_cut_at_whole_days_and_shown_whole() -> None:
    assert said([{"per": "month", "times": 2}], "2026-05-20", "2026-05-21") == ["05-16 00:00 – 06-01 00:00"]


def test_the_county_says_which_days_are_worked() -> None:
    workdays = Workdays({date(2026, 10, 1): False, date(2026, 10, 10): True})
    found = said([{"per": "work_day"}], "2026-10-01", "2026-10-12", workdays=workdays)
    assert [one[:5] for one in found] == ["10-02", "10-05", "10-06", "10-07", "10-08", "10-09", "10-10"]


def test_a_season_goes_over_new_year_and_has_both_its_days() -> None:
    rule = [{"per": "day", "season": ["12-31", "01-01"]}]
    assert [one[:5] for one in said(rule, "2026-12-29", "2027-01-04")] == ["12-31", "01-01"]


def test_an_alert_adds_windows_while_it_lasts_and_none_after() -> None:
    rule = [{"per": "day", "times": 4, "alert": {"hazard": "storm", "from": "orange"}}]
    storm = Danger("storm", "red", local("2026-06-03T05:00"), local("2026-06-03T19:00"))
    found = said(rule, "2026-06-01", "2026-06-10", dangers=[storm, Danger("storm", "yellow", storm.end, local("2026-06-09"))])
    assert found == ["06-03 06:00 – 06-03 12:00", "06-03 12:00 – 06-03 18:00"]  # what is left by less than half is not asked


def test_a_level_raised_further_goes_on_and_is_over_once() -> None:
    alert = {"hazard": "cold", "from": "orange"}
    dangers = [
        Danger("cold", "orange", local("2026-01-03T00:00"), local("2026-01-04T08:00")),
        Danger("cold", "red", local("2026-01-04T08:00"), local("2026-01-05T08:00")),
    ]
    after = said([{"per": "alert_over", "hours": 24, "alert": alert}], "2026-01-01", "2026-01-09", dangers=dangers)
    assert after == ["01-05 08:00 – 01-06 08:00"]


def test_a_festival_is_looked_after_in_the_week_before() -> None:
    workdays = Workdays(festivals=frozenset({date(2026, 2, 17)}))
    assert said([{"per": "festival"}], "2026-02-01", "2026-03-01", workdays=workdays) == ["02-10 00:00 – 02-17 00:00"]


def test_less_than_half_of_a_month_is_not_asked_for() -> None:
    month = [{"per": "month"}]
    assert said(month, "2026-05-01", "2026-06-01", held=(date(2026, 5, 20), None)) == []
    assert said(month, "2026-05-01", "2026-06-01", held=(date(2026, 5, 10), None)) == ["05-10 00:00 – 06-01 00:00"]


MONTH_DAYS = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: f"{day:%m-%d}")
ALERTS = st.fixed_dictionaries(
    {"hazard": st.sampled_from(["storm", "fire"]), "from": st.sampled_from(["yellow", "orange", "red"])}
)
PLAIN_RULES = st.fixed_dictionaries(
    {"per": st.sampled_from(["day", "work_day", "week", "month", "quarter", "year", "festival"]), "times": st.integers(1, 24)},
    optional={"season": st.tuples(MONTH_DAYS, MONTH_DAYS).map(list), "alert": ALERTS},
)
AFTER_RULES = st.fixed_dictionaries(
    {"per": st.just("alert_over"), "hours": st.integers(1, 240), "alert": ALERTS},
    optional={"season": st.tuples(MONTH_DAYS, MONTH_DAYS).map(list)},
)
RULES = st.lists(PLAIN_RULES | AFTER_RULES, min_size=1, max_size=4)


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    first = draw(st.dates(date(2023, 11, 1), date(2025, 3, 31)))
    last = first + timedelta(days=draw(st.integers(1, 40)))
    near = st.integers(-40, 60).map(lambda n: first + timedelta(days=n))
    minutes = st.integers(-20 * 1440, 50 * 1440)
    midnight = datetime.combine(first, datetime.min.time(), tzinfo=CHINA).astimezone(UTC)
    dangers = [
        Danger(hazard, level, midnight + timedelta(minutes=begin), midnight + timedelta(minutes=begin + long))
        for hazard, level, begin, long in draw(
            st.lists(
                st.tuples(
                    st.sampled_from(["storm", "fire", "heat"]),
                    st.sampled_from(["blue", "yellow", "orange", "red"]),
                    minutes,
                    st.integers(1, 6 * 1440),
                ),
                max_size=5,
            )
        )
    ]
    begins = draw(st.none() | near)
    ends = draw(st.none() | st.integers(1, 60).map(lambda n: (begins or first) + timedelta(days=n)))
    return {
        "rules": draw(RULES),
        "days": (first, last),
        "works": draw(st.dictionaries(near, st.booleans(), max_size=8)),
        "festivals": draw(st.lists(near, max_size=3, unique=True)),
        "dangers": dangers,
        "held": (begins, ends),
    }


@proof(short=60, long=10_000)
@given(worlds())
def test_the_windows_are_those_an_oracle_counts_minute_by_minute(world: dict[str, Any]) -> None:
    first, last = world["days"]
    workdays = Workdays(world["works"], frozenset(world["festivals"]))
    found = windows_of(world["rules"], first, last, zone=CHINA, workdays=workdays, dangers=world["dangers"], held=world["held"])
    told = Oracle(first, last).windows(world["rules"], world["works"], world["festivals"], world["dangers"], world["held"])
    assert [tuple(window) for window in found] == sorted(told)
