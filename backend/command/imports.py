"""Layers from files: upload, health report, choices, taking in, and the way back to the original."""

from __future__ import annotations

import io
import json
from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db import transaction
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Form, Router
from ninja.files import UploadedFile
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from backend.command.import_schemas import ImportChoicesIn, ImportOut, ImportRowOut, ImportShapesOut
from backend.command.rights import DIVIDE, must_hold
from backend.command.sign_in import StaffRequest
from backend.patrols.later import generate_later
from backend.places.health import label_fields
from backend.places.imports import begin_import, choose, chosen_layer, original_path, take_in_import
from backend.places.models import LayerImport
from backend.problems import NotFound
from backend.units.models import AdminUnit

router = Router(tags=["imports"], by_alias=True)
AT_MOST = 100
DRAWN_AT_MOST = 4_000  # more rows than this are not drawn on the page
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GRAVITY = {"error": "不能用", "warning": "要看看", "note": "说明", "ok": "没问题"}
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
Kind = Literal["village", "building", "barrier", "place", "key_place", "department"]


@router.get("imports", response=list[ImportRowOut], operation_id="list_imports")
def imports(request: StaffRequest, unit: str = "") -> list[dict[str, Any]]:
    rows = LayerImport.objects.visible_to(request.auth).filter(unit__code__startswith=unit).select_related("unit", "made_by")
    return [_row(row) for row in rows[:AT_MOST]]


@router.post("imports", response=ImportOut, operation_id="begin_import")
def begin(
    request: StaffRequest,
    unit: Form[str],
    kind: Form[Kind],
    file: File[UploadedFile],
    department: Form[str] = "",
) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    found = get_object_or_404(AdminUnit.objects.current().within(user.stems(at)), code=unit)
    must_hold(user, DIVIDE, over=[found.code], at=at)
    row = begin_import(found, kind, file, file_name=file.name or "", by=user, at=at, department=department)
    return _detail(row)


@router.get("imports/{uuid:layer_import}", response=ImportOut, operation_id="get_import")
def one(request: StaffRequest, layer_import: UUID) -> dict[str, Any]:
    return _detail(_find(request, layer_import))


@router.get("imports/{uuid:layer_import}/shapes", response=ImportShapesOut, operation_id="get_import_shapes")
def shapes(request: StaffRequest, layer_import: UUID) -> dict[str, Any]:
    """What the map draws under the marks: the layer with what was chosen, and the county's outline."""
    row = _find(request, layer_import)
    county = AdminUnit.objects.current().filter(code=f"{row.unit.code[:6]}000000", boundary__isnull=False)
    outline = county.annotate(shape=AsGeoJSON("boundary", precision=5)).values_list("shape", flat=True).first()
    return {"layer": chosen_layer(row, at_most=DRAWN_AT_MOST), "county": json.loads(outline) if outline else None}


@router.post("imports/{uuid:layer_import}/choose", response=ImportOut, operation_id="choose_for_import")
def choices(request: StaffRequest, layer_import: UUID, body: ImportChoicesIn) -> dict[str, Any]:
    row = _find(request, layer_import)
    must_hold(request.auth, DIVIDE, over=[row.unit.code], at=timezone.now())
    return _detail(choose(row, body.model_dump(exclude_none=True), by=request.auth))


@router.post("imports/{uuid:layer_import}/take-in", response=ImportOut, operation_id="take_in_import")
def take_in(request: StaffRequest, layer_import: UUID) -> dict[str, Any]:
    row, at = _find(request, layer_import), timezone.now()
    must_hold(request.auth, DIVIDE, over=[row.unit.code], at=at)
    with transaction.atomic():
        taken = take_in_import(row, by=request.auth, at=at)
        generate_later(row.unit.code)  # key places are what some items are due at
    return _detail(taken)


