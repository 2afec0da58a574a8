"""Handing open tasks from one person to another, many at once, and saying which could not go."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet

from backend.accounts.models import User
from backend.patrols.actions import NotTheirGrid
from backend.patrols.models import Task
from backend.places.models import Grid, GridDuty
from notifications.actions import announce
from notifications.events import TasksHandedOver

logger = logging.getLogger(__name__)

Why = Literal["not_open", "theirs_already", "no_duty"]
NAMED = 40


@dataclass(frozen=True, slots=True)
class NotHanded:
    """A task that stayed where it was, and why: done or withdrawn meanwhile, the person's already, or no duty in its grid then."""

    task: Task
    why: Why


@dataclass(frozen=True, slots=True)
class HandOver:
    moved: list[Task]
    stayed: list[NotHanded]


def hand_over_tasks(tasks: QuerySet[Task], *, to: User, ground: str, by: User, at: datetime) -> HandOver:
    """Put what is open of these tasks on one person's shoulders.

    The person needs a duty in the task's grid at the moment its window begins, or now if it has begun. What is done stays with
    whoever did it. Each person concerned is told once. Raises `NotTheirGrid` for somebody who no longer works here.
    """
    if not to.is_active:
        raise NotTheirGrid
    keys = list(tasks.order_by("pk").values_list("pk", flat=True))
    with transaction.atomic():
        grids = Task.objects.filter(pk__in=keys).values("grid")
        list(Grid.objects.select_for_update(no_key=True).filter(pk__in=grids).order_by("pk").values("pk"))  # duties wait
        # Asked again under the lock: what went to somebody else meanwhile is not "all of a person" any more.
        chosen = tasks.filter(pk__in=keys).select_for_update(of=("self",))
        rows = chosen.select_related("grid", "person").order_by("pk")
        duties = list(GridDuty.objects.filter(user=to, grid__tasks__in=keys).distinct())
        moved, stayed = list[Task](), list[NotHanded]()
        for task in rows:
            why = _why_not(task, to, duties, at=at)
            if why:
                stayed.append(NotHanded(task, why))
            else:
                moved.append(task)
        Task.objects.filter(pk__in=[task.pk for task in moved]).update(person=to, assigned_by=by, moved_at=at)
        _tell(moved, to=to, ground=ground.strip(), by=by, at=at)
        logger.info("tasks.handed_over", extra={"moved": len(moved), "stayed": len(stayed), "to": to.pk, "by": by.pk})
    return HandOver(moved, stayed)


def _why_not(task: Task, to: User, duties: Iterable[GridDuty], *, at: datetime) -> Why | None:
    if task.state != Task.State.OPEN:
        return "not_open"
    if task.person_id == to.pk:
        return "theirs_already"
    instant = max(task.window.lower, at)
    return None if any(duty.grid_id == task.grid_id and _holds(duty, instant) for duty in duties) else "no_duty"


def _holds(duty: GridDuty, instant: datetime) -> bool:
    begin, end = duty.valid.lower, duty.valid.upper
    return (begin is None or begin <= instant) and (end is None or instant < end)


def _tell(tasks: list[Task], *, to: User, ground: str, by: User, at: datetime) -> None:
    """One message to whoever takes over, one to each who is relieved; ``task.person`` is still the one before."""
    hand_over = str(uuid4())

    def say(some: list[Task], person: int, *, is_given: bool) -> None:
        open_ones = [task.title for task in some if not task.is_restricted]
        said = TasksHandedOver(
            hand_over=hand_over,
            person=person,
            is_given=is_given,
            count=len(some),
            title=open_ones[0][:NAMED] if open_ones else "",
            ground=ground,
            tasks=tuple(str(task.uuid) for task in some),
            grid_codes=tuple(sorted({task.grid.code for task in some})),
            by=by.pk,
            at=at,
        )
        announce(said, at=at)

    if tasks:
        say(tasks, to.pk, is_given=True)
    relieved = sorted((task for task in tasks if task.person_id is not None), key=lambda task: (task.person_id or 0, task.pk))
    for person, theirs in groupby(relieved, key=lambda task: task.person_id):
        assert person is not None  # noqa: S101  for the type checker
        say(list(theirs), person, is_given=False)
