"""Dividing a village: draft, compare, publish."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from backend.audits.actions import make_ground_later
from backend.command.admin_schemas import PlanIn, PlanOut, PlanRowOut, PreviewOut, PublicationOut
from backend.command.jobs import draw_tiles_later
from backend.command.plan_words import describe_preview
from backend.command.rights import DIVIDE, must_hold
from backend.command.sign_in import StaffRequest
from backend.patrols.actions import move_tasks
from backend.places.drafting import Choices, draft_plan
from backend.places.exports import Crs, FileKind, grids_file
from backend.places.models import Grid, GridPlan
from backend.places.picture import draw_plan
from backend.places.preview import preview_plan
from backend.places.publishing import Publication, publish_plan, republish_plan
from backend.units.models import AdminUnit

router = Router(tags=["plans"], by_alias=True)
AT_MOST = 200
MEDIA = {FileKind.GPKG: "application/geopackage+sqlite3", FileKind.GEOJSON: "application/geo+json"}


@router.get("plans", response=list[PlanRowOut], operation_id="list_plans")
def plans(request: StaffRequest, unit: str = "", run: int | None = None) -> list[dict[str, Any]]:
    rows = _whole(GridPlan.objects.visible_to(request.auth).filter(unit__code__startswith=unit))
    if run is not None:
        rows = rows.filter(run=run)
    return [_row(plan) for plan in rows.order_by("-made_at", "-pk")[:AT_MOST]]


@router.post("plans/draft", response=PlanOut, operation_id="draft_plan")
def draft(request: StaffRequest, body: PlanIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    villages = AdminUnit.objects.current().within(user.stems(at)).filter(level=AdminUnit.Level.VILLAGE)
    unit = get_object_or_404(villages, code=body.unit)
    must_hold(user, DIVIDE, over=[unit.code], at=at)
    plan = draft_plan(unit, by=user, at=at, choices=Choices(**body.dict(exclude={"unit"})))
    return _detail(_whole(GridPlan.objects.all()).get(pk=plan.pk))


@router.get("plans/{int:plan}", response=PlanOut, operation_id="get_plan")
def plan(request: StaffRequest, plan: int) -> dict[str, Any]:
    return _detail(get_object_or_404(_whole(GridPlan.objects.visible_to(request.auth)), pk=plan))


@router.get("plans/{int:plan}/picture.svg", response={200: str}, operation_id="plan_picture")
def picture(request: StaffRequest, plan: int) -> HttpResponse:
    found = get_object_or_404(GridPlan.objects.visible_to(request.auth).select_related("unit"), pk=plan)
    return HttpResponse(
        draw_plan(found), content_type="image/svg+xml; charset=utf-8", headers={"Cache-Control": "private, no-cache"}
    )


@router.get("plans/{int:plan}/preview", response=PreviewOut, operation_id="preview_plan")
def preview(request: StaffRequest, plan: int) -> dict[str, Any]:
    found = get_object_or_404(GridPlan.objects.visible_to(request.auth).select_related("unit"), pk=plan)
    must_hold(request.auth, DIVIDE, over=[found.unit.code], at=timezone.now())
    return describe_preview(preview_plan(found, at=timezone.now()), at=timezone.now())


@router.post("plans/{int:plan}/publish", response=PublicationOut, operation_id="publish_plan")
def publish(request: StaffRequest, plan: int) -> dict[str, Any]:
    return _put_in_force(publish_plan, request, plan)


@router.post("plans/{int:plan}/republish", response=PublicationOut, operation_id="republish_plan")
def republish(request: StaffRequest, plan: int) -> dict[str, Any]:
    return _put_in_force(republish_plan, request, plan)


@router.get("plans/{int:plan}/export", response={200: bytes}, operation_id="export_plan")
def export(request: StaffRequest, plan: int, kind: FileKind = FileKind.GPKG, crs: Crs = Crs.CGCS2000) -> HttpResponse:
    found = get_object_or_404(GridPlan.objects.visible_to(request.auth).select_related("unit"), pk=plan)
    return _file(found.grids.all(), f"{found.unit.code}-{found.state}-{found.pk}", kind, crs)


@router.get("units/{unit}/grids.file", response={200: bytes}, operation_id="export_grids")
def export_grids(request: StaffRequest, unit: str, kind: FileKind = FileKind.GPKG, crs: Crs = Crs.CGCS2000) -> HttpResponse:
    """The plans in force of a county, a township or a village."""
    found = get_object_or_404(AdminUnit.objects.current().within(request.auth.stems(timezone.now())), code=unit)
    grids = Grid.objects.visible_to(request.auth).current().filter(code__startswith=found.stem)
    return _file(grids, f"{found.code}-published", kind, crs)


def _file(grids: QuerySet[Grid], name: str, kind: FileKind, crs: Crs) -> HttpResponse:
    rows = list(grids.select_related("village", "plan").order_by("code"))
    headers = {"Content-Disposition": f'attachment; filename="{name}-{crs.value}.{kind.value}"'}
    return HttpResponse(grids_file(rows, crs=crs, kind=kind), content_type=MEDIA[kind], headers=headers)


def _put_in_force(action: Callable[..., Publication], request: StaffRequest, plan: int) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    found = get_object_or_404(GridPlan.objects.visible_to(user).select_related("unit"), pk=plan)
    must_hold(user, DIVIDE, over=[found.unit.code], at=at)
    with transaction.atomic():
        done = action(found, by=user, at=at, on_moved=partial(move_tasks, by=user, at=at))
        make_ground_later()
        draw_tiles_later()
    return {
        "published": True,
        "plan": done.plan.pk,
        "moved_tasks": done.moved_tasks,
        "carried_duties": done.carried_duties,
        "open_grids": [grid.code for grid in done.open_grids],
    }


def _whole(plans: QuerySet[GridPlan]) -> QuerySet[Any]:
    return plans.select_related("unit", "made_by").annotate(grid_count=Count("grids"))


def _row(plan: Any) -> dict[str, Any]:
    return {
        "id": plan.pk,
        "unit": plan.unit.code,
        "unit_name": plan.unit.short_name,
        "state": plan.state,
        "state_name": plan.get_state_display(),
        "grids": plan.grid_count,
        "parameters": plan.parameters,
        "metrics": plan.metrics,
        "made_at": plan.made_at,
        "made_by": plan.made_by.name if plan.made_by else "",
        "published_at": plan.published_at,
        "retired_at": plan.retired_at,
        "synthetic": plan.unit.is_synthetic,
    }


def _detail(plan: Any) -> dict[str, Any]:
    current = Grid.objects.current().filter(plan__unit=plan.unit_id)
    return _row(plan) | {"grids": _features(plan.grids.all()), "current": _features(current)}


def _features(grids: QuerySet[Grid]) -> dict[str, Any]:
    rows = grids.order_by("code").annotate(shape=AsGeoJSON("polygon", precision=7))
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": json.loads(grid.shape),
                "properties": {
                    "code": grid.code,
                    "name": grid.name,
                    "households": grid.households,
                    "workload": grid.workload,
                    "area_m2": round(grid.area_m2),
                    "successors": grid.successors,
                },
            }
            for grid in rows
        ],
    }
