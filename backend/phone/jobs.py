"""Work after the answer: rows that could not be interpreted at once, and those whose time is over."""

from __future__ import annotations

import logging
from dataclasses import asdict

from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from backend.accounts.models import User
from backend.audits.actions import mark_patrol
from backend.audits.seals import broken_seals
from backend.field.silence import end_silent_patrols, silent_patrols
from backend.phone.intake import lock_person, settle
from backend.phone.models import InboxItem
from backend.phone.retention import expire_all
from backend.phone.trackers.keeping import release_everybodys
from backend.phone.trackers.release import release_fixes

logger = logging.getLogger(__name__)


class StillPending(Exception):
    """Interpretation failed again; the job is tried later."""


@app.task(
    name="backend.phone.jobs.interpret_pending",
    retry=RetryStrategy(max_attempts=8, exponential_wait=4),
)
def interpret_pending(inbox: int) -> None:
    """Interpret one row that was kept but not understood."""
    row = InboxItem.objects.select_related("person", "device").filter(pk=inbox).first()
    if row is None:
        return
    with transaction.atomic():
        lock_person(row.person_id)
        row.refresh_from_db(fields=["state"])
        if row.state == InboxItem.State.PENDING and not settle(row, at=timezone.now()):
            raise StillPending(inbox)


@app.periodic(cron="41 18 * * *")  # UTC: deep in the night here
@app.task(name="backend.phone.jobs.expire", queueing_lock="expire")
def expire(timestamp: int) -> None:
    """Once a day."""
    del timestamp
    gone = expire_all(timezone.now())
    logger.info("retention.done", extra=asdict(gone))
    for seal in broken_seals():
        logger.error("seal.broken", extra={"unit": seal.unit_code, "day": seal.day.isoformat()})


@app.task(name="backend.phone.jobs.release_sealed", retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def release_sealed(person: int) -> None:
    """A patrol of somebody with a tracker app began or ended: its sealed fixes are looked at anew."""
    release_fixes(User.objects.get(pk=person), at=timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="backend.phone.jobs.sweep_sealed", queueing_lock="sweep_sealed")
def sweep_sealed(timestamp: int) -> None:
    """Every ten minutes: release what was missed, delete what was sealed for its whole time."""
    del timestamp
    release_everybodys(at=timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(name="backend.phone.jobs.end_silent", queueing_lock="end_silent")
def end_silent(timestamp: int) -> None:
    """Every five minutes: patrols nobody hears of any more are shown as ended."""
    del timestamp
    at = timezone.now()
    for person in {patrol.person for patrol, _ in silent_patrols(at=at)}:
        with transaction.atomic():
            lock_person(person.pk)
            for patrol in end_silent_patrols(person, at=at):
                mark_patrol(person, patrol.uuid, at=at)
