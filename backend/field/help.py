"""Calls for help: kept as the phone said them, seen and ended by a desk, ended by the person. Arrivals come in any order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Q

from backend.accounts.live import wake_desks, wake_phones
from backend.accounts.models import Device, User
from backend.field.actions import home_code
from backend.field.located import grid_code_at
from backend.field.models import HelpCall, HelpEnd
from backend.places.models import Grid
from geo import LonLat
from notifications.actions import announce, close_alerts
from notifications.events import HelpAnswered, HelpCalled
from notifications.rules import help_subject

State = HelpCall.State


@dataclass(frozen=True, slots=True)
class Called:
    """A call as the phone said it; ``where`` is WGS 84 and was so at ``placed_at``, ``raw_place`` what was sent."""

    called_at: datetime
    placed_at: datetime
    where: LonLat | None = None
    accuracy_m: float | None = None
    raw_place: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    patrol: UUID | None = None


def store_help_call(
    call: UUID, said: Called, *, by: User, device: Device, received_at: datetime, is_replay: bool = False
) -> HelpCall:
    """Keep a call. Said again it is the same call, with the newest place; it rings unless it is over, late or a replay."""
    home = home_code(by, said.called_at)
    values = {"device": device, "called_at": said.called_at, "received_at": received_at, "home_code": home}
    HelpCall.objects.get_or_create(person=by, uuid=call, defaults=values)
    row = HelpCall.objects.select_for_update().get(person=by, uuid=call)
    row.called_at, row.received_at = min(row.called_at, said.called_at), min(row.received_at, received_at)
    row.note, row.patrol_uuid = row.note or said.note, row.patrol_uuid or said.patrol
    if said.where is not None and (row.placed_at is None or row.placed_at < said.placed_at):
        row.point, row.accuracy_m = Point(said.where.lon, said.where.lat, srid=4326), said.accuracy_m
        row.raw_place, row.placed_at = said.raw_place, said.placed_at
        row.grid_code = grid_code_at(said.where.lon, said.where.lat, said.placed_at)
    _end_by_person(row)
    row.save()
    if row.ended_at is None and not is_replay:
        announce(help_called(row, at=received_at), at=received_at)
    wake_desks()
    return row


def store_help_end(end: UUID, call: UUID, *, word: str, by: User, at: datetime, received_at: datetime) -> HelpCall | None:
    """Keep that the person no longer needs help; the call, if it is here already."""
    values = {"call_uuid": call, "word": word[:200], "at": at, "received_at": received_at}
    HelpEnd.objects.get_or_create(person=by, uuid=end, defaults=values)
    row = HelpCall.objects.select_for_update().filter(person=by, uuid=call).first()
    if row is None:
        return None
    _end_by_person(row)
    row.save()
    _silence(row, at=received_at)
    wake_desks()
    return row


def see_help_call(call: HelpCall, *, by: User, at: datetime) -> HelpCall:
    """Somebody at a desk has seen it, and the phone hears who and when. The first word counts."""
    with transaction.atomic():
        row = HelpCall.objects.select_for_update().get(pk=call.pk)
        if row.seen_at is None:
            row.seen_by, row.seen_at = by, at
            row.state = State.ENDED if row.ended_at else State.SEEN
            row.save(update_fields=["seen_by", "seen_at", "state"])
            if row.ended_at is None:
                announce(HelpAnswered(call=str(row.uuid), person=row.person_id, by=by.pk, at=at), at=at)
            _tell(row)
    return row


def end_help_call(call: HelpCall, *, word: str, by: User, at: datetime) -> HelpCall:
    """A desk ends it, with a word the person reads. What is over stays as it ended."""
    with transaction.atomic():
        row = HelpCall.objects.select_for_update().get(pk=call.pk)
        if row.ended_at is None:
            row.ended_by, row.ended_at, row.end_word, row.state = by, at, word, State.ENDED
            row.seen_by, row.seen_at = row.seen_by or by, row.seen_at or at
            row.save(update_fields=["ended_by", "ended_at", "end_word", "state", "seen_by", "seen_at"])
            _silence(row, at=at)
            _tell(row)
    return row


def forget_derived_calls(person: User) -> None:
    """For a rebuild: what the person's items say is derived anew; what a desk did about a call is in no item and stays."""
    by_desk = Q(seen_at__isnull=False) | (Q(ended_at__isnull=False) & ~Q(ended_by=person))
    HelpCall.objects.filter(person=person).exclude(by_desk).delete()
    own_end = {"ended_by": None, "ended_at": None, "end_word": "", "state": State.SEEN}
    HelpCall.objects.filter(person=person, ended_by=person).update(**own_end)
    HelpEnd.objects.filter(person=person).delete()


def help_called(call: HelpCall, *, at: datetime) -> HelpCalled:
    """What is said of a call to those who can come."""
    grid = Grid.objects.filter(code=call.code).order_by("-pk").first() if call.code else None
    place = grid.name if grid else ""
    return HelpCalled(
        call=str(call.uuid),
        grid_code=call.code,
        place=place if call.grid_code or not place else f"{place}（本人的网格）",
        person=call.person_id,
        name=call.person.name,
        phone=call.person.number,
        occurred_at=call.called_at,
        at=at,
    )


def _end_by_person(row: HelpCall) -> None:
    """The earliest end the person gave, unless a desk had ended it."""
    if row.ended_at is not None and row.ended_by_id != row.person_id:
        return
    end = HelpEnd.objects.filter(person=row.person_id, call_uuid=row.uuid).order_by("at", "pk").first()
    if end is not None:
        row.ended_by_id, row.ended_at, row.end_word, row.state = row.person_id, end.at, end.word, State.ENDED


def _silence(row: HelpCall, *, at: datetime) -> None:
    """Nobody is called any more to somebody who is safe."""
    close_alerts([help_subject(row.person_id, str(row.uuid))], at=at)


def _tell(row: HelpCall) -> None:
    wake_phones([row.person_id])
    wake_desks()
