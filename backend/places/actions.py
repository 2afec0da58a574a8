"""Changes to grid plans and to who is accountable for a grid."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

import geo
from backend.accounts.live import wake_phones
from backend.accounts.models import User
from backend.places.codes import keep_codes, next_codes, overlap_m2, shared_households, successors
from backend.places.layers import Layers, metric_srid, read_layers, to_column, to_shapely
from backend.places.models import Grid, GridDuty, GridPlan, KeyPlace
from backend.problems import Conflict, NotAllowed, Unreadable
from backend.units.models import AdminUnit
from geo.division import check_division, divide_village
from geo.errors import GeoError

logger = logging.getLogger(__name__)

TARGET_HOUSEHOLDS = 400
BACK_AT_MOST = timedelta(minutes=5)  # two clocks; who was accountable before is a record
Follow = Callable[[Mapping[int, Grid]], int]


class CannotDivide(Unreadable):
    """The boundary, the houses or the lines of the village cannot be used; the text says which."""

    slug = "cannot_divide"
    zh, en = "这个村的数据还划不了网格。", "This village's layers cannot be divided yet."


class PlanOutdated(Conflict):
    """Another plan of the village was published after this draft was made."""

    slug = "plan_outdated"
    zh, en = (
        "草案做好之后，这个村又发布过新的方案。请重新划一次再发布。",
        "The village was divided again meanwhile. Draft anew.",
    )


class PlanNotDraft(Conflict):
    """Only a draft can be published, and only once."""

    slug = "plan_not_draft"
    zh, en = "这个方案已经发布过了。", "This plan was published already."


class DutyEnded(Conflict):
    """The duty is over; it cannot be ended twice."""

    slug = "duty_ended"
    zh, en = "这个人已经不负责这个网格了。", "This duty has ended already."


class DutyTaken(Conflict):
    """Somebody is accountable for the grid from a later day on: two workers at a time there cannot be."""

    slug = "duty_taken"
    zh, en = (
        "从后面某一天起，这个网格已经定了网格员。要换人，请从那一天起重新指定。",
        "Somebody is named for this grid from a later day on. Name another from that same day.",
    )


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing a plan did."""

    plan: GridPlan
    carried_duties: int
    moved_tasks: int
    open_grids: list[Grid]


def draft_plan(
    unit: AdminUnit, *, by: User | None, at: datetime, target_households: int = TARGET_HOUSEHOLDS, k: int | None = None
) -> GridPlan:
    """Divide a village and keep the result as a draft. Ground that stays the same keeps its code."""
    layers = read_layers(unit)
    current = GridPlan.objects.published().filter(unit=unit).first()
    try:
        division = divide_village(layers.village, layers.buildings, layers.barriers, target_households=target_households, k=k)
        check_division(division, layers.village, layers.buildings, layers.barriers)
        shapes, found = list(division.grids.geometry), division.report.as_dict()
        codes = _codes(unit, list(current.grids.all()) if current else [], shapes, layers)
    except GeoError as error:
        raise CannotDivide(f"{CannotDivide.zh}（{error}）") from error
    with transaction.atomic():
        plan = GridPlan.objects.create(
            unit=unit,
            parameters={"target_households": target_households, "k": k, "replaces": current.pk if current else None},
            input_digest=division.params_hash,
            metrics=found.pop("metrics") | found,
            made_by=by,
            made_at=at,
        )
        rows = zip(codes, shapes, division.grids["households"], division.grids["workload"], strict=True)
        Grid.objects.bulk_create(
            Grid(
                plan=plan,
                village=unit,
                code=code,
                name=f"{unit.short_name}第{int(code[12:])}网格",
                polygon=to_column(geo.to_lonlat(shape, layers.srid)),
                area_m2=shape.area,
                households=round(households),
                workload=float(workload),
            )
            for code, shape, households, workload in rows
        )
    logger.info("plan.drafted", extra={"plan": plan.pk, "unit": unit.pk, "by": by.pk if by else None})
    return plan


