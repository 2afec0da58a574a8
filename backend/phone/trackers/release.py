"""Sealed fixes that a patrol covers become items of its track; the rest is deleted unread when its time is over.

An item holds one tracker's fixes of one patrol in one span of ten minutes. It is made from the whole set of them, so that it
is the same whatever came first: a fix, the patrol's start, or its end.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from uuid import uuid5

from django.db import transaction
from procrastinate.contrib.django import app

from backend.accounts.actions import has_consented
from backend.accounts.live import wake_desks
from backend.accounts.models import User
from backend.field.actions import home_code
from backend.field.models import TrackSegment
from backend.field.tracks import refresh_last_position
from backend.phone.intake import INTERPRET_LATER, lock_person, settle
from backend.phone.models import InboxItem, SealedFix, Tracker
from backend.phone.trackers.columns import Row, track_body, track_rows
from backend.phone.trackers.derived import forget_derived, look_again
from backend.phone.trackers.sealing import BrokenSeal, unseal
from backend.phone.trackers.windows import Window, windows_of
from backend.phone.wire import canonical, epoch_ms, read_canonical, sha256
from geo.fixes import MAX_FIXES

logger = logging.getLogger(__name__)

SPAN_MS = 600_000


def release_fixes(person: User, *, at: datetime, span: tuple[int, int] | None = None) -> int:
    """Bring the items of the person's tracker apps in line with the patrols; how many changed.

    ``span`` names the fixes that are new, in epoch milliseconds: nothing else is looked at then. Doing it again changes nothing.
    """
    with transaction.atomic():
        lock_person(person.pk)
        if not has_consented(person):
            return 0
        windows = windows_of(person, at=at)
        changed = 0
        for tracker in Tracker.objects.filter(device__user=person).select_related("device").order_by("pk"):
            for window, slot in sorted(_touched(tracker, windows, span), key=lambda one: (one[0].from_ms, one[1])):
                changed += _settle_item(tracker, window, slot, person, at=at)
        if changed:
            refresh_last_position(person, home_code=home_code(person, at))
            wake_desks()
    return changed


def _touched(tracker: Tracker, windows: list[Window], span: tuple[int, int] | None) -> set[tuple[Window, int]]:
    """Spans of patrols with sealed fixes in them, and those whose item reaches beyond its patrol."""
    sealed = SealedFix.objects.filter(tracker=tracker)
    if span is not None:
        windows = [window for window in windows if window.from_ms <= span[1] and window.to_ms >= span[0]]
        sealed = sealed.filter(time_ms__range=span)
    touched = set()
    for time_ms in sealed.values_list("time_ms", flat=True).iterator() if windows else ():
        touched |= {(window, time_ms // SPAN_MS) for window in windows if window.takes(time_ms)}
    if span is None:
        by_patrol = {window.patrol: window for window in windows}
        there = TrackSegment.objects.filter(person=tracker.device.user_id, device=tracker.device, patrol_uuid__in=by_patrol)
        for patrol, t0, t1 in there.values_list("patrol_uuid", "t0", "t1"):
            window, begin, end = by_patrol[patrol], epoch_ms(t0), epoch_ms(t1)
            if not (window.takes(begin) and window.takes(end)):
                touched.add((window, begin // SPAN_MS))
    return touched


def _settle_item(tracker: Tracker, window: Window, slot: int, person: User, *, at: datetime) -> int:
    """Make, replace or take back one item; 1 if anything changed."""
    item = uuid5(tracker.device.uuid, f"{window.patrol}/{slot}")
    row = InboxItem.objects.filter(person=person, item=item).select_related("person", "device").first()
    if row is not None and row.state == InboxItem.State.EXPIRED:
        return 0
    begin, end = max(window.from_ms, slot * SPAN_MS), min(window.to_ms, slot * SPAN_MS + SPAN_MS - 1)
    sealed = list(SealedFix.objects.filter(tracker=tracker, time_ms__range=(begin, end)))
    before = track_rows(read_canonical(bytes(row.body))) if row is not None else []
    rows = {one for one in before if begin <= one[0] <= end} | set(_read(sealed, tracker))
    if not rows:
        return _withdraw(row, window, person, at=at) if row is not None else 0
    body = canonical(track_body(sorted(rows)[:MAX_FIXES], patrol=window.patrol, tracker=tracker))
    if row is not None and row.sha256 == sha256(body):
        return 0
    if row is None:
        row = InboxItem(person=person, device=tracker.device, item=item, kind="track", received_at=at)
    else:
        forget_derived(person, item, at=at)
    row.sha256, row.body, row.state = sha256(body), body, InboxItem.State.PENDING
    row.received_at = max((fix.arrived_at for fix in sealed), default=row.received_at)
    row.save()
    if not settle(row, at=at):
        app.configure_task(INTERPRET_LATER, schedule_in={"seconds": 10}).defer(inbox=row.pk)
    if not rows.issuperset(before):
        look_again(person, window.patrol, home=home_code(person, at), at=at)
    return 1


def _read(sealed: Iterable[SealedFix], tracker: Tracker) -> Iterable[Row]:
    for fix in sealed:
        try:
            yield unseal(bytes(fix.box), tracker.device.uuid).row()
        except BrokenSeal:
            logger.warning("tracker.seal_broken", extra={"tracker": tracker.pk})


def _withdraw(row: InboxItem, window: Window, person: User, *, at: datetime) -> int:
    """A fix outside every patrol is nobody's to read: the item goes, and all that was derived from it."""
    forget_derived(person, row.item, at=at)
    row.delete()
    look_again(person, window.patrol, home=home_code(person, at), at=at)
    return 1
