"""A department's grids come in, and every household stands in one cell and one grid."""

from __future__ import annotations

import pytest
import shapely
from django.utils import timezone

from backend.patrols.actions import move_tasks
from backend.places.departments import CannotCross, Cell, cross_layer, take_in_department
from backend.places.drafting import draft_plan
from backend.places.models import Building, CrosswalkRow, DepartmentLayer, Grid
from backend.places.publishing import publish_plan
from backend.units.models import AdminUnit
from tests.backend.builders import TOWNSHIP
from tests.backend.places.ground import make_ground

pytestmark = pytest.mark.django_db


def township() -> AdminUnit:
    return AdminUnit.objects.get(code=TOWNSHIP)


def halves() -> list[Cell]:
    """West and east half of the village of `make_ground`, and some of its neighbour."""
    middle = 114.5013
    return [
        Cell("W", "西片", shapely.box(114.5, 27.3, middle, 27.3026)),
        Cell("E", "东片", shapely.box(middle, 27.3, 114.51, 27.3026)),
    ]


def divide(unit: AdminUnit, k: int) -> None:
    at = timezone.now()
    plan = draft_plan(unit, by=None, at=at, k=k)
    publish_plan(plan, by=None, at=at, on_moved=lambda heirs: move_tasks(heirs, by=None, at=at))


def jobs() -> int:
    from procrastinate.contrib.django.models import ProcrastinateJob

    return ProcrastinateJob.objects.filter(task_name__endswith="cross_departments", status="todo").count()


def test_every_household_stands_in_one_cell_and_one_grid():
    village = make_ground()
    divide(village, 4)
    layer = take_in_department(township(), "消防", halves(), by=None, at=timezone.now())
    cross_layer(layer, at=timezone.now())

    rows = CrosswalkRow.objects.filter(layer=layer)
    assert sum(row.households for row in rows) == sum(Building.objects.values_list("households", flat=True))
    for grid in Grid.objects.current():
        area = sum(row.area_m2 for row in rows if row.grid == grid.code)
        assert area == pytest.approx(grid.area_m2, rel=1e-6)


def test_the_next_layer_of_a_department_replaces_the_one_before_and_is_computed_anew():
    make_ground()
    first = take_in_department(township(), "消防", halves(), by=None, at=timezone.now())
    second = take_in_department(township(), "消防", halves()[:1], by=None, at=timezone.now(), source="b.gpkg")

    assert not DepartmentLayer.objects.filter(pk=first.pk).exists()
    assert second.cells.count() == 1
    assert second.computed_at is None
    assert jobs() == 2


def test_a_plan_that_is_published_has_the_tables_of_its_township_computed_anew():
    village = make_ground()
    take_in_department(township(), "消防", halves(), by=None, at=timezone.now())
    before = jobs()
    take_in_department(AdminUnit.objects.get(code="360829000000"), "林业", halves(), by=None, at=timezone.now())
    from procrastinate.contrib.django.models import ProcrastinateJob

    assert before == 1
    ProcrastinateJob.objects.all().delete()
    divide(village, 2)
    assert jobs() == 2


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ([], "没有网格"),
        ([Cell("", "", shapely.box(0, 0, 1, 1))], "编码"),
        ([Cell("a", "", shapely.box(0, 0, 1, 1)), Cell("a", "", shapely.box(1, 0, 2, 1))], "重复"),
        ([Cell("a", "", shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]))], "自己和自己相交"),
        ([Cell("a", "", shapely.Point(0, 0))], "不是一块面"),
        ([Cell("9" * 400, "", shapely.box(114, 27, 114.1, 27.1))], "选错了列"),
        ([Cell("a", "", shapely.box(500_000, 3_020_000, 500_100, 3_020_100))], "坐标系"),
    ],
)
def test_cells_that_cannot_be_used_are_refused_by_name_and_the_old_ones_stay(cells, word):
    make_ground()
    kept = take_in_department(township(), "消防", halves(), by=None, at=timezone.now())
    with pytest.raises(CannotCross, match=word):
        take_in_department(township(), "消防", cells, by=None, at=timezone.now())
    assert DepartmentLayer.objects.filter(pk=kept.pk).exists()
