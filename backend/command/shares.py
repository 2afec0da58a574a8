"""The share of every grid in sight, a byte each: what a map is painted with. The codes they belong to change only with a plan."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from backend.accounts.models import User
from backend.audits.ranges import grids_in_force, shares_between
from backend.audits.visits import county_day
from backend.command.packed import packed
from backend.command.snapshot import scope_of
from backend.command.tiles import tiles_version

NOTHING_REQUIRED, PENDING = 254, 255
KEPT = 32
# Everything that can change a figure moves one of these; asked with every request, so it must cost nothing. A figure that goes
# away leaves no key behind, but the touched day that asked for it goes in the same transaction.
STATE = """
select (select max(id) from audits_coverageday), (select max(id) from audits_patrollableground),
       (select max(id) from audits_dayseal), (select count(*) from audits_touchedday),
       pg_sequence_last_value(pg_get_serial_sequence('audits_touchedday', 'id')::regclass)
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Equal questions have equal answers: ``scope`` names all that depends on who asks, ``state`` all that may change."""

    scope: tuple[str, ...]
    first: date
    last: date
    today: date
    state: tuple[Any, ...]
    user: User = field(compare=False)
    at: datetime = field(compare=False)


def ask(user: User, first: date, last: date, *, at: datetime) -> Asked:
    with connection.cursor() as cursor:
        cursor.execute(STATE)
        state = (*cursor.fetchone(), tiles_version())
    return Asked(scope_of(user, at=at), first, last, county_day(at), state, user, at)


def codes_digest(codes: list[str]) -> str:
    return hashlib.sha256("\n".join(codes).encode()).hexdigest()[:24]


@lru_cache(maxsize=KEPT)
def packed_shares(asked: Asked) -> bytes:
    """Gzipped JSON: the bytes in the order of codes, and the digest of those codes."""
    values = bytes(_byte(ground, share) for ground, share in shares_between(asked.user, asked.first, asked.last, at=asked.at))
    said = {
        "from": asked.first.isoformat(),
        "to": asked.last.isoformat(),
        "codes": packed_codes(asked)[0],
        "count": len(values),
        "values": base64.b64encode(values).decode(),
    }
    return packed(said)


@lru_cache(maxsize=KEPT)
def packed_codes(asked: Asked) -> tuple[str, bytes]:
    """The codes in their order with their digest."""
    codes = list(grids_in_force(asked.user, asked.last, at=asked.at).values_list("code", flat=True))
    return codes_digest(codes), packed(codes)


def _byte(ground_m2: int | None, share: float) -> int:
    """Whole percent, never rounded up into a better class."""
    if ground_m2 is None:
        return PENDING
    return min(100, int(share * 100 + 1e-9)) if ground_m2 else NOTHING_REQUIRED
