"""When a foreign fix belongs to a patrol: from its start to its end, never to two patrols, never for longer than half a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.accounts.models import User
from backend.patrols.models import Patrol

#: A tracker app never stops by itself: a patrol whose end was forgotten takes no more than this of it.
LONGEST = timedelta(hours=12)
#: Patrols that began earlier than this have nothing left to gain or lose.
REACH = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Window:
    """The time of one patrol, both ends included, in epoch milliseconds."""

    patrol: UUID
    from_ms: int
    to_ms: int

    def takes(self, time_ms: int) -> bool:
        return self.from_ms <= time_ms <= self.to_ms


def windows_of(person: User, *, at: datetime) -> list[Window]:
    """One window a patrol, in order of time; they do not overlap: whoever starts anew has ended what was before."""
    rows = Patrol.objects.filter(person=person, started_at__gt=at - REACH).order_by("started_at", "uuid")
    return windows_from(list(rows.values_list("uuid", "started_at", "ended_at")))


def windows_from(patrols: Sequence[tuple[UUID, datetime, datetime | None]]) -> list[Window]:
    found = []
    followers: list[tuple[UUID, datetime, datetime | None] | None] = [*patrols[1:], None][: len(patrols)]
    for (patrol, start, end), after in zip(patrols, followers, strict=True):
        last = min(end or start + LONGEST, start + LONGEST)
        to_ms = _ms(last) if after is None else min(_ms(last), _ms(after[1]) - 1)
        found.append(Window(patrol, _ms(start), to_ms))
    return found


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
