"""Which cell of a department belongs to which grid, as files: a workbook for desks, a GeoPackage for maps."""

from __future__ import annotations

import io
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from backend.command.exports import local, plain
from backend.places.departments import pairs_of
from backend.places.exports import Crs, place_shapes
from backend.places.layers import to_shapely
from backend.places.models import DepartmentLayer, Grid
from backend.units.models import AdminUnit, border_note

COLUMNS = {
    "cell": "部门网格编码",
    "cell_name": "部门网格",
    "grid": "综合网格编码",
    "grid_name": "综合网格",
    "village_name": "村（社区）",
    "role_name": "怎么对上",
    "households": "户数",
    "household_share": "占部门网格户数",
    "area_m2": "面积（平方米）",
    "area_share": "占部门网格面积",
}


def crosswalk_xlsx(layer: DepartmentLayer, *, at: datetime) -> bytes:
    """The pairs under the lines that say whose grids, how they fit and when it was computed."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101  a new workbook has one
    sheet.title = "对照表"
    for line in head_of(layer, at):
        sheet.append([plain(part) for part in line])
    sheet.append([])
    sheet.append(list(COLUMNS.values()))
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = f"A{sheet.max_row + 1}"
    for row in pairs_of(layer, layer.rows.all()):
        sheet.append([plain(row[name]) for name in COLUMNS])
    for column in range(1, len(COLUMNS) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 18
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def crosswalk_gpkg(layer: DepartmentLayer, *, crs: Crs, at: datetime) -> bytes:
    """Layers ``cells`` (each with its grid) and ``grids``, tables ``crosswalk`` and ``about``."""
    pairs = pairs_of(layer, layer.rows.all())
    belongs = {row["cell"]: row for row in pairs if row["role"] in ("within", "main")}
    cells = list(layer.cells.all())
    grids = list(Grid.objects.current().filter(code__startswith=layer.unit.stem).select_related("village").order_by("code"))
    cell_table = {
        "code": [cell.code for cell in cells],
        "name": [cell.name for cell in cells],
        "grid": [belongs[cell.code]["grid"] if cell.code in belongs else "" for cell in cells],
        "role": [belongs[cell.code]["role_name"] if cell.code in belongs else "没对上" for cell in cells],
    }
    grid_table = {"code": [grid.code for grid in grids], "name": [f"{grid.village.short_name} {grid.name}" for grid in grids]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crosswalk.gpkg"
        for name, table, shown in (("cells", cell_table, cells), ("grids", grid_table, grids)):
            places = place_shapes([to_shapely(one.polygon) for one in shown], crs)
            frame = gpd.GeoDataFrame(table, geometry=places, crs=f"EPSG:{crs.value}")
            pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", geometry_type="MultiPolygon")
        listed: dict[str, list[Any]] = {name: [row[name] for row in pairs] for name in COLUMNS}
        pyogrio.write_dataframe(pd.DataFrame(listed), path, layer="crosswalk", driver="GPKG")
        about = pd.DataFrame(head_of(layer, at), columns=["what", "said"])
        pyogrio.write_dataframe(about, path, layer="about", driver="GPKG")
        return path.read_bytes()


def head_of(layer: DepartmentLayer, at: datetime) -> list[tuple[str, str]]:
    """What a reader must know of the table."""
    fit = "还没有算完"
    if layer.computed_at:
        fit = (
            "重叠 {overlap_m2:.0f} 平方米；没有部门网格的地 {uncovered_m2:.0f} 平方米；"
            "在综合网格外 {outside_m2:.0f} 平方米；{uncovered_households} 户不在任何部门网格里"
        ).format(**layer.report)
    lines = [
        ("部门", layer.department),
        ("范围", layer.unit.name),
        ("来源", layer.source),
        ("体检", fit),
        ("算到", local(layer.computed_at) or "还没有算过"),
        ("导出", local(at)),
        ("说明", "编码空着的一行是没对上的部分，各行加起来等于全部。"),
    ]
    note = border_note([*villages_of(layer), *([AdminUnit(is_synthetic=True)] if layer.is_synthetic else [])])
    return [*lines, ("边界", note)] if note else lines


def villages_of(layer: DepartmentLayer) -> list[AdminUnit]:
    """Villages whose grids the layer is laid over."""
    return list(
        AdminUnit.objects.current().below(layer.unit.code).filter(level=AdminUnit.Level.VILLAGE, boundary__isnull=False)
    )
