"""Short messages: one channel, two vendors behind it. It is the first way outside that reaches a phone whose page is closed.

A vendor sends only a template it has approved; ours fills its places with pieces of the message. Neither vendor takes a key that would
make a second request harmless, so what may have been sent is never sent again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

from notifications.channels import Message, Outcome
from notifications.channels.words import shorten

logger = logging.getLogger(__name__)

TIMEOUT_S = 8.0
NUMBER = re.compile(r"(?:\+?86)?(1[3-9]\d{9})", re.ASCII)
CODE = re.compile(r"[\w.:-]{1,60}", re.ASCII)
BEIJING = timezone(timedelta(hours=8))  # the vendors' days end at its midnight
MINUTE, HOUR = 60, 3600

#: Vendors refuse these in a place of a template.
REPLACED = str.maketrans({"【": "「", "】": "」", "\n": " ", "\r": " ", "\t": " "})


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a vendor answered: its meaning, its code, and its own number for the request, which a complaint to it must name."""

    outcome: Outcome
    code: str = ""
    number: str = ""


class Vendor(Protocol):
    name: str

    def send(self, number: str, values: Sequence[tuple[str, str]]) -> Receipt:
        """One request to a mainland number of eleven digits; ``values`` in the order of the template's places. Never raises."""
        ...


class SmsChannel:
    """``places``: what fills the template's places, in order: ``title``, ``text`` or a name in the message's data."""

    name = "sms"
    is_repeatable = False

    def __init__(self, vendor: Vendor, *, places: Sequence[str], longest_value: int) -> None:
        self.vendor, self.places, self.longest_value = vendor, tuple(places), longest_value

    def send(self, message: Message, *, address: str, kind: str) -> Outcome:
        del kind
        number = plain_number(address)
        if number is None:
            return Outcome("dead_address", "no mobile number of the mainland")
        receipt = self.vendor.send(number, self._values(message))
        logger.info(
            "sms.tried %s %s %s %s request=%s",
            self.vendor.name,
            masked(number),
            receipt.outcome.kind,
            quiet(receipt.code),
            quiet(receipt.number),
        )
        return receipt.outcome

    def _values(self, message: Message) -> list[tuple[str, str]]:
        pieces = {**message.data, "title": message.title, "text": message.text}
        return [(place, self._value(pieces.get(place, ""))) for place in self.places]

    def _value(self, text: str) -> str:
        plain = " ".join(text.translate(REPLACED).split())
        return shorten(plain, self.longest_value, size=len)


def plain_number(address: str) -> str | None:
    """The eleven digits of a mobile number of the mainland, or None."""
    found = NUMBER.fullmatch(re.sub(r"[\s-]", "", address))
    return found[1] if found else None


def masked(number: str) -> str:
    """What may stand in a log."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 11 else "****"


def quiet(code: str) -> str:
    """A vendor's code if it looks like one; what does not may hold anything, also a number."""
    return code if CODE.fullmatch(code) and not NUMBER.search(code) else "-"


def until_midnight_s() -> int:
    """A daily quota is free again a minute after the vendor's midnight."""
    now = datetime.now(UTC).astimezone(BEIJING)
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=1, second=0, microsecond=0)
    return round((midnight - now).total_seconds())
