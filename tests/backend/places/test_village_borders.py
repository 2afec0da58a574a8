"""Village borders where nobody has published any: drafts that say so, fitting their neighbours, never under grids in force unasked."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.utils import timezone

import geo
from backend.places.drafting import draft_plan
from backend.places.edit_words import EditRefused, NothingToUndo, PlanEditedMeanwhile
from backend.places.models import BoundaryEdit, Building, GridPlan
from backend.places.publishing import PlanOutdated, publish_plan
from backend.places.village_borders import (
    UNOFFICIAL,
    By,
    VillageInForce,
    draft_village_borders,
    draw_village_border,
    split_village_border,
    undo_village_borders,
)
from backend.units.models import AdminUnit
from tests.backend.builders import make_township, make_unit
from tests.backend.places.ground import SOUTH, STEP, WEST, make_ground

pytestmark = pytest.mark.django_db
MIDDLE = WEST + STEP * 6.5
EAST, NORTH = WEST + STEP * 13, SOUTH + STEP * 13


def act(head: int = 0, *, redivide: bool = False) -> By:
    return By(user=None, at=timezone.now(), head=head, redivide=redivide)


def village(number: int, name: str) -> AdminUnit:
    return make_unit(f"360829102{number}", name, parent=make_township(), boundary=None)


def shape(unit: AdminUnit) -> Any:
    unit.refresh_from_db()
    return shapely.from_wkb(bytes(unit.boundary.wkb))


def same_ground(shapes: list[Any], whole: Any) -> bool:
    """In metres, where edges are straight."""
    metric = [geo.to_metric(one, 4547) for one in shapes]
    return bool(shapely.union_all(metric).symmetric_difference(geo.to_metric(whole, 4547)).area < 1e-3)


def township() -> AdminUnit:
    unit = make_township()
    unit.boundary = MultiPolygon(Polygon.from_bbox((WEST, SOUTH, EAST, NORTH)), srid=4326)
    unit.save()
    return unit


def test_a_village_is_cut_along_a_line_and_houses_follow_their_ground() -> None:
    old, new = make_ground(), village(232, "新村")
    before = shape(old)
    done = split_village_border(
        old, [(MIDDLE, SOUTH - 0.001), (MIDDLE, NORTH + 0.001)], new, (WEST + STEP, SOUTH + STEP), act()
    )
    assert {unit.code for unit in done.changed} == {old.code, new.code}
    west, east = shape(old), shape(new)
    assert shapely.coverage_is_valid([west, east]) and west.contains(shapely.Point(WEST + STEP, SOUTH + STEP))
    assert same_ground([west, east], before)
    assert Building.objects.filter(village=new).count() == 72 == Building.objects.filter(village=old).count()
    assert old.boundary_source == new.boundary_source == UNOFFICIAL and old.is_unofficial and new.is_unofficial
    undo_village_borders(make_township(), act(1))
    assert shape(old).equals_exact(before, 0) and not old.is_unofficial
    new.refresh_from_db()
    assert new.boundary is None and Building.objects.filter(village=old).count() == 144
    with pytest.raises(NothingToUndo):
        undo_village_borders(make_township(), act(2))


def test_a_drawn_village_takes_the_free_ground_and_shares_corners_with_its_neighbour() -> None:
    old, new = make_ground(), village(232, "新村")
    ring = [(EAST - STEP, SOUTH + STEP), (EAST + 3 * STEP, SOUTH + STEP), (EAST + 3 * STEP, NORTH), (EAST - STEP, NORTH)]
    draw_village_border(new, ring, act())
    assert shapely.coverage_is_valid([shape(old), shape(new)])
    assert not shape(new).contains(shapely.Point(EAST - STEP / 2, SOUTH + 2 * STEP))
    assert (old.is_unofficial, new.is_unofficial) == (False, True)
    assert BoundaryEdit.objects.get().kind == "draw"


def test_borders_begin_halfway_between_one_place_of_each_village() -> None:
    area, names = township(), ["东村", "西村", "南村"]
    villages = [village(231 + i, name) for i, name in enumerate(names)]
    spots = [(EAST - STEP, NORTH - STEP), (WEST + STEP, NORTH - STEP), (MIDDLE, SOUTH + STEP)]
    draft_village_borders(area, dict(zip((unit.code for unit in villages), spots, strict=True)), act())
    shapes = [shape(unit) for unit in villages]
    assert shapely.coverage_is_valid(shapes)
    assert same_ground(shapes, shapely.box(WEST, SOUTH, EAST, NORTH))
    assert all(unit.boundary.contains(Point(*spot, srid=4326)) for unit, spot in zip(villages, spots, strict=True))
    with pytest.raises(EditRefused, match="已经有边界，没给它地点"):
        draft_village_borders(area, {villages[0].code: spots[0]}, act(1))


def test_under_grids_in_force_a_border_moves_only_with_a_new_division() -> None:
    old, new, now = make_ground(), village(232, "新村"), timezone.now()
    publish_plan(draft_plan(old, by=None, at=now, k=2), by=None, at=now, on_moved=lambda heirs: 0)
    line = [(MIDDLE, SOUTH - 0.001), (MIDDLE, NORTH + 0.001)]
    with pytest.raises(VillageInForce, match="王屯村有正在用的网格"):
        split_village_border(old, line, new, None, act())
    assert not BoundaryEdit.objects.exists()
    done = split_village_border(old, line, new, None, act(redivide=True))
    [plan] = done.drafts
    assert plan.state == GridPlan.State.DRAFT and plan.unit == old
    assert sum(plan.grids.values_list("households", flat=True)) == 720


def test_a_draft_of_the_ground_as_it_was_can_no_longer_be_published() -> None:
    old, new = make_ground(), village(232, "新村")
    plan = draft_plan(old, by=None, at=timezone.now(), k=2)
    split_village_border(old, [(MIDDLE, SOUTH - 0.001), (MIDDLE, NORTH + 0.001)], new, None, act())
    plan.refresh_from_db()
    with pytest.raises(PlanOutdated):
        publish_plan(plan, by=None, at=timezone.now(), on_moved=lambda heirs: 0)


def test_two_at_once_and_a_village_that_has_its_border() -> None:
    old, new = make_ground(), village(232, "新村")
    line = [(MIDDLE, SOUTH - 0.001), (MIDDLE, NORTH + 0.001)]
    split_village_border(old, line, new, None, act())
    with pytest.raises(PlanEditedMeanwhile):
        split_village_border(old, line, new, None, act())
    with pytest.raises(EditRefused, match="已经有边界"):
        split_village_border(old, line, new, None, act(1))


@pytest.mark.parametrize("lon, lat", [(-170.0, 27.3), (114.5, 95.0), (1e300, 1e300)])
def test_a_slip_to_the_other_side_of_the_earth_is_refused_and_nothing_changes(lon: float, lat: float) -> None:
    area, first = township(), village(232, "新村")
    ring = [(lon, lat), (EAST, SOUTH), (EAST, NORTH), (WEST, NORTH)]
    with pytest.raises(EditRefused):
        draw_village_border(first, ring, act())
    with pytest.raises(EditRefused):
        split_village_border(area, [(lon, lat), (EAST, NORTH)], first, None, act())
    with pytest.raises(EditRefused):
        draft_village_borders(area, {first.code: (lon, lat)}, act())
    assert not BoundaryEdit.objects.exists()


def test_a_ring_around_next_to_nothing_is_no_village() -> None:
    township()
    flat = [(WEST, SOUTH + STEP), (EAST, SOUTH + STEP), (EAST, SOUTH + STEP + 1e-6), (WEST, SOUTH + STEP + 1e-6)]
    with pytest.raises(EditRefused, match="太小"):
        draw_village_border(village(232, "新村"), flat, act())


def test_a_border_is_not_taken_back_from_under_grids_in_force() -> None:
    township()
    unit = village(232, "新村")
    draw_village_border(unit, [(WEST, SOUTH), (EAST, SOUTH), (EAST, NORTH), (WEST, NORTH)], act())
    unit.refresh_from_db()
    publish_plan(draft_plan(unit, by=None, at=timezone.now(), k=2), by=None, at=timezone.now(), on_moved=len)
    with pytest.raises(EditRefused, match="正在用的网格"):
        undo_village_borders(unit.parent, act(1, redivide=True))
    unit.refresh_from_db()
    assert unit.boundary is not None
