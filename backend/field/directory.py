"""Who is concerned by what happens in an area: the grids' people now, and the command centres whose area it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from backend.accounts.models import Post, in_stems
from backend.places.models import Grid, GridDuty, GridPlan
from backend.places.rules import rules_at
from backend.units.models import AdminUnit, stem
from notifications.ladder import LADDERS, Ladder, Step

DUTY_ROLES = {"worker": GridDuty.Role.WORKER, "stand_in": GridDuty.Role.STAND_IN, "chief": GridDuty.Role.CHIEF}
ON_WATCH = [Post.Role.OPERATOR, Post.Role.DISPATCHER, Post.Role.DUTY_CHIEF]


class Directory:
    """Answers for `notifications` from posts and grid duties."""

    def concerned(self, codes: Sequence[str], roles: frozenset[str], at: datetime) -> set[int]:
        """Ids of the people with one of the roles in any of the areas at an instant."""
        areas = _in_force([stem(code) for code in codes if code])
        if not areas:
            return set()
        people: set[int] = set()
        duty_roles = [role for name, role in DUTY_ROLES.items() if name in roles]
        if duty_roles:
            duties = GridDuty.objects.valid_at(at).filter(in_stems("grid__code", areas), role__in=duty_roles)
            people.update(duties.filter(user__is_active=True).values_list("user", flat=True))
        if "centre" in roles:
            people.update(_on_watch(areas, at))
        return people

    def ladder(self, codes: Sequence[str], severity: str, at: datetime) -> Ladder:
        """Waits are limits of the county; a normal alert has no steps."""
        if severity != "urgent":
            return LADDERS[severity]
        waits = rules_at(min(codes, default=""), at).ladder
        return tuple(Step(step.kind, timedelta(minutes=waits[f"{step.kind}_min"])) for step in LADDERS["urgent"])

    def behind(self, people: Iterable[int], role: str, at: datetime) -> set[int]:
        """Ids of the people with a role in any grid these people have a duty in."""
        grids = GridDuty.objects.valid_at(at).filter(user__in=list(people)).values("grid")
        duties = GridDuty.objects.valid_at(at).filter(grid__in=grids, role=DUTY_ROLES[role], user__is_active=True)
        return set(duties.values_list("user", flat=True))


def _in_force(areas: list[str]) -> list[str]:
    """A grid that was divided anew is stood for by the grids that took over its ground."""
    grids = [area for area in areas if len(area) == 15]
    current = set(Grid.objects.filter(code__in=grids, plan__state=GridPlan.State.PUBLISHED).values_list("code", flat=True))
    retired = Grid.objects.filter(code__in=set(grids) - current).order_by("pk").values_list("code", "successors")
    heirs = dict(retired)
    return sorted({heir for area in areas for heir in heirs.get(area) or [area]})


def _on_watch(areas: list[str], at: datetime) -> set[int]:
    """People at the command centres whose unit contains one of the areas."""
    posts = Post.objects.valid_at(at).filter(role__in=ON_WATCH, user__is_active=True).select_related("unit")
    containing = {area[:digits].ljust(12, "0") for area in areas for digits in (6, 9, 12)}
    posts = posts.filter(unit__code__in=containing).exclude(unit__level=AdminUnit.Level.CITY)
    return {post.user_id for post in posts if any(area.startswith(post.unit.stem) for area in areas)}
