"""How long what is kept, person by person, and what suspends it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from backend.accounts.models import User
from backend.audits.holds import Held
from backend.audits.seals import is_sealed
from backend.audits.visits import county_day, day_bounds
from backend.field.actions import home_code
from backend.places.rules import rules_at


class Terms:
    """How long each person's county keeps each class, and which holds suspend it; read once for a run."""

    def __init__(self, at: datetime) -> None:
        self.at, self.today, self.held = at, county_day(at), Held.now()
        self._homes: dict[int, str] = {}

    def home(self, person: int) -> str:
        if person not in self._homes:
            self._homes[person] = home_code(User.objects.get(pk=person), self.at)
        return self._homes[person]

    def first_day(self, person: int, what: str) -> date:
        """The oldest day of this class that is still kept."""
        return first_day_kept(self.home(person), what, self.at)

    def is_over(self, person: int, day: date, what: str, codes: Iterable[str] = ()) -> bool:
        return day < self.first_day(person, what) and not self.is_held(person, day, codes)

    def is_held(self, person: int, day: date, codes: Iterable[str] = ()) -> bool:
        return self.held.covers(person, day, [self.home(person), *codes])


def first_day_kept(home: str, what: str, at: datetime) -> date:
    """The oldest day of a class that the county of a grid or unit still keeps."""
    return county_day(at) - timedelta(days=rules_at(home, at).retention[what])


def takes_tracks_of(person: User, home: str, day: date, *, at: datetime, is_replay: bool) -> bool:
    """Whether a piece of track of this day may be stored: not when its time was over before it came, unless a hold wants it.

    A replay makes nothing anew of a sealed day; what a hold kept of it is left as it is.
    """
    if is_replay:
        return not is_sealed_for(person, day)
    return day >= first_day_kept(home, "tracks", at) or Held.now().covers(person.pk, day, [home])


def homes_on(person: User, day: date) -> set[str]:
    """The grids the person was at home in when a day began and when it ended, whenever it is asked."""
    start, end = day_bounds(day)
    return {home_code(person, at) for at in (start, end - timedelta(microseconds=1))}


def is_sealed_for(person: User, day: date) -> bool:
    """Whether the person's tracks of a day have gone, but for what a hold keeps.

    Of somebody who moved on that day either township's seal says so: sealing a day seals both.
    """
    return any(is_sealed(home, day) for home in homes_on(person, day))
