"""In the background: an alert to its people, a delivery to its channel, and what keeps the queue healthy.

A job may run twice, after a crash or a rescue: each step is one transaction that a second run finds done.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app

from notifications.channels import Message, Outcome
from notifications.channels.fcm import FcmChannel, fcm_channel
from notifications.directory import directory
from notifications.live import wake
from notifications.models import Address, Alert, Delivery

logger = logging.getLogger(__name__)

FIRST_WAIT = timedelta(seconds=20)  # doubled with each further try
MAX_ATTEMPTS = 6
STALLED_S = 30  # a worker whose heart has not beaten for so long is dead
KEEP_JOBS_H = 7 * 24


@app.task(queue="alerts", name="notifications.fan_out")
def fan_out(alert_id: int) -> None:
    """Make a delivery for each person concerned who has none yet, ring the phones, enqueue what goes outside."""
    now = timezone.now()
    with transaction.atomic():
        alert = Alert.objects.select_for_update().get(pk=alert_id)
        if alert.expires_at <= now:
            return
        people = directory().concerned(alert.codes, frozenset(alert.roles), now) if alert.roles else set()
        people = (people | set(alert.people)) - set(alert.not_people)
        told = set(Delivery.objects.filter(alert=alert, channel="inbox").values_list("person_id", flat=True))
        fresh = sorted(people - told)
        Delivery.objects.bulk_create(
            Delivery(alert=alert, person_id=person, channel="inbox", state="sent", changed_at=now) for person in fresh
        )
        outside = [
            Delivery(alert=alert, person_id=address.person_id, channel=address.channel, address=address, changed_at=now)
            for address in Address.objects.filter(person__in=fresh, state=Address.State.LIVE, channel="fcm")
        ]
        if _fcm() is not None:
            for delivery in Delivery.objects.bulk_create(outside):
                deliver.defer(delivery_id=delivery.pk)
        wake(people, event="alert")
    logger.info("alert.fanned_out", extra={"alert": str(alert.uuid), "people": len(fresh)})


@app.task(queue="alerts", name="notifications.deliver")
def deliver(delivery_id: int) -> None:
    """Hand one delivery to its channel. No transaction is open while the vendor thinks."""
    delivery = _claim(delivery_id)
    channel = _fcm()
    if delivery is None or channel is None or delivery.address is None:
        return
    alert = delivery.alert
    message = Message(
        key=str(alert.uuid),
        title=alert.title,
        text=alert.text,
        is_urgent=alert.severity == "urgent",
        data={"alert": str(alert.uuid)},
        expires_at=alert.expires_at,
    )
    outcome = channel.send(message, address=delivery.address.address, kind=delivery.address.kind)
    _write_down(delivery, outcome)


def _fcm() -> FcmChannel | None:
    return fcm_channel(settings.FCM_CREDENTIALS, settings.FCM_BASE)


def _claim(delivery_id: int) -> Delivery | None:
    """Take a delivery that waits, or that a killed worker left in the middle; None if it is done or too late."""
    now = timezone.now()
    open_states = Q(state__in=["waiting", "sending"])
    Delivery.objects.filter(open_states, pk=delivery_id, alert__expires_at__lte=now).update(state="expired", changed_at=now)
    won = Delivery.objects.filter(open_states, pk=delivery_id).update(
        state="sending", attempts=F("attempts") + 1, changed_at=now
    )
    return Delivery.objects.select_related("alert", "address").get(pk=delivery_id) if won else None


def _write_down(delivery: Delivery, outcome: Outcome) -> None:
    now = timezone.now()
    again = outcome.kind == "retry" and delivery.attempts < MAX_ATTEMPTS
    state = {"accepted": "sent", "retry": "waiting" if again else "failed"}.get(outcome.kind, "failed")
    with transaction.atomic():
        # An acknowledgement may have come while the vendor was asked: seen stays seen.
        Delivery.objects.filter(pk=delivery.pk, state="sending").update(
            state=state, outcome=f"{outcome.kind} {outcome.reason}".strip()[:120], changed_at=now
        )
        if outcome.kind == "dead_address" and delivery.address is not None:
            Address.objects.filter(pk=delivery.address.pk).update(state=Address.State.DEAD, updated_at=now)
        if again:
            wait = timedelta(seconds=outcome.retry_after_s or 0) or FIRST_WAIT * 2 ** (delivery.attempts - 1)
            deliver.configure(schedule_at=now + wait).defer(delivery_id=delivery.pk)
    logger.info("delivery.tried", extra={"delivery": delivery.pk, "outcome": outcome.kind})


@app.periodic(cron="* * * * * */20")
@app.task(queue="upkeep", name="notifications.rescue_stalled_jobs", queueing_lock="rescue", pass_context=True)
async def rescue_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Give jobs of killed workers back to the queue."""
    del timestamp
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
        await manager.retry_job(job)


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
        late = Q(state__in=["waiting", "sending"], alert__expires_at__lte=now)
        Delivery.objects.filter(late).update(state="expired", changed_at=now)
        Alert.objects.filter(state="open", expires_at__lte=now).update(state="closed", updated_at=F("updated_at"))
