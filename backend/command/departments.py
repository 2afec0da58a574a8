"""Department grids over the comprehensive ones (多网合一): layers with their health, pairs, shapes, files."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Status

from backend.command.department_files import crosswalk_gpkg, crosswalk_xlsx
from backend.command.department_schemas import DepartmentOut, DepartmentRowOut, DepartmentShapesOut
from backend.command.rights import DIVIDE, holds, must_hold
from backend.command.sign_in import StaffRequest
from backend.places.departments import cross_again, pairs_of, remove_department
from backend.places.exports import Crs
from backend.places.models import CrosswalkRow, DepartmentLayer, Grid

router = Router(tags=["departments"], by_alias=True)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GPKG = "application/geopackage+sqlite3"
Role = CrosswalkRow.Role


@router.get("departments", response=list[DepartmentRowOut], operation_id="list_departments")
def departments(request: StaffRequest, unit: str = "") -> list[dict[str, Any]]:
    return [_row(layer) for layer in _layers(request).filter(unit__code__startswith=unit)]


@router.get("departments/{int:layer}", response=DepartmentOut, operation_id="get_department")
def department(request: StaffRequest, layer: int, cell: str = "", grid: str = "", role: Role | None = None) -> dict[str, Any]:
    """One layer with its pairs; of one cell, one grid or one role where asked for."""
    found = _find(request, layer)
    rows = found.rows.all()
    for name, value in (("cell", cell), ("grid", grid), ("role", role)):
        rows = rows.filter(**{name: value}) if value else rows
    may_change = holds(request.auth, DIVIDE, over=[found.unit.code], at=timezone.now())
    return _row(found) | {"rows": pairs_of(found, rows), "may_change": may_change}


@router.get("departments/{int:layer}/shapes", response=DepartmentShapesOut, operation_id="get_department_shapes")
def shapes(request: StaffRequest, layer: int) -> dict[str, Any]:
    """Cells, each with the grid it belongs to, and the outlines of the grids in force."""
    found = _find(request, layer)
    belongs = {
        cell: (grid, role)
        for cell, grid, role in found.rows.filter(role__in=["within", "main"]).values_list("cell", "grid", "role")
    }
    cells = []
    for code, name, shape in found.cells.annotate(shape=AsGeoJSON("polygon", precision=6)).values_list("code", "name", "shape"):
        grid, role = belongs.get(code, ("", "rest"))
        cells.append(_feature(shape, code=code, name=name, grid=grid, role=role if found.computed_at else "part"))
    grids = Grid.objects.visible_to(request.auth).current().filter(code__startswith=found.unit.stem)
    shown = grids.annotate(shape=AsGeoJSON("polygon", precision=6)).order_by("code").values_list("code", "name", "shape")
    return {"cells": _collection(cells), "grids": _collection([_feature(s, code=code, name=name) for code, name, s in shown])}


@router.post("departments/{int:layer}/recompute", response=DepartmentRowOut, operation_id="recompute_department")
def recompute(request: StaffRequest, layer: int) -> dict[str, Any]:
    found, at = _find(request, layer), timezone.now()
    must_hold(request.auth, DIVIDE, over=[found.unit.code], at=at)
    cross_again(found, by=request.auth, at=at)
    return _row(_find(request, layer))


@router.post("departments/{int:layer}/remove", response={204: None}, operation_id="remove_department")
def remove(request: StaffRequest, layer: int) -> Status[None]:
    found, at = _find(request, layer), timezone.now()
    must_hold(request.auth, DIVIDE, over=[found.unit.code], at=at)
    remove_department(found, by=request.auth, at=at)
    return Status(204, None)


@router.get("departments/{int:layer}/crosswalk.xlsx", response={200: bytes}, operation_id="export_crosswalk")
def table_file(request: StaffRequest, layer: int) -> HttpResponse:
    found = _find(request, layer)
    return _file(crosswalk_xlsx(found, at=timezone.now()), XLSX, f"{found.department}对照.xlsx")


@router.get("departments/{int:layer}/crosswalk.gpkg", response={200: bytes}, operation_id="export_crosswalk_map")
def map_file(request: StaffRequest, layer: int, crs: Crs = Crs.CGCS2000) -> HttpResponse:
    found = _find(request, layer)
    return _file(crosswalk_gpkg(found, crs=crs, at=timezone.now()), GPKG, f"{found.department}对照.gpkg")


def _layers(request: StaffRequest) -> QuerySet[DepartmentLayer]:
    counts = {f"n_{role}": Count("rows", filter=Q(rows__role=role)) for role in Role.values}
    return DepartmentLayer.objects.visible_to(request.auth).select_related("unit", "made_by").annotate(**counts)


def _find(request: StaffRequest, layer: int) -> DepartmentLayer:
    return get_object_or_404(_layers(request), pk=layer)


def _row(layer: DepartmentLayer) -> dict[str, Any]:
    return {
        "id": layer.pk,
        "unit": layer.unit.code,
        "unit_name": layer.unit.short_name,
        "department": layer.department,
        "source": layer.source,
        "synthetic": layer.is_synthetic,
        "made_at": layer.made_at,
        "made_by": layer.made_by.name if layer.made_by else "",
        "cells": layer.cells.count(),
        "computed_at": layer.computed_at,
        "report": layer.report if layer.computed_at else None,
        "roles": {role: getattr(layer, f"n_{role}") for role in Role.values},
    }


def _feature(shape: str, **properties: str) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shape)}


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return HttpResponse(body, content_type=kind, headers={"Content-Disposition": disposition, "Cache-Control": "no-store"})
