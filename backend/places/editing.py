"""Changing a draft by hand, step by step: look first, then do it, and take the last step back. Nothing is lost on the way."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry

import geo
from backend.accounts.models import User
from backend.places.corners import Corners
from backend.places.edit_words import EditRefused, NothingToUndo, PlanEditedMeanwhile, refusal
from backend.places.layers import Layers, read_layers, to_column
from backend.places.models import Grid, GridPlan, PlanEdit
from backend.places.publishing import PlanNotDraft
from geo.division.inputs import read_inputs
from geo.division.metrics import Metrics, measure, sums_by_grid
from geo.errors import GeoError
from geo.topology import Border, Cell, move_border, move_building, shared_borders

logger = logging.getLogger(__name__)

#: A click this near to a house means it, metres.
NEAR_M = 6.0


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody wants: a border (its two grids and the how-manieth between them) along another line, or a house elsewhere."""

    kind: Literal["move_border", "move_building"]
    border: str = ""
    line: tuple[tuple[float, float], ...] = ()
    house: tuple[float, float] | None = None
    to: str = ""

    def as_input(self) -> dict[str, Any]:
        if self.kind == "move_border":
            return {"border": self.border, "line": [list(xy) for xy in self.line]}
        return {"house": list(self.house or ()), "to": self.to}


@dataclass(frozen=True, slots=True)
class GridChange:
    """One grid a step touches, before and after."""

    grid: Grid
    shape: Cell
    households: tuple[int, int]
    workload: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a step would do; nothing is kept yet. ``head`` is the last step it was computed after."""

    head: int
    changes: tuple[GridChange, ...]
    metrics: Metrics


@dataclass(slots=True)
class Draft:
    """A plan's grids in metres, in the order of their codes. ``corners`` writes them back as they were stored."""

    plan: GridPlan
    layers: Layers
    grids: list[Grid]
    cells: list[Cell]
    corners: Corners

    def borders(self) -> Iterator[tuple[str, Border]]:
        """Borders with the name they are asked for by."""
        seen: dict[str, int] = {}
        for border in shared_borders(self.cells):
            pair = f"{self.grids[border.first].code}-{self.grids[border.second].code}"
            seen[pair] = seen.get(pair, 0) + 1
            yield f"{pair}-{seen[pair]}", border

    def stored(self, shape: BaseGeometry) -> BaseGeometry:
        return self.corners.stored(shape)


def read_draft(plan: GridPlan) -> Draft:
    layers, grids = read_layers(plan.unit), list(plan.grids.order_by("code"))
    corners = Corners(layers.srid)
    return Draft(plan, layers, grids, [corners.read(grid.polygon) for grid in grids], corners)


def head_of(plan: GridPlan) -> int:
    return plan.edits.order_by("-seq").values_list("seq", flat=True).first() or 0


def preview_step(plan: GridPlan, step: Step) -> Preview:
    """What a step would do to the draft as it is now; raises what `edit_plan` would."""
    return _preview(read_draft(_must_be_draft(plan)), step)


def edit_plan(plan: GridPlan, step: Step, *, head: int, by: User | None, at: datetime) -> PlanEdit:
    """Do a step and write it down. ``head`` is the last step the person has seen; another one in between is a conflict."""
    with transaction.atomic():
        plan = _locked(plan, head, at=at)
        draft = read_draft(plan)
        preview = _preview(draft, step)
        before = _digest(plan)
        was = {change.grid.code: _as_it_is(change.grid) for change in preview.changes}
        for change in preview.changes:
            grid = change.grid
            grid.polygon = to_column(draft.stored(change.shape))
            grid.area_m2, grid.households, grid.workload = change.shape.area, change.households[1], change.workload[1]
            grid.save(update_fields=["polygon", "area_m2", "households", "workload"])
        plan.metrics |= preview.metrics.as_dict()
        plan.save(update_fields=["metrics"])
        edit = PlanEdit.objects.create(
            plan=plan,
            seq=head + 1,
            kind=step.kind,
            input=step.as_input(),
            was=was,
            before=before,
            after=_digest(plan),
            by=by,
            at=at,
        )
    logger.info("plan.edited", extra={"plan": plan.pk, "seq": edit.seq, "by": by.pk if by else None})
    return edit


