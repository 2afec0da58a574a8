"""What a decision about a question does to the figures, told before anybody makes it: nothing here is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import geo
from backend.accounts.models import User
from backend.audits.compute import seen_area_of
from backend.audits.days import CoverageDay
from backend.audits.legs import Supposed, day_legs
from backend.audits.seals import is_sealed
from backend.audits.shapes import ground_in_metres
from backend.audits.visits import day_bounds
from backend.field.models import Flag
from backend.field.whole_tracks import segments_about
from backend.places.layers import to_shapely
from backend.places.models import Grid
from backend.places.rules import rules_at

MOST_DAYS = 12  # grids and days of one patrol; a walk through more is told in part, and said so


@dataclass(frozen=True, slots=True)
class Effect:
    """One grid and day: ground seen if the walk counts, and if it does not."""

    grid: Grid
    day: date
    ground_m2: int
    counted_m2: int
    not_counted_m2: int


@dataclass(frozen=True, slots=True)
class Effects:
    """``sealed`` days keep their figure whatever is decided; ``left`` were not worked out, there are too many."""

    days: list[Effect]
    sealed: int
    left: int


def effects_of(user: User, flag: Flag) -> Effects:
    """For every figure in sight the patrol has part in."""
    days = set(segments_about(flag.person, flag.about_id).values_list("day", flat=True))
    rows = CoverageDay.objects.current().visible_to(user).filter(day__in=days).select_related("grid", "ground")
    about = str(flag.about_id)
    part = [row for row in rows.order_by("day", "grid__code") if any(about in (leg["patrol"], leg["item"]) for leg in row.legs)]
    there = [row for row in part if not is_sealed(row.grid.code, row.day)]
    return Effects([_effect(row, flag) for row in there[:MOST_DAYS]], len(part) - len(there), max(0, len(there) - MOST_DAYS))


def _effect(row: CoverageDay, flag: Flag) -> Effect:
    rules = rules_at(row.grid.code, day_bounds(row.day)[0])
    outline = geo.to_metric(to_shapely(row.grid.polygon), row.ground.srid)
    whole = ground_in_metres(row.ground)
    seen = []
    for counts in (True, False):
        legs = day_legs(row.grid, row.day, outline, rules, row.ground.srid, supposed=Supposed(flag, counts)).legs
        area_m2 = seen_area_of(legs, outline, whole, rules).area
        seen.append(min(round(area_m2), row.ground.area_m2))
    return Effect(row.grid, row.day, row.ground.area_m2, seen[0], seen[1])
