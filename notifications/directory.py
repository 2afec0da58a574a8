"""Who is concerned: asked of whoever knows posts and duties. This room only knows people by number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from notifications.ladder import Ladder


class Directory(Protocol):
    """Named by the setting NOTIFICATION_DIRECTORY."""

    def concerned(self, codes: Sequence[str], roles: frozenset[str], at: datetime) -> set[int]:
        """Ids of the people with a role valid at an instant in any of the areas.

        ``codes`` are grid codes (15 digits) or unit codes (12 digits, or their stems). Roles: ``worker``, ``stand_in``, ``chief``
        for grid duties; ``centre`` for the command centre in whose area a code lies.
        """
        ...

    def ladder(self, codes: Sequence[str], severity: str, at: datetime) -> Ladder:
        """The steps a county takes for those who do not answer."""
        ...

    def behind(self, people: Iterable[int], role: str, at: datetime) -> set[int]:
        """Ids of the people with a role (``stand_in``, ``chief``) in any grid these people have a duty in."""
        ...


def directory() -> Directory:
    return import_string(settings.NOTIFICATION_DIRECTORY)()
