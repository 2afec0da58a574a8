"""Village borders where nobody has published any: drawn, cut or begun from places, always marked as drafts, never moved under grids in force."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from shapely import LineString, Point, Polygon

import geo
from backend.accounts.models import User
from backend.places.corners import Corners
from backend.places.drafting import draft_plan
from backend.places.edit_words import EditRefused, NothingToUndo, PlanEditedMeanwhile, refusal
from backend.places.layers import NoBoundary, metric_srid, to_column, to_shapely
from backend.places.models import BoundaryEdit, Building, GridPlan, KeyPlace, PlaceGroup
from backend.problems import Conflict
from backend.units.models import AdminUnit
from geo.errors import GeoError
from geo.topology import Cell, draw_village, split_cell, villages_from_places

logger = logging.getLogger(__name__)

UNOFFICIAL = "草案，非官方"
XY = tuple[float, float]
#: What belongs to the village it lies in, with the column that says where.
FOLLOWING: tuple[tuple[Any, str], ...] = ((Building, "outline"), (KeyPlace, "point"), (PlaceGroup, "point"))
#: Ground that moved less than this only got corners, square metres.
MOVED_M2 = 1e-3
#: Less than this is a slip of the hand and no village, square metres.
SMALLEST_M2 = 1000.0


class VillageInForce(Conflict):
    """The village has grids in force; its border changes only together with a new division."""

    slug = "village_in_force"
    zh, en = (
        "这个村有正在用的网格。改村界要同时重划：勾上“同时重划网格”再存。",
        "This village has grids in force. Its border changes only together with a new division.",
    )


@dataclass(frozen=True, slots=True)
class Redrawn:
    """What a step on village borders did: whose ground changed, and drafts of villages divided anew."""

    edit: BoundaryEdit
    changed: tuple[AdminUnit, ...]
    drafts: tuple[GridPlan, ...]


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, when, having seen which step last, and whether villages with grids in force may be divided anew."""

    user: User | None
    at: datetime
    head: int
    redivide: bool = False


class _Ground:
    """A township's villages with borders, in metres."""

    def __init__(self, township: AdminUnit) -> None:
        self.township = township
        units = AdminUnit.objects.current().filter(level=AdminUnit.Level.VILLAGE, code__startswith=township.stem)
        self.units = {unit.code: unit for unit in units.order_by("code")}
        self.mapped = [unit for unit in self.units.values() if unit.boundary is not None]
        first = township if township.boundary is not None else (self.mapped[0] if self.mapped else None)
        self.srid = metric_srid(first or township)
        self.corners = Corners(self.srid)
        self.cells: dict[str, Cell] = {unit.code: self.corners.read(unit.boundary) for unit in self.mapped if unit.boundary}
        self.outline: Cell | None = None if township.boundary is None else self.corners.read(township.boundary)

    def metres(self, shape: Any) -> Any:
        """What a person drew, in metres; a place on the other side of the earth is refused like one in the next township."""
        try:
            return geo.to_metric(shape, self.srid)
        except GeoError as error:
            raise refusal(error, "draw", self.srid) from error


def head_of_borders(township: AdminUnit) -> int:
    return township.boundary_edits.order_by("-seq").values_list("seq", flat=True).first() or 0


def draw_village_border(unit: AdminUnit, ring: Sequence[XY], by: By) -> Redrawn:
    """Give a village the free ground in a ring: inside its township, outside other villages, with their corners."""
    with transaction.atomic():
        ground = _locked(_township_of(unit), by)
        others = {code: cell for code, cell in ground.cells.items() if code != unit.code}
        shape = ground.metres(Polygon(ring))
        new = _drawn(ground, others, shape)
        after = {unit.code: new.pop(""), **new}
        return _keep(ground, BoundaryEdit.Kind.DRAW, {"unit": unit.code, "ring": [list(xy) for xy in ring]}, after, by)


