"""A directory for trials: everybody is concerned by everything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth import get_user_model

from notifications.ladder import LADDERS, Ladder


class Everybody:
    """Named by NOTIFICATION_DIRECTORY where posts and duties do not matter."""

    def concerned(self, codes: Sequence[str], roles: frozenset[str], at: datetime) -> set[int]:
        del codes, roles, at
        return set(get_user_model()._default_manager.values_list("pk", flat=True))

    def ladder(self, codes: Sequence[str], severity: str, at: datetime) -> Ladder:
        del codes, at
        return LADDERS[severity]

    def behind(self, people: Iterable[int], role: str, at: datetime) -> set[int]:
        del people, role, at
        return set()
