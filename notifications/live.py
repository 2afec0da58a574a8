"""Wake the live process: a hint inside the transaction, heard once it has committed. Correctness never depends on it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Literal

from django.db import connection

CHANNEL = "xunge_live"
AT_ONCE = 350  # a payload of NOTIFY ends at 8,000 bytes


def wake(people: Iterable[int], *, event: Literal["alert", "changed", "moved"]) -> None:
    """Tell the phones of these people to ask, and every desk to look again, also when there is nobody to tell.

    `moved` says that nothing but positions changed.
    """
    everybody = sorted(set(people))
    with connection.cursor() as cursor:
        for first in range(0, max(1, len(everybody)), AT_ONCE):
            payload = json.dumps({"event": event, "people": everybody[first : first + AT_ONCE]}, separators=(",", ":"))
            cursor.execute("select pg_notify(%s, %s)", [CHANNEL, payload])
