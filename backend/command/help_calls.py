"""Calls for help at a desk: seen, which the phone hears, and ended with a word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from ninja import Router

from backend.command.describe import grid_names
from backend.command.rights import ANSWER_HELP, holds
from backend.command.schemas import HelpCallOut, WordIn
from backend.command.sign_in import StaffRequest
from backend.field.help import end_help_call, see_help_call
from backend.field.models import HelpCall
from backend.problems import NotAllowed, NotFound

router = Router(tags=["centre"], by_alias=True)


@router.post("help-calls/{call}/seen", response=HelpCallOut, operation_id="see_help_call")
def see(request: StaffRequest, call: UUID) -> dict[str, Any]:
    at = timezone.now()
    return describe_help_calls([see_help_call(_answerable(request, call, at=at), by=request.auth, at=at)])[0]


@router.post("help-calls/{call}/end", response=HelpCallOut, operation_id="end_help_call")
def end(request: StaffRequest, call: UUID, body: WordIn) -> dict[str, Any]:
    at = timezone.now()
    found = _answerable(request, call, at=at)
    return describe_help_calls([end_help_call(found, word=body.word.strip(), by=request.auth, at=at)])[0]


def describe_help_calls(calls: Sequence[HelpCall]) -> list[dict[str, Any]]:
    names = grid_names(call.code for call in calls)
    return [
        {
            "id": call.uuid,
            "person": {"id": call.person.uuid, "name": call.person.name},
            "phone": call.person.number,
            "grid": call.code,
            "grid_name": names.get(call.code, ""),
            "called_at": call.called_at,
            "received_at": call.received_at,
            "is_late": call.is_late,
            "lon": round(call.point.x, 6) if call.point else None,
            "lat": round(call.point.y, 6) if call.point else None,
            "accuracy_m": call.accuracy_m,
            "note": call.note,
            "state": call.state,
            "state_name": call.get_state_display(),
            "seen_by": call.seen_by.name if call.seen_by else "",
            "seen_at": call.seen_at,
            "ended_by": call.ended_by.name if call.ended_by else "",
            "ended_at": call.ended_at,
            "is_own_end": call.ended_by_person,
            "word": call.end_word,
        }
        for call in calls
    ]


def _answerable(request: StaffRequest, call: UUID, *, at: datetime) -> HelpCall:
    """A call in sight, for a post at a centre of the place or of the person. Should two phones have made one id, the newest."""
    user = request.auth
    found = HelpCall.objects.visible_to(user).filter(uuid=call).order_by("-received_at").first()
    if found is None:
        raise NotFound
    if not any(holds(user, ANSWER_HELP, over=[code], at=at) for code in (found.grid_code, found.home_code) if code):
        raise NotAllowed
    return found
