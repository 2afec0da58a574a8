"""How much of what was due by frequency was done in its time: Σ min(done, due) ÷ Σ due, and what stands behind each figure.

Due is every obligation by rule whose window has closed and that was not withdrawn; done is one settled inside its window. One settled
later counts as late, apart. No figure is of a person, and none has anything restricted in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Upper

from backend.accounts.models import Post, User, in_stems
from backend.audits.visits import day_bounds
from backend.field.sight import CENTRE_AND_SUPERVISOR
from backend.patrols.models import Obligation, Task

By = Literal["grid", "line", "item"]
State = Literal["done", "late", "missing"]
#: What rows are told apart by, and how they are named: key, name, and what it is part of.
COLUMNS: Mapping[By, tuple[str, str, str]] = {
    "grid": ("task__grid__code", "task__grid__name", "task__grid__village__name"),
    "line": ("item__line", "item__line", "item__line"),
    "item": ("item__code", "item__text", "item__line"),
}
IN_TIME = Q(settled_at__lt=F("closes"))
LATE = Q(settled_at__gte=F("closes"))


@dataclass(frozen=True, slots=True)
class Compliance:
    """Whole numbers: ``due`` is ``done`` in time, ``late`` and what is missing."""

    key: str
    name: str
    within: str
    due: int
    done: int
    late: int

    @property
    def missing(self) -> int:
        return self.due - self.done - self.late


def in_sight(user: User, *, at: datetime) -> QuerySet[Obligation]:
    """Obligations in the units of a centre or a supervisor, nothing restricted among them."""
    stems = user.stems(at, CENTRE_AND_SUPERVISOR)
    return Obligation.objects.filter(in_stems("task__grid__code", stems), task__is_restricted=False)


def of_own_lines(user: User, *, at: datetime) -> QuerySet[Obligation]:
    """Obligations of the lines of the person's offices in the offices' units, restricted ones too."""
    mine = Q(pk__in=[])
    for unit, office in handled(user, at=at):
        mine |= in_stems("task__grid__code", [unit]) & Q(item__office_name=office)
    return Obligation.objects.filter(mine)


def handled(user: User, *, at: datetime) -> list[tuple[str, str]]:
    """Unit code and office's name of each office the person works for."""
    posts = user.posts.valid_at(at).filter(role=Post.Role.HANDLER).exclude(office=None)
    return list(posts.order_by("pk").values_list("unit__code", "office__name"))


def is_known(user: User, by: By, key: str, *, at: datetime) -> bool:
    """Whether anything was ever asked under this key where the person looks."""
    return in_sight(user, at=at).filter(**{COLUMNS[by][0]: key}).exists()


def due_between(user: User, first: date, last: date, *, at: datetime) -> QuerySet[Obligation]:
    """Obligations whose window closed on these days of the county and before an instant, in the sight of a centre or a supervisor."""
    return closed_between(in_sight(user, at=at), first, last, at=at)


def closed_between(rows: QuerySet[Obligation], first: date, last: date, *, at: datetime) -> QuerySet[Obligation]:
    """Those by rule, not withdrawn, whose window closed on these days."""
    begin, end = day_bounds(first)[0], day_bounds(last + timedelta(days=1))[0]
    rows = rows.filter(task__source=Task.Source.RULE)
    rows = rows.exclude(state=Obligation.State.WITHDRAWN).exclude(task__state=Task.State.WITHDRAWN)
    closed = rows.annotate(closes=Upper("task__window"))
    # The overlap lets the index on windows find them: a window that closes on these days reaches into the moment before.
    return closed.filter(closes__gt=begin, closes__lte=min(end, at), task__window__overlap=(begin - timedelta(days=1), end))


def compliance(user: User, first: date, last: date, by: By, *, at: datetime) -> list[Compliance]:
    """A row for each grid, line or item with something due; the least done first."""
    key, name, within = COLUMNS[by]
    rows = (
        due_between(user, first, last, at=at)
        .values_list(key)
        .annotate(due=Count("pk"), done=Count("pk", filter=IN_TIME), late=Count("pk", filter=LATE))
        .order_by(key)
    )
    counted = {row[0]: row[1:] for row in rows}
    named = {row[0]: row[1:] for row in _names(by, set(counted)).values_list(key, name, within).distinct()}
    found = [Compliance(one, *named[one], *figures) for one, figures in counted.items()]
    return sorted(found, key=lambda row: (row.done / row.due, row.key))


def behind(user: User, first: date, last: date, by: By, key: str, *, at: datetime, state: State | None) -> QuerySet[Obligation]:
    """The obligations a figure is made of, the oldest first."""
    rows = due_between(user, first, last, at=at).filter(**{COLUMNS[by][0]: key})
    kinds: dict[State, Q] = {"done": IN_TIME, "late": LATE, "missing": Q(settled_at=None)}
    if state:
        rows = rows.filter(kinds[state])
    return rows.select_related("item", "task__grid", "task__key_place").order_by(Upper("task__window"), "pk")


def _names(by: By, keys: set[str]) -> QuerySet[Obligation]:
    """One obligation of each: the newest words of an item."""
    key = COLUMNS[by][0]
    last = Obligation.objects.filter(**{f"{key}__in": keys}).order_by(key, "-item__version", "-pk").distinct(key)
    return Obligation.objects.filter(pk__in=last.values("pk"))
