"""Everything derived from one person's inbox, thrown away and made again."""

from __future__ import annotations

from django.db import transaction

from backend.accounts.models import User
from backend.field.models import Flag, LastPosition, PlaceCheck, Report, TrackSegment, Visit
from backend.patrols.models import Answer, Patrol, Task
from backend.patrols.results import settle_task
from backend.phone.intake import lock_person, settle
from backend.phone.models import InboxItem, Outcome

DERIVED = (LastPosition, Visit, TrackSegment, PlaceCheck, Report, Answer, Patrol)


def rebuild(person: User) -> int:
    """Derive a person's state anew from the inbox; questions that have an answer or a decision stay. Returns the rows read."""
    with transaction.atomic():
        lock_person(person.pk)
        tasks = list(Task.objects.filter(answers__person=person).distinct())
        for model in DERIVED:
            model.objects.filter(person=person).delete()
        Flag.objects.filter(person=person, answer="", decision="").delete()
        for task in tasks:
            task.refresh_from_db()
            settle_task(task)
        rows = InboxItem.objects.filter(person=person).exclude(body=b"").exclude(kind="request")
        rows = rows.exclude(state=InboxItem.State.EXPIRED).exclude(outcome__status=Outcome.Status.ID_REUSED)
        count = 0
        for row in rows.select_related("person", "device", "outcome").order_by("pk").iterator():
            settle(row, at=row.outcome.at, is_replay=row.state != InboxItem.State.PENDING)
            count += 1
    return count
