"""What comes back from the ground about patrols and tasks. Arrivals may be late, doubled and in any order; the end state is the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q

from backend.accounts.models import Device, User
from backend.patrols.models import Answer, ChecklistItem, Obligation, Patrol, Task
from backend.places.models import GridDuty

#: The reason of an end nobody gave: there was no more word of the patrol.
SILENT = "silent"


class PatrolOfAnother(Exception):
    """A patrol's id is already used by another person's patrol."""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as the phone gave it."""

    result: str
    reason: str = ""
    note: str = ""
    patrol: UUID | None = None
    photos: tuple[str, ...] = ()


def start_patrol(patrol: UUID, *, by: User, device: Device, at: datetime, received_at: datetime) -> Patrol:
    """Open a patrol; its start is the earliest instant anything is known of it."""
    row = _patrol(patrol, by=by, device=device, at=at, received_at=received_at)
    if at < row.started_at:
        Patrol.objects.filter(pk=row.pk).update(started_at=at)
        row.started_at = at
    return row


def end_patrol(patrol: UUID, *, by: User, device: Device, at: datetime, received_at: datetime, reason: str = "") -> Patrol:
    """Close a patrol, even one whose start has not arrived yet. Of several ends the earliest holds; silence was none."""
    row = start_patrol(patrol, by=by, device=device, at=at, received_at=received_at)
    if row.ended_at is None or row.end_reason == SILENT or (at, reason) < (row.ended_at, row.end_reason):
        Patrol.objects.filter(pk=row.pk).update(ended_at=at, end_reason=reason)
        row.ended_at, row.end_reason = at, reason
    return row


def _patrol(patrol: UUID, *, by: User, device: Device, at: datetime, received_at: datetime) -> Patrol:
    defaults = {"person": by, "device": device, "started_at": at, "received_at": received_at}
    row, _ = Patrol.objects.get_or_create(uuid=patrol, defaults=defaults)
    if row.person_id != by.pk:
        raise PatrolOfAnother(patrol)
    return row


def answerable_task(task: UUID, *, by: User) -> Task | None:
    """A task this person was given, or of a grid they ever had a duty in."""
    duty = GridDuty.objects.filter(user=by, grid=OuterRef("grid"))
    return Task.objects.filter(Q(person=by) | Exists(duty)).filter(uuid=task).select_related("grid").first()


def asked_item(task: Task, reference: str) -> ChecklistItem | None:
    """The checklist item of ``code@version`` inside a task."""
    code, _, version = reference.rpartition("@")
    if not version.isdecimal() or len(version) > 4:
        return None
    asked = Obligation.objects.filter(task=task, item__code=code, item__version=int(version))
    found = asked.select_related("item").first()
    return found.item if found else None


def store_answer(
    answer: UUID, task: Task, item: ChecklistItem, given: Given, *, by: User, at: datetime, received_at: datetime
) -> Answer:
    """Keep one person's result; a task all of whose items have one is done, a withdrawn one stays withdrawn."""
    task = Task.objects.select_for_update().get(pk=task.pk)
    values = {
        "task": task,
        "item": item,
        "patrol_uuid": given.patrol,
        "result": given.result,
        "reason": given.reason,
        "note": given.note,
        "photos": list(given.photos),
        "answered_at": at,
        "received_at": received_at,
    }
    row, _ = Answer.objects.get_or_create(person=by, uuid=answer, defaults=values)
    settle_task(task)
    return row


def settle_task(task: Task) -> None:
    """Done when every item has an answer of anybody; open as long as one is missing."""
    if task.state == Task.State.WITHDRAWN:
        return
    asked = set(task.items.values_list("item", flat=True))
    answered = Answer.objects.filter(task=task, item__in=asked)
    is_done = bool(asked) and set(answered.values_list("item", flat=True)) == asked
    if is_done:
        moved_at = answered.aggregate(last=Max("answered_at"))["last"]
        Task.objects.filter(pk=task.pk).update(state=Task.State.DONE, moved_at=moved_at)
    elif task.state == Task.State.DONE:
        Task.objects.filter(pk=task.pk).update(state=Task.State.OPEN)
