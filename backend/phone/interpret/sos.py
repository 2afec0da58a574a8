"""A call for help, and its end by the person. The call is known by an id of its own: said again, with a place, it is the same."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import StrictInt, StringConstraints

from backend.field.help import Called, store_help_call, store_help_end
from backend.phone.clock import Moment, judge_moment
from backend.phone.interpret.common import Arrived, Place, Storable, Text, TimedBody, Verdict, clock_notes, read

Line = Annotated[str, Storable, StringConstraints(strict=True, max_length=200)]


class SosBody(TimedBody):
    call_id: UUID
    called_at: StrictInt | None = None
    place: Place | None = None
    note: Text = ""
    patrol: UUID | None = None


class SosEndBody(TimedBody):
    call_id: UUID
    word: Line = ""


def interpret_sos(body: Any, arrived: Arrived) -> Verdict:
    said = read(SosBody, body)
    where = said.place.where() if said.place else None
    moment = arrived.moment(said)
    called = moment if said.called_at is None else _called(said, arrived)
    told = Called(
        called_at=called.at,
        placed_at=moment.at,
        where=where,
        accuracy_m=said.place.accuracy_m if said.place else None,
        raw_place=said.place.model_dump() if said.place else {},
        note=said.note.strip(),
        patrol=said.patrol,
    )
    store_help_call(
        said.call_id,
        told,
        by=arrived.person,
        device=arrived.device,
        received_at=arrived.sent.received_at,
        is_replay=arrived.is_replay,
    )
    notes = clock_notes(called)
    return Verdict(notes, notes, patrol=said.patrol, evidence={"shift_ms": called.shift_ms, "at": called.at_ms})


def interpret_sos_end(body: Any, arrived: Arrived) -> Verdict:
    said = read(SosEndBody, body)
    moment = arrived.moment(said)
    store_help_end(
        arrived.item,
        said.call_id,
        word=said.word.strip(),
        by=arrived.person,
        at=moment.at,
        received_at=arrived.sent.received_at,
    )
    return Verdict(clock_notes(moment))


def _called(said: SosBody, arrived: Arrived) -> Moment:
    """The moment of the press, which may be earlier than the moment this was said."""
    mono = said.mono
    if mono is not None and said.at is not None and said.called_at is not None:
        mono -= said.at - said.called_at
    return judge_moment(arrived.sent, said.called_at, boot=said.boot, mono=mono, rules=arrived.rules)
