"""Which posts may change what. Sight is decided by `visible_to`; this is about acting on what one sees."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from backend.accounts.models import Post, User
from backend.places.models import GridDuty
from backend.problems import NotAllowed

Role = Post.Role
GIVE_TASKS = (Role.OPERATOR, Role.DISPATCHER, Role.DUTY_CHIEF, Role.LEADER, Role.COUNTY_ADMIN)
WRITE_MESSAGES = GIVE_TASKS
MANAGE_PEOPLE = (Role.DISPATCHER, Role.DUTY_CHIEF, Role.COUNTY_ADMIN)
LOOK_AT_TRACKS = (Role.DUTY_CHIEF, Role.SUPERVISOR, Role.COUNTY_ADMIN)
LOOK_AT_ORIGINALS = (*Post.CENTRE, Role.SUPERVISOR, Role.COUNTY_ADMIN)
JUDGE_FLAGS = (Role.SUPERVISOR, Role.COUNTY_ADMIN)
PLACE_HOLDS = (Role.SUPERVISOR, Role.COUNTY_ADMIN)
ANSWER_HELP = Post.CENTRE
DIVIDE = (Role.COUNTY_ADMIN,)


def must_hold(user: User, roles: Iterable[str], *, over: Iterable[str], at: datetime) -> None:
    """Raise `NotAllowed` unless posts with these roles reach over every one of the unit or grid codes."""
    if not holds(user, roles, over=over, at=at):
        raise NotAllowed


def holds(user: User, roles: Iterable[str], *, over: Iterable[str], at: datetime) -> bool:
    """Whether posts with these roles reach over every one of the unit or grid codes; over no code nobody does."""
    reach = tuple(user.stems(at, roles))
    codes = list(over)
    return bool(reach and codes) and all(code.startswith(reach) for code in codes)


def must_manage(user: User, person: User, *, at: datetime) -> None:
    """Raise `NotAllowed` unless the first may act on the second: phones, tracker apps, files brought for them."""
    must_hold(user, MANAGE_PEOPLE, over=ground_of(person, at=at), at=at)


def ground_of(person: User, *, at: datetime) -> set[str]:
    """Codes a person stands for now, or ever stood for if nothing is left: who acts on a person must reach over all of them."""
    duties, posts = GridDuty.objects.filter(user=person), Post.objects.filter(user=person)
    now = {
        *duties.valid_at(at).values_list("grid__code", flat=True),
        *posts.valid_at(at).values_list("unit__code", flat=True),
    }
    return now or {*duties.values_list("grid__code", flat=True), *posts.values_list("unit__code", flat=True)}
