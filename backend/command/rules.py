"""A county's limits: what is in force, and the next version of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema

from backend.accounts.models import User
from backend.command.rights import DIVIDE, holds
from backend.command.sign_in import StaffRequest
from backend.places.models import RuleSet
from backend.places.rules import DEFAULTS, limits_of, rules_at, set_rules
from backend.problems import Conflict
from backend.units.models import AdminUnit, AdminUnitQuerySet

router = Router(tags=["rules"], by_alias=True)
Limits = dict[str, Any]


class RulesIn(Schema):
    """All limits, or those that differ from the defaults; ``version`` is the one they were written over."""

    county: str = Field(min_length=12, max_length=12)
    version: int = Field(ge=1, le=32_000)
    limits: Limits


class RuleVersionOut(Schema):
    version: int
    from_: datetime | None = Field(serialization_alias="from")
    made_by: str
    made_at: datetime


class RulesOut(Schema):
    county: str
    county_name: str
    version: int
    limits: Limits
    defaults: Limits
    may_change: bool
    versions: list[RuleVersionOut]


@router.get("rules", response=list[RulesOut], operation_id="list_rules")
def rules(request: StaffRequest) -> list[dict[str, Any]]:
    """Of each county the person has a post in: by what one is judged is no secret there."""
    at = timezone.now()
    codes = {f"{stem[:6]}000000" for stem in request.auth.stems(at)}
    return [_said(request.auth, county, at=at) for county in _counties().filter(code__in=codes).order_by("code")]


@router.post("rules", response=RulesOut, operation_id="set_rules")
def change(request: StaffRequest, body: RulesIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    county = get_object_or_404(_counties().within(user.stems(at, DIVIDE)), code=body.county)
    if body.version != rules_at(county.code, at).version:
        raise Conflict
    set_rules(county, body.limits, by=user, at=at)
    return _said(user, county, at=at)


def _counties() -> AdminUnitQuerySet:
    return AdminUnit.objects.current().filter(level=AdminUnit.Level.COUNTY)


def _said(user: User, county: AdminUnit, *, at: datetime) -> dict[str, Any]:
    now = rules_at(county.code, at)
    rows = RuleSet.objects.visible_to(user).filter(county=county).select_related("made_by").order_by("-version")
    return {
        "county": county.code,
        "county_name": county.name,
        "version": now.version,
        "limits": limits_of(now),
        "defaults": limits_of(DEFAULTS),
        "may_change": holds(user, DIVIDE, over=[county.code], at=at),
        "versions": [
            {
                "version": row.version,
                "from_": row.valid.lower,
                "made_by": row.made_by.name if row.made_by else "",
                "made_at": row.made_at,
            }
            for row in rows
        ],
    }