def split_village_border(unit: AdminUnit, line: Sequence[XY], to: AdminUnit, keep: XY | None, by: By) -> Redrawn:
    """Cut a village (or the township, where no village is drawn yet) along a line; the piece without ``keep`` becomes ``to``'s.

    Without ``keep`` the larger piece stays.
    """
    with transaction.atomic():
        ground = _locked(_township_of(unit), by)
        if to.code in ground.cells or to.code not in ground.units or to.code == unit.code:
            raise EditRefused("那个村已经有边界了，或者不在这个乡镇，所以没切。请选一个还没有边界的村。", reason="taken")
        is_village = unit.level == AdminUnit.Level.VILLAGE
        whole = ground.cells.get(unit.code) if is_village else ground.outline
        if whole is None:
            raise NoBoundary
        codes = list(ground.cells) if is_village else [unit.code]
        cells = [ground.cells[code] for code in codes] if is_village else [whole]
        try:
            *cells, piece = split_cell(cells, codes.index(unit.code), ground.metres(LineString(line)))
        except GeoError as error:
            raise refusal(error, "split", ground.srid) from error
        after = dict(zip(codes, cells, strict=True))
        if keep is not None and piece.covers(ground.metres(Point(keep))):
            after[unit.code], piece = piece, after[unit.code]
        if not is_village:
            new = _drawn(ground, ground.cells, Polygon(shapely.get_parts(piece)[0].exterior))
            after, piece = new, new.pop("")
        after[to.code] = piece
        asked = {"unit": unit.code, "to": to.code, "line": [list(xy) for xy in line], "keep": keep and list(keep)}
        return _keep(ground, BoundaryEdit.Kind.SPLIT, asked, after, by)


def draft_village_borders(township: AdminUnit, places: Mapping[str, XY], by: By) -> Redrawn:
    """Begin the borders of a township's villages halfway between one place of each, cut exactly at its outline."""
    with transaction.atomic():
        ground = _locked(township, by)
        if ground.outline is None:
            raise NoBoundary
        codes = sorted(places)
        if unknown := [code for code in codes if code not in ground.units]:
            raise EditRefused(f"{unknown[0]} 不是这个乡镇的村，所以没画。", reason="unknown")
        if left := [code for code in ground.cells if code not in places]:
            name = ground.units[left[0]].short_name
            raise EditRefused(f"{name}已经有边界，没给它地点，所以没画。请给每个村一个地点。", reason="left_out")
        try:
            cells = villages_from_places(ground.outline, [ground.metres(Point(places[code])) for code in codes])
        except GeoError as error:
            raise refusal(error, "places", ground.srid) from error
        asked = {"places": {code: list(places[code]) for code in codes}}
        return _keep(ground, BoundaryEdit.Kind.PLACES, asked, dict(zip(codes, cells, strict=True)), by)


def undo_village_borders(township: AdminUnit, by: By) -> Redrawn:
    """Take the last step on a township's village borders back."""
    with transaction.atomic():
        ground = _locked(township, by)
        steps = township.boundary_edits.exclude(kind=BoundaryEdit.Kind.UNDO).filter(undone_by=None)
        last = steps.order_by("-seq").first()
        if last is None:
            raise NothingToUndo
        moved = [ground.units[code] for code in last.was if code in ground.units]
        in_force = _in_force(moved, by)
        if bare := [unit.short_name for unit in in_force if not last.was[unit.code]["boundary"]]:
            raise EditRefused(f"{bare[0]}有正在用的网格，撤销以后它就没有边界了，所以没撤销。可以另画。", reason="in_force")
        was = {unit.code: _as_it_is(unit) for unit in moved}
        for unit in moved:
            row = last.was[unit.code]
            unit.boundary = to_column(to_shapely(GEOSGeometry(row["boundary"]))) if row["boundary"] else None
            unit.boundary_source, unit.is_unofficial = row["boundary_source"], row["is_unofficial"]
            unit.is_synthetic = row["is_synthetic"]
            unit.save(update_fields=["boundary", "boundary_source", "is_unofficial", "is_synthetic"])
        return _written(ground, BoundaryEdit.Kind.UNDO, {"undoes": last.seq}, was, moved, in_force, by, undoes=last)


def _drawn(ground: _Ground, others: Mapping[str, Cell], shape: Polygon) -> dict[str, Cell]:
    """The drawn village under the empty code, and the others with their new corners."""
    outline = ground.outline if ground.outline is not None else shapely.box(*shape.buffer(1000.0).bounds)
    try:
        drawn = draw_village(outline, list(others.values()), shape)
    except GeoError as error:
        raise refusal(error, "draw", ground.srid) from error
    if drawn.village.area < SMALLEST_M2:
        raise EditRefused("圈出来的地太小，不像一个村，所以没画。请沿着村界点一圈。", reason="empties")
    return {"": drawn.village, **dict(zip(others, drawn.existing, strict=True))}


