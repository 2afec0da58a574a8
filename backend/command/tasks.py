"""Tasks: who was given what, for when, and what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from backend.command.describe import describe_tasks, page_of
from backend.command.rights import GIVE_TASKS, must_hold
from backend.command.schemas import GroundIn, TaskIn, TaskOut, TasksOut
from backend.command.sign_in import StaffRequest
from backend.patrols.actions import assign_task, withdraw_task
from backend.patrols.models import Obligation, Task
from backend.places.models import Grid, KeyPlace, people_visible_to

router = Router(tags=["tasks"], by_alias=True)


@router.get("tasks", response=TasksOut, operation_id="list_tasks")
def tasks(request: StaffRequest, state: str = "", grid: str = "", page: int = 1) -> dict[str, Any]:
    chosen = {name: value for name, value in {"state": state, "grid__code": grid}.items() if value}
    rows = _whole(Task.objects.visible_to(request.auth).filter(**chosen)).order_by("-assigned_at", "-pk")
    head, found = page_of(rows, page)
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
