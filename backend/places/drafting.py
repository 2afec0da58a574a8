"""Dividing a village and keeping the result as a draft."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction
from shapely.geometry.base import BaseGeometry

import geo
from backend.accounts.models import User
from backend.places.layers import Layers, read_layers, to_column, to_shapely
from backend.places.models import DivisionRun, Grid, GridPlan
from backend.problems import Unreadable
from backend.units.models import AdminUnit
from geo.division import Division, check_division, divide_village, keep_codes, next_codes, overlap_m2, shared_households
from geo.errors import GeoError

logger = logging.getLogger(__name__)

TARGET_HOUSEHOLDS = 400
TOLERANCE = 0.03


class CannotDivide(Unreadable):
    """The boundary, the houses or the lines of the village cannot be used; the text says which."""

    slug = "cannot_divide"
    zh, en = "这个村的数据还划不了网格。", "This village's layers cannot be divided yet."


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose about a division; everything has a default."""

    target_households: int = TARGET_HOUSEHOLDS
    k: int | None = None
    tolerance: float = TOLERANCE
    method: Literal["keep", "scratch"] = "keep"


def draft_plan(
    unit: AdminUnit,
    *,
    by: User | None,
    at: datetime,
    target_households: int = TARGET_HOUSEHOLDS,
    k: int | None = None,
    tolerance: float = TOLERANCE,
    method: Literal["keep", "scratch"] = "keep",
    run: DivisionRun | None = None,
) -> GridPlan:
    """Divide a village and keep the result as a draft. Ground that stays the same keeps its code."""
    choices = Choices(target_households, k, tolerance, method)
    layers = read_layers(unit)
    current = GridPlan.objects.published().filter(unit=unit).first()
    old = list(current.grids.order_by("code")) if current else []
    try:
        division = _divide(layers, choices)
        codes = _codes(unit, old, list(division.grids.geometry), layers)
    except GeoError as error:
        raise CannotDivide(f"{CannotDivide.zh}（{error}）") from error
    found = division.report.as_dict()
    with transaction.atomic():
        plan = GridPlan.objects.create(
            unit=unit,
            parameters=asdict(choices) | {"replaces": current.pk if current else None},
            input_digest=division.params_hash,
            metrics=found.pop("metrics") | found,
            run=run,
            made_by=by,
            made_at=at,
        )
        _keep_grids(plan, division, codes, layers.srid)
    logger.info("plan.drafted", extra={"plan": plan.pk, "unit": unit.pk, "by": by.pk if by else None})
    return plan


def _divide(layers: Layers, choices: Choices) -> Division:
    division = divide_village(
        layers.village,
        layers.buildings,
        layers.barriers,
        target_households=choices.target_households,
        k=choices.k,
        tolerance=choices.tolerance,
    )
    check_division(division, layers.village, layers.buildings, layers.barriers)
    return division


def _keep_grids(plan: GridPlan, division: Division, codes: list[str], srid: int) -> None:
    shapes = division.grids.geometry
    rows = zip(codes, shapes, division.grids["households"], division.grids["workload"], strict=True)
    Grid.objects.bulk_create(
        Grid(
            plan=plan,
            village=plan.unit,
            code=code,
            name=f"{plan.unit.short_name}第{int(code[12:])}网格",
            polygon=to_column(geo.to_lonlat(shape, srid)),
            area_m2=shape.area,
            households=round(households),
            workload=float(workload),
        )
        for code, shape, households, workload in rows
    )


def _codes(unit: AdminUnit, old: list[Grid], shapes: list[BaseGeometry], layers: Layers) -> list[str]:
    """The code of each new grid: the old one where the ground is the same, else one nobody ever had."""
    old_shapes = [geo.to_metric(to_shapely(grid.polygon), layers.srid) for grid in old]
    points = list(layers.buildings.geometry.representative_point())
    households = shared_households(old_shapes, shapes, points, list(layers.buildings["households"]))
    kept = keep_codes(overlap_m2(old_shapes, shapes), households)
    used = set(Grid.objects.filter(village=unit, valid__isnull=False).values_list("code", flat=True))
    fresh = iter(next_codes(unit.code, len(shapes) - len(kept), used))
    return [old[kept[i]].code if i in kept else next(fresh) for i in range(len(shapes))]