def _keep(ground: _Ground, kind: str, asked: dict[str, Any], after: Mapping[str, Cell], by: By) -> Redrawn:
    """Store the borders that are not the same object as before; those whose ground moved become drafts."""
    changed = {code: cell for code, cell in after.items() if cell is not ground.cells.get(code)}
    moved = [
        ground.units[code]
        for code, cell in changed.items()
        if code not in ground.cells or ground.cells[code].symmetric_difference(cell).area > MOVED_M2
    ]
    in_force = _in_force(moved, by)
    was = {code: _as_it_is(ground.units[code]) for code in changed}
    synthetic = ground.township.is_synthetic or any(unit.is_synthetic for unit in ground.mapped)
    for code, cell in changed.items():
        unit = ground.units[code]
        unit.boundary = to_column(ground.corners.stored(cell))
        if unit in moved:
            unit.boundary_source, unit.is_unofficial, unit.is_synthetic = UNOFFICIAL, True, synthetic
        unit.save(update_fields=["boundary", "boundary_source", "is_unofficial", "is_synthetic"])
    return _written(ground, kind, asked, was, moved, in_force, by)


def _written(
    ground: _Ground,
    kind: str,
    asked: dict[str, Any],
    was: dict[str, Any],
    moved: list[AdminUnit],
    in_force: list[AdminUnit],
    by: By,
    undoes: BoundaryEdit | None = None,
) -> Redrawn:
    edit = BoundaryEdit.objects.create(
        township=ground.township, seq=by.head + 1, kind=kind, input=asked, was=was, undoes=undoes, by=by.user, at=by.at
    )
    follow_ground(moved)
    outdate_drafts(moved)
    drafts = [draft_plan(unit, by=by.user, at=by.at) for unit in in_force if unit.boundary is not None]
    logger.info("villages.redrawn", extra={"township": ground.township.pk, "kind": kind, "villages": len(moved)})
    return Redrawn(edit, tuple(moved), tuple(drafts))


def follow_ground(villages: list[AdminUnit]) -> None:
    """Houses, key places and natural villages belong to the village they now lie in."""
    for model, column in FOLLOWING:
        for unit in villages:
            if unit.boundary is None:
                continue
            rows = model.objects.filter(**{f"{column}__intersects": unit.boundary}, village__code__startswith=unit.code[:9])
            strangers = rows.exclude(village=unit)
            inside = [row.pk for row in strangers if unit.boundary.contains(getattr(row, column).point_on_surface)]
            model.objects.filter(pk__in=inside).update(village=unit)


def outdate_drafts(moved: list[AdminUnit]) -> None:
    """Drafts that divide the ground as it was can be looked at, and no longer published: they replace no plan there is."""
    for plan in GridPlan.objects.filter(unit__in=moved, state=GridPlan.State.DRAFT):
        plan.parameters |= {"replaces": 0}
        plan.save(update_fields=["parameters"])


def _in_force(moved: list[AdminUnit], by: By) -> list[AdminUnit]:
    held = set(GridPlan.objects.published().filter(unit__in=moved).values_list("unit", flat=True))
    found = [unit for unit in moved if unit.pk in held]
    if found and not by.redivide:
        names = "、".join(unit.short_name for unit in found[:3])
        raise VillageInForce(f"{names}有正在用的网格。改村界要同时重划：勾上“同时重划网格”再存。")
    return found


def _township_of(unit: AdminUnit) -> AdminUnit:
    if unit.level == AdminUnit.Level.TOWNSHIP:
        return unit
    return AdminUnit.objects.current().get(code=f"{unit.code[:9]}000")


def _locked(township: AdminUnit, by: By) -> _Ground:
    locked = AdminUnit.objects.select_for_update().get(pk=township.pk)
    last = locked.boundary_edits.select_related("by").order_by("-seq").first()
    if (last.seq if last else 0) != by.head:
        raise PlanEditedMeanwhile.after(last, at=by.at)
    return _Ground(locked)


def _as_it_is(unit: AdminUnit) -> dict[str, Any]:
    return {
        "boundary": None if unit.boundary is None else unit.boundary.hexewkb.decode(),
        "boundary_source": unit.boundary_source,
        "is_unofficial": unit.is_unofficial,
        "is_synthetic": unit.is_synthetic,
    }
