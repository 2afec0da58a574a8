"""Bringing in a department's grids and laying them over the comprehensive ones (多网合一)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from shapely.geometry.base import BaseGeometry

import geo
from backend.accounts.models import User
from backend.places.geo_words import in_chinese
from backend.places.layers import metric_srid, to_column, to_shapely
from backend.places.models import Building, CrosswalkRow, DepartmentGrid, DepartmentLayer, Grid
from backend.problems import Unreadable
from backend.units.models import AdminUnit
from geo.crosswalk import crosswalk
from geo.errors import GeoError

logger = logging.getLogger(__name__)

BEHIND = -5  # after whatever a person waits for
LONGEST_CODE, LONGEST_NAME, LONGEST_DEPARTMENT = 40, 80, 40
CROSS = "backend.places.jobs.cross_departments"


class CannotCross(Unreadable):
    """A department's cells cannot be laid over the grids; the text says which and why."""

    slug = "cannot_cross"
    zh, en = "这份部门网格对不上。", "These department grids cannot be laid over the grids."


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it was read: polygon in degrees."""

    code: str
    name: str
    shape: BaseGeometry


def take_in_department(
    unit: AdminUnit,
    department: str,
    cells: Iterable[Cell],
    *,
    by: User | None,
    at: datetime,
    source: str = "",
    is_synthetic: bool = False,
) -> DepartmentLayer:
    """Replace a department's grids in a unit; the table of pairs follows in the background."""
    held = list(cells)
    _must_be_sound(department, held)
    _must_be_here(unit, held)
    with transaction.atomic():
        DepartmentLayer.objects.filter(unit=unit, department=department).delete()
        layer = DepartmentLayer.objects.create(
            unit=unit, department=department, source=source, is_synthetic=is_synthetic, made_by=by, made_at=at
        )
        DepartmentGrid.objects.bulk_create(
            DepartmentGrid(layer=layer, code=cell.code, name=cell.name[:LONGEST_NAME], polygon=to_column(cell.shape))
            for cell in held
        )
        cross_later([layer.pk])
    logger.info("department.taken_in", extra={"layer": layer.pk, "unit": unit.pk, "by": by.pk if by else None})
    return layer


def _must_be_sound(department: str, cells: list[Cell]) -> None:
    """Every cell needs a code of its own and a valid outline; each fault is named with its cell."""
    if not department.strip():
        raise CannotCross("请写明是哪个部门的网格。")
    if not cells:
        raise CannotCross("文件里没有网格。请换一个图层，或者重新导出。")
    seen: set[str] = set()
    for cell in cells:
        if not cell.code or cell.code in seen:
            raise CannotCross(f"编码“{cell.code[:40]}”是空的或者重复了。每个网格要有自己的编码，请改好再导入。")
        if len(cell.code) > LONGEST_CODE:
            raise CannotCross(
                f"编码“{cell.code[:20]}……”有 {len(cell.code)} 个字，最多 {LONGEST_CODE} 个。请看看是不是选错了列。"
            )
        if cell.shape.geom_type not in ("Polygon", "MultiPolygon") or cell.shape.is_empty:
            raise CannotCross(f"网格 {cell.code} 不是一块面。请跳过它，或者补画好再导入。")
        if not cell.shape.is_valid:
            raise CannotCross(f"网格 {cell.code} 的边界自己和自己相交。请改好再导入。")
        seen.add(cell.code)


def _must_be_here(unit: AdminUnit, cells: list[Cell]) -> None:
    """What cannot even be measured in the county's metres would fail in the background, where nobody sees it."""
    srid = metric_srid(unit)
    for cell in cells:
        try:
            geo.to_metric(cell.shape, srid)
        except GeoError as error:
            raise CannotCross(f"网格 {cell.code} 离本县太远，多半是坐标系选错了。请重选坐标系再导入。") from error


def cross_later(layers: Iterable[int]) -> None:
    """Have tables of pairs computed: after an import, or after a plan was published."""
    for layer in layers:
        with suppress(AlreadyEnqueued), transaction.atomic():
            app.configure_task(CROSS, queueing_lock=f"cross {layer}", priority=BEHIND).defer(layer=layer)