@router.get("imports/{uuid:layer_import}/problems.xlsx", response={200: bytes}, operation_id="export_import_problems")
def problems(request: StaffRequest, layer_import: UUID) -> HttpResponse:
    row = _find(request, layer_import)
    return _file(_workbook(row), XLSX, f"{row.file_name}-问题清单.xlsx")


@router.get("imports/{uuid:layer_import}/original", response={200: bytes}, operation_id="import_original")
def original(request: StaffRequest, layer_import: UUID) -> FileResponse:
    """The file as it came, byte for byte."""
    row = _find(request, layer_import)
    return _stored(row.sha256, row.file_name)


@router.get("imports/{uuid:layer_import}/converted.geojson", response={200: bytes}, operation_id="import_converted")
def converted(request: StaffRequest, layer_import: UUID) -> FileResponse:
    """The version that was taken in."""
    row = _find(request, layer_import)
    return _stored(row.converted_sha256, f"{row.file_name}-入库.geojson")


def _find(request: StaffRequest, layer_import: UUID) -> LayerImport:
    rows = LayerImport.objects.visible_to(request.auth).select_related("unit", "made_by")
    return get_object_or_404(rows, uuid=layer_import)


def _stored(sha256: str, name: str) -> FileResponse:
    path = original_path(sha256) if sha256 else None
    if path is None or not path.exists():
        raise NotFound
    answer = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream")
    answer["Cache-Control"] = "no-store"
    return answer


def _row(row: LayerImport) -> dict[str, Any]:
    return {
        "id": row.uuid,
        "unit": row.unit.code,
        "unit_name": row.unit.short_name,
        "kind": row.kind,
        "kind_name": LayerImport.Kind(row.kind).label,
        "state": row.state,
        "state_name": LayerImport.State(row.state).label,
        "step": row.step,
        "file_name": row.file_name,
        "size": row.size,
        "made_at": row.made_at,
        "made_by": row.made_by.name if row.made_by else "",
        "read_at": row.read_at,
        "taken_in_at": row.taken_in_at,
        "result": row.result,
        "unsolved": row.report.get("unsolved", 0),
    }


def _detail(row: LayerImport) -> dict[str, Any]:
    chosen = row.choices.get("fields", {})
    return _row(row) | {
        "layers": row.layers,
        "layer": row.choices.get("layer", ""),
        "fields": [wanted | {"chosen": chosen.get(wanted["name"], "")} for wanted in label_fields(row.kind)],
        "department": row.choices.get("department", ""),
        "synthetic": bool(row.choices.get("synthetic", False)),
        "findings": row.report.get("findings", []),
        "counts": row.report.get("counts", {}),
        "rows": row.report.get("rows", 0),
        "preview": row.report.get("preview", []),
        "marks": {"type": "FeatureCollection", "features": row.report.get("marks", [])},
        "has_converted": bool(row.converted_sha256),
    }


def _workbook(row: LayerImport) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101  a new workbook has one
    sheet.title = "问题清单"
    head = ["结果", "图上", "问题", "位置", "建议", "选了", "行号", "经度", "纬度"]
    sheet.append(head)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for finding in row.report.get("findings", []):
        place = finding["place"] or ["", ""]
        labels = {choice["value"]: choice["label"] for choice in finding["choices"]}
        cells = [
            GRAVITY[finding["level"]],
            finding["mark"] or "",
            finding["title"],
            finding["where"],
            finding["advice"],
            labels.get(finding["answer"], ""),
            "、".join(str(number + 1) for number in finding["rows"][:200]),
            *place,
        ]
        sheet.append([_plain(cell) for cell in cells])
    for letter, width in zip("ABCDEFGHI", (10, 6, 28, 40, 40, 20, 20, 12, 12), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _plain(cell: Any) -> Any:
    """Text of a file is never a formula."""
    if not isinstance(cell, str):
        return cell
    text = ILLEGAL_CHARACTERS_RE.sub("", cell)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return HttpResponse(body, content_type=kind, headers={"Content-Disposition": disposition, "Cache-Control": "no-store"})
