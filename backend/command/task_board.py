"""The board of open tasks: what is nobody's and what is late comes first; and handing tasks over, many at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Upper
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field, model_validator

from backend.accounts.models import User, in_stems
from backend.command.rights import GIVE_TASKS, must_hold
from backend.command.schemas import Words
from backend.command.sign_in import StaffRequest
from backend.patrols.handing import HandOver, hand_over_tasks
from backend.patrols.models import Obligation, Task
from backend.places.models import people_visible_to
from backend.problems import NotFound
from backend.units.models import stem

router = Router(tags=["tasks"], by_alias=True)
NAMED = 200
WHY = {
    "not_open": "已经办了或者撤了",
    "theirs_already": "本来就是这个人的",
    "no_duty": "这个人那时候不负责这个网格",
}


class BoardRowOut(Schema):
    grid: str
    grid_name: str
    village_name: str
    open: int
    overdue: int
    without_person: int


class BoardOut(Schema):
    open: int
    overdue: int
    without_person: int
    lines: list[str]
    grids: list[BoardRowOut]


class HandOverIn(Schema):
    """Which tasks: those named, or all open ones of a person, of areas (grid and unit codes), or of a person in these areas."""

    tasks: list[UUID] = Field(default_factory=list, max_length=500)
    person: UUID | None = None
    areas: list[str] = Field(default_factory=list, max_length=200)
    to: UUID
    ground: Words = Field(min_length=2, max_length=200)

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if bool(self.tasks) == bool(self.person or self.areas):
            raise ValueError("选任务，或者选人、选网格：两样选一样。")
        return self


class StayedOut(Schema):
    id: UUID
    title: str
    grid_name: str
    why: str


class HandOverOut(Schema):
    moved: int
    stayed_count: int
    stayed: list[StayedOut]


def is_overdue(at: datetime) -> Q:
    return Q(state=Task.State.OPEN, window__endswith__lte=at)


def order_for_board(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Nobody's first, then whatever ends soonest: what is late stands on top."""
    return tasks.annotate(is_somebodys=Q(person__isnull=False)).order_by("is_somebodys", Upper("window"), "pk")


@router.get("task-board", response=BoardOut, operation_id="task_board")
def board(request: StaffRequest) -> dict[str, Any]:
    at = timezone.now()
    seen = Task.objects.visible_to(request.auth).open()
    rows = (
        seen.values("grid__code", "grid__name", "grid__village__name")
        .annotate(
            open=Count("pk"),
            overdue=Count("pk", filter=is_overdue(at)),
            without_person=Count("pk", filter=Q(person=None)),
        )
        .order_by("-without_person", "-overdue", "grid__code")
    )
    grids = [
        {
            "grid": row["grid__code"],
            "grid_name": row["grid__name"],
            "village_name": row["grid__village__name"],
            "open": row["open"],
            "overdue": row["overdue"],
            "without_person": row["without_person"],
        }
        for row in rows
    ]
    lines = Obligation.objects.filter(task__in=seen).order_by("item__line").values_list("item__line", flat=True).distinct()
    totals = {name: sum(int(row[name]) for row in grids) for name in ("open", "overdue", "without_person")}
    return totals | {"lines": list(lines), "grids": grids}


@router.post("tasks/hand-over", response=HandOverOut, operation_id="hand_over_tasks")
def hand_over(request: StaffRequest, body: HandOverIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    to = get_object_or_404(people_visible_to(user), uuid=body.to)
    chosen = _chosen(user, body)
    must_hold(user, GIVE_TASKS, over=set(chosen.values_list("grid__code", flat=True)), at=at)
    return _told(hand_over_tasks(chosen, to=to, ground=body.ground, by=user, at=at))


def _chosen(user: User, body: HandOverIn) -> QuerySet[Task]:
    """In sight; a named one that is not there, and a choice with nothing in it, is not found."""
    seen = Task.objects.visible_to(user)
    if body.tasks:
        wanted = set(body.tasks)
        chosen = seen.filter(uuid__in=wanted)
        if chosen.count() != len(wanted):
            raise NotFound
        return chosen
    chosen = seen.open()
    if body.person:
        chosen = chosen.filter(person=get_object_or_404(people_visible_to(user), uuid=body.person))
    if body.areas:
        chosen = chosen.filter(in_stems("grid__code", [stem(code) for code in body.areas]))
    if not chosen.exists():
        raise NotFound
    return chosen


def _told(done: HandOver) -> dict[str, Any]:
    return {
        "moved": len(done.moved),
        "stayed_count": len(done.stayed),
        "stayed": [
            {"id": row.task.uuid, "title": row.task.title, "grid_name": row.task.grid.name, "why": WHY[row.why]}
            for row in done.stayed[:NAMED]
        ],
    }
