"""Putting a plan in force: the one before retires, people and tasks follow their ground."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import shapely
from django.db import transaction
from django.db.models import QuerySet

import geo
from backend.accounts.live import wake_phones
from backend.accounts.models import User
from backend.places.departments import cross_after_plan
from backend.places.duties import cut_duty
from backend.places.layers import metric_srid, to_shapely
from backend.places.models import Grid, GridDuty, GridPlan, Household, KeyPlace, Route
from backend.places.preview import name_heirs
from backend.problems import Conflict
from backend.units.models import AdminUnit

logger = logging.getLogger(__name__)

OFF_BOUNDARY_M2 = 1.0  # more than the rounding of stored degrees
Follow = Callable[[Mapping[int, Grid]], int]


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


class PlanNotRetired(Conflict):
    """Only a plan that was in force and is not any more can be put in force again."""

    slug = "plan_not_retired"
    zh, en = "只有用过、现在停用的方案能恢复。", "Only a retired plan can be put in force again."


class PlanEmpty(Conflict):
    """A plan without a grid would leave the village to nobody."""

    slug = "plan_empty"
    zh, en = "这个方案里一个网格也没有。请重新划一次再发布。", "This plan has no grid. Draft anew."


class PlanOffBoundary(Conflict):
    """The village's border has changed since the plan was made."""

    slug = "plan_off_boundary"
    zh, en = (
        "这个方案之后，村界改过，用它会有缝隙。请按现在的村界重新划。",
        "The village's border has changed since. Divide anew.",
    )


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing a plan did."""

    plan: GridPlan
    carried_duties: int
    moved_tasks: int
    open_grids: list[Grid]


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
        _must_fill(plan.unit, list(plan.grids.all()))
        at = _after(old_plan, at)
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
        _find_grids(plan.unit, list(new.values()))
        cross_after_plan(plan.unit)
        moved = on_moved({grid.pk: heirs[grid.code] for grid in old})
        plan.refresh_from_db()
        concerned = GridDuty.objects.filter(grid__in=[*old, *new.values()], valid__overlap=(at, None))
        ended = GridDuty.objects.filter(grid__in=old, valid__endswith=at)
        wake_phones((concerned | ended).values_list("user", flat=True))
        missing = list(Grid.objects.without_person(at).filter(plan=plan))
        logger.info("plan.published", extra={"plan": plan.pk, "unit": plan.unit_id, "by": by.pk if by else None})
        return Publication(plan, carried, moved, missing)


def republish_plan(plan: GridPlan, *, by: User | None, at: datetime, on_moved: Follow) -> Publication:
    """Put an older plan in force again, as a new plan with its ground and its codes: how a publication is undone."""
    with transaction.atomic():
        AdminUnit.objects.select_for_update().get(pk=plan.unit_id)
        if not GridPlan.objects.filter(pk=plan.pk, state=GridPlan.State.RETIRED).exists():
            raise PlanNotRetired
        grids = list(plan.grids.all())
        current = GridPlan.objects.published().filter(unit=plan.unit_id).first()
        if current and current.parameters.get("republishes") == plan.pk:
            raise PlanNotRetired("这个方案已经恢复了，正在用。")
        again = GridPlan.objects.create(
            unit=plan.unit,
            parameters=plan.parameters | {"republishes": plan.pk, "replaces": current.pk if current else None},
            input_digest=plan.input_digest,
            metrics=plan.metrics,
            made_by=by,
            made_at=at,
        )
        for grid in grids:
            grid.pk, grid.plan, grid.valid, grid.successors = None, again, None, []
            grid._state.adding = True
        Grid.objects.bulk_create(grids)
        return publish_plan(again, by=by, at=at, on_moved=on_moved)


def _must_fill(unit: AdminUnit, grids: list[Grid]) -> None:
    """The village's border may have moved since: grids that do not fill it any more are not put in force."""
    if not grids:
        raise PlanEmpty
    unit.refresh_from_db(fields=["boundary"])
    if unit.boundary is None:
        return
    srid = metric_srid(unit)
    whole = shapely.union_all([geo.to_metric(to_shapely(grid.polygon), srid) for grid in grids])
    if shapely.area(shapely.symmetric_difference(whole, geo.to_metric(to_shapely(unit.boundary), srid))) > OFF_BOUNDARY_M2:
        raise PlanOffBoundary


def _after(plan: GridPlan | None, at: datetime) -> datetime:
    """A request may have waited for another that published later than its own moment: then it counts from just after that."""
    since = plan.published_at if plan else None
    return at if since is None or since < at else since + timedelta(microseconds=1)


def _retire(plan: GridPlan | None, grids: list[Grid], *, at: datetime) -> None:
    if plan is not None:
        GridPlan.objects.filter(pk=plan.pk).update(state=GridPlan.State.RETIRED, retired_at=at)
    for grid in grids:
        Grid.objects.filter(pk=grid.pk).update(valid=(grid.valid.lower, at))


def _name_successors(old: list[Grid], new: dict[str, Grid], *, srid: int) -> dict[str, Grid]:
    """Write down who took over each old grid's ground; answers the one heir that its tasks go to."""
    heirs = {}
    for grid, (following, heir) in zip(old, name_heirs(old, list(new.values()), srid=srid), strict=True):
        Grid.objects.filter(pk=grid.pk).update(successors=following)
        heirs[grid.code] = heir
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
            cut_duty(duty, at=at)
            if heir is not None:
                # The same person goes on: a new row, so that old records keep the duty of their day.
                GridDuty.objects.create(grid=heir, user_id=duty.user_id, role=duty.role, valid=(at, ends))
        carried += heir is not None
    return carried


def _find_grids(unit: AdminUnit, grids: list[Grid]) -> None:
    """Key places, households and routes know the code of the grid they lie in; a route that of its middle."""
    index = geo.GridIndex([grid.code for grid in grids], [to_shapely(grid.polygon) for grid in grids])
    _keep_codes(KeyPlace.objects.filter(village=unit), index)
    _keep_codes(Household.objects.filter(village=unit), index)
    _keep_codes(Route.objects.filter(village=unit), index)


Visited = TypeVar("Visited", KeyPlace, Household, Route)


def _keep_codes(rows: QuerySet[Visited], index: geo.GridIndex) -> None:
    found = list(rows)
    codes = index.codes_at([row.spot[0] for row in found], [row.spot[1] for row in found])
    for row, code in zip(found, codes, strict=True):
        row.grid_code = code or ""
    rows.model.objects.bulk_update(found, ["grid_code"])
