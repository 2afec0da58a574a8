"""Which ground was visited, with its evidence; one person's track only for a stated reason."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from ninja import Router

from backend.accounts.models import AccessEntry
from backend.audits.tracks import look_at_track
from backend.audits.visits import RULE, county_day, day_bounds, grids_of_day
from backend.command.audit_schemas import DayOut, GridEvidenceOut, LookIn, LookOut, TrackOut
from backend.command.evidence import describe_answers, describe_said, describe_stays, stays_in
from backend.command.rights import LOOK_AT_TRACKS, must_hold
from backend.command.schemas import Day
from backend.command.sign_in import StaffRequest
from backend.field.models import Visit
from backend.places.models import Grid
from backend.problems import NotFound

router = Router(tags=["visits"], by_alias=True)
NOTE = "没有到访，可能是没去，也可能是手机没记到。要看是谁、走了哪里，请写明理由，本人会知道。"
LOOKS = 200


@router.get("visits", response=DayOut, operation_id="visits_of_day")
def visits(request: StaffRequest, day: Day | None = None) -> dict[str, Any]:
    at = timezone.now()
    day = day or county_day(at)
    rows = grids_of_day(request.auth, day, at=at)
    return {
        "day": day,
        "computed_at": at,
        "rule": RULE,
        "grids": [
            {
                "code": row.grid.code,
                "name": row.grid.name,
                "village": row.grid.village.short_name,
                "visited": row.visits > 0,
                "visits": row.visits,
                "first_at": row.first_at,
                "last_at": row.last_at,
                "duration_s": row.duration_s,
                "has_person": row.has_person,
            }
            for row in rows
        ],
    }


@router.get("visits/{grid}", response=GridEvidenceOut, operation_id="visits_of_grid")
def evidence(request: StaffRequest, grid: str, day: Day | None = None) -> dict[str, Any]:
    user = request.auth
    day = day or county_day(timezone.now())
    found = Grid.objects.visible_to(user).filter(code=grid).order_by("valid").last()
    if found is None:
        raise NotFound
    span = day_bounds(day)
    return {
        "code": found.code,
        "name": found.name,
        "day": day,
        "visits": describe_stays(user, stays_in(user, grid, span)),
        "answers": describe_answers(user, grid, span),
        "reports": describe_said(user, grid, span),
        "note": NOTE,
    }


@router.post("tracks/look", response=TrackOut, operation_id="look_at_track")
def look(request: StaffRequest, body: LookIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    codes = set(Visit.objects.visible_to(user).filter(item=body.visit).values_list("grid__code", flat=True))
    if not codes:
        raise NotFound
    must_hold(user, LOOK_AT_TRACKS, over=codes, at=at)
    track = look_at_track(body.visit, reason=body.reason, by=user, at=at)
    return {
        "person": {"id": track.person.uuid, "name": track.person.name},
        "segments": [{"coordinates": leg} for leg in track.legs],
        "gaps": [{"from_": gap["from"], "to": gap["to"], "cause": str(gap.get("cause", ""))} for gap in track.gaps],
    }


@router.get("looks", response=list[LookOut], operation_id="list_looks")
def looks(request: StaffRequest) -> list[dict[str, Any]]:
    """Looks at me, and my own looks at others."""
    user = request.auth
    rows = AccessEntry.objects.visible_to(user).select_related("by", "about")[:LOOKS]
    return [
        {
            "at": row.at,
            "by": row.by.name,
            "about": row.about.name,
            "what": row.what,
            "reason": row.reason,
            "is_mine": row.by_id == user.pk,
        }
        for row in rows
    ]
