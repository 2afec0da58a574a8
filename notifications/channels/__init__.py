"""Ways out of the house. A channel turns a vendor's answer into one Outcome; it touches no table and logs no address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

OutcomeKind = Literal["accepted", "retry_at", "dead_address", "payload_error", "auth_error", "unknown"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt.

    ``accepted``: the vendor has it; nobody has seen it yet. ``retry_at``: surely not taken, try again, no sooner than in ``retry_after_s``.
    ``dead_address``: never again to this address. ``payload_error``, ``auth_error``: the same for everybody until somebody repairs it.
    ``unknown``: the vendor may or may not have it; again only where ``Channel.is_repeatable``.
    """

    kind: OutcomeKind
    reason: str = (
        ""  # for the delivery's row: a code or a kind of error, never an address, never what the vendor wrote about one
    )
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What a phone should show. ``key`` lets a later message replace an earlier one; after ``life_s`` it is not shown at all."""

    key: str
    title: str
    text: str
    is_urgent: bool
    life_s: int
    data: Mapping[str, str] = field(default_factory=dict)


class Channel(Protocol):
    """One way out, made once for a process from settings. ``send`` makes one request, waits some seconds for each step of it and never raises."""

    #: As in ``Address.channel`` and ``Delivery.channel``.
    name: str
    #: A message sent again replaces the first on the phone, so that an unknown outcome may be tried again.
    is_repeatable: bool

    def send(self, message: Message, *, address: str, kind: str) -> Outcome: ...
