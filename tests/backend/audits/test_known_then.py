"""A day stays readable as it was known: after a late upload, after the village was divided anew, after its tracks are gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.audits.days import CoverageDay
from backend.audits.make_ground import make_grounds
from backend.audits.sealing import seal_day
from backend.audits.visits import county_day, day_bounds
from backend.places.models import Grid, GridPlan
from tests.backend.audits.ground import computed, lay_lane, store_walk
from tests.backend.builders import Village, make_operator, make_township
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db


def noon(days_ago: int) -> datetime:
    return day_bounds(county_day(timezone.now()))[0] - timedelta(days=days_ago) + timedelta(hours=12)


def read(code: str, day: datetime, **more: Any) -> dict[str, Any]:
    desk = Desk(make_operator(make_township(), role="supervisor"))
    name = county_day(day).isoformat()
    return desk.read(f"coverage/{code}", **{"from": name, "to": name, **more})


def test_a_late_upload_changes_the_figure_and_the_old_one_stays_readable_as_of_then(village: Village) -> None:
    grid = village.grids[0]
    lay_lane(grid)
    store_walk(grid, along=(0.1, 0.3), start=noon(2))
    first = computed(grid, noon(2))
    assert first is not None
    then = timezone.now()
    store_walk(grid, along=(0.5, 0.9), start=noon(2))
    second = computed(grid, noon(2))
    assert second is not None
    assert second.seen_m2 > first.seen_m2
    now = read(grid.code, noon(2))
    before = read(grid.code, noon(2), as_of=then.isoformat())
    assert (now["seen_m2"], before["seen_m2"]) == (second.seen_m2, first.seen_m2)
    assert (len(now["legs"]), len(before["legs"])) == (2, 1)
    assert sum(part["m2"] for part in before["parts"]) == before["ground_m2"]


def test_while_the_day_runs_only_the_newest_figure_is_kept(village: Village) -> None:
    grid = village.grids[0]
    lay_lane(grid)
    for along in ((0.1, 0.3), (0.5, 0.9)):
        store_walk(grid, along=along)
        computed(grid)
    assert CoverageDay.objects.count() == 1


def test_nothing_new_writes_nothing(village: Village) -> None:
    grid = village.grids[0]
    lay_lane(grid)
    store_walk(grid, start=noon(1))
    first, second = computed(grid, noon(1)), computed(grid, noon(1))
    assert first is not None
    assert second is not None
    assert first.pk == second.pk
    assert CoverageDay.objects.count() == 1


def divide_anew(village: Village) -> list[Grid]:
    """One grid where two were: codes live on for the first, the second is gone."""
    at = timezone.now()
    GridPlan.objects.filter(pk=village.plan.pk).update(state="retired", retired_at=at)
    since = village.plan.published_at
    Grid.objects.filter(plan=village.plan).update(valid=(since, at))
    plan = GridPlan.objects.create(unit=village.unit, state="published", made_at=at, published_at=at)
    whole = village.unit.boundary
    Grid.objects.create(
        plan=plan, village=village.unit, code=village.grids[0].code, name="合并后的网格", polygon=whole, area_m2=2_200_000,
        households=600, valid=(at, None),
    )  # fmt: skip
    return list(Grid.objects.filter(plan=plan))


def test_after_a_division_the_old_day_keeps_its_grid_and_a_range_counts_what_was_seen_of_the_new_ground(
    village: Village,
) -> None:
    lay_lane(village.grids[0])
    lay_lane(village.grids[1])
    for grid in village.grids:
        store_walk(grid, along=(0.2, 0.6), start=noon(2))
        computed(grid, noon(2))
    old = {row.grid_id: row.seen_m2 for row in CoverageDay.objects.current()}
    merged = divide_anew(village)[0]
    make_grounds([merged], at=timezone.now())
    then = read(village.grids[1].code, noon(2))
    assert then["name"] == village.grids[1].name
    assert then["seen_m2"] == old[village.grids[1].pk]
    assert then["plan"]["id"] == village.plan.pk
    desk = Desk(make_operator(make_township(), role="supervisor"))
    week = desk.read("coverage")["grids"]
    assert [row["name"] for row in week] == ["合并后的网格"]
    assert week[0]["seen_m2"] == pytest.approx(sum(old.values()), rel=0.01)
    why = desk.read(f"coverage/{merged.code}")
    assert sum(part["m2"] for part in why["parts"]) == why["ground_m2"]
    assert why["seen_m2"] == pytest.approx(week[0]["seen_m2"], rel=0.001)
    assert {day["plan"] for day in why["days"]} == {village.plan.pk, merged.plan_id}


def test_a_sealed_day_keeps_its_figures_and_nothing_of_anybodys_way(village: Village) -> None:
    grid = village.grids[0]
    lay_lane(grid)
    store_walk(grid, along=(0.2, 0.6), start=noon(2))
    before = computed(grid, noon(2))
    assert before is not None
    seal = seal_day(make_township().code, county_day(noon(2)), held_back=0, at=timezone.now())
    assert seal.aggregates[grid.code]["seen_m2"] == before.seen_m2
    after = computed(grid, noon(2))
    assert after is not None
    assert (after.seen, after.legs, after.silences) == (None, [], [])
    said = read(grid.code, noon(2))
    assert said["seen_m2"] == before.seen_m2
    assert said["days"][0]["sealed"]
    assert sum(part["m2"] for part in said["parts"]) == said["ground_m2"]
    week = Desk(make_operator(make_township(), role="supervisor")).read("coverage")["grids"]
    assert next(row for row in week if row["code"] == grid.code)["seen_m2"] == before.seen_m2
