"""Work after the answer: rows that could not be interpreted at once, and those whose time is over."""

from __future__ import annotations

import logging
from dataclasses import asdict

from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from backend.phone.intake import lock_person, settle
from backend.phone.models import InboxItem
from backend.phone.retention import expire_all

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


@app.periodic(cron="41 2 * * *")
@app.task(name="backend.phone.jobs.expire", queueing_lock="expire")
def expire(timestamp: int) -> None:
    """Once a day."""
    del timestamp
    gone = expire_all(timezone.now())
    logger.info("retention.done", extra=asdict(gone))
