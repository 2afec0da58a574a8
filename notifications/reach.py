"""What a phone shows of an alert, and what its sender may know: who saw it, who did not, who could not be reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Exists, OuterRef

from notifications.models import Acknowledgement, Address, Alert, Delivery, Telling

Reached = Literal["seen", "not_seen", "not_reached"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person's line under an alert."""

    person_id: int
    state: Reached
    at: datetime | None
    channels: tuple[tuple[str, str, str], ...]


def recipients(alert: Alert) -> list[Recipient]:
    """Everybody the alert went to. Not reached: all ways outside failed, or nobody answered up to the last step.

    These are the desk's call list.
    """
    return _recipients([alert])[alert.pk]


def counts(alerts: Iterable[Alert]) -> dict[int, dict[str, int]]:
    """``people``, ``seen``, ``unseen``, ``unreachable`` of each alert, by its primary key; two queries for any number."""
    table = {}
    for alert, rows in _recipients(list(alerts)).items():
        states = [row.state for row in rows]
        table[alert] = {
            "people": len(rows),
            "seen": states.count("seen"),
            "unseen": states.count("not_seen"),
            "unreachable": states.count("not_reached"),
        }
    return table


def _recipients(alerts: list[Alert]) -> dict[int, list[Recipient]]:
    seen = {(ack.alert_id, ack.person_id): ack for ack in Acknowledgement.objects.filter(alert__in=alerts)}
    escalated = Telling.objects.filter(alert=OuterRef("alert"), person=OuterRef("person"), state=Telling.State.ESCALATED)
    deliveries_of = Delivery.objects.filter(alert__in=alerts).annotate(is_to_call=Exists(escalated))
    rows: dict[tuple[int, int], list[Any]] = {}
    for delivery in deliveries_of.order_by("person_id", "pk"):
        rows.setdefault((delivery.alert_id, delivery.person_id), []).append(delivery)
    found: dict[int, list[Recipient]] = {alert.pk: [] for alert in alerts}
    for (alert, person), deliveries in rows.items():
        found[alert].append(_recipient(person, deliveries, seen.get((alert, person))))
    return found


def _recipient(person: int, deliveries: list[Any], ack: Acknowledgement | None) -> Recipient:
    outside = [delivery for delivery in deliveries if delivery.channel != Delivery.Channel.INBOX]
    to_call = deliveries[0].is_to_call
    lost = bool(outside) and all(delivery.state in Delivery.LOST for delivery in outside)
    state: Reached = "seen" if ack else "not_reached" if lost or to_call else "not_seen"
    ways = tuple((delivery.channel, delivery.state, delivery.outcome) for delivery in deliveries)
    if to_call and not ack:
        ways += (("desk", "escalated", ""),)
    return Recipient(person, state, ack.at if ack else None, ways)


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