def undo_edit(plan: GridPlan, *, head: int, by: User | None, at: datetime) -> PlanEdit:
    """Take the last step that still counts back; that is written down as a step of its own."""
    with transaction.atomic():
        plan = _locked(plan, head, at=at)
        last = plan.edits.exclude(kind=PlanEdit.Kind.UNDO).filter(undone_by=None).order_by("-seq").first()
        if last is None:
            raise NothingToUndo
        before, grids = _digest(plan), {grid.code: grid for grid in plan.grids.all()}
        was = {code: _as_it_is(grids[code]) for code in last.was}
        for code, row in last.was.items():
            Grid.objects.filter(pk=grids[code].pk).update(**row | {"polygon": GEOSGeometry(row["polygon"])})
        draft = read_draft(plan)
        plan.metrics |= measure(np.array(draft.cells, dtype=object), _inputs(draft)).as_dict()
        plan.save(update_fields=["metrics"])
        edit = PlanEdit.objects.create(
            plan=plan,
            seq=head + 1,
            kind=PlanEdit.Kind.UNDO,
            input={"undoes": last.seq},
            was=was,
            before=before,
            after=_digest(plan),
            undoes=last,
            by=by,
            at=at,
        )
    logger.info("plan.edit_undone", extra={"plan": plan.pk, "seq": last.seq, "by": by.pk if by else None})
    return edit


def _preview(draft: Draft, step: Step) -> Preview:
    try:
        after = _moved(draft, step)
    except GeoError as error:
        raise refusal(error, step.kind, draft.layers.srid) from error
    inputs, shapes = _inputs(draft), np.array(after, dtype=object)
    households, workload = (sums_by_grid(shapes, inputs, values) for values in (inputs.households, inputs.workload))
    changes = tuple(
        GridChange(
            grid,
            after[i],
            (grid.households, round(float(households[i]))),
            (grid.workload, round(float(workload[i]), 6)),
        )
        for i, grid in enumerate(draft.grids)
        if after[i] is not draft.cells[i]
    )
    if not changes:
        raise EditRefused("这条边界没有变。", reason="unchanged")
    return Preview(head_of(draft.plan), changes, measure(shapes, inputs))


def _moved(draft: Draft, step: Step) -> list[Cell]:
    srid, houses = draft.layers.srid, list(draft.layers.buildings.geometry)
    if step.kind == "move_border":
        border = dict(draft.borders()).get(step.border)
        if border is None:
            raise EditRefused("没有这条边界，刚才有人改过。请重新选。", reason="gone")
        if len(step.line) < 2:
            raise EditRefused("线要有两头，所以没改。", reason="crosses")
        return move_border(draft.cells, border, geo.to_metric(LineString(step.line), srid), houses)
    to = next((i for i, grid in enumerate(draft.grids) if grid.code == step.to), None)
    if step.house is None:
        raise EditRefused("没说是哪栋房屋，所以没移。请点在房屋上。", reason="gone")
    spot = geo.to_metric(Point(step.house), srid)
    near = [house for house in houses if house.distance(spot) <= NEAR_M]
    if to is None or not near:
        raise EditRefused("这里没有房屋，请点在房屋上。" if not near else "没有这个网格，请重新选。", reason="gone")
    return move_building(draft.cells, min(near, key=lambda house: house.distance(spot)), to, houses)


def _inputs(draft: Draft) -> Any:
    return read_inputs(draft.layers.village, draft.layers.buildings, draft.layers.barriers)


def _must_be_draft(plan: GridPlan) -> GridPlan:
    if plan.state != GridPlan.State.DRAFT:
        raise PlanNotDraft
    return plan


def _locked(plan: GridPlan, head: int, *, at: datetime) -> GridPlan:
    locked = GridPlan.objects.select_for_update(of=("self",)).select_related("unit").get(pk=plan.pk)
    _must_be_draft(locked)
    last = locked.edits.select_related("by").order_by("-seq").first()
    if (last.seq if last else 0) != head:
        raise PlanEditedMeanwhile.after(last, at=at)
    return locked


def _as_it_is(grid: Grid) -> dict[str, Any]:
    return {
        "polygon": grid.polygon.hexewkb.decode(),
        "area_m2": grid.area_m2,
        "households": grid.households,
        "workload": grid.workload,
    }


def _digest(plan: GridPlan) -> str:
    rows = Grid.objects.filter(plan=plan).order_by("code").values_list("code", "polygon")
    return hashlib.sha256(b"".join(code.encode() + bytes(polygon.wkb) for code, polygon in rows)).hexdigest()
