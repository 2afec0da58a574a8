"""Wake up those who listen: phones by person, desks altogether. A hint within the transaction; correctness never depends on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from notifications.live import CHANNEL, wake

__all__ = ["CHANNEL", "wake_desks", "wake_phones"]


def wake_phones(people: Iterable[int], *, event: Literal["alert", "changed"] = "changed") -> None:
    """Tell the phones of these persons, if any, to ask for what changed, once this transaction has committed."""
    if everybody := set(people):
        wake(everybody, event=event)


def wake_desks(*, only_moved: bool = False) -> None:
    """Tell the command centres to look again. However often it is called, a desk hears at most one frame a second.

    ``only_moved``: nothing but positions changed, so nothing else has to be read again.
    """
    wake((), event="moved" if only_moved else "changed")
