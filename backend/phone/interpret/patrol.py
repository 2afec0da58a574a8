"""A patrol begins or ends."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from backend.audits.actions import mark_patrol
from backend.field.questions import ask_about_patrol
from backend.field.tracks import refresh_last_position
from backend.patrols.results import PatrolOfAnother, end_patrol, start_patrol
from backend.phone.interpret.common import Arrived, ShortText, TimedBody, Unfit, Verdict, clock_notes, read


class PatrolBody(TimedBody):
    patrol: UUID
    event: Literal["start", "end"]
    reason: ShortText | None = None


def interpret_patrol(body: Any, arrived: Arrived) -> Verdict:
    said = read(PatrolBody, body)
    moment = arrived.moment(said)
    who: Any = {
        "by": arrived.person,
        "device": arrived.device,
        "at": moment.at,
        "received_at": arrived.sent.received_at,
    }
    try:
        if said.event == "start":
            patrol = start_patrol(said.patrol, **who)
        else:
            patrol = end_patrol(said.patrol, reason=(said.reason or "person")[:20], **who)
    except PatrolOfAnother as error:
        raise Unfit("patrol_of_another") from error
    # A track may have come before the start, or a start after the end.
    refresh_last_position(arrived.person, home_code=arrived.home)
    ask_about_patrol(patrol, home=arrived.home, at=arrived.sent.received_at)
    if patrol.ended_at is not None:
        mark_patrol(arrived.person, patrol.uuid, at=arrived.sent.received_at)
    return Verdict(clock_notes(moment))
