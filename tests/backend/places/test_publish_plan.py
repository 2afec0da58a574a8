from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.utils import timezone

from backend.places.drafting import draft_plan
from backend.places.duties import DutyEnded, assign_duty, end_duty
from backend.places.models import Grid, GridDuty, GridPlan, KeyPlace
from backend.places.publishing import (
    PlanEmpty,
    PlanNotDraft,
    PlanNotRetired,
    PlanOffBoundary,
    PlanOutdated,
    Publication,
    publish_plan,
    republish_plan,
)
from backend.problems import Conflict
from backend.units.models import AdminUnit
from tests.backend.builders import make_person
from tests.backend.places.ground import SOUTH, STEP, WEST, make_ground

pytestmark = pytest.mark.django_db


def publish(unit: AdminUnit, **how: object) -> Publication:
    plan = draft_plan(unit, by=None, at=timezone.now(), **how)
    return publish_plan(plan, by=None, at=timezone.now(), on_moved=len)


def test_a_published_plan_is_in_force_and_the_one_before_is_kept() -> None:
    unit = make_ground()
    first, second = publish(unit, k=2).plan, publish(unit, k=4).plan
    first.refresh_from_db()
    assert (first.state, second.state) == ("retired", "published")
    assert first.retired_at is not None and second.published_at is not None
    assert set(Grid.objects.current()) == set(second.grids.all())
    assert all(grid.valid.upper is not None for grid in first.grids.all())
    assert Grid.objects.valid_at(timezone.now()).count() == 4


def test_every_old_grid_names_who_took_over_its_ground() -> None:
    unit = make_ground()
    first, second = publish(unit, k=2).plan, publish(unit, k=4).plan
    codes = {grid.code for grid in second.grids.all()}
    named = [grid.successors for grid in first.grids.all()]
    assert all(named) and set().union(*named) == codes


def test_the_person_of_a_code_that_lives_on_stays_and_old_records_keep_the_duty_of_their_day() -> None:
    unit, lan = make_ground(), make_person()
    grid = publish(unit, k=2).plan.grids.get(code__endswith="001")
    before = assign_duty(grid, lan, role="worker", by=None, at=timezone.now())
    done = publish(unit, k=2)
    duty = GridDuty.objects.valid_at(timezone.now()).get(user=lan)
    before.refresh_from_db()
    assert duty.grid.code == grid.code and duty.grid.plan == done.plan
    assert before.grid == grid and before.valid.upper == duty.valid.lower
    assert done.carried_duties == 1
    assert [g.code[12:] for g in done.open_grids] == ["002"]


def test_the_duty_in_a_code_that_is_gone_ends_and_the_new_grids_are_open() -> None:
    unit, lan = make_ground(), make_person()
    assign_duty(publish(unit, k=2).plan.grids.all()[0], lan, role="worker", by=None, at=timezone.now())
    done = publish(unit, k=8)
    assert done.carried_duties == 0 and len(done.open_grids) == 8
    assert not GridDuty.objects.valid_at(timezone.now()).exists()


def test_a_duty_that_begins_later_moves_with_its_code() -> None:
    unit, lan = make_ground(), make_person()
    grid, soon = publish(unit, k=2).plan.grids.all()[0], timezone.now() + timedelta(days=3)
    duty = assign_duty(grid, lan, role="worker", by=None, at=timezone.now(), start=soon)
    done = publish(unit, k=2)
    duty.refresh_from_db()
    assert duty.grid.plan == done.plan and duty.valid.lower == soon


def test_key_places_are_told_their_new_grid() -> None:
    unit = make_ground()
    publish(unit, k=2)
    place = KeyPlace.objects.create(
        village=unit, name="门前塘", kind="pond", risk="high", point=Point(WEST + STEP, SOUTH + STEP, srid=4326)
    )
    done = publish(unit, k=8)
    place.refresh_from_db()
    assert done.plan.grids.get(code=place.grid_code).polygon.covers(place.point)


def test_the_caller_is_told_which_grid_took_over_from_which() -> None:
    unit = make_ground()
    first = publish(unit, k=2).plan
    told: dict[int, Grid] = {}
    plan = draft_plan(unit, by=None, at=timezone.now(), k=4)

    def follow(heirs: dict[int, Grid]) -> int:
        told.update(heirs)
        return 7

    done = publish_plan(plan, by=None, at=timezone.now(), on_moved=follow)
    assert done.moved_tasks == 7
    assert set(told) == set(first.grids.values_list("pk", flat=True))
    assert {heir.plan_id for heir in told.values()} == {plan.pk}


