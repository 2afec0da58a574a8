"""Fixes of tracker apps from arrival to the end of their time: sealed, released at once if a patrol runs, swept, counted."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import BigIntegerField, QuerySet
from django.db.models.functions import Cast, Least

from backend.accounts.actions import has_consented
from backend.accounts.models import User
from backend.audits.visits import county_day
from backend.field.actions import home_code
from backend.phone.intake import lock_person
from backend.phone.models import SealedFix, Tracker, TrackerDay
from backend.phone.trackers.readings import Said
from backend.phone.trackers.release import release_fixes
from backend.phone.trackers.sealing import seal
from backend.phone.trackers.windows import Window, windows_of
from backend.places.rules import rules_at

logger = logging.getLogger(__name__)
#: The largest number a column of a tracker's day holds.
MOST_COUNTED = 2**31 - 1


def keep_readings(tracker: Tracker, said: Said, *, at: datetime) -> None:
    """Seal what an app said; without consent nothing of it is kept. What a running patrol covers is on the map when this returns."""
    person = tracker.device.user
    with transaction.atomic():
        if not has_consented(person):
            return
        if said.unreadable:
            count_fixes(tracker.pk, county_day(at), unreadable=said.unreadable)
        rows = []
        for reading in said.readings:
            mark, box = seal(reading, tracker.device.uuid)
            rows.append(SealedFix(tracker=tracker, time_ms=reading.time_ms, mark=mark, box=box, arrived_at=at))
        SealedFix.objects.bulk_create(rows, ignore_conflicts=True)
    if said.readings:
        times = [reading.time_ms for reading in said.readings]
        try:
            release_fixes(person, at=at, span=(min(times), max(times)))
        except Exception:  # they are kept; the job that runs all the time releases them
            logger.exception("tracker.release_failed", extra={"tracker": tracker.pk})


def release_everybodys(*, at: datetime) -> None:
    """Release and sweep for everybody who has something sealed."""
    for person in User.objects.filter(devices__tracker__sealed__isnull=False).distinct().order_by("pk"):
        release_fixes(person, at=at)
        sweep_fixes(person, at=at)


def sweep_fixes(person: User, *, at: datetime) -> int:
    """Delete what was sealed for its whole time; how many of it no patrol had covered, which nobody has read."""
    with transaction.atomic():
        lock_person(person.pk)
        if not has_consented(person):
            return forget_sealed(person)
        days = rules_at(home_code(person, at), at).retention["sealed"]
        over = SealedFix.objects.filter(tracker__device__user=person, arrived_at__lte=at - timedelta(days=days))
        return _delete(over, windows_of(person, at=at))


def forget_sealed(person: User) -> int:
    """Delete everything sealed of somebody at once: consent was taken back."""
    with transaction.atomic():
        return _delete(SealedFix.objects.filter(tracker__device__user=person), [])


def _delete(fixes: QuerySet[SealedFix], windows: Sequence[Window]) -> int:
    unread: Counter[tuple[int, date]] = Counter()
    going = list(fixes.values_list("pk", "tracker", "time_ms", "arrived_at"))
    for _, tracker, time_ms, arrived_at in going:
        if not any(window.takes(time_ms) for window in windows):
            unread[tracker, county_day(arrived_at)] += 1
    SealedFix.objects.filter(pk__in=[pk for pk, *_ in going]).delete()
    for (tracker, day), count in unread.items():
        count_fixes(tracker, day, deleted=count)
    return unread.total()


def count_fixes(tracker: int, day: date, *, deleted: int = 0, unreadable: int = 0) -> None:
    """Add to the numbers of a tracker's day, up to what the columns hold: an app gone mad is answered as ever."""
    TrackerDay.objects.get_or_create(tracker_id=tracker, day=day)
    said = {"deleted": deleted, "unreadable": unreadable}
    more = {name: Least(Cast(name, BigIntegerField()) + min(count, MOST_COUNTED), MOST_COUNTED) for name, count in said.items()}
    TrackerDay.objects.filter(tracker=tracker, day=day).update(**more)
