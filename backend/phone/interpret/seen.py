"""An alert was seen on the phone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backend.phone.interpret.common import Arrived, TimedBody, Verdict, read


class SeenBody(TimedBody):
    alert: UUID


def interpret_seen(body: Any, arrived: Arrived) -> Verdict:
    said = read(SeenBody, body)
    moment = arrived.moment(said)
    del moment
    return Verdict(("unknown_alert",))
