"""Dividing a village and keeping the result as a draft."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

import geopandas as gpd
import shapely
from django.db import transaction
from shapely.geometry.base import BaseGeometry

import geo
from backend.accounts.models import User
from backend.places.geo_words import in_chinese
from backend.places.layers import Layers, read_layers, read_place_groups, to_column, to_shapely
from backend.places.models import DivisionRun, Grid, GridPlan
from backend.problems import Unreadable
from backend.units.models import AdminUnit
from geo.division import (
    DivideOptions,
    Division,
    check_division,
    divide_village,
    keep_codes,
    next_codes,
    overlap_m2,
    redivide,
    shared_households,
)
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
    """What a person chose about a division; everything has a default.

    ``target_households`` None: as many households a grid as now where a plan is in force, else 400.
    """

    target_households: int | None = None
    k: int | None = None
    tolerance: float = TOLERANCE
    place_groups: Literal["off", "soft", "hard"] = "soft"
    method: Literal["keep", "scratch"] = "keep"


@dataclass(frozen=True, slots=True)
class _Made:
    """A division with the code of each grid and, where the plan in force was gone on from, what became of its codes."""

    division: Division
    codes: list[str]
    changes: list[dict[str, Any]]


def draft_plan(
    unit: AdminUnit,
    *,
    by: User | None,
    at: datetime,
    choices: Choices | None = None,
    run: DivisionRun | None = None,
    **some: Any,
) -> GridPlan:
    """Divide a village and keep the result as a draft. Ground that stays the same keeps its code.

    ``some``: single choices, the others as they are by default. With a plan in force only what must move moves, unless a
    number of grids or a division from scratch was asked for.
    """
    choices = replace(choices or Choices(), **some)
    layers = read_layers(unit)
    current = GridPlan.objects.published().filter(unit=unit).first()
    old = list(current.grids.order_by("code")) if current else []
    before = [geo.to_metric(to_shapely(grid.polygon), layers.srid) for grid in old]
    try:
        made = _divide(unit, layers, old, before, choices)
    except GeoError as error:
        raise CannotDivide(f"{CannotDivide.zh}{in_chinese(error)}", en=f"{CannotDivide.en} {error}") from error
    found = made.division.report.as_dict()
    with transaction.atomic():
        plan = GridPlan.objects.create(
            unit=unit,
            parameters=asdict(choices) | {"replaces": current.pk if current else None},
            input_digest=made.division.params_hash,
            metrics=found.pop("metrics") | found | ({"changes": made.changes} if made.changes else {}),
            run=run,
            made_by=by,
            made_at=at,
        )
        _keep_grids(plan, made, _degrees_of(old, before), layers.srid)
    logger.info("plan.drafted", extra={"plan": plan.pk, "unit": unit.pk, "by": by.pk if by else None})
    return plan


def _divide(unit: AdminUnit, layers: Layers, old: list[Grid], before: list[BaseGeometry], choices: Choices) -> _Made:
    options = DivideOptions(groups_whole=choices.place_groups == "hard")
    used = set(Grid.objects.filter(village=unit, valid__isnull=False).values_list("code", flat=True))
    groups = read_place_groups(unit, layers) if choices.place_groups != "off" else None
    target = choices.target_households or _households_now(old)
    layer = gpd.GeoDataFrame({"code": [grid.code for grid in old]}, geometry=before, crs=f"EPSG:{layers.srid}") if old else None
    if layer is not None and choices.method == "keep" and choices.k is None:
        again = redivide(
            layer,
            layers.village,
            layers.buildings,
            layers.barriers,
            target_households=target,
            tolerance=choices.tolerance,
            used=sorted(used),
            options=options,
            place_groups=groups,
        )
        check_division(again.division, layers.village, layers.buildings, layers.barriers)
        return _Made(again.division, list(again.division.grids["code"]), [asdict(change) for change in again.changes])
    division = divide_village(
        layers.village,
        layers.buildings,
        layers.barriers,
        target_households=target,
        k=choices.k,
        tolerance=choices.tolerance,
        options=options,
        place_groups=groups,
        old_grids=layer if choices.method == "keep" else None,
    )
    check_division(division, layers.village, layers.buildings, layers.barriers)
    return _Made(division, _codes(unit, old, before, list(division.grids.geometry), layers, used), [])


def _households_now(old: list[Grid]) -> int:
    """Households of a mean grid of the plan in force."""
    households = sum(grid.households for grid in old)
    return max(1, round(households / len(old))) if households else TARGET_HOUSEHOLDS


def _degrees_of(old: list[Grid], before: list[BaseGeometry]) -> dict[tuple[float, float], tuple[float, float]]:
    """Corners of the plan in force in metres, and as they are stored: what does not move keeps its very bytes."""
    known: dict[tuple[float, float], tuple[float, float]] = {}
    for grid, shape in zip(old, before, strict=True):
        stored = shapely.get_coordinates(to_shapely(grid.polygon)).tolist()
        known |= zip(map(tuple, shapely.get_coordinates(shape).tolist()), map(tuple, stored), strict=True)
    return known


def _degrees(shape: BaseGeometry, srid: int, known: dict[tuple[float, float], tuple[float, float]]) -> BaseGeometry:
    placed = geo.to_lonlat(shape, srid)
    corners = zip(shapely.get_coordinates(shape).tolist(), shapely.get_coordinates(placed).tolist(), strict=True)
    return shapely.set_coordinates(placed, [known.get(tuple(metres), degrees) for metres, degrees in corners])


def _keep_grids(plan: GridPlan, made: _Made, known: dict[tuple[float, float], tuple[float, float]], srid: int) -> None:
    table = made.division.grids
    rows = zip(made.codes, table.geometry, table["households"], table["workload"], strict=True)
    Grid.objects.bulk_create(
        Grid(
            plan=plan,
            village=plan.unit,
            code=code,
            name=name_grid(plan.unit, code),
            polygon=to_column(_degrees(shape, srid, known)),
            area_m2=shape.area,
            households=round(households),
            workload=float(workload),
        )
        for code, shape, households, workload in rows
    )


def name_grid(unit: AdminUnit, code: str) -> str:
    return f"{unit.short_name}第{int(code[12:])}网格"


def _codes(
    unit: AdminUnit, old: list[Grid], before: list[BaseGeometry], shapes: list[BaseGeometry], layers: Layers, used: set[str]
) -> list[str]:
    """The code of each new grid: the old one where the ground is the same, else one nobody ever had."""
    points = list(layers.buildings.geometry.representative_point())
    households = shared_households(before, shapes, points, list(layers.buildings["households"]))
    kept = keep_codes(overlap_m2(before, shapes), households)
    fresh = iter(next_codes(unit.code, len(shapes) - len(kept), used))
    return [old[kept[i]].code if i in kept else next(fresh) for i in range(len(shapes))]