def cross_again(layer: DepartmentLayer, *, by: User | None, at: datetime) -> None:
    """Have one layer laid over the grids anew; until then it says that it is being computed."""
    with transaction.atomic():
        DepartmentLayer.objects.filter(pk=layer.pk).update(computed_at=None)
        cross_later([layer.pk])
    logger.info("department.crossed_again", extra={"layer": layer.pk, "by": by.pk if by else None, "at": at.isoformat()})


def remove_department(layer: DepartmentLayer, *, by: User | None, at: datetime) -> None:
    """Take a department's grids out again; the comprehensive grids stay as they are."""
    logger.info("department.removed", extra={"layer": layer.pk, "by": by.pk if by else None, "at": at.isoformat()})
    layer.delete()


def pairs_of(layer: DepartmentLayer, rows: Iterable[CrosswalkRow]) -> list[dict[str, Any]]:
    """Rows with the names of cells and grids."""
    cells = dict(layer.cells.values_list("code", "name"))
    held = list(rows)
    grids = Grid.objects.filter(code__in={row.grid for row in held if row.grid}).select_related("village")
    named = {grid.code: grid for grid in grids}
    return [
        {
            "cell": row.cell,
            "cell_name": cells.get(row.cell, ""),
            "grid": row.grid,
            "grid_name": named[row.grid].name if row.grid in named else "",
            "village_name": named[row.grid].village.short_name if row.grid in named else "",
            "area_m2": row.area_m2,
            "area_share": row.area_share,
            "households": row.households,
            "household_share": row.household_share,
            "role": row.role,
            "role_name": row.get_role_display(),
        }
        for row in held
    ]


def cross_after_plan(unit: AdminUnit) -> None:
    """A village's grids changed: every layer that reaches over it is laid over the grids again."""
    above = [f"{unit.code[:6]}000000", f"{unit.code[:9]}000", unit.code]
    cross_later(DepartmentLayer.objects.filter(unit__code__in=above).values_list("pk", flat=True))


def cross_layer(layer: DepartmentLayer, *, at: datetime) -> int:
    """Compute the pairs of one layer with the grids in force; answers how many rows there are."""
    srid = metric_srid(layer.unit)
    cells, grids, buildings = _frames(layer, srid)
    try:
        found = crosswalk({layer.department: cells}, grids, buildings)
    except GeoError as error:
        raise CannotCross(f"{CannotCross.zh}{in_chinese(error)}", en=f"{CannotCross.en} {error}") from error
    columns = ["cell", "grid", "area_m2", "area_share", "households", "household_share", "role"]
    with transaction.atomic():
        if not DepartmentLayer.objects.select_for_update().filter(pk=layer.pk).exists():
            return 0
        layer.rows.all().delete()
        CrosswalkRow.objects.bulk_create(
            CrosswalkRow(layer=layer, **dict(zip(columns, row, strict=True)))
            for row in found.rows[columns].itertuples(index=False, name=None)
        )
        report = asdict(found.departments[0])
        DepartmentLayer.objects.filter(pk=layer.pk).update(computed_at=at, report=report)
    return len(found.rows)


def _frames(layer: DepartmentLayer, srid: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Cells of the layer, grids in force and buildings of its unit, in the county's metres."""

    def frame(shapes: Iterable[BaseGeometry], **columns: list[object]) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(columns, geometry=geo.to_metric(list(shapes), srid), crs=srid)

    cells = list(layer.cells.values_list("code", "polygon"))
    grids = list(Grid.objects.current().filter(code__startswith=layer.unit.stem).values_list("code", "polygon"))
    houses = Building.objects.filter(village__code__startswith=layer.unit.stem).order_by("pk")
    counted = list(houses.values_list("households", "outline"))
    return (
        frame([to_shapely(shape) for _, shape in cells], code=[code for code, _ in cells]),
        frame([to_shapely(shape) for _, shape in grids], code=[code for code, _ in grids]),
        frame([to_shapely(shape) for _, shape in counted], households=[count for count, _ in counted]),
    )
