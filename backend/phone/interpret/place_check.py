"""A key place was reached: by its tag, its QR code, or by saying so."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import StringConstraints

from backend.audits.actions import mark_place
from backend.field.actions import store_place_check
from backend.phone.interpret.common import Arrived, Storable, Text, TimedBody, Unfit, Verdict, clock_notes, read
from backend.places.models import KeyPlace

Line = Annotated[str, Storable, StringConstraints(strict=True, max_length=200)]


class PlaceCheckBody(TimedBody):
    key_place: UUID
    task: UUID | None = None
    patrol: UUID | None = None
    how: Literal["tag", "qr", "declared"]
    code: Line | None = None
    reason: Text | None = None


def interpret_place_check(body: Any, arrived: Arrived) -> Verdict:
    said = read(PlaceCheckBody, body)
    moment = arrived.moment(said)
    place = KeyPlace.objects.filter(uuid=said.key_place).first()
    if place is None:
        raise Unfit("unknown_place")
    row = store_place_check(
        arrived.item,
        place,
        how=said.how,
        code=said.code or "",
        reason=(said.reason or "")[:200],
        task=said.task,
        patrol=said.patrol,
        by=arrived.person,
        at=moment.at,
        received_at=arrived.sent.received_at,
    )
    mark_place(place, moment.at, at=arrived.sent.received_at)
    notes = clock_notes(moment) + (() if row.is_genuine else ("tag_mismatch",))
    facts = {"key_place": str(place.uuid), "how": said.how, "text": place.name, "shift_ms": moment.shift_ms, "at": moment.at_ms}
    return Verdict(notes, notes, patrol=said.patrol, evidence=facts)
