"""Which event becomes which alert, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notifications.events import AreaMessageSent, Event, TaskAssigned, TaskWithdrawn, UrgentReported
from notifications.rules import draft_of

AT = datetime(2026, 11, 24, 2, 49, tzinfo=UTC)
GRID = "360829102201001"
FIRE = UrgentReported(
    report="r1",
    kind="火情",
    place="屋背山北坡",
    text="冒烟",
    grid_code=GRID,
    reporter=7,
    occurred_at=AT - timedelta(minutes=2),
    at=AT,
)
WORD = AreaMessageSent(
    message="m1",
    severity="urgent",
    title="转移",
    text="往晒谷坪撤",
    codes=("360829102201",),
    by=3,
    expires_at=AT,
    at=AT,
    reason="起火",
)
GIVEN = TaskAssigned(task="t1", title="看塘坝", ground="汛前", grid_code=GRID, person=7, by=3, at=AT)
TAKEN = TaskWithdrawn(task="t1", title="看塘坝", ground="已修好", grid_code=GRID, person=7, by=3, at=AT)


@pytest.mark.parametrize(
    ("event", "kind", "severity", "roles", "people", "not_people", "codes"),
    [
        (FIRE, "urgent_report", "urgent", {"worker", "stand_in", "chief", "centre"}, (), (7,), (GRID,)),
        (WORD, "message", "urgent", {"worker", "stand_in", "chief"}, (), (), ("360829102201",)),
        (GIVEN, "task_assigned", "normal", set(), (7,), (), (GRID,)),
        (TAKEN, "task_withdrawn", "normal", set(), (7,), (), (GRID,)),
    ],
)
def test_each_event_rings_those_it_concerns(
    event: Event, kind: str, severity: str, roles: set[str], people: tuple[int], not_people: tuple[int], codes: tuple[str]
) -> None:
    draft = draft_of(event)
    assert draft is not None
    assert (draft.kind, draft.severity, draft.roles, draft.people) == (kind, severity, roles, people)
    assert (draft.not_people, draft.codes) == (not_people, codes)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (FIRE, ("火情", "屋背山北坡", "冒烟")),
        (WORD, ("转移", "往晒谷坪撤")),
        (GIVEN, ("新任务", "看塘坝")),
        (TAKEN, ("撤", "已修好")),
    ],
)
def test_each_alert_says_what_happened(event: Event, words: tuple[str, ...]) -> None:
    draft = draft_of(event)
    assert draft is not None
    assert all(word in draft.title + draft.text for word in words)


@pytest.mark.parametrize(("late", "rings"), [(timedelta(0), True), (timedelta(hours=5), True), (timedelta(hours=6), False)])
def test_what_arrives_late_rings_nobody(late: timedelta, rings: bool) -> None:  # noqa: FBT001
    assert (draft_of(replace(FIRE, occurred_at=AT - late)) is not None) is rings


def test_a_report_without_a_place_says_so() -> None:
    draft = draft_of(replace(FIRE, place="", grid_code=""))
    assert draft is not None
    assert "位置不明" in draft.text
    assert draft.codes == ()


def test_a_task_given_and_the_same_task_taken_close_each_other() -> None:
    given, taken = draft_of(GIVEN), draft_of(TAKEN)
    assert given is not None and taken is not None
    assert given.closes == (taken.subject,)
    assert taken.closes == (given.subject,)


def test_the_senders_reason_is_kept_with_the_alert() -> None:
    draft = draft_of(WORD)
    assert draft is not None
    assert draft.reason == "起火"


def test_a_long_title_is_cut_to_what_a_screen_shows() -> None:
    draft = draft_of(replace(WORD, title="很" * 60))
    assert draft is not None
    assert len(draft.title) == 40
