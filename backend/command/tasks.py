"""Tasks: who was given what, for when, and what came of it."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from backend.accounts.models import in_stems
from backend.command.describe import describe_tasks, page_of
from backend.command.rights import GIVE_TASKS, must_hold
from backend.command.schemas import GroundIn, TaskIn, TaskOut, TasksOut
from backend.command.sign_in import StaffRequest
from backend.command.task_board import is_overdue, order_for_board
from backend.patrols.actions import assign_task, withdraw_task
from backend.patrols.models import Obligation, Task
from backend.places.models import Grid, KeyPlace, people_visible_to
from backend.units.models import stem

router = Router(tags=["tasks"], by_alias=True)


@router.get("tasks", response=TasksOut, operation_id="list_tasks")
def tasks(
    request: StaffRequest,
    state: str = "",
    grid: str = "",
    line: str = "",
    only: Literal["", "late", "nobodys"] = "",
    page: int = 1,
) -> dict[str, Any]:
    """Open ones in the order of the board, others newest first. ``grid``: a grid's code or a unit's."""
    rows = Task.objects.visible_to(request.auth)
    if state:
        rows = rows.filter(state=state)
    if grid:
        rows = rows.filter(in_stems("grid__code", [stem(grid)]))
    if line:
        rows = rows.filter(Exists(Obligation.objects.filter(task=OuterRef("pk"), item__line=line)))
    if only == "late":
        rows = rows.filter(is_overdue(timezone.now()))
    if only == "nobodys":
        rows = rows.filter(person=None)
    ordered = order_for_board(rows) if state == Task.State.OPEN else rows.order_by("-assigned_at", "-pk")
    head, found = page_of(_whole(ordered), page)
    return head | {"items": describe_tasks(found)}


@router.get("tasks/{task}", response=TaskOut, operation_id="get_task")
def task(request: StaffRequest, task: UUID) -> dict[str, Any]:
    return describe_tasks([get_object_or_404(_whole(Task.objects.visible_to(request.auth)), uuid=task)])[0]


@router.post("tasks", response=TaskOut, operation_id="assign_task")
def assign(request: StaffRequest, body: TaskIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    grid = get_object_or_404(Grid.objects.visible_to(user).current().select_related("plan"), code=body.grid)
    must_hold(user, GIVE_TASKS, over=[grid.code], at=at)
    made = assign_task(
        grid,
        person=get_object_or_404(people_visible_to(user), uuid=body.person) if body.person else None,
        key_place=get_object_or_404(KeyPlace.objects.visible_to(user), uuid=body.key_place) if body.key_place else None,
        title=body.title,
        ground=body.ground,
        window=(body.from_, body.to),
        items=body.items,
        by=user,
        at=at,
    )
    return describe_tasks([_whole(Task.objects.all()).get(pk=made.pk)])[0]


@router.post("tasks/{task}/withdraw", response=TaskOut, operation_id="withdraw_task")
def withdraw(request: StaffRequest, task: UUID, body: GroundIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    found = get_object_or_404(Task.objects.visible_to(user).select_related("grid"), uuid=task)
    must_hold(user, GIVE_TASKS, over=[found.grid.code], at=at)
    withdraw_task(found, ground=body.ground, by=user, at=at)
    return describe_tasks([_whole(Task.objects.all()).get(pk=found.pk)])[0]


def _whole(tasks: QuerySet[Task]) -> QuerySet[Task]:
    items = Prefetch("items", Obligation.objects.select_related("item"))
    return tasks.select_related("grid", "key_place", "person", "assigned_by").prefetch_related(items)
