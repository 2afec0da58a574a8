"""Tickets that open one live stream once, within a minute. EventSource sends no headers, so the right to listen travels in the address."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction

from backend.accounts.models import Device, UsedTicket, User
from backend.problems import SignInNeeded

TICKET_LIFE = timedelta(seconds=60)
SALT = "xunge.live"


class TicketUseless(SignInNeeded):
    """The ticket is forged, older than a minute, or has opened a stream before: the three are not told apart."""

    slug = "ticket_useless"
    zh, en = "这张票不能用了，请重新要一张。", "This ticket cannot be used. Ask for a new one."


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who may listen, on which phone (none: at a desk), and to which units."""

    user_id: int
    device_id: int | None
    scope: tuple[str, ...]


def issue_ticket(user: User, device: Device | None, scope: Sequence[str], *, at: datetime) -> str:
    """A signed ticket. ``scope`` is what a desk hears of; a phone hears only what is for its person."""
    body = {
        "n": uuid.uuid4().hex,
        "u": user.pk,
        "d": device.pk if device else None,
        "s": list(scope),
        "t": int(at.timestamp() * 1000),
    }
    return signing.dumps(body, salt=SALT)


def redeem_ticket(ticket: str, *, at: datetime) -> Ticket:
    """Use a ticket up. Raises `TicketUseless`."""
    try:
        body = signing.loads(ticket, salt=SALT)
    except signing.BadSignature as error:
        raise TicketUseless from error
    age = at - datetime.fromtimestamp(body["t"] / 1000, tz=at.tzinfo)
    if not -TICKET_LIFE < age <= TICKET_LIFE:
        raise TicketUseless
    try:
        with transaction.atomic():
            UsedTicket.objects.create(nonce=uuid.UUID(body["n"]), used_at=at)
    except IntegrityError as error:
        raise TicketUseless from error
    UsedTicket.objects.filter(used_at__lt=at - 3 * TICKET_LIFE).delete()
    return Ticket(body["u"], body["d"], tuple(body["s"]))


def live_address() -> str:
    """Where streams are opened: the live process's own origin, or the one everything else has."""
    return f"{settings.PATROL_LIVE_URL or settings.PATROL_URL}/live/"
