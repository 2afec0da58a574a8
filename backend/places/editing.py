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
from backend.places.drafting import name_grid
from backend.places.edit_words import EditRefused, NothingToUndo, PlanEditedMeanwhile, refusal
from backend.places.layers import Layers, read_layers, to_column
from backend.places.models import Grid, GridPlan, PlanEdit
from backend.places.publishing import PlanNotDraft
from geo.division import next_codes
from geo.division.inputs import read_inputs
from geo.division.metrics import Metrics, measure, sums_by_grid
from geo.errors import GeoError
from geo.topology import Border, Cell, merge_cells, move_border, move_building, shared_borders, split_cell

logger = logging.getLogger(__name__)

#: A click this near to a house means it, metres.
NEAR_M = 6.0


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody wants: a border (its two grids and the how-manieth between them) along another line, a house elsewhere,

    a grid cut along a line, or the two grids of a border made one.
    """

    kind: Literal["move_border", "move_building", "split_grid", "merge_grids"]
    border: str = ""
    grid: str = ""
    line: tuple[tuple[float, float], ...] = ()
    house: tuple[float, float] | None = None
    to: str = ""

    def as_input(self) -> dict[str, Any]:
        if self.kind == "move_border":
            return {"border": self.border, "line": [list(xy) for xy in self.line]}
        if self.kind == "split_grid":
            return {"grid": self.grid, "line": [list(xy) for xy in self.line]}
        if self.kind == "merge_grids":
            return {"border": self.border}
        return {"house": list(self.house or ()), "to": self.to}


@dataclass(frozen=True, slots=True)
class GridChange:
    """One grid a step touches, before and after. One the step makes is not stored yet; one it takes away has no shape."""

    grid: Grid
    shape: Cell | None
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
        was = {change.grid.code: _as_it_is(change.grid) if change.grid.pk else None for change in preview.changes}
        for change in preview.changes:
            grid = change.grid
            if change.shape is None:
                grid.delete()
                continue
            grid.polygon = to_column(draft.stored(change.shape))
            grid.area_m2, grid.households, grid.workload = change.shape.area, change.households[1], change.workload[1]
            grid.save()
        plan.metrics |= preview.metrics.as_dict() | {"k": plan.grids.count()}
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
        was = {code: _as_it_is(grids[code]) if code in grids else None for code in last.was}
        for code, row in last.was.items():
            grid = grids.get(code) or _new_grid(plan, code)
            if row is None:
                grid.delete()
                continue
            for name, value in row.items():
                setattr(grid, name, GEOSGeometry(value) if name == "polygon" else value)
            grid.save()
        draft = read_draft(plan)
        metrics = measure(np.array(draft.cells, dtype=object), _inputs(draft)).as_dict()
        plan.metrics |= metrics | {"k": len(draft.grids)}
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
        grids, after = _changed(draft, step)
    except GeoError as error:
        raise refusal(error, step.kind, draft.layers.srid) from error
    inputs, shapes = _inputs(draft), np.array(after, dtype=object)
    households, workload = (sums_by_grid(shapes, inputs, values) for values in (inputs.households, inputs.workload))
    before = {grid.code: cell for grid, cell in zip(draft.grids, draft.cells, strict=True)}
    changes = [
        GridChange(
            grid,
            after[i],
            (grid.households, round(float(households[i]))),
            (grid.workload, round(float(workload[i]), 6)),
        )
        for i, grid in enumerate(grids)
        if after[i] is not before.get(grid.code)
    ]
    left = {grid.code for grid in grids}
    changes += [
        GridChange(grid, None, (grid.households, 0), (grid.workload, 0.0)) for grid in draft.grids if grid.code not in left
    ]
    if not changes:
        raise EditRefused("这条边界没有变。", reason="unchanged")
    return Preview(head_of(draft.plan), tuple(changes), measure(shapes, inputs))


def _changed(draft: Draft, step: Step) -> tuple[list[Grid], list[Cell]]:
    """The grids there would be, with their shapes."""
    if step.kind == "split_grid":
        return _split(draft, step)
    if step.kind == "merge_grids":
        return _merged(draft, step)
    return draft.grids, _moved(draft, step)


def _split(draft: Draft, step: Step) -> tuple[list[Grid], list[Cell]]:
    """One grid cut along a line; the smaller piece gets a code nobody ever had."""
    at = next((i for i, grid in enumerate(draft.grids) if grid.code == step.grid), None)
    if at is None or len(step.line) < 2:
        raise EditRefused("没有这个网格，或者线没有两头，所以没拆。请重新选。", reason="gone")
    line = geo.to_metric(LineString(step.line), draft.layers.srid)
    cells = split_cell(draft.cells, at, line, list(draft.layers.buildings.geometry))
    codes = [grid.code for grid in draft.grids]
    used = Grid.objects.filter(village=draft.plan.unit, valid__isnull=False).values_list("code", flat=True)
    kept = [code for was in draft.plan.edits.values_list("was", flat=True) for code in was]
    [code] = next_codes(draft.plan.unit.code, 1, [*used, *codes, *kept])
    return [*draft.grids, _new_grid(draft.plan, code)], cells


def _merged(draft: Draft, step: Step) -> tuple[list[Grid], list[Cell]]:
    """The two grids of a border made one, under the code of the one with more households."""
    border = dict(draft.borders()).get(step.border)
    if border is None:
        raise EditRefused("没有这条边界，刚才有人改过。请重新选。", reason="gone")
    pair = sorted((border.first, border.second), key=lambda i: (-draft.grids[i].households, draft.grids[i].code))
    cells = merge_cells(draft.cells, *pair)
    return [grid for i, grid in enumerate(draft.grids) if i != pair[1]], cells


def _new_grid(plan: GridPlan, code: str) -> Grid:
    return Grid(plan=plan, village=plan.unit, code=code, name=name_grid(plan.unit, code))


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
