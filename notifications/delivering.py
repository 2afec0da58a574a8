"""From the queue of a way out to its vendor: deliveries are taken, handed over, and written down, some dozens at a time.

A job may run twice, after a crash or a rescue: what it has written down a second run lets alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from notifications.channels import Channel, Message, Outcome
from notifications.models import Address, Alert, Delivery
from notifications.ways import REPEATABLE, channel_for

logger = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=20), timedelta(minutes=15)  # doubled with each further try
MAX_ATTEMPTS = 12  # a vendor may be away for more than an hour
AGAIN = RetryStrategy(max_attempts=20, wait=1, linear_wait=5)  # of a job that failed by itself: a database that restarts, a bug
OPEN = ("waiting", "sending")
PRIORITY = {"urgent": 10, "normal": 0}  # an urgent alert does not queue behind a morning's tasks
#: Deliveries of one job. What may not be repeated goes one by one: a crash leaves one in doubt, not fifty.
TOGETHER = dict.fromkeys(REPEATABLE, 50)
LONGEST_JOB_S = 8.0  # then the rest goes back to the queue, so that a slow vendor leaves no job running for minutes


@app.task(queue="vendors", name="notifications.deliver", retry=AGAIN)
def deliver(delivery_ids: list[int]) -> None:
    """Hand deliveries to their channel. No transaction is open, and no connection held, while the vendor thinks."""
    taken = _claim(delivery_ids)
    until, outcomes = time.monotonic() + LONGEST_JOB_S, list[tuple[Delivery, Outcome]]()
    for delivery in taken:
        if outcomes and time.monotonic() > until:
            break
        outcomes.append((delivery, _hand_over(delivery)))
    with transaction.atomic():
        _write_down(outcomes)
        _give_back(taken[len(outcomes) :])


def enqueue(deliveries: Iterable[Delivery], *, severity: str, at: datetime | None = None) -> None:
    """Jobs for these deliveries in the queues of their channels, as soon as the transaction commits or not before an instant."""
    by_channel: dict[str, list[int]] = {}
    for delivery in deliveries:
        by_channel.setdefault(delivery.channel, []).append(delivery.pk)
    for channel, ids in by_channel.items():
        size = TOGETHER.get(channel, 1)
        jobs: list[dict[str, Any]] = [{"delivery_ids": ids[first : first + size]} for first in range(0, len(ids), size)]
        deliver.configure(queue=channel, priority=PRIORITY[severity], schedule_at=at).batch_defer(*jobs)


def _claim(ids: list[int]) -> list[Delivery]:
    """Take those that wait; not what is done or too late.

    One that a killed worker left in the middle is taken again only where a second message replaces the first. Elsewhere nobody
    knows whether it went out: it ends as unknown, and the ladder goes on.
    """
    now = timezone.now()
    ours = Delivery.objects.filter(pk__in=ids, state__in=OPEN)
    ours.filter(alert__expires_at__lte=now).update(state="expired", changed_at=now)
    in_the_middle = ours.filter(state="sending").exclude(channel__in=REPEATABLE)
    in_the_middle.update(state="failed", outcome="unknown interrupted", changed_at=now)
    if not ours.update(state="sending", attempts=F("attempts") + 1, changed_at=now):
        return []
    mine = Delivery.objects.filter(pk__in=ids, state="sending")
    return list(mine.select_related("alert", "address").order_by("pk"))


def _hand_over(delivery: Delivery) -> Outcome:
    if delivery.address is None or delivery.address.state == Address.State.DEAD:
        return Outcome("dead_address", "gone before it was sent")
    try:
        channel = channel_for(delivery.channel)
    except KeyError:
        return Outcome("auth_error", "switched off")
    except (OSError, ValueError) as error:
        return Outcome("auth_error", f"credentials: {type(error).__name__}")
    return _send(delivery.alert, delivery.address, channel)


def _send(alert: Alert, address: Address, channel: Channel) -> Outcome:
    message = Message(
        key=str(alert.uuid),
        title=alert.title,
        text=alert.text,
        is_urgent=alert.severity == "urgent",
        data={"alert": str(alert.uuid)} | ({"task": alert.about["task"]} if alert.kind == "task_assigned" else {}),
        life_s=max(1, round((alert.expires_at - timezone.now()).total_seconds())),
    )
    if not connection.in_atomic_block:
        connection.close()
    return channel.send(message, address=address.address, kind=address.kind)


def _write_down(outcomes: list[tuple[Delivery, Outcome]]) -> None:
    """Keep what became of each attempt. Unknown is tried again only where a second message replaces the first."""
    now = timezone.now()
    alike: dict[tuple[str, str], list[int]] = {}
    again: dict[tuple[str, str, timedelta], list[Delivery]] = {}
    dead: list[Address] = []
    for delivery, outcome in outcomes:
        may_repeat = outcome.kind == "retry_at" or (outcome.kind == "unknown" and delivery.channel in REPEATABLE)
        is_again = may_repeat and delivery.attempts < MAX_ATTEMPTS
        state = "sent" if outcome.kind == "accepted" else "waiting" if is_again else "failed"
        alike.setdefault((state, f"{outcome.kind} {outcome.reason}".strip()[:120]), []).append(delivery.pk)
        if is_again:
            backing_off = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (delivery.attempts - 1))
            wait = max(backing_off, timedelta(seconds=outcome.retry_after_s or 0))
            again.setdefault((delivery.channel, delivery.alert.severity, wait), []).append(delivery)
        if outcome.kind == "dead_address" and delivery.address is not None:
            dead.append(delivery.address)
        # Errors of these kinds need an engineer.
        level = logging.ERROR if outcome.kind in ("auth_error", "payload_error") else logging.INFO
        logger.log(level, "delivery.tried", extra={"delivery": delivery.pk, "outcome": outcome.kind})
    for (state, words), ids in alike.items():
        # An acknowledgement may have come while the vendor was asked: seen stays seen.
        Delivery.objects.filter(pk__in=ids, state="sending").update(state=state, outcome=words, changed_at=now)
    if dead:
        Address.objects.filter(pk__in=[address.pk for address in dead]).update(state=Address.State.DEAD, updated_at=now)
    for (_, severity, wait), deliveries in again.items():
        enqueue(deliveries, severity=severity, at=now + wait)


def _give_back(deliveries: list[Delivery]) -> None:
    """What there was no time for waits again, as if it had not been taken."""
    if not deliveries:
        return
    ids = [delivery.pk for delivery in deliveries]
    Delivery.objects.filter(pk__in=ids, state="sending").update(state="waiting", attempts=F("attempts") - 1)
    enqueue(deliveries, severity=deliveries[0].alert.severity)
