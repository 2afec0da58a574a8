from __future__ import annotations

import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.utils import timezone

from backend.places.drafting import CannotDivide, draft_plan
from backend.places.layers import BoundaryUnusable, NoBoundary, to_shapely
from backend.places.models import Building, Grid, GridPlan
from backend.places.picture import draw_plan
from backend.places.publishing import publish_plan
from tests.backend.builders import make_township, make_unit
from tests.backend.places.ground import make_ground

pytestmark = pytest.mark.django_db


def test_a_draft_divides_the_village_and_is_not_in_force() -> None:
    unit = make_ground()
    plan = draft_plan(unit, by=None, at=timezone.now(), target_households=360)
    grids = list(plan.grids.all())
    assert plan.state == GridPlan.State.DRAFT
    assert [grid.code for grid in grids] == [f"{unit.code}{i:03d}" for i in range(1, len(grids) + 1)]
    assert len(grids) == 4 and sum(grid.households for grid in grids) == 1440
    assert grids[0].name == "王屯村第1网格"
    assert all(grid.valid is None for grid in grids)
    assert not Grid.objects.current().exists()


def test_the_grids_of_a_draft_fill_the_village_without_a_gap_and_cut_no_house() -> None:
    plan = draft_plan(make_ground(), by=None, at=timezone.now(), k=4)
    shapes = [to_shapely(grid.polygon) for grid in plan.grids.all()]
    whole = to_shapely(plan.unit.boundary)
    assert shapely.coverage_is_valid(shapes)
    assert abs(sum(shape.area for shape in shapes) - whole.area) < 1e-9 * whole.area
    assert plan.metrics["gap_m2"] < 1e-3 and plan.metrics["overlap_m2"] < 1e-3 and plan.metrics["cut_buildings"] == 0
    assert plan.metrics["max_mean"] < 1.1


def test_the_same_layers_give_the_same_draft() -> None:
    unit = make_ground()
    first, second = (draft_plan(unit, by=None, at=timezone.now(), k=4) for _ in range(2))
    assert first.input_digest == second.input_digest
    assert [g.polygon.wkb for g in first.grids.all()] == [g.polygon.wkb for g in second.grids.all()]


def test_ground_that_stays_the_same_keeps_its_code_and_new_ground_gets_one_nobody_had() -> None:
    unit = make_ground()
    publish_plan(draft_plan(unit, by=None, at=timezone.now(), k=2), by=None, at=timezone.now(), on_moved=lambda heirs: 0)
    again = draft_plan(unit, by=None, at=timezone.now(), k=2)
    finer = draft_plan(unit, by=None, at=timezone.now(), k=8)
    assert {g.code[12:] for g in again.grids.all()} == {"001", "002"}
    assert {int(g.code[12:]) for g in finer.grids.all()} == set(range(3, 11))


def test_a_village_without_a_boundary_says_so() -> None:
    unit = make_unit("360829102240", "无界村", parent=make_township())
    with pytest.raises(NoBoundary):
        draft_plan(unit, by=None, at=timezone.now())


def test_a_house_outside_its_village_is_named_and_nothing_is_drafted() -> None:
    unit = make_ground(rows=3)
    house = Building.objects.filter(village=unit).latest("pk")
    house.outline = shapely_box(115.0, 27.0)
    house.save(update_fields=["outline"])
    with pytest.raises(CannotDivide, match="房屋.*在范围以外") as refused:
        draft_plan(unit, by=None, at=timezone.now())
    assert "outside the village" in refused.value.body()["en"]
    assert not GridPlan.objects.exists()


def test_the_picture_shows_every_grid_and_says_what_is_made_up() -> None:
    plan = draft_plan(make_ground(), by=None, at=timezone.now(), k=4)
    picture = draw_plan(plan)
    assert picture.count("户</text>") == 4
    assert "合成示意" in picture and "style=" not in picture and "<script" not in picture
    real = draft_plan(make_ground(code="360829102232", synthetic=False), by=None, at=timezone.now(), k=2)
    assert "合成示意" not in draw_plan(real)


def shapely_box(lon: float, lat: float) -> object:
    from django.contrib.gis.geos import Polygon

    box = Polygon.from_bbox((lon, lat, lon + 0.0001, lat + 0.0001))
    box.srid = 4326
    return box


def test_with_a_plan_in_force_nothing_moves_that_need_not_and_every_code_says_what_became_of_it() -> None:
    unit = make_ground()
    old = publish_plan(draft_plan(unit, by=None, at=timezone.now(), k=4), by=None, at=timezone.now(), on_moved=len).plan
    again = draft_plan(unit, by=None, at=timezone.now(), target_households=360)
    assert [(g.code, g.polygon.wkb) for g in again.grids.all()] == [(g.code, g.polygon.wkb) for g in old.grids.all()]
    assert {change["kind"] for change in again.metrics["changes"]} == {"kept"}
    Building.objects.filter(village=unit, pk__in=_houses_in(old.grids.all()[0])).update(households=25)
    moved = draft_plan(unit, by=None, at=timezone.now(), target_households=500)
    assert {g.code for g in old.grids.all()} <= {g.code for g in moved.grids.all()}
    assert {change["kind"] for change in moved.metrics["changes"]} & {"moved", "split"}
    assert shapely.coverage_is_valid([to_shapely(grid.polygon) for grid in moved.grids.all()])


def test_from_scratch_or_with_a_number_of_grids_the_village_is_divided_anew() -> None:
    unit = make_ground()
    publish_plan(draft_plan(unit, by=None, at=timezone.now(), k=4), by=None, at=timezone.now(), on_moved=len)
    assert draft_plan(unit, by=None, at=timezone.now(), k=2).grids.count() == 2
    scratch = draft_plan(unit, by=None, at=timezone.now(), target_households=720, method="scratch")
    assert scratch.grids.count() == 2 and "changes" not in scratch.metrics


def test_a_village_with_a_plan_keeps_as_many_households_a_grid_as_it_has_unless_told_otherwise() -> None:
    unit = make_ground()
    publish_plan(draft_plan(unit, by=None, at=timezone.now(), k=9), by=None, at=timezone.now(), on_moved=len)
    assert draft_plan(unit, by=None, at=timezone.now()).grids.count() == 9
    assert draft_plan(unit, by=None, at=timezone.now(), method="scratch").grids.count() == 9


def _houses_in(grid: Grid) -> list[int]:
    return list(Building.objects.filter(outline__coveredby=grid.polygon).values_list("pk", flat=True))


@pytest.mark.parametrize(
    "shape",
    [
        "MULTIPOLYGON EMPTY",
        "MULTIPOLYGON(((114.5 27.3,114.51 27.31,114.51 27.3,114.5 27.31,114.5 27.3)))",
        "MULTIPOLYGON(((114.5 27.3,114.6 27.3,114.6 27.4,114.5 27.3)),((114.55 27.3,114.7 27.3,114.7 27.4,114.55 27.3)))",
        "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))",
    ],
)
def test_a_boundary_nothing_can_be_made_of_is_refused_in_plain_words(shape: str) -> None:
    unit = make_ground(rows=3)
    unit.boundary = GEOSGeometry(shape, srid=4326)
    unit.save(update_fields=["boundary"])
    with pytest.raises((BoundaryUnusable, CannotDivide, NoBoundary), match="导入"):
        draft_plan(unit, by=None, at=timezone.now())
