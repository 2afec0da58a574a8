"""Kept for a stated time, then gone everywhere: tracks with their raw bodies, segments and visits after 30 days."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from backend.field.models import TrackSegment, Visit
from backend.phone.models import InboxItem

TRACK_DAYS = 30  # the notice on tracks says so too (notice.py)


def expire_tracks(at: datetime) -> int:
    """Delete what is older than the notice allows; `held` answers ``expired`` from then on. Returns how many items went.

    A track goes by the day it was walked; one that was never understood by the day it arrived.
    """
    last_day = at.astimezone(ZoneInfo(settings.COUNTY_TIME_ZONE)).date() - timedelta(days=TRACK_DAYS)
    with transaction.atomic():
        own = TrackSegment.objects.filter(person=OuterRef("person"), item=OuterRef("item"))
        rows = InboxItem.objects.filter(kind="track").exclude(state__in=[InboxItem.State.EXPIRED, InboxItem.State.PENDING])
        walked = rows.filter(Exists(own.filter(day__lt=last_day))).exclude(Exists(own.filter(day__gte=last_day)))
        unread = rows.exclude(Exists(own)).filter(received_at__lt=at - timedelta(days=TRACK_DAYS))
        gone = list(walked.values_list("pk", "person", "item")) + list(unread.values_list("pk", "person", "item"))
        for _, person, item in gone:
            Visit.objects.filter(person=person, item=item).delete()
            TrackSegment.objects.filter(person=person, item=item).delete()
        InboxItem.objects.filter(pk__in=[pk for pk, *_ in gone]).update(body=b"", state=InboxItem.State.EXPIRED)
    return len(gone)
