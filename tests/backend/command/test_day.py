"""Looking back over today: events, visited grids and a count, and nothing of where anybody walked."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.gis.geos import Point

from backend.accounts.models import User
from backend.command.day import day_so_far
from backend.field.models import LastPosition, Report, Visit
from backend.patrols.models import Patrol
from backend.places.models import Grid
from tests.backend.builders import (
    Village,
    give_duty,
    make_operator,
    make_person,
    make_report_kind,
    make_unit,
    make_village,
    middle,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # 12:00 in the county
LONG_AGO = NOON - timedelta(days=30)


@pytest.fixture
def village() -> Village:
    village = make_village(since=LONG_AGO)
    for grid, name in zip(village.grids, ("兰小英", "魏强"), strict=True):
        give_duty(make_person(name), grid, since=LONG_AGO)
    return village


@pytest.fixture
def chief() -> User:
    return make_operator(role="duty_chief")


def person_of(grid: Grid) -> User:
    return grid.duties.get().user


def patrol(grid: Grid, start: datetime, end: datetime | None) -> Patrol:
    return Patrol.objects.create(uuid=uuid.uuid4(), person=person_of(grid), started_at=start, ended_at=end, received_at=start)


def test_the_count_follows_starts_and_ends_step_by_step(village: Village, chief: User) -> None:
    first, second = village.grids
    patrol(first, NOON - timedelta(minutes=62), NOON - timedelta(minutes=32))
    patrol(second, NOON - timedelta(minutes=42), NOON - timedelta(minutes=8))
    day = day_so_far(chief, at=NOON)
    assert day["begin"] == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    assert len(day["walking"]) == 144
    assert day["walking"][-14:] == [0, 1, 1, 1, 1, 2, 2, 1, 1, 1, 1, 1, 0, 0]


def test_a_patrol_whose_end_never_came_does_not_count_for_ever(village: Village, chief: User) -> None:
    patrol(village.grids[0], NOON - timedelta(hours=3), None)
    walking = day_so_far(chief, at=NOON)["walking"]
    assert max(walking) == 1 and walking[-1] == 0


def test_a_grid_is_visited_from_the_first_time_somebody_was_there(village: Village, chief: User) -> None:
    grid = village.grids[0]
    for hours in (1, 4, 30):
        Visit.objects.create(
            grid=grid, person=person_of(grid), item=uuid.uuid4(), patrol_uuid=uuid.uuid4(), n=20,
            t0=NOON - timedelta(hours=hours), t1=NOON - timedelta(hours=hours) + timedelta(minutes=20),
        )  # fmt: skip
    assert day_so_far(chief, at=NOON)["visited"] == [{"grid": grid.code, "at": NOON - timedelta(hours=4)}]


def test_only_todays_reports_of_ones_own_units_are_there(village: Village, chief: User) -> None:
    for hours in (1, 13):
        at = NOON - timedelta(hours=hours)
        Report.objects.create(
            uuid=uuid.uuid4(), person=person_of(village.grids[0]), kind=make_report_kind(), kind_code="2101", text=f"{hours} 小时前",
            grid_code=village.grids[0].code, point=Point(*middle(village.grids[0]), srid=4326), occurred_at=at, received_at=at,
        )  # fmt: skip
    assert [row["text"] for row in day_so_far(chief, at=NOON)["reports"]] == ["1 小时前"]
    elsewhere = make_operator(make_unit("360829101000", "平都镇"), name="何强")
    assert day_so_far(elsewhere, at=NOON)["reports"] == day_so_far(elsewhere, at=NOON)["visited"] == []


def test_no_name_and_no_place_of_anybody_on_patrol_is_in_it(village: Village, chief: User) -> None:
    grid = village.grids[0]
    walk = patrol(grid, NOON - timedelta(minutes=20), None)
    place = Point(114.5123456, 27.3954321, srid=4326)
    LastPosition.objects.create(person=person_of(grid), patrol_uuid=walk.uuid, t=NOON, point=place, grid_code=grid.code)
    told = json.dumps(day_so_far(chief, at=NOON), default=str, ensure_ascii=False)
    assert "114.51" not in told and person_of(grid).name not in told and str(person_of(grid).uuid) not in told
    assert day_so_far(chief, at=NOON)["walking"][-1] == 1