def publish_plan(plan: GridPlan, *, by: User | None, at: datetime, on_moved: Follow) -> Publication:
    """Put a draft in force: the old plan retires, duties of codes that live on are carried over, tasks follow their ground.

    ``on_moved`` is told which grid took over from which (old grid id → new grid) and answers how many tasks moved.
    """
    with transaction.atomic():
        AdminUnit.objects.select_for_update().get(pk=plan.unit_id)
        old_plan = GridPlan.objects.published().filter(unit=plan.unit_id).first()
        if plan.parameters.get("replaces") != (old_plan.pk if old_plan else None):
            state = GridPlan.objects.values_list("state", flat=True).get(pk=plan.pk)
            raise PlanOutdated if state == GridPlan.State.DRAFT else PlanNotDraft
        old = list(old_plan.grids.all()) if old_plan else []
        _retire(old_plan, old, at=at)
        won = GridPlan.objects.filter(pk=plan.pk, state=GridPlan.State.DRAFT).update(
            state=GridPlan.State.PUBLISHED, published_by=by, published_at=at
        )
        if not won:
            raise PlanNotDraft
        Grid.objects.filter(plan=plan).update(valid=(at, None))
        new = {grid.code: grid for grid in Grid.objects.filter(plan=plan).select_related("village")}
        heirs = _name_successors(old, new, srid=metric_srid(plan.unit))
        carried = sum(_carry_duties(grid, new.get(grid.code), at=at) for grid in old)
        _place_key_places(plan.unit, list(new.values()))
        moved = on_moved({grid.pk: heirs[grid.code] for grid in old})
        plan.refresh_from_db()
        concerned = GridDuty.objects.filter(grid__in=[*old, *new.values()], valid__overlap=(at, None))
        ended = GridDuty.objects.filter(grid__in=old, valid__endswith=at)
        wake_phones((concerned | ended).values_list("user", flat=True))
        missing = list(Grid.objects.without_person(at).filter(plan=plan))
        logger.info("plan.published", extra={"plan": plan.pk, "unit": plan.unit_id, "by": by.pk if by else None})
        return Publication(plan, carried, moved, missing)


def assign_duty(
    grid: Grid,
    user: User,
    *,
    role: str,
    by: User | None,
    at: datetime,
    start: datetime | None = None,
    until: datetime | None = None,
) -> GridDuty:
    """Make a person chief, worker or stand-in of a grid. A new worker takes over from the one before, without a gap."""
    start = start or at
    if start < at - BACK_AT_MOST:
        raise Unreadable("起始时间不能早于现在：以前谁负责，不能改。")
    if not user.is_active:
        raise NotAllowed("这个人已经停用，不能指定。")
    with transaction.atomic():
        hold_grid(grid)
        same = {} if role == GridDuty.Role.WORKER else {"user": user}  # one worker, any number of the others
        held = list(grid.duties.select_for_update().filter(role=role, **same).valid_at(start))
        for before in held:
            _end(before, at=start)
        later = grid.duties.filter(role=GridDuty.Role.WORKER, valid__overlap=(start, until)).order_by("valid").first()
        if role == GridDuty.Role.WORKER and later is not None:
            day = timezone.localtime(later.valid.lower, ZoneInfo(settings.COUNTY_TIME_ZONE))
            raise DutyTaken(f"从{day:%Y-%m-%d}起，这个网格已定由{later.user.name}负责。要换人，请从那一天起重新指定。")
        duty = GridDuty.objects.create(grid=grid, user=user, role=role, valid=DateTimeTZRange(start, until))
        wake_phones([user.pk, *(before.user_id for before in held)])
        logger.info("duty.assigned", extra={"grid": grid.pk, "user": user.pk, "by": by.pk if by else None})
        return duty


def hold_grid(grid: Grid) -> None:
    """Keep the grid in force until this transaction ends: a plan published meanwhile waits, and finds what was done here.

    Two who give the same grid its person do so one after the other. Raises `Conflict` if the plan is not in force any more.
    """
    Grid.objects.select_for_update(no_key=True).get(pk=grid.pk)
    if not GridPlan.objects.published().filter(pk=grid.plan_id).exists():
        raise Conflict("这个网格不在现行方案里，请选新方案的网格。")


