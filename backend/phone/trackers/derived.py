"""What is derived from one track item, taken away before the item is read anew or because it goes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.accounts.models import User
from backend.audits.actions import mark_track
from backend.field.models import TrackSegment, Visit
from backend.field.questions import ask_about_patrol
from backend.field.stays import reach_without
from backend.patrols.models import Patrol


def forget_derived(person: User, item: UUID, *, at: datetime) -> None:
    """Segments and visits; the days they counted for are computed anew."""
    mark_track(person, item, at=at)
    Visit.objects.filter(person=person, item=item).delete()
    TrackSegment.objects.filter(person=person, item=item).delete()


def look_again(person: User, patrol: UUID, *, home: str, at: datetime) -> None:
    """Stays at key places, and what there is to ask, after some of a patrol's track was taken back."""
    reach_without(person, patrol, home=home)
    over = Patrol.objects.filter(uuid=patrol, person=person, ended_at__isnull=False).select_related("person").first()
    if over is not None:
        ask_about_patrol(over, home=home, at=at)
