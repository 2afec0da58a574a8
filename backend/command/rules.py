"""A county's limits: what is in force and what was, what each means, and the next version."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema

from backend.accounts.models import User
from backend.audits.visits import day_bounds
from backend.command.rights import DIVIDE, holds
from backend.command.schemas import Day
from backend.command.sign_in import StaffRequest
from backend.places.limit_words import GROUPS, LIMITS
from backend.places.models import RuleSet
from backend.places.rules import DEFAULTS, limits_of, rule_versions, rules_at, set_rules
from backend.problems import Conflict, Unreadable
from backend.units.models import AdminUnit, AdminUnitQuerySet

router = Router(tags=["rules"], by_alias=True)
Limits = dict[str, Any]


class RulesIn(Schema):
    """All limits, or those that differ from the defaults; ``version`` is the newest one, which they were written over.

    They hold from now, or from the first moment of a day to come.
    """

    county: str = Field(min_length=12, max_length=12)
    version: int = Field(ge=1, le=32_000)
    limits: Limits
    from_: Day | None = Field(default=None, alias="from")


class LimitOut(Schema):
    """One limit in words; ``path`` is where it stands in ``limits``, ``counts_for`` for what a new number counts."""

    path: str
    group: str
    group_name: str
    name: str
    unit: str
    low: float
    high: float
    counts_for: str
    about: str


class RuleVersionOut(Schema):
    version: int
    from_: datetime | None = Field(serialization_alias="from")
    to: datetime | None
    made_by: str
    made_at: datetime
    limits: Limits


class RulesOut(Schema):
    """``version`` and ``limits`` are in force now; ``newest`` may be one that is still to come."""

    county: str
    county_name: str
    version: int
    newest: int
    limits: Limits
    defaults: Limits
    words: list[LimitOut]
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
    if body.version != _newest(county):
        raise Conflict
    since = day_bounds(body.from_)[0] if body.from_ else None
    if since is not None and since <= at:
        raise Unreadable("生效的日子要在今天以后；要马上生效，就不写日子。")
    set_rules(county, body.limits, by=user, since=since, at=at)
    return _said(user, county, at=at)


def _counties() -> AdminUnitQuerySet:
    return AdminUnit.objects.current().filter(level=AdminUnit.Level.COUNTY)


def _newest(county: AdminUnit) -> int:
    versions = RuleSet.objects.filter(county=county).order_by("-version").values_list("version", flat=True)
    return versions.first() or DEFAULTS.version


def _said(user: User, county: AdminUnit, *, at: datetime) -> dict[str, Any]:
    now = rules_at(county.code, at)
    limits = {one.version: limits_of(one) for _, one in rule_versions(county.code)}
    rows = RuleSet.objects.visible_to(user).filter(county=county).select_related("made_by").order_by("-version")
    return {
        "county": county.code,
        "county_name": county.name,
        "version": now.version,
        "newest": _newest(county),
        "limits": limits_of(now),
        "defaults": limits_of(DEFAULTS),
        "words": [asdict(one) | {"group_name": GROUPS[one.group]} for one in LIMITS],
        "may_change": holds(user, DIVIDE, over=[county.code], at=at),
        "versions": [
            {
                "version": row.version,
                "from_": row.valid.lower,
                "to": row.valid.upper,
                "made_by": row.made_by.name if row.made_by else "",
                "made_at": row.made_at,
                "limits": limits.get(row.version, {}),
            }
            for row in rows
        ],
    }
