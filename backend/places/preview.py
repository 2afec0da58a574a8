"""What putting a plan in force would change: households, persons, codes, and the load of each grid and person afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely

import geo
from backend.accounts.models import User
from backend.places.layers import metric_srid, to_shapely
from backend.places.models import Building, Grid, GridDuty, GridPlan
from geo.division import overlap_m2, successors


@dataclass(frozen=True, slots=True)
class GridLoad:
    """What a grid would carry, and who would be accountable for it, if anybody."""

    grid: Grid
    person: User | None


@dataclass(frozen=True, slots=True)
class PersonLoad:
    """All grids one person would be accountable for, in this village and elsewhere."""

    person: User
    grids: tuple[Grid, ...]

    @property
    def households(self) -> int:
        return sum(grid.households for grid in self.grids)

    @property
    def workload(self) -> float:
        return sum(grid.workload for grid in self.grids)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would change. ``heirs`` names the grid that takes over from each grid in force, by its key."""

    kept: tuple[str, ...]
    gone: tuple[str, ...]
    fresh: tuple[str, ...]
    households: int
    moved_households: int
    reassigned_households: int
    carried_duties: int
    ended_duties: tuple[GridDuty, ...]
    grids: tuple[GridLoad, ...]
    persons: tuple[PersonLoad, ...]
    heirs: Mapping[int, Grid]

    @property
    def open_grids(self) -> tuple[str, ...]:
        return tuple(load.grid.code for load in self.grids if load.person is None)


def preview_plan(plan: GridPlan, *, at: datetime) -> Preview:
    """What publishing this draft, or putting this older plan in force again, would change now. Nothing is changed."""
    old = list(Grid.objects.current().filter(village=plan.unit_id).order_by("code"))
    new = list(plan.grids.order_by("code"))
    codes = {grid.code for grid in new}
    was = {grid.code for grid in old}
    duties = list(
        GridDuty.objects.filter(grid__in=old, valid__overlap=(at, None)).select_related("user", "grid").order_by("grid__code")
    )
    accountable = {duty.grid.code: duty.user for duty in duties if duty.role == GridDuty.Role.WORKER and at in duty.valid}
    loads = tuple(GridLoad(grid, accountable.get(grid.code)) for grid in new)
    total, moved, reassigned = _households(plan, old, new, accountable)
    return Preview(
        kept=tuple(sorted(codes & was)),
        gone=tuple(sorted(was - codes)),
        fresh=tuple(sorted(codes - was)),
        households=total,
        moved_households=moved,
        reassigned_households=reassigned,
        carried_duties=sum(duty.grid.code in codes for duty in duties),
        ended_duties=tuple(duty for duty in duties if duty.grid.code not in codes),
        grids=loads,
        persons=_persons(plan, loads, at=at),
        heirs=_heirs(plan, old, new),
    )


def name_heirs(old: list[Grid], new: list[Grid], *, srid: int) -> list[tuple[list[str], Grid]]:
    """For each old grid the codes that take over its ground, and the one grid its tasks go to."""
    codes, by_code = [grid.code for grid in new], {grid.code: grid for grid in new}
    area = overlap_m2(
        [geo.to_metric(to_shapely(grid.polygon), srid) for grid in old],
        [geo.to_metric(to_shapely(grid.polygon), srid) for grid in new],
    )
    return [
        (following, by_code[grid.code if grid.code in by_code else (following or codes)[0]])
        for grid, following in zip(old, successors(area, codes), strict=True)
    ]


def _heirs(plan: GridPlan, old: list[Grid], new: list[Grid]) -> dict[int, Grid]:
    if not old or not new:
        return {}
    found = name_heirs(old, new, srid=metric_srid(plan.unit))
    return {grid.pk: heir for grid, (_, heir) in zip(old, found, strict=True)}


def _households(plan: GridPlan, old: list[Grid], new: list[Grid], accountable: Mapping[str, User]) -> tuple[int, int, int]:
    """All households, those whose house lies in another grid than before, and those another person (or nobody) answers for."""
    rows = list(Building.objects.filter(village=plan.unit_id).order_by("pk").values_list("outline", "households"))
    if not rows:
        return 0, 0, 0
    spots = shapely.get_coordinates(shapely.point_on_surface(np.array([to_shapely(shape) for shape, _ in rows], dtype=object)))
    counts = [count for _, count in rows]
    before, after = _codes_at(old, spots), _codes_at(new, spots)
    moved = reassigned = 0
    for count, was, now in zip(counts, before, after, strict=True):
        if was is not None:
            moved += count if was != now else 0
            reassigned += count if accountable.get(was) != accountable.get(now or "") else 0
    return sum(counts), moved, reassigned


def _codes_at(grids: list[Grid], spots: np.ndarray) -> list[str | None]:
    if not grids:
        return [None] * len(spots)
    index = geo.GridIndex([grid.code for grid in grids], [to_shapely(grid.polygon) for grid in grids])
    return list(index.codes_at(spots[:, 0], spots[:, 1]))


def _persons(plan: GridPlan, loads: tuple[GridLoad, ...], *, at: datetime) -> tuple[PersonLoad, ...]:
    """In the order of their first grid: a list of grids with their persons, and nobody's rank."""
    people = {load.person.pk: load.person for load in loads if load.person}
    grids: dict[int, list[Grid]] = defaultdict(list)
    for load in loads:
        if load.person:
            grids[load.person.pk].append(load.grid)
    elsewhere = GridDuty.objects.accountable(at).filter(user__in=people, grid__in=Grid.objects.current())
    for duty in elsewhere.exclude(grid__village=plan.unit_id).select_related("grid").order_by("grid__code"):
        grids[duty.user_id].append(duty.grid)
    return tuple(PersonLoad(person, tuple(grids[key])) for key, person in people.items())
