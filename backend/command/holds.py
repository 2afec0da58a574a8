"""Holds on what would go when its time is over, and the seals of days that are gone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from backend.accounts.models import User
from backend.audits.holds import place_hold, release_hold
from backend.audits.models import DaySeal, RetentionHold
from backend.command.describe import page_of
from backend.command.hold_schemas import HoldIn, HoldOut, HoldsOut, ReleaseIn, SealsOut
from backend.command.rights import PLACE_HOLDS, ground_of, must_hold
from backend.command.sign_in import StaffRequest
from backend.places.models import Grid, people_visible_to
from backend.problems import NotFound, Unreadable
from backend.units.models import AdminUnit

router = Router(tags=["holds"], by_alias=True)


@router.get("holds", response=HoldsOut, operation_id="list_holds")
def holds(request: StaffRequest, page: int = 1) -> dict[str, Any]:
    """Those in force first, each group by when it was placed."""
    rows = RetentionHold.objects.visible_to(request.auth).select_related("person", "placed_by", "released_by")
    head, found = page_of(rows.order_by(F("released_at").desc(nulls_first=True), "-placed_at", "-pk"), page)
    return head | {"items": _describe(found)}


@router.post("holds", response=HoldOut, operation_id="place_hold")
def place(request: StaffRequest, body: HoldIn) -> dict[str, Any]:
    """Of one person, or of a whole unit or grid; the days are those of the records."""
    user, at = request.auth, timezone.now()
    if (body.person is None) == (body.unit is None):
        raise Unreadable("写明是谁，或者是哪个单位、网格；两样只写一样。")
    person: User | None = None
    if body.person is not None:
        person = get_object_or_404(people_visible_to(user), uuid=body.person)
        over = sorted(ground_of(person, at=at))
    else:
        over = [_code(user, str(body.unit))]
    must_hold(user, PLACE_HOLDS, over=over, at=at)
    days = (body.from_, body.to)
    made = place_hold(person, unit_code=over[0], days=days, ground=body.ground, reason=body.reason, by=user, at=at)
    return _describe([made])[0]


@router.post("holds/{hold}/release", response=HoldOut, operation_id="release_hold")
def release(request: StaffRequest, hold: UUID, body: ReleaseIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    found = get_object_or_404(RetentionHold.objects.visible_to(user), uuid=hold)
    must_hold(user, PLACE_HOLDS, over=[found.unit_code], at=at)
    return _describe([release_hold(found, reason=body.reason, by=user, at=at)])[0]


@router.get("seals", response=SealsOut, operation_id="list_seals")
def seals(request: StaffRequest, page: int = 1) -> dict[str, Any]:
    """Days whose tracks are gone: what was kept of them, and whether it is still what was sealed."""
    head, found = page_of(DaySeal.objects.visible_to(request.auth).order_by("-day", "unit_code"), page)
    return head | {
        "items": [
            {
                "unit": seal.unit_code,
                "day": seal.day,
                "sha256": seal.sha256,
                "is_intact": seal.is_intact,
                "held_back": seal.held_back,
                "sealed_at": seal.sealed_at,
                "grids": seal.aggregates,
            }
            for seal in found
        ]
    }


def _code(user: User, code: str) -> str:
    """A unit, or a grid the person may see."""
    if Grid.objects.visible_to(user).filter(code=code).exists():
        return code
    if not AdminUnit.objects.filter(code=code).exists():
        raise NotFound
    return code


def _describe(holds: list[RetentionHold]) -> list[dict[str, Any]]:
    names = _names({hold.unit_code for hold in holds})
    return [_one(hold, names.get(hold.unit_code, "")) for hold in holds]


def _names(codes: set[str]) -> dict[str, str]:
    """What the units and grids are called; a grid by its village too. Of a grid that is no more, its last name."""
    units = {unit.code: unit.short_name for unit in AdminUnit.objects.filter(code__in=codes).order_by("edition")}
    grids = Grid.objects.filter(code__in=codes - units.keys()).select_related("village").order_by("plan", "pk")
    for grid in grids:
        village = grid.village.short_name
        units[grid.code] = f"{village}{grid.name.removeprefix(village)}"
    return units


def _one(hold: RetentionHold, unit_name: str) -> dict[str, Any]:
    person = {"id": hold.person.uuid, "name": hold.person.name} if hold.person else None
    return {
        "id": hold.uuid,
        "person": person,
        "unit": hold.unit_code,
        "unit_name": unit_name,
        "ground": hold.ground,
        "ground_name": RetentionHold.Ground(hold.ground).label,
        "reason": hold.reason,
        "from_": hold.first_day,
        "to": hold.last_day,
        "placed_by": hold.placed_by.name,
        "placed_at": hold.placed_at,
        "released_by": hold.released_by.name if hold.released_by else "",
        "released_at": hold.released_at,
        "release_reason": hold.release_reason,
    }
