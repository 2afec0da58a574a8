"""Giving tasks to people, taking them back, moving them with their ground; admitting checklist items."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from backend.accounts.models import Office, User
from backend.patrols.later import generate_later
from backend.patrols.models import ChecklistItem, ItemAdmission, Obligation, Task
from backend.places.duties import hold_grid
from backend.places.models import Grid, GridDuty, KeyPlace
from backend.problems import Conflict, Unreadable
from backend.units.models import AdminUnit
from notifications.actions import announce
from notifications.events import TaskAssigned, TaskWithdrawn

logger = logging.getLogger(__name__)


class GridWithoutPerson(Conflict):
    """Nobody is accountable for the grid, so nobody can be given the task."""

    slug = "grid_without_person"
    zh, en = "这个网格没有责任人。先指定一位，再派任务。", "Nobody is accountable for this grid. Name somebody first."


class NotTheirGrid(Conflict):
    """The named person has no duty in the grid."""

    slug = "not_their_grid"
    zh, en = "这个人不负责这个网格，任务派不到。", "This person has no duty in this grid."


class ItemNotAdmitted(Conflict):
    """An item without an admission in force for this county or township cannot be asked of grid staff."""

    slug = "item_not_admitted"
    zh, en = "有的事项没有准入，不能派给网格员。", "An item is not admitted here and cannot be assigned."


class TaskNotOpen(Conflict):
    """The task was done or withdrawn meanwhile."""

    slug = "task_not_open"
    zh, en = "这件事已经办了或者撤了。", "This task is done or withdrawn already."


def assign_task(
    grid: Grid,
    *,
    items: Sequence[str],
    ground: str,
    window: tuple[datetime, datetime],
    by: User | None,
    at: datetime,
    person: User | None = None,
    key_place: KeyPlace | None = None,
    title: str = "",
) -> Task:
    """Give one named person of a grid what one visit settles. ``items`` are written ``code@version``."""
    if not window[0] < window[1]:
        raise Unreadable("结束时间要在开始时间之后。")
    if key_place is not None and key_place.grid_code != grid.code:
        raise Unreadable("这个场所不在所选的网格里。")
    admissions = admitted(grid.code, items, at=at)
    with transaction.atomic():
        hold_grid(grid)
        task = Task.objects.create(
            grid=grid,
            key_place=key_place,
            object_key=str(key_place.uuid) if key_place else grid.code,
            person=_accountable(grid, person, at=at),
            title=title.strip() or (key_place.name if key_place else admissions[0].item.text[:80]),
            ground=ground.strip(),
            window=DateTimeTZRange(*window),
            is_restricted=any(admission.item.sight == ChecklistItem.Sight.RESTRICTED for admission in admissions),
            assigned_by=by,
            assigned_at=at,
            moved_at=at,
        )
        Obligation.objects.bulk_create(
            Obligation(task=task, admission=admission, item=admission.item, position=position)
            for position, admission in enumerate(admissions)
        )
        announce(_said(TaskAssigned, task, ground=task.ground, by=by, at=at), at=at)
        logger.info("task.assigned", extra={"task": str(task.uuid), "by": by.pk if by else None})
    return task


def withdraw_task(task: Task, *, ground: str, by: User, at: datetime) -> Task:
    """Take a task back. What was already answered stays."""
    with transaction.atomic():
        won = (
            Task.objects.open()
            .filter(pk=task.pk)
            .update(state=Task.State.WITHDRAWN, withdrawal_ground=ground.strip(), moved_at=at)
        )
        if not won:
            raise TaskNotOpen
        if task.person_id is not None:  # an alarm is nobody's yet
            announce(_said(TaskWithdrawn, task, ground=ground.strip(), by=by, at=at), at=at)
        logger.info("task.withdrawn", extra={"task": str(task.uuid), "by": by.pk})
    task.refresh_from_db()
    return task


def move_tasks(heirs: Mapping[int, Grid], *, by: User | None, at: datetime) -> int:
    """Open orders follow their ground into the grids of a new plan; ``heirs`` maps an old grid's id to the grid after it.

    What is due by rule is left to `backend.patrols.generate`, which gives every window its grid and person anew.
    A task stays with its person as long as that person has a duty in the new grid, or nobody else is accountable there.
    """
    moved = 0
    for task in Task.objects.open().filter(grid__in=heirs, source=Task.Source.ORDER).select_related("key_place", "grid"):
        heir = heirs[task.grid_id]
        if task.key_place and task.key_place.grid_code != heir.code:
            heir = next((grid for grid in heirs.values() if grid.code == task.key_place.grid_code), heir)
        key = heir.code if task.object_key == task.grid.code else task.object_key
        before, task.grid = task.person_id, heir
        if not GridDuty.objects.valid_at(at).filter(grid=heir, user=task.person_id).exists():
            follower = GridDuty.objects.accountable(at).filter(grid=heir).first()
            task.person_id = follower.user_id if follower else task.person_id
        moved += Task.objects.open().filter(pk=task.pk).update(grid=heir, object_key=key, person=task.person_id, moved_at=at)
        if task.person_id is not None and task.person_id != before:
            announce(_said(TaskAssigned, task, ground=task.ground, by=by, at=at), at=at)
    for code in sorted({heir.code[:9] for heir in heirs.values()}):
        generate_later(code.ljust(12, "0"))
    if moved:
        logger.info("tasks.moved", extra={"tasks": moved, "by": by.pk if by else None})
    return moved


def admit_item(
    item: ChecklistItem,
    unit: AdminUnit,
    *,
    ground: str,
    by: User | None,
    at: datetime,
    office: Office | None = None,
    until: date | None = None,
) -> ItemAdmission:
    """Allow an item to be put on the grid staff of a unit, for a reason. Admitting again renews the reason and the time."""
    values = {
        "ground": ground.strip(),
        "office": office,
        "valid": (timezone.localtime(at).date(), until),
        "approved_by": by,
        "approved_at": at,
    }
    admission, _ = ItemAdmission.objects.update_or_create(item=item, unit=unit, defaults=values)
    return admission


def admitted(grid_code: str, items: Iterable[str], *, at: datetime) -> list[ItemAdmission]:
    """The admissions behind ``code@version``, in the given order; each must be in force for the grid."""
    rows = ItemAdmission.objects.valid_on(at).for_grid(grid_code).select_related("item").order_by("unit__code")
    known = {f"{row.item.code}@{row.item.version}": row for row in rows}
    wanted = list(dict.fromkeys(items))
    if not wanted:
        raise Unreadable("任务里至少要有一个事项。")
    if missing := [item for item in wanted if item not in known]:
        raise ItemNotAdmitted(items=missing)
    return [known[item] for item in wanted]


Said = TypeVar("Said", TaskAssigned, TaskWithdrawn)


def _said(event: type[Said], task: Task, *, ground: str, by: User | None, at: datetime) -> Said:
    """What an alert may say: of a task with something restricted in it neither what nor why; the person reads that in the task."""
    assert task.person_id is not None  # noqa: S101  for the type checker; an alarm is said by an event of its own
    is_open = not task.is_restricted
    return event(
        task=str(task.uuid),
        title=task.title if is_open else "一件限定的事",
        ground=ground if is_open else "详情在任务里。",
        grid_code=task.grid.code,
        person=task.person_id,
        by=by.pk if by else None,
        at=at,
    )


def _accountable(grid: Grid, person: User | None, *, at: datetime) -> User:
    if person is None:
        duty = GridDuty.objects.accountable(at).filter(grid=grid).select_related("user").first()
        if duty is None:
            raise GridWithoutPerson
        return duty.user
    if not GridDuty.objects.valid_at(at).filter(grid=grid, user=person).exists():
        raise NotTheirGrid
    return person
