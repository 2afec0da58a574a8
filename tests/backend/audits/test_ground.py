"""Patrollable ground: near roads, banks, houses and key places; never on water; the whole grid only where no layer exists."""

from __future__ import annotations

import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.utils import timezone

from backend.audits.grounds import PatrollableGround
from backend.audits.jobs import make_ground
from backend.audits.make_ground import grids_without_ground, make_grounds
from backend.places.layers import to_shapely
from backend.places.models import Grid, LandCover
from backend.places.rules import set_rules
from geo import to_lonlat, to_metric
from tests.backend.audits.ground import lay_lane, metres
from tests.backend.builders import COUNTY, Village, make_unit, middle

pytestmark = pytest.mark.django_db


def ground_of(grid: Grid) -> PatrollableGround:
    found = Grid.objects.select_related("village").get(pk=grid.pk)
    return make_grounds([found], at=timezone.now())[0]


def test_a_pond_is_walked_around_and_is_no_ground_itself(village: Village) -> None:
    grid = village.grids[0]
    centre = to_metric(shapely.Point(*middle(grid)), 4547)
    pond = shapely.box(centre.x - 50, centre.y - 50, centre.x + 50, centre.y + 50)
    shape = GEOSGeometry(to_lonlat(pond, 4547).wkt, srid=4326)
    LandCover.objects.create(unit=grid.village, kind="water", shape=shape)
    ground = ground_of(grid)
    assert ground.area_m2 == pytest.approx(4 * 100 * 60 + 3.1416 * 60**2, rel=0.005)
    assert ground.banks_m == pytest.approx(400, abs=1)
    assert ground.roads_m == 0
    assert not ground.is_whole


def test_without_any_layer_the_whole_grid_is_ground_and_says_so(village: Village) -> None:
    ground = ground_of(village.grids[0])
    outline = to_metric(to_shapely(Grid.objects.get(pk=village.grids[0].pk).polygon), 4547)
    assert ground.is_whole
    assert ground.area_m2 == pytest.approx(outline.area, rel=1e-4)


def test_the_same_layers_make_no_second_row_and_another_rule_does(village: Village) -> None:
    grid = village.grids[0]
    lay_lane(grid)
    make_ground()
    assert PatrollableGround.objects.count() == 2
    make_ground()
    assert PatrollableGround.objects.count() == 2
    assert not grids_without_ground(timezone.now())
    set_rules(make_unit(COUNTY), {"coverage": {"ground_m": 40}}, by=None, at=timezone.now())
    make_ground()
    newest = PatrollableGround.objects.filter(grid=grid).newest().get()
    assert newest.area_m2 == pytest.approx(metres(grid) * 80, rel=0.002)
    assert PatrollableGround.objects.filter(grid=grid).count() == 2
