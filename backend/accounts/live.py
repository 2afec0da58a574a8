"""Wake up those who listen: phones by person, desks altogether. A hint within the transaction; correctness never depends on it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Literal

from django.db import connection

CHANNEL = "xunge_live"
AT_ONCE = 500  # a payload of NOTIFY ends at 8,000 bytes


def wake_phones(people: Iterable[int], *, event: Literal["alert", "changed"] = "changed") -> None:
    """Tell the phones of these persons to ask for what changed, once this transaction has committed."""
    everybody = sorted(set(people))
    for first in range(0, len(everybody), AT_ONCE):
        _notify({"event": event, "people": everybody[first : first + AT_ONCE]})


def wake_desks() -> None:
    """Tell the command centres to look again. However often it is called, a desk hears at most one frame a second."""
    _notify({"event": "tick"})


def _notify(body: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify(%s, %s)", [CHANNEL, json.dumps(body, separators=(",", ":"))])
