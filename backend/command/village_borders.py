"""Borders of villages where none are published: drawn, cut, begun from places, taken back."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from backend.accounts.models import User
from backend.command.edit_schemas import (
    BorderStepIn,
    VillageBordersOut,
    VillagePlacesIn,
    VillageRingIn,
    VillageSplitIn,
    VillageStepOut,
)
from backend.command.plan_words import describe_edit
from backend.command.rights import DIVIDE, must_hold
from backend.command.sign_in import StaffRequest
from backend.places.models import GridPlan
from backend.places.village_borders import (
    By,
    Redrawn,
    draft_village_borders,
    draw_village_border,
    head_of_borders,
    split_village_border,
    undo_village_borders,
)
from backend.units.models import AdminUnit

router = Router(tags=["village borders"], by_alias=True)


@router.get("units/{unit}/borders", response=VillageBordersOut, operation_id="list_village_borders")
def borders(request: StaffRequest, unit: str) -> dict[str, Any]:
    """Of the township a unit is or lies in."""
    return _borders(_township(_units(request.auth), unit))


@router.post("units/{unit}/borders/draw", response=VillageStepOut, operation_id="draw_village_border")
def draw(request: StaffRequest, unit: str, body: VillageRingIn) -> dict[str, Any]:
    found = get_object_or_404(_units(request.auth).filter(level=AdminUnit.Level.VILLAGE), code=unit)
    return _done(draw_village_border(found, body.ring, _by(request.auth, found, body)))


@router.post("units/{unit}/borders/split", response=VillageStepOut, operation_id="split_village_border")
def split(request: StaffRequest, unit: str, body: VillageSplitIn) -> dict[str, Any]:
    found = get_object_or_404(_units(request.auth).filter(level__in=["township", "village"]), code=unit)
    to = get_object_or_404(_units(request.auth).filter(level=AdminUnit.Level.VILLAGE), code=body.to)
    return _done(split_village_border(found, body.line, to, body.keep, _by(request.auth, found, body)))


@router.post("units/{unit}/borders/places", response=VillageStepOut, operation_id="draft_village_borders")
def places(request: StaffRequest, unit: str, body: VillagePlacesIn) -> dict[str, Any]:
    township = _township(_units(request.auth), unit)
    points = {place.unit: place.at for place in body.places}
    return _done(draft_village_borders(township, points, _by(request.auth, township, body)))


@router.post("units/{unit}/borders/undo", response=VillageStepOut, operation_id="undo_village_borders")
def undo(request: StaffRequest, unit: str, body: BorderStepIn) -> dict[str, Any]:
    township = _township(_units(request.auth), unit)
    return _done(undo_village_borders(township, _by(request.auth, township, body)))


def _units(user: User) -> QuerySet[AdminUnit]:
    return AdminUnit.objects.current().within(user.stems(timezone.now()))


def _township(units: QuerySet[AdminUnit], code: str) -> AdminUnit:
    return get_object_or_404(units.filter(level=AdminUnit.Level.TOWNSHIP), code=f"{code[:9]}000")


def _by(user: User, unit: AdminUnit, body: BorderStepIn) -> By:
    at = timezone.now()
    must_hold(user, DIVIDE, over=[unit.code], at=at)
    return By(user=user, at=at, head=body.head, redivide=body.redivide)


def _done(redrawn: Redrawn) -> dict[str, Any]:
    changed, drafts = [unit.code for unit in redrawn.changed], [plan.pk for plan in redrawn.drafts]
    return _borders(redrawn.edit.township) | {"changed": changed, "drafts": drafts}


def _borders(township: AdminUnit) -> dict[str, Any]:
    villages = AdminUnit.objects.current().filter(level=AdminUnit.Level.VILLAGE, code__startswith=township.stem)
    outline = AdminUnit.objects.filter(pk=township.pk)
    in_force = set(GridPlan.objects.published().filter(unit__in=villages).values_list("unit", flat=True))
    edits = township.boundary_edits.select_related("by", "undone_by").order_by("-seq")
    return {
        "township": township.code,
        "name": township.short_name,
        "head": head_of_borders(township),
        "outline": _features(outline, in_force),
        "villages": _features(villages, in_force),
        "missing": [{"code": unit.code, "name": unit.short_name} for unit in villages.filter(boundary=None).order_by("code")],
        "edits": [describe_edit(edit) for edit in edits],
    }


def _features(units: QuerySet[AdminUnit], in_force: set[int]) -> dict[str, Any]:
    rows = units.filter(boundary__isnull=False).order_by("code").annotate(shape=AsGeoJSON("boundary", precision=15))
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": json.loads(unit.shape),
                "properties": {
                    "code": unit.code,
                    "name": unit.short_name,
                    "source": unit.boundary_source,
                    "unofficial": unit.is_unofficial,
                    "in_force": unit.pk in in_force,
                },
            }
            for unit in rows
        ],
    }
