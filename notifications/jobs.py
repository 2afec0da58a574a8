"""In the background: an alert to its people, and what keeps the queue healthy.

A job may run twice, after a crash or a rescue: each step is one transaction that a second run finds done.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from notifications.delivering import AGAIN, OPEN, PRIORITY, enqueue
from notifications.directory import directory
from notifications.ladder import Ladder, wait_before
from notifications.live import wake
from notifications.models import Acknowledgement, Address, Alert, Delivery, Telling
from notifications.rules import ON_THE_GROUND
from notifications.ways import AT_ONCE, open_ways

logger = logging.getLogger(__name__)

STALLED_S = 30  # a worker whose heart has not beaten for so long is dead
KEEP_JOBS_H = 7 * 24
SLACK = timedelta(seconds=5)  # the database that starts a step and the worker that takes it have two clocks


@app.task(queue="alerts", name="notifications.fan_out", retry=AGAIN)
def fan_out(alert_id: int) -> None:
    """Make a delivery for each person concerned who has none yet, ring the phones, enqueue what goes outside."""
    now = timezone.now()
    with transaction.atomic():
        alert = Alert.objects.select_for_update().get(pk=alert_id)
        if alert.expires_at <= now:
            return
        people = directory().concerned(alert.codes, frozenset(alert.roles), now) if alert.roles else set()
        people = (people | set(alert.people)) - set(alert.not_people)
        fresh = _tell(alert, people, at=now)
        wake(people, event="alert")
    logger.info("alert.fanned_out", extra={"alert": str(alert.uuid), "people": len(fresh)})


@app.task(queue="alerts", name="notifications.climb", retry=AGAIN)
def climb(alert_id: int) -> None:
    """Take the steps that are due for those who did not answer. Whoever answered, and an alert past its time, is let alone."""
    now = timezone.now()
    with transaction.atomic():
        alert = Alert.objects.select_for_update().get(pk=alert_id)
        if alert.expires_at <= now or alert.state != Alert.State.OPEN:
            return
        ladder = directory().ladder(alert.codes, alert.severity, alert.made_at)
        due: dict[int, list[Telling]] = {}
        for telling in alert.tellings.select_for_update().filter(state="open", due_at__lte=now + SLACK).order_by("pk"):
            due.setdefault(telling.step, []).append(telling)
        for number, tellings in sorted(due.items()):
            _step(alert, ladder, number, tellings, at=now)
    logger.info("alert.climbed", extra={"alert": str(alert.uuid), "people": sum(map(len, due.values()))})


def _step(alert: Alert, ladder: Ladder, number: int, tellings: list[Telling], *, at: datetime) -> None:
    """One step for those who stand before it, and when the next one is due."""
    people = [telling.person_id for telling in tellings]
    kind = ladder[number].kind
    mine = Telling.objects.filter(pk__in=[telling.pk for telling in tellings])
    if kind == "desk":
        mine.update(state="escalated", due_at=None, changed_at=at)
        wake((), event="changed")
        return
    if kind == "sms":
        _hand_out(alert, people, frozenset({"sms"}), at=at)
    elif ON_THE_GROUND & set(alert.roles):  # what only desks may read goes to nobody on the ground
        fresh = _tell(alert, directory().behind(people, kind, at) - set(alert.not_people), at=at)
        wake(fresh, event="alert")
    mine.update(step=number + 1, due_at=_next(alert, ladder, number + 1, at=at), changed_at=at)


def _next(alert: Alert, ladder: Ladder, number: int, *, at: datetime) -> datetime | None:
    """When a step is due, with its job; None if there is none, or none before the alert's time is over."""
    wait = wait_before(ladder, number)
    if wait is None or at + wait >= alert.expires_at:
        return None
    climb.configure(priority=PRIORITY[alert.severity], schedule_at=at + wait).defer(alert_id=alert.pk)
    return at + wait


def _tell(alert: Alert, people: set[int], *, at: datetime) -> list[int]:
    """Into the inbox of those who were not told yet, out by what rings at once, and onto the ladder. Says who they are."""
    told = set(Delivery.objects.filter(alert=alert, channel="inbox").values_list("person_id", flat=True))
    fresh = sorted(people - told)
    if not fresh:
        return fresh
    Delivery.objects.bulk_create(
        Delivery(alert=alert, person_id=person, channel="inbox", state="sent", changed_at=at) for person in fresh
    )
    _hand_out(alert, fresh, AT_ONCE, at=at)
    seen = set(Acknowledgement.objects.filter(alert=alert).values_list("person_id", flat=True))
    due_at = _next(alert, directory().ladder(alert.codes, alert.severity, alert.made_at), 0, at=at)
    Telling.objects.bulk_create(
        Telling(
            alert=alert,
            person_id=person,
            state="acknowledged" if person in seen else "open",
            due_at=None if person in seen else due_at,
            changed_at=at,
        )
        for person in fresh
    )
    return fresh


def _hand_out(alert: Alert, people: list[int], ways: frozenset[str], *, at: datetime) -> int:
    """A delivery for each live address of these people, in the queue of its channel. Says for how many.

    Which ways are open is read from switches alone: a bad file or key must not keep anybody from the inbox.
    """
    addresses = Address.objects.filter(person__in=people, state=Address.State.LIVE, channel__in=ways & open_ways())
    made = Delivery.objects.bulk_create(
        Delivery(alert=alert, person_id=address.person_id, channel=address.channel, address=address, changed_at=at)
        for address in addresses.order_by("pk")
    )
    enqueue(made, severity=alert.severity)
    return len(made)


@app.periodic(cron="* * * * * */20")
@app.task(queue="upkeep", name="notifications.rescue_stalled_jobs", queueing_lock="rescue", pass_context=True)
async def rescue_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Give jobs of killed workers back to the queue."""
    del timestamp
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
        try:
            await manager.retry_job(job)
        except ConnectorException:  # a job with a queueing lock, and its successor waits already: that one will do
            logger.warning("job.not_rescued", extra={"job": job.id})


@app.periodic(cron="17 3 * * *")
@app.task(queue="upkeep", name="notifications.sweep", queueing_lock="sweep", pass_context=True)
async def sweep(context: JobContext, timestamp: int) -> None:
    """Delete finished jobs after a week."""
    del timestamp
    await context.app.job_manager.delete_old_jobs(nb_hours=KEEP_JOBS_H, include_failed=True)


@app.periodic(cron="*/5 * * * *")
@app.task(queue="upkeep", name="notifications.close_expired", queueing_lock="close_expired")
def close_expired(timestamp: int) -> None:
    """An alert whose time is over is closed; what was not handed over by then has expired."""
    del timestamp
    now = timezone.now()
    with transaction.atomic():
        late = Q(state__in=OPEN, alert__expires_at__lte=now)
        Delivery.objects.filter(late).update(state="expired", changed_at=now)
        Telling.objects.filter(state="open", alert__expires_at__lte=now).update(state="expired", due_at=None, changed_at=now)
        Alert.objects.filter(state="open", expires_at__lte=now).update(state="closed", updated_at=F("updated_at"))
