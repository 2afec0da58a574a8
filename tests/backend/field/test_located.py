"""The grid of a position is the one in force on its day, whatever was published since."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.utils import timezone

from backend.field.located import grid_code_at
from backend.field.models import Report, Visit
from backend.places.models import Grid, GridPlan
from tests.backend.builders import NORTH, SIDE, WEST, Village, middle
from tests.backend.phone_client import Phone, make_item, make_track, now_ms

pytestmark = pytest.mark.django_db

DAY_MS = 86_400_000


def divide_again(village: Village, *, days_ago: float) -> Grid:
    """Retire the plan and publish one grid over the whole village."""
    at = timezone.now() - timedelta(days=days_ago)
    GridPlan.objects.filter(pk=village.plan.pk).update(state="retired", retired_at=at)
    for grid in village.grids:
        Grid.objects.filter(pk=grid.pk).update(valid=(grid.valid[0], at))
    plan = GridPlan.objects.create(unit=village.unit, state="published", made_at=at, published_at=at)
    whole = Polygon.from_bbox((WEST, NORTH - SIDE, WEST + 2 * SIDE, NORTH))
    return Grid.objects.create(
        plan=plan,
        village=village.unit,
        code=f"{village.unit.code}009",
        name="合并网格",
        polygon=MultiPolygon(whole, srid=4326),
        area_m2=2_200_000,
        valid=(at, None),
    )


def test_old_records_keep_the_grid_of_their_day(phone: Phone, village: Village) -> None:
    lon, lat = middle(village.grids[1])
    assert grid_code_at(lon, lat, timezone.now()) == village.grids[1].code
    whole = divide_again(village, days_ago=1)
    assert grid_code_at(lon, lat, timezone.now()) == whole.code
    assert grid_code_at(lon, lat, timezone.now() - timedelta(days=2)) == village.grids[1].code
    place = {"crs": "wgs84", "lon": round(lon * 1e7), "lat": round(lat * 1e7), "acc": 20, "source": "gps"}
    report = {"kind": "0101", "text": "", "place": place, "photos": []}
    phone.sync(
        make_item("report", report, at=now_ms() - 2 * DAY_MS),
        make_item("report", report),
        make_track("2f3c2f0e-54a3-4c4e-9d3e-0d3d6a2b8d11", lon, lat, start=now_ms() - 2 * DAY_MS),
    )
    codes = set(Report.objects.values_list("grid_code", flat=True))
    assert codes == {village.grids[1].code, whole.code}
    assert Visit.objects.get().grid == village.grids[1]


def test_a_position_on_a_shared_edge_belongs_to_the_lowest_code(village: Village) -> None:
    edge = village.grids[1].polygon.extent[0]
    assert grid_code_at(edge, NORTH - SIDE / 2, timezone.now()) == village.grids[0].code


def test_nothing_is_in_a_draft_or_before_the_first_plan(village: Village) -> None:
    lon, lat = middle(village.grids[0])
    assert grid_code_at(lon, lat, timezone.now() - timedelta(days=4000)) == ""
    GridPlan.objects.update(state="draft")
    assert grid_code_at(lon, lat, timezone.now()) == ""


def test_a_walk_through_two_grids_is_two_visits_and_a_gap_is_not_bridged(phone: Phone, village: Village) -> None:
    lon, lat = middle(village.grids[0])
    steps = [0] + [5000] * 199
    steps[30] = 600_000
    item = make_track("2f3c2f0e-54a3-4c4e-9d3e-0d3d6a2b8d12", lon, lat, n=200, dt=steps, start=now_ms() - 2_000_000)
    phone.sync(item)
    visits = list(Visit.objects.order_by("t0"))
    assert [visit.grid for visit in visits] == [village.grids[0], village.grids[0], village.grids[1]]
    assert sum(visit.n for visit in visits) == 200
    assert (visits[1].t0 - visits[0].t1).total_seconds() == 600


def test_an_hour_the_phone_says_it_slept_is_not_bridged(phone: Phone, village: Village) -> None:
    lon, lat = middle(village.grids[0])
    start = now_ms() - 100_000
    gap = {"from": start + 50_000, "to": start + 54_000, "cause": "screen_off"}
    phone.sync(make_track("2f3c2f0e-54a3-4c4e-9d3e-0d3d6a2b8d13", lon, lat, n=20, start=start, gaps=[gap]))
    assert Visit.objects.count() == 2


def test_simulated_and_coarse_fixes_are_kept_and_count_for_nothing(phone: Phone, village: Village) -> None:
    lon, lat = middle(village.grids[0])
    phone.sync(make_track("2f3c2f0e-54a3-4c4e-9d3e-0d3d6a2b8d14", lon, lat, n=10, mock=[1] * 10))
    phone.sync(make_track("2f3c2f0e-54a3-4c4e-9d3e-0d3d6a2b8d15", lon, lat, n=10, acc=[500] * 10))
    assert not Visit.objects.exists()
    assert phone.user.track_segments.count() == 2
