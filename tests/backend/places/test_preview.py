"""What a publication would change is told before, and is what it then does; and an older plan comes back with its codes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.utils import timezone

from backend.places.drafting import draft_plan
from backend.places.duties import assign_duty
from backend.places.exports import Crs, FileKind, grids_file
from backend.places.models import Grid, GridDuty, GridPlan
from backend.places.preview import preview_plan
from backend.places.publishing import PlanNotRetired, PlanOffBoundary, publish_plan, republish_plan
from backend.units.models import AdminUnit
from tests.backend.builders import make_person
from tests.backend.places.ground import make_ground

pytestmark = pytest.mark.django_db


def publish(unit: AdminUnit, **how: Any) -> GridPlan:
    plan = draft_plan(unit, by=None, at=timezone.now(), **how)
    return publish_plan(plan, by=None, at=timezone.now(), on_moved=len).plan


def test_a_first_plan_moves_nobody_and_leaves_every_grid_open() -> None:
    plan = draft_plan(make_ground(), by=None, at=timezone.now(), k=4)
    found = preview_plan(plan, at=timezone.now())
    assert (found.households, found.moved_households, found.reassigned_households) == (1440, 0, 0)
    assert len(found.open_grids) == len(found.fresh) == 4 and found.persons == ()


def test_the_same_division_again_changes_nothing_and_keeps_the_persons() -> None:
    unit, lan = make_ground(), make_person()
    assign_duty(publish(unit, k=2).grids.all()[0], lan, role="worker", by=None, at=timezone.now())
    found = preview_plan(draft_plan(unit, by=None, at=timezone.now(), k=2), at=timezone.now())
    assert (found.moved_households, found.reassigned_households, found.carried_duties) == (0, 0, 1)
    assert len(found.kept) == 2 and found.gone == found.fresh == () and len(found.open_grids) == 1
    assert [(load.person, load.households) for load in found.persons] == [(lan, 720)]


def test_households_whose_person_goes_are_counted_and_so_is_what_the_publication_then_does() -> None:
    unit, lan = make_ground(), make_person()
    assign_duty(publish(unit, k=2).grids.all()[0], lan, role="worker", by=None, at=timezone.now())
    plan = draft_plan(unit, by=None, at=timezone.now(), k=8)
    found = preview_plan(plan, at=timezone.now())
    assert found.moved_households == 1440 and found.reassigned_households == 720
    assert [duty.user for duty in found.ended_duties] == [lan] and len(found.heirs) == 2
    assert not GridPlan.objects.published().filter(pk=plan.pk).exists()
    done = publish_plan(plan, by=None, at=timezone.now(), on_moved=len)
    assert done.carried_duties == found.carried_duties
    assert tuple(grid.code for grid in done.open_grids) == found.open_grids


def test_the_load_of_a_person_counts_their_grids_in_other_villages() -> None:
    lan = make_person()
    there = publish(make_ground(code="360829102232", name="别村", rows=4), k=1).grids.get()
    unit = make_ground()
    for grid in (there, publish(unit, k=2).grids.all()[0]):
        assign_duty(grid, lan, role="worker", by=None, at=timezone.now())
    found = preview_plan(draft_plan(unit, by=None, at=timezone.now(), k=2), at=timezone.now())
    assert [(len(load.grids), load.households) for load in found.persons] == [(2, 880)]


def test_an_older_plan_comes_back_with_its_codes_and_records_keep_the_grid_of_their_day() -> None:
    unit, lan = make_ground(), make_person()
    first = publish(unit, k=2)
    old = first.grids.get(code__endswith="001")
    duty = assign_duty(old, lan, role="worker", by=None, at=timezone.now())
    moment = timezone.now()
    second = publish(unit, k=8)
    between = timezone.now()
    first.refresh_from_db()
    back = republish_plan(first, by=None, at=timezone.now() + timedelta(seconds=1), on_moved=len).plan
    assert back.pk not in (first.pk, second.pk) and back.state == "published"
    assert list(back.grids.values_list("code", flat=True)) == list(first.grids.values_list("code", flat=True))
    assert [g.polygon.wkb for g in back.grids.all()] == [g.polygon.wkb for g in first.grids.all()]
    duty.refresh_from_db()
    assert duty.grid == old and Grid.objects.valid_at(moment).get(code=old.code) == old
    assert set(Grid.objects.valid_at(between)) == set(second.grids.all())
    assert {code for grid in second.grids.all() for code in grid.successors} == {g.code for g in back.grids.all()}
    assert not GridDuty.objects.valid_at(timezone.now() + timedelta(seconds=2)).exists()  # shown as open, guessed by nobody


def test_only_a_plan_that_was_in_force_comes_back_and_only_on_its_own_ground() -> None:
    unit = make_ground()
    first = publish(unit, k=2)
    with pytest.raises(PlanNotRetired):
        republish_plan(first, by=None, at=timezone.now(), on_moved=len)
    publish(unit, k=4)
    west, south, east, north = unit.boundary.extent
    unit.boundary = MultiPolygon(Polygon.from_bbox((west, south, east, north + 0.001)), srid=4326)
    unit.save(update_fields=["boundary"])
    first = GridPlan.objects.get(pk=first.pk)
    with pytest.raises(PlanOffBoundary):
        republish_plan(first, by=None, at=timezone.now(), on_moved=len)
    assert GridPlan.objects.count() == 2


def test_a_border_drafted_here_says_so_in_the_file() -> None:
    unit = make_ground(synthetic=False)
    unit.is_unofficial = True
    unit.save(update_fields=["is_unofficial"])
    grids = publish(unit, k=2).grids.select_related("plan", "village")
    said = json.loads(grids_file(list(grids), crs=Crs.WGS84, kind=FileKind.GEOJSON))
    assert {one["properties"]["remark"] for one in said["features"]} == {"村界是草案，非官方"}


@pytest.mark.parametrize("crs", list(Crs))
@pytest.mark.parametrize("kind", list(FileKind))
def test_a_plan_is_taken_out_in_every_system_and_the_file_names_it(tmp_path: Path, kind: FileKind, crs: Crs) -> None:
    plan = publish(make_ground(), k=4)
    path = tmp_path / f"grids.{kind}"
    path.write_bytes(grids_file(list(plan.grids.select_related("plan", "village")), crs=crs, kind=kind))
    back = pyogrio.read_dataframe(path)
    assert back.crs.to_epsg() == int(crs)
    assert list(back["code"]) == [grid.code for grid in plan.grids.all()]
    assert set(back["remark"]) == {"边界为合成示意，不代表真实界线"}
    if crs in (Crs.GAUSS_KRUGER_114, Crs.GAUSS_KRUGER_117):
        assert abs(back.area.sum() / sum(grid.area_m2 for grid in plan.grids.all()) - 1) < 0.01
    if kind is FileKind.GEOJSON and crs is not Crs.WGS84:
        assert json.loads(path.read_text())["crs"]["properties"]["name"].endswith(f":{crs.value}")