def end_duty(duty: GridDuty, *, by: User | None, at: datetime) -> GridDuty:
    """From now on the person is not accountable; if nobody follows, the grid becomes an alarm."""
    with transaction.atomic():
        held = GridDuty.objects.select_for_update().valid_at(at).filter(pk=duty.pk).first()
        if held is None:
            raise DutyEnded
        _end(held, at=at)
        wake_phones([held.user_id])
        logger.info("duty.ended", extra={"duty": duty.pk, "by": by.pk if by else None})
    duty.refresh_from_db()
    return duty


def _codes(unit: AdminUnit, old: list[Grid], shapes: list[BaseGeometry], layers: Layers) -> list[str]:
    """The code of each new grid: the old one where the ground is the same, else one nobody ever had."""
    old_shapes = [geo.to_metric(to_shapely(grid.polygon), layers.srid) for grid in old]
    points = list(layers.buildings.geometry.representative_point())
    households = shared_households(old_shapes, shapes, points, list(layers.buildings["households"]))
    kept = keep_codes(overlap_m2(old_shapes, shapes), households)
    used = set(Grid.objects.filter(village=unit, valid__isnull=False).values_list("code", flat=True))
    fresh = iter(next_codes(unit.code, len(shapes) - len(kept), used))
    return [old[kept[i]].code if i in kept else next(fresh) for i in range(len(shapes))]


def _retire(plan: GridPlan | None, grids: list[Grid], *, at: datetime) -> None:
    if plan is not None:
        GridPlan.objects.filter(pk=plan.pk).update(state=GridPlan.State.RETIRED, retired_at=at)
    for grid in grids:
        Grid.objects.filter(pk=grid.pk).update(valid=(grid.valid.lower, at))


def _name_successors(old: list[Grid], new: dict[str, Grid], *, srid: int) -> dict[str, Grid]:
    """Write down who took over each old grid's ground; answers the one heir that its tasks go to."""
    codes = list(new)
    area = overlap_m2(
        [geo.to_metric(to_shapely(grid.polygon), srid) for grid in old],
        [geo.to_metric(to_shapely(new[code].polygon), srid) for code in codes],
    )
    heirs = {}
    for grid, following in zip(old, successors(area, codes), strict=True):
        Grid.objects.filter(pk=grid.pk).update(successors=following)
        heirs[grid.code] = new[grid.code if grid.code in new else (following or codes)[0]]
    return heirs


def _carry_duties(grid: Grid, heir: Grid | None, *, at: datetime) -> int:
    """Duties of a code that lives on go on in the new grid; those of a code that is gone end here."""
    carried = 0
    for duty in grid.duties.filter(valid__overlap=(at, None)):
        begins, ends = duty.valid.lower, duty.valid.upper
        if begins is not None and begins >= at:
            if heir is None:
                duty.delete()
            else:
                GridDuty.objects.filter(pk=duty.pk).update(grid=heir)
        else:
            _end(duty, at=at)
            if heir is not None:
                # The same person goes on: a new row, so that old records keep the duty of their day.
                GridDuty.objects.create(grid=heir, user_id=duty.user_id, role=duty.role, valid=(at, ends))
        carried += heir is not None
    return carried


def _place_key_places(unit: AdminUnit, grids: list[Grid]) -> None:
    index = geo.GridIndex([grid.code for grid in grids], [to_shapely(grid.polygon) for grid in grids])
    places = list(KeyPlace.objects.filter(village=unit))
    codes = index.codes_at([place.point.x for place in places], [place.point.y for place in places])
    for place, code in zip(places, codes, strict=True):
        place.grid_code = code or ""
    KeyPlace.objects.bulk_update(places, ["grid_code"])


def _end(duty: GridDuty, *, at: datetime) -> None:
    """A duty that would be over before it began never was."""
    if duty.valid.lower is not None and duty.valid.lower >= at:
        duty.delete()
    else:
        GridDuty.objects.filter(pk=duty.pk).update(valid=(duty.valid.lower, at))
