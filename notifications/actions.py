"""Announcing, acknowledging, keeping addresses. Everything here joins the caller's transaction."""

from __future__ import annotations

import logging
import os.path
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Least

from notifications.delivering import PRIORITY
from notifications.events import Event
from notifications.jobs import fan_out
from notifications.live import wake
from notifications.models import Acknowledgement, Address, Alert, Delivery, Telling
from notifications.rules import Draft, draft_of

logger = logging.getLogger(__name__)


def announce(event: Event, *, at: datetime) -> Alert | None:
    """Turn an event into its alert and enqueue the fan-out, in the transaction of the cause; None if it rings nobody.

    A repeat about the same subject updates the open alert and tells only those who were not told yet. What the event makes
    untrue is closed: it stays in the inbox as something that was said, and is no longer sent.
    """
    draft = draft_of(event)
    if draft is None:
        return None
    with transaction.atomic():
        close_alerts(draft.closes, at=at)
        alert = _open(draft, at=at) or _update(draft, at=at) or Alert.objects.create(**_columns(draft, at=at), made_at=at)
        fan_out.configure(priority=PRIORITY[draft.severity]).defer(alert_id=alert.pk)
    logger.info("alert.announced", extra={"alert": str(alert.uuid), "kind": alert.kind})
    return alert


def close_alerts(subjects: Iterable[str], *, at: datetime) -> None:
    """What they say is true no more: they stay in the inboxes and are no longer sent."""
    untrue = Alert.objects.filter(subject__in=list(subjects), state=Alert.State.OPEN)
    untrue.update(state=Alert.State.CLOSED, expires_at=Least("expires_at", Value(at)), updated_at=at)


def acknowledge_alert(alert: Alert, *, by: Any, at: datetime, received_at: datetime, via: str) -> Acknowledgement:
    """Keep that a person saw an alert. The first word counts; a later one changes nothing."""
    with transaction.atomic():
        row, is_new = Acknowledgement.objects.get_or_create(
            alert=alert, person=by, defaults={"at": at, "received_at": received_at, "via": via}
        )
        if is_new:
            # What could not be handed over stays failed: the screen says by which way a person was reached.
            mine = Delivery.objects.filter(alert=alert, person=by).exclude(state__in=Delivery.LOST)
            mine.update(state=Delivery.State.SEEN, changed_at=received_at)
            open_one = Telling.objects.filter(alert=alert, person=by, state=Telling.State.OPEN)
            open_one.update(state=Telling.State.ACKNOWLEDGED, due_at=None, changed_at=received_at)
            wake([by.pk], event="changed")
    return row


def keep_address(*, channel: str, kind: str, address: str, person: Any, device: UUID, at: datetime) -> Address:
    """Remember where a phone can be reached; an address that belonged to somebody else belongs to this person now."""
    with transaction.atomic():
        Address.objects.filter(channel=channel, device=device).exclude(address=address).update(
            state=Address.State.DEAD, updated_at=at
        )
        row, _ = Address.objects.update_or_create(
            channel=channel,
            address=address,
            defaults={"kind": kind, "person": person, "device": device, "state": Address.State.LIVE, "updated_at": at},
        )
    return row


def keep_number(number: str, *, person: Any, at: datetime) -> Address | None:
    """The one mobile number short messages to a person go to; "" for none. A number belongs to one person."""
    with transaction.atomic():
        Address.objects.filter(channel="sms", person=person).exclude(address=number).delete()
        if not number:
            return None
        row, _ = Address.objects.update_or_create(
            channel="sms",
            address=number,
            defaults={"kind": "mobile", "person": person, "device": None, "state": Address.State.LIVE, "updated_at": at},
        )
    return row


def drop_addresses(device: UUID, *, at: datetime) -> int:
    """Nothing is sent any more to a phone that was revoked or handed back."""
    return Address.objects.filter(device=device, state=Address.State.LIVE).update(state=Address.State.DEAD, updated_at=at)


def _open(draft: Draft, *, at: datetime) -> Alert | None:
    """A new alert, or None if one is open about the same subject."""
    try:
        with transaction.atomic():
            return Alert.objects.create(**_columns(draft, at=at), made_at=at)
    except IntegrityError:
        return None


def _update(draft: Draft, *, at: datetime) -> Alert | None:
    """The open alert, saying what is true now; None if it was closed between two looks."""
    alert = Alert.objects.select_for_update().filter(subject=draft.subject, state=Alert.State.OPEN).first()
    if alert is not None:
        Alert.objects.filter(pk=alert.pk).update(**_columns(draft, at=at))
    return alert


def _columns(draft: Draft, *, at: datetime) -> dict[str, Any]:
    return {
        "subject": draft.subject,
        "kind": draft.kind,
        "severity": draft.severity,
        "title": draft.title,
        "text": draft.text,
        "about": draft.about,
        "codes": list(draft.codes),
        "area_stem": _stem(draft.codes),
        "roles": sorted(draft.roles),
        "people": list(draft.people),
        "not_people": list(draft.not_people),
        "made_by_id": draft.made_by,
        "reason": draft.reason,
        "updated_at": at,
        "expires_at": draft.expires_at,
    }


def _stem(codes: tuple[str, ...]) -> str:
    """What all codes begin with, cut to whole levels, so that it compares with the stems of posts."""
    shared = os.path.commonprefix(list(codes))
    return next((shared[:digits] for digits in (15, 12, 9, 6, 4) if len(shared) >= digits), "")
