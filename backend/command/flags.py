"""Questions at a desk: what is known, what the person said, what somebody decided. The way itself only for a stated reason."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Case, Q, QuerySet, Value, When
from django.utils import timezone
from ninja import Router

from backend.audits.actions import decide_and_mark
from backend.audits.asked_tracks import look_at_flag
from backend.command.describe import page_of
from backend.command.flag_schemas import AskedTrackOut, DecideFlagIn, FlagOut, FlagsOut, LookAtFlagIn, State
from backend.command.flag_words import describe_flag, describe_flags
from backend.command.rights import JUDGE_FLAGS, holds, must_hold
from backend.command.sign_in import StaffRequest
from backend.field.models import Flag
from backend.field.whole_tracks import segments_about
from backend.problems import NotFound

router = Router(tags=["flags"], by_alias=True)
SETTLED = Q(decision__in=(Flag.Decision.COUNTS, Flag.Decision.DOES_NOT_COUNT))
STATES: dict[str, Q] = {
    "answered": ~SETTLED & Q(answered_at__isnull=False),
    "open": ~SETTLED & Q(answered_at=None),
    "decided": SETTLED,
}
#: Those somebody answered wait for a decision, so they come first.
TURN = Case(*(When(where, then=Value(turn)) for turn, where in enumerate(STATES.values())))


@router.get("flags", response=FlagsOut, operation_id="list_flags")
def flags(request: StaffRequest, state: State | None = None, grid: str = "", page: int = 1) -> dict[str, Any]:
    rows = Flag.objects.visible_to(request.auth)
    if grid:
        rows = rows.filter(unit_code=grid)
    counts = {name: rows.filter(where).count() for name, where in STATES.items()}
    if state:
        rows = rows.filter(STATES[state])
    head, found = page_of(rows.order_by(TURN, "-raised_at", "-pk"), page)
    return head | {"counts": counts, "items": describe_flags(found)}


@router.get("flags/{flag}", response=FlagOut, operation_id="get_flag")
def flag(request: StaffRequest, flag: UUID) -> dict[str, Any]:
    return _whole(request, _found(request, flag))


@router.post("flags/{flag}/look", response=AskedTrackOut, operation_id="look_at_flag")
def look(request: StaffRequest, flag: UUID, body: LookAtFlagIn) -> dict[str, Any]:
    """The walk a question is about. Who looks and why is written down first, and the person sees it."""
    user, at, found = request.auth, timezone.now(), _found(request, flag)
    must_hold(user, JUDGE_FLAGS, over=[found.unit_code], at=at)
    track = look_at_flag(found, reason=body.reason, by=user, at=at)
    return {
        "person": {"id": track.person.uuid, "name": track.person.name},
        "segments": [{"coordinates": leg} for leg in track.legs],
        "gaps": [{"from_": gap["from"], "to": gap["to"], "cause": gap["cause"]} for gap in track.gaps],
        "marked": track.marked,
        "mistake": track.mistake,
        "guess": [{"coordinates": leg} for leg in track.guess],
        "moves": track.moves,
    }


@router.post("flags/{flag}/decide", response=FlagOut, operation_id="decide_flag")
def decide(request: StaffRequest, flag: UUID, body: DecideFlagIn) -> dict[str, Any]:
    user, at, found = request.auth, timezone.now(), _found(request, flag)
    must_hold(user, JUDGE_FLAGS, over=[found.unit_code], at=at)
    decide_and_mark(found, decision=body.decision, note=body.note, by=user, at=at)
    return _whole(request, found)


def _found(request: StaffRequest, uuid: UUID) -> Flag:
    rows: QuerySet[Flag] = Flag.objects.visible_to(request.auth).select_related("person")
    found = rows.filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def _whole(request: StaffRequest, flag: Flag) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    may = holds(user, JUDGE_FLAGS, over=[flag.unit_code], at=at)
    has_track = segments_about(flag.person, flag.about_id).exists()
    return describe_flag(flag, user, has_track=has_track) | {
        "can_look": may and has_track,
        "look_note": "" if has_track else _no_track(flag),
        "can_decide": may and flag.person_id != user.pk,
    }


def _no_track(flag: Flag) -> str:
    return "路线已过保存期，或者没有传上来" if flag.about in ("patrol", "track") else "这件事和路线无关，没有路线可看"
