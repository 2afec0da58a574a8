"""What the inbox still holds of a person's items."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backend.accounts.models import Device, User
from backend.phone.models import InboxItem
from backend.problems import NotFound


def held_states(user: User, ids: Sequence[UUID]) -> dict[str, str]:
    """``stored``, ``expired`` (known, but its body is no longer kept) or ``unknown`` for each id."""
    rows = InboxItem.objects.visible_to(user).filter(item__in=ids)
    known = dict.fromkeys(map(str, ids), "unknown")
    for item, state in rows.values_list("item", "state"):
        is_expired = state == InboxItem.State.EXPIRED and known[str(item)] != "stored"
        known[str(item)] = "expired" if is_expired else "stored"
    return known


def original_body(device: Device, item: UUID) -> bytes:
    """The canonical bytes a receipt's SHA-256 is over, of the content that came first; for the phone that sent them.

    Another phone of the same person is told that they are held, not what they say: a desk that hands out enrolment codes
    would otherwise come to a track without a reason and without an entry.
    """
    row = InboxItem.objects.visible_to(device.user).filter(item=item, device=device).order_by("pk").first()
    if row is None or not row.body:
        raise NotFound
    return bytes(row.body)
