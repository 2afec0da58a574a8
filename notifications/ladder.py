"""What happens when somebody does not answer an urgent alert, and after how long: pure, no clock, no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

StepKind = Literal["sms", "stand_in", "chief", "desk"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder and how long after a person was told it is taken."""

    kind: StepKind
    after: timedelta


Ladder = tuple[Step, ...]

#: Unless a county says otherwise. Inbox and push come before the first step; a normal alert has no more than these.
LADDERS: dict[str, Ladder] = {
    "normal": (),
    "urgent": (
        Step("sms", timedelta(minutes=2)),
        Step("stand_in", timedelta(minutes=5)),
        Step("chief", timedelta(minutes=10)),
        Step("desk", timedelta(minutes=15)),
    ),
}


def wait_before(ladder: Ladder, number: int) -> timedelta | None:
    """How long after the step before (or after the telling) a step is due; None behind the last."""
    if number >= len(ladder):
        return None
    earlier = ladder[number - 1].after if number else timedelta()
    return max(timedelta(), ladder[number].after - earlier)
