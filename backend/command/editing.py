"""Changing a draft by hand: its borders, what a step would do, the step, and taking it back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router
from numpy.typing import NDArray

from backend.accounts.models import User
from backend.command.edit_schemas import EditIn, EditingOut, HeadIn, StepIn, StepOut
from backend.command.plan_words import describe_edit
from backend.command.rights import DIVIDE, must_hold
from backend.command.sign_in import StaffRequest
from backend.places.editing import Preview, Step, edit_plan, head_of, preview_step, read_draft, undo_edit
from backend.places.models import GridPlan

router = Router(tags=["editing"], by_alias=True)


@router.get("plans/{int:plan}/edits", response=EditingOut, operation_id="list_plan_edits")
def editing(request: StaffRequest, plan: int) -> dict[str, Any]:
    """Borders to choose from and the steps taken so far, the newest first."""
    return _editing(get_object_or_404(GridPlan.objects.visible_to(request.auth).select_related("unit"), pk=plan))


@router.post("plans/{int:plan}/edits/preview", response=StepOut, operation_id="preview_plan_edit")
def preview(request: StaffRequest, plan: int, body: StepIn) -> dict[str, Any]:
    found = _mine(request.auth, plan)
    return _said(preview_step(found, _asked(body)), found)


@router.post("plans/{int:plan}/edits", response=EditingOut, operation_id="edit_plan")
def edit(request: StaffRequest, plan: int, body: EditIn) -> dict[str, Any]:
    found = _mine(request.auth, plan)
    edit_plan(found, _asked(body), head=body.head, by=request.auth, at=timezone.now())
    return _editing(found)


@router.post("plans/{int:plan}/edits/undo", response=EditingOut, operation_id="undo_plan_edit")
def undo(request: StaffRequest, plan: int, body: HeadIn) -> dict[str, Any]:
    found = _mine(request.auth, plan)
    undo_edit(found, head=body.head, by=request.auth, at=timezone.now())
    return _editing(found)


def _editing(found: GridPlan) -> dict[str, Any]:
    draft = read_draft(found)
    steps = found.edits.select_related("by", "undone_by").order_by("-seq")
    is_draft = found.state == GridPlan.State.DRAFT
    return {
        "head": head_of(found),
        "may_edit": is_draft,
        "borders": [
            {
                "id": name,
                "first": draft.grids[border.first].code,
                "second": draft.grids[border.second].code,
                "line": shapely.get_coordinates(draft.stored(border.line)).tolist(),
                "length_m": round(border.line.length),
                "slides": border.slides,
            }
            for name, border in (draft.borders() if is_draft else ())
        ],
        "edits": [describe_edit(edit) for edit in steps],
    }


def _mine(user: User, plan: int) -> GridPlan:
    found = get_object_or_404(GridPlan.objects.visible_to(user).select_related("unit"), pk=plan)
    must_hold(user, DIVIDE, over=[found.unit.code], at=timezone.now())
    return found


def _asked(body: StepIn) -> Step:
    return Step(kind=body.kind, border=body.border, grid=body.grid, line=tuple(body.line), house=body.house, to=body.to)


def _said(preview: Preview, plan: GridPlan) -> dict[str, Any]:
    draft = read_draft(plan)
    return {
        "head": preview.head,
        "changes": [
            {"code": one.grid.code, "name": one.grid.name, "households": one.households, "workload": one.workload}
            for one in preview.changes
        ],
        "gap_m2": preview.metrics.gap_m2,
        "overlap_m2": preview.metrics.overlap_m2,
        "cut_buildings": preview.metrics.cut_buildings,
        "max_mean": preview.metrics.max_mean,
        "grids": {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "geometry": json.loads(shapely.to_geojson(shapely.transform(draft.stored(one.shape), _as_drawn))),
                    "properties": {"code": one.grid.code, "name": one.grid.name, "households": one.households[1]},
                }
                for one in preview.changes
                if one.shape is not None
            ],
        },
    }


def _as_drawn(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rounded like the grids beside it, so that a common border is drawn once."""
    return np.round(xy, 7)
