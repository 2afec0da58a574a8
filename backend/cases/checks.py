"""A worker of the grid looks at the result: a one-off task on the phone, whose answer verifies the case."""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.accounts.models import User
from backend.cases.models import Case
from backend.cases.problems import NobodyToCheck
from backend.cases.rights import checkers_of
from backend.patrols.actions import TaskNotOpen, assign_task, withdraw_task
from backend.patrols.models import ItemAdmission, Task
from backend.places.models import Grid

CHECK_ITEM = "HC-01"  # the checklist item of the county under which a result is looked at; admitted like any other
CHECK_DAYS = 3


def check_item(case: Case, *, at: datetime) -> str:
    """The newest admitted version of the item, as ``code@version``; empty if none is admitted here."""
    rows = ItemAdmission.objects.valid_on(at).for_grid(case.area_code).filter(item__code=CHECK_ITEM)
    newest = rows.select_related("item").order_by("-item__version").first()
    return f"{newest.item.code}@{newest.item.version}" if newest else ""


def order_check(case: Case, person: User, *, by: User, at: datetime) -> Task:
    """Give a worker of the grid the task to look; somebody who handled the case is never asked."""
    item, grid = check_item(case, at=at), Grid.objects.current().filter(code=case.grid_code).first()
    if grid is None or not item or not checkers_of(case, at=at).filter(pk=person.pk).exists():
        raise NobodyToCheck
    place = case.place_name or grid.name
    return assign_task(
        grid,
        items=[item],
        ground=f"{case.number} 办完了，办的人不能自己核查，请你看一眼",
        window=(at, at + timedelta(days=CHECK_DAYS)),
        by=by,
        at=at,
        person=person,
        title=f"核查：{case.title}（{place}）"[:80],
    )


def call_off_check(case: Case, *, by: User, at: datetime) -> None:
    """Nobody needs to look any more."""
    task = case.check_task
    if task is not None and task.state == Task.State.OPEN:
        try:
            withdraw_task(task, ground="已经有人核查过了", by=by, at=at)
        except TaskNotOpen:
            return
