"""An alert was seen on the phone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backend.phone.interpret.common import Arrived, TimedBody, Verdict, read
from notifications.actions import acknowledge_alert
from notifications.models import Alert


class SeenBody(TimedBody):
    alert: UUID


def interpret_seen(body: Any, arrived: Arrived) -> Verdict:
    said = read(SeenBody, body)
    moment = arrived.moment(said)
    alert = Alert.objects.visible_to(arrived.person).filter(uuid=said.alert).first()
    if alert is None:
        return Verdict(("unknown_alert",))
    acknowledge_alert(alert, by=arrived.person, at=moment.at, received_at=arrived.sent.received_at, via="phone")
    return Verdict()
