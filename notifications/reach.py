"""What a phone shows of an alert, and what its sender may know: who saw it, who did not, who could not be reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Exists, OuterRef

from notifications.models import Acknowledgement, Address, Alert, Delivery

Reached = Literal["seen", "not_seen", "not_reached"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person's line under an alert."""

    person_id: int
    state: Reached
    at: datetime | None
    channels: tuple[tuple[str, str, str], ...]


def recipients(alert: Alert) -> list[Recipient]:
    """Everybody the alert went to. Not reached: a way outside was tried for them, and all ways failed."""
    acks = {ack.person_id: ack for ack in Acknowledgement.objects.filter(alert=alert)}
    rows: dict[int, list[Delivery]] = {}
    for delivery in Delivery.objects.filter(alert=alert).order_by("person_id", "pk"):
        rows.setdefault(delivery.person_id, []).append(delivery)
    found = []
    for person, deliveries in rows.items():
        ack = acks.get(person)
        outside = [delivery for delivery in deliveries if delivery.channel != Delivery.Channel.INBOX]
        lost = bool(outside) and all(delivery.state in ("failed", "expired") for delivery in outside)
        state: Reached = "seen" if ack else "not_reached" if lost else "not_seen"
        ways = tuple((delivery.channel, delivery.state, delivery.outcome) for delivery in deliveries)
        found.append(Recipient(person, state, ack.at if ack else None, ways))
    return found


def counts(alerts: Iterable[Alert]) -> dict[int, dict[str, int]]:
    """``people``, ``seen``, ``unseen``, ``unreachable`` of each alert, by its primary key."""
    table = {}
    for alert in alerts:
        rows = recipients(alert)
        states = [row.state for row in rows]
        table[alert.pk] = {
            "people": len(rows),
            "seen": states.count("seen"),
            "unseen": states.count("not_seen"),
            "unreachable": states.count("not_reached"),
        }
    return table


def alert_bodies(user: Any, at: datetime) -> list[dict[str, Any]]:
    """The inbox of one person as their phone gets it: ids and times, newest first. Times are epoch milliseconds."""
    acks = dict(Acknowledgement.objects.filter(person=user).values_list("alert_id", "at"))
    rows = Alert.objects.inbox_of(user, at).select_related("made_by")
    return [
        {
            "id": str(alert.uuid),
            "kind": alert.kind,
            "severity": alert.severity,
            "title": alert.title,
            "text": alert.text,
            "made_at": _ms(alert.made_at),
            "expires_at": _ms(alert.expires_at),
            "acknowledged_at": _ms(acks[alert.pk]) if alert.pk in acks else 0,
            "about": alert.about,
            "from": alert.made_by.get_full_name() if alert.made_by else "",
        }
        for alert in rows
    ]


def without_address(people: Iterable[int]) -> set[int]:
    """Those of the people whom nothing outside the app can ring."""
    live = Address.objects.filter(person=OuterRef("person"), state=Address.State.LIVE)
    known = set(Address.objects.filter(Exists(live), person__in=list(people)).values_list("person_id", flat=True))
    return set(people) - known


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
