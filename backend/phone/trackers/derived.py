"""What is derived from one track item, taken away before the item is read anew."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from backend.accounts.models import User
from backend.audits.actions import mark_track
from backend.field.models import TrackSegment, Visit


def forget_derived(person: User, item: UUID) -> None:
    mark_track(person, item, at=timezone.now())
    Visit.objects.filter(person=person, item=item).delete()
    TrackSegment.objects.filter(person=person, item=item).delete()
