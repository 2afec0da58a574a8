"""A report: kept whatever it says, with the grid of its place on its day; an urgent one rings at once."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from backend.audits.actions import mark_reached
from backend.field.actions import Reported, store_report, urgent_event
from backend.phone.interpret.common import Arrived, Place, Sha256, Text, TimedBody, Urgency, Verdict, clock_notes, read
from notifications.actions import announce


class ReportBody(TimedBody):
    kind: Annotated[str, Field(strict=True, min_length=1, max_length=10, pattern=r"^[\w.-]+$")]
    text: Text = ""
    urgent: Urgency = 0
    place: Place | None = None
    key_place: UUID | None = None
    task: UUID | None = None
    patrol: UUID | None = None
    photos: Annotated[list[Sha256], Field(max_length=60)] = []


def interpret_report(body: Any, arrived: Arrived) -> Verdict:
    said = read(ReportBody, body)
    moment = arrived.moment(said)
    where = said.place.where() if said.place else None
    reported = Reported(
        kind_code=said.kind,
        text=said.text,
        is_urgent=bool(said.urgent),
        where=where,
        accuracy_m=said.place.accuracy_m if said.place else None,
        raw_place=said.place.model_dump() if said.place else {},
        key_place=said.key_place,
        task=said.task,
        patrol=said.patrol,
        photos=tuple(dict.fromkeys(said.photos)),
        clock_shift_ms=None if moment.is_guess else moment.shift_ms,
    )
    row = store_report(
        arrived.item,
        reported,
        by=arrived.person,
        device=arrived.device,
        at=moment.at,
        received_at=arrived.sent.received_at,
    )
    mark_reached(arrived.person, row.uuid, at=arrived.sent.received_at)
    notes = clock_notes(moment)
    notes += ("unknown_kind",) if row.kind is None else ()
    notes += ("outside_grids",) if row.point is not None and not row.grid_code else ()
    if not arrived.is_replay and (row.is_urgent or (row.kind is not None and row.kind.is_urgent)):
        announce(urgent_event(row), at=arrived.sent.received_at)
    facts = {
        "report_kind": said.kind,
        "grid": row.grid_code,
        "text": row.text[:80],
        "shift_ms": moment.shift_ms,
        "at": moment.at_ms,
    }
    return Verdict(notes, notes, patrol=said.patrol, evidence=facts)