def test_a_draft_made_before_somebody_else_published_is_refused() -> None:
    unit = make_ground()
    early = draft_plan(unit, by=None, at=timezone.now(), k=2)
    publish(unit, k=4)
    with pytest.raises(PlanOutdated):
        publish_plan(early, by=None, at=timezone.now(), on_moved=len)
    assert GridPlan.objects.published().count() == 1


def test_a_plan_is_published_once() -> None:
    unit = make_ground()
    plan = publish(unit, k=2).plan
    with pytest.raises(PlanNotDraft):
        publish_plan(plan, by=None, at=timezone.now(), on_moved=len)


def test_a_new_worker_takes_over_without_a_gap_and_without_two_at_a_time() -> None:
    grid, lan, wei = publish(make_ground(), k=2).plan.grids.all()[0], make_person(), make_person("魏明")
    first = assign_duty(grid, lan, role="worker", by=None, at=timezone.now() - timedelta(days=2))
    second = assign_duty(grid, wei, role="worker", by=None, at=timezone.now())
    first.refresh_from_db()
    assert first.valid.upper == second.valid.lower
    assert GridDuty.objects.accountable(timezone.now()).get(grid=grid).user == wei


def test_a_stand_in_stands_beside_the_worker() -> None:
    grid, lan, wei = publish(make_ground(), k=2).plan.grids.all()[0], make_person(), make_person("魏明")
    assign_duty(grid, lan, role="worker", by=None, at=timezone.now())
    assign_duty(grid, wei, role="stand_in", by=None, at=timezone.now())
    assert GridDuty.objects.valid_at(timezone.now()).filter(grid=grid).count() == 2


def test_an_ended_duty_makes_the_grid_an_alarm_and_cannot_be_ended_again() -> None:
    grid, lan = publish(make_ground(), k=2).plan.grids.all()[0], make_person()
    duty = assign_duty(grid, lan, role="worker", by=None, at=timezone.now() - timedelta(hours=1))
    assert grid not in Grid.objects.without_person(timezone.now())
    end_duty(duty, by=None, at=timezone.now())
    assert grid in Grid.objects.without_person(timezone.now())
    with pytest.raises(DutyEnded):
        end_duty(duty, by=None, at=timezone.now())


def test_nobody_is_put_in_charge_of_a_grid_that_is_not_in_force() -> None:
    plan = draft_plan(make_ground(), by=None, at=timezone.now(), k=2)
    with pytest.raises(Conflict):
        assign_duty(plan.grids.all()[0], make_person(), role="worker", by=None, at=timezone.now())


def test_a_draft_of_a_village_whose_border_was_imported_anew_is_not_put_in_force() -> None:
    unit = make_ground()
    draft = draft_plan(unit, by=None, at=timezone.now(), k=2)
    wider = MultiPolygon(Polygon.from_bbox((WEST, SOUTH, unit.boundary.extent[2] + STEP, unit.boundary.extent[3])), srid=4326)
    AdminUnit.objects.filter(pk=unit.pk).update(boundary=wider)
    with pytest.raises(PlanOffBoundary):
        publish_plan(draft, by=None, at=timezone.now(), on_moved=len)
    assert not Grid.objects.current().exists()


def test_a_plan_without_a_grid_leaves_the_village_with_the_one_it_has() -> None:
    unit = make_ground()
    first = publish(unit, k=2).plan
    empty = GridPlan.objects.create(unit=unit, made_at=timezone.now(), parameters={"replaces": first.pk})
    with pytest.raises(PlanEmpty):
        publish_plan(empty, by=None, at=timezone.now(), on_moved=len)
    assert Grid.objects.current().count() == 2


def test_a_request_that_waited_for_a_later_publication_counts_from_after_it() -> None:
    unit = make_ground()
    first, second = publish(unit, k=2).plan, publish(unit, k=4).plan
    assert second.published_at is not None
    waited = second.published_at - timedelta(seconds=2)
    back = republish_plan(first, by=None, at=waited, on_moved=len).plan
    assert back.published_at is not None and back.published_at > second.published_at
    assert set(Grid.objects.valid_at(timezone.now())) == set(back.grids.all())


def test_a_plan_asked_back_twice_comes_back_once() -> None:
    unit = make_ground()
    first = publish(unit, k=2).plan
    publish(unit, k=4)
    republish_plan(first, by=None, at=timezone.now(), on_moved=len)
    with pytest.raises(PlanNotRetired, match="正在用"):
        republish_plan(first, by=None, at=timezone.now(), on_moved=len)
    assert GridPlan.objects.count() == 3
