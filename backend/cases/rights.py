"""Who may take which step of a case: by the posts of the table, the office's own people, never the one who handled it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from backend.accounts.models import Office, Post, User
from backend.cases.models import Case, Transition
from backend.cases.moves import BY_OFFICE, HANDLED, MOVES, VERIFIED
from backend.places.models import Grid, GridDuty


def acting_post(user: User, case: Case, operation: str, *, at: datetime) -> Post | None:
    """The post from which this person may do this to this case; none if they may not."""
    roles = MOVES[operation].roles
    posts = Post.objects.valid_at(at).filter(user=user, role__in=roles).select_related("unit", "office").order_by("role", "pk")
    if roles == BY_OFFICE:
        return posts.filter(office=case.office_id).first() if case.office_id else None
    return next((post for post in posts if case.area_code.startswith(post.unit.stem)), None)


def has_handled(user: User, case: Case) -> bool:
    return case.transitions.filter(operation__in=HANDLED, by=user).exists()


def last_step(case: Case) -> Transition | None:
    return case.transitions.select_related("by").order_by("-seq").first()


def begins_here(case: Case, operation: str, last: Transition | None) -> bool:
    """Whether a step can be taken from where the case stands: after a check that passed it is closed, and only then."""
    passed = last is not None and last.operation == "pass"
    return case.state in MOVES[operation].begins and passed == (operation == "close")


def steps_for(user: User, case: Case, *, at: datetime) -> list[str]:
    """What this person can do to this case now."""
    last = last_step(case)
    names = [name for name in MOVES if name != "submit" and begins_here(case, name, last)]
    if any(name in VERIFIED for name in names) and has_handled(user, case):
        names = [name for name in names if name not in VERIFIED]
    return [name for name in names if acting_post(user, case, name, at=at)]


def offices_for(case: Case) -> QuerySet[Office]:
    """Offices of the case's township, the bodies stationed there too."""
    return Office.objects.filter(unit=case.township_id).order_by("pk")


def handlers_of(office: Office, *, at: datetime) -> QuerySet[User]:
    posts = Post.objects.valid_at(at).filter(user=OuterRef("pk"), role=Post.Role.HANDLER, office=office)
    return User.objects.filter(Exists(posts), is_active=True).order_by("name", "pk")


def checkers_of(case: Case, *, at: datetime) -> QuerySet[User]:
    """People with a duty in the case's grid who did not handle it."""
    if not case.grid_code:
        return User.objects.none()
    grid = Grid.objects.current().filter(code=case.grid_code)
    duty = GridDuty.objects.valid_at(at).filter(grid__in=grid, user=OuterRef("pk"))
    handled = Transition.objects.filter(case=case, operation__in=HANDLED, by=OuterRef("pk"))
    return User.objects.filter(Exists(duty), ~Exists(handled), is_active=True).order_by("name", "pk")
