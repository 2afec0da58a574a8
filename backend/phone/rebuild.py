"""Everything derived from one person's inbox, thrown away and made again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import User
from backend.audits.actions import mark_person
from backend.audits.visits import day_bounds
from backend.field.help import forget_derived_calls
from backend.field.models import Flag, FlagAnswer, LastPosition, PlaceCheck, PlaceVisit, Report, TrackSegment, Visit
from backend.field.silence import end_silent_patrols
from backend.patrols.models import Answer, Patrol, Task
from backend.patrols.results import settle_object
from backend.phone.intake import lock_person, settle
from backend.phone.models import InboxItem, Outcome
from backend.phone.terms import is_sealed_for

DERIVED = (LastPosition, FlagAnswer, PlaceCheck, Report, Answer, Patrol)


class NotRebuilt(Exception):
    """A row that was understood once is not any more; nothing of this person was changed."""


def rebuild(person: User) -> int:
    """Derive a person's state anew from the inbox; questions somebody decided stay, and what holds kept of sealed days.

    Whole or not at all. Returns the rows read.
    """
    with transaction.atomic():
        lock_person(person.pk)
        objects = list(Task.objects.filter(answers__person=person).values_list("object_key", flat=True).distinct())
        mark_person(person, at=timezone.now())
        shown = _wipe(person)
        for key in objects:
            settle_object(key)
        rows = InboxItem.objects.filter(person=person).exclude(body=b"").exclude(kind="request")
        rows = rows.exclude(state=InboxItem.State.EXPIRED).exclude(outcome__status=Outcome.Status.ID_REUSED)
        count = 0
        for row in rows.select_related("person", "device", "outcome").order_by("pk").iterator():
            was_pending = row.state == InboxItem.State.PENDING
            if not settle(row, at=row.outcome.at, is_replay=not was_pending) and not was_pending:
                raise NotRebuilt(row.pk)
            count += 1
        end_silent_patrols(person, at=timezone.now())
        for uuid, shown_at in shown.items():
            Flag.objects.filter(uuid=uuid, shown_at=None).update(shown_at=shown_at)
    return count


def _wipe(person: User) -> dict[UUID, datetime]:
    """Remove what is derived; returns when each removed question was first shown to the person."""
    sealed = Q(pk__in=[])
    for day in TrackSegment.objects.filter(person=person).values_list("day", flat=True).distinct():
        if is_sealed_for(person, day):
            start, end = day_bounds(day)
            sealed |= Q(t0__gte=start, t0__lt=end)
    PlaceVisit.objects.filter(person=person).exclude(sealed, grade=PlaceVisit.Grade.DWELL).delete()
    Visit.objects.filter(person=person).exclude(sealed).delete()
    TrackSegment.objects.filter(person=person).exclude(sealed).delete()
    for model in DERIVED:
        model.objects.filter(person=person).delete()
    forget_derived_calls(person)
    # Whether a walk lies off as a whole is a job's question: it looks again by itself.
    asked = Flag.objects.filter(person=person, decisions__isnull=True).exclude(rule="datum_shift")
    shown = {uuid: at for uuid, at in asked.values_list("uuid", "shown_at") if at is not None}
    asked.delete()
    return shown
