"""Department grids at a desk: how they fit, which cell belongs to which grid, files, and who may see and change them."""

from __future__ import annotations

import io
from pathlib import Path

import pyogrio
import pytest
import shapely
from django.utils import timezone
from openpyxl import load_workbook

from backend.places.departments import Cell, cross_layer, take_in_department
from backend.places.drafting import draft_plan
from backend.places.models import Building, DepartmentLayer
from backend.places.publishing import publish_plan
from backend.units.models import AdminUnit
from tests.backend.builders import TOWNSHIP, make_operator, make_unit
from tests.backend.command.desk import Desk
from tests.backend.places.ground import make_ground

pytestmark = pytest.mark.django_db


def make_layer(*, computed: bool = True) -> DepartmentLayer:
    village, at = make_ground(), timezone.now()
    publish_plan(draft_plan(village, by=None, at=at, k=4), by=None, at=at, on_moved=len)
    cells = [
        Cell("W", "=西片", shapely.box(114.5, 27.3, 114.5013, 27.3026)),
        Cell("E", "东片", shapely.box(114.5013, 27.3, 114.51, 27.3020)),
    ]
    layer = take_in_department(
        AdminUnit.objects.get(code=TOWNSHIP), "消防", cells, by=None, at=at, source="消防.gpkg", is_synthetic=True
    )
    if computed:
        cross_layer(layer, at=at)
    return layer


def admin() -> Desk:
    return Desk(make_operator(make_unit("360829000000", "安福县"), name="欧阳敏", role="county_admin"))


def test_a_layer_says_how_it_fits_and_every_household_is_in_its_table() -> None:
    layer, desk = make_layer(), admin()
    (row,) = desk.read("departments")
    assert (row["department"], row["cells"], row["synthetic"]) == ("消防", 2, True)
    assert row["report"]["outside_m2"] > 0
    assert row["report"]["uncovered_households"] > 0

    rows = desk.read(f"departments/{layer.pk}")["rows"]
    assert sum(one["households"] for one in rows) == sum(Building.objects.values_list("households", flat=True))
    assert {one["role_name"] for one in rows} <= {"全在", "主要在", "部分在", "没对上"}
    assert row["roles"]["rest"] == sum(one["role"] == "rest" for one in rows)


def test_the_table_answers_for_one_cell_one_grid_or_one_role() -> None:
    layer, desk = make_layer(), admin()
    rows = desk.read(f"departments/{layer.pk}")["rows"]
    grid = next(row["grid"] for row in rows if row["grid"])
    for name, value in (("cell", "W"), ("grid", grid), ("role", "rest")):
        seen = desk.read(f"departments/{layer.pk}", **{name: value})["rows"]
        assert seen == [row for row in rows if row[name] == value] != []


def test_the_map_has_every_cell_with_its_grid_and_every_grid() -> None:
    layer = make_layer()
    shapes = admin().read(f"departments/{layer.pk}/shapes")
    assert [cell["properties"]["code"] for cell in shapes["cells"]["features"]] == ["E", "W"]
    codes = {grid["properties"]["code"] for grid in shapes["grids"]["features"]}
    assert len(codes) == 4
    assert {cell["properties"]["grid"] for cell in shapes["cells"]["features"]} <= codes


def test_a_layer_that_is_not_computed_yet_says_so_everywhere() -> None:
    layer, desk = make_layer(computed=False), admin()
    assert desk.read("departments")[0]["computed_at"] is None
    assert desk.read("departments")[0]["report"] is None
    sheet = load_workbook(io.BytesIO(desk.get(f"departments/{layer.pk}/crosswalk.xlsx").content)).active
    assert "还没有算完" in [cell.value for cell in sheet["B"]]


def test_the_workbook_holds_every_pair_and_no_formula() -> None:
    layer, desk = make_layer(), admin()
    said = load_workbook(io.BytesIO(desk.get(f"departments/{layer.pk}/crosswalk.xlsx").content)).active
    cells = [[cell.value for cell in row] for row in said.iter_rows()]
    assert ["边界", "边界为合成示意，不代表真实界线"] in [row[:2] for row in cells]
    titles = next(i for i, row in enumerate(cells) if row[0] == "部门网格编码")
    assert len(cells) - titles - 1 == layer.rows.count()
    assert "'=西片" in {row[1] for row in cells}


@pytest.mark.parametrize("crs", ["4326", "4490", "4547"])
def test_the_map_file_has_cells_grids_and_pairs_in_the_system_asked_for(tmp_path: Path, crs: str) -> None:
    layer = make_layer()
    path = tmp_path / "a.gpkg"
    path.write_bytes(admin().get(f"departments/{layer.pk}/crosswalk.gpkg", crs=crs).content)
    cells = pyogrio.read_dataframe(path, layer="cells")
    assert cells.crs.to_epsg() == int(crs)
    assert set(cells["grid"]) <= set(pyogrio.read_dataframe(path, layer="grids")["code"])
    assert len(pyogrio.read_dataframe(path, layer="crosswalk")) == layer.rows.count()


def test_an_administrator_has_it_computed_again_and_takes_it_out() -> None:
    layer, desk = make_layer(), admin()
    assert desk.change(f"departments/{layer.pk}/recompute")["computed_at"] is None
    assert desk.post(f"departments/{layer.pk}/remove").status_code == 204
    assert desk.read("departments") == []


def test_the_township_looks_and_does_not_change_and_a_neighbour_sees_nothing() -> None:
    layer = make_layer()
    township = Desk(make_operator(AdminUnit.objects.get(code=TOWNSHIP), name="镇上人"))
    assert township.read(f"departments/{layer.pk}")["may_change"] is False
    for act in ("recompute", "remove"):
        assert township.post(f"departments/{layer.pk}/{act}").status_code == 403
    stranger = Desk(make_operator(make_unit("360829101000", "平都镇"), name="邻镇人"))
    assert stranger.read("departments") == []
    for path in ("", "/shapes", "/crosswalk.xlsx", "/crosswalk.gpkg"):
        assert stranger.get(f"departments/{layer.pk}{path}").status_code == 404
