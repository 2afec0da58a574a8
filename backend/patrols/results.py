"""What comes back from the ground about patrols and tasks. Arrivals may be late, doubled and in any order; the end state is the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from backend.accounts.models import Device, User
from backend.patrols.models import Answer, ChecklistItem, Obligation, Patrol, Task
from backend.places.models import GridDuty
from backend.statements import ask_after

ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('xunge.object'), hashtext(%(key)s))"
SETTLE = """
with asked as (
    select o.id, o.task_id, min(n.answered_at) as settled_at
      from patrols_task t
      join patrols_obligation o on o.task_id = t.id
      join patrols_checklistitem i on i.id = o.item_id
      left join (patrols_answer n
                 join patrols_checklistitem ni on ni.id = n.item_id
                 join patrols_task nt on nt.id = n.task_id)
        on (n.task_id = t.id and n.item_id = o.item_id)
        or (t.source = 'rule' and ni.code = i.code and nt.object_key = t.object_key and n.answered_at <@ t."window")
     where t.object_key = %(key)s and t.state <> 'withdrawn' and o.state <> 'withdrawn'
     group by o.id
), settled as (
    update patrols_obligation o
       set state = case when a.settled_at is null then 'open' else 'done' end, settled_at = a.settled_at
      from asked a
     where o.id = a.id and o.settled_at is distinct from a.settled_at
)
update patrols_task t
   set state = case when s.is_done then 'done' else 'open' end,
       moved_at = case when s.is_done then s.settled_at else t.moved_at end
  from (select task_id, bool_and(settled_at is not null) as is_done, max(settled_at) as settled_at from asked group by task_id) s
 where t.id = s.task_id and t.state <> 'withdrawn'
   and ((t.state = 'done') <> s.is_done or s.is_done and t.moved_at <> s.settled_at)
returning t.id
"""
NUMBER = re.compile(r"-?[0-9]{1,6}(\.[0-9]{1,3})?")
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
    value: str = ""
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


def is_fit(asked: Mapping[str, Any], value: str) -> bool:
    """Whether a value is of the kind an item asks for; an item that asks for none takes none."""
    kind = asked.get("type")
    if kind == "choice":
        return value in asked["options"]
    if kind == "number":
        if not NUMBER.fullmatch(value):
            return False
        low, high = asked.get("min", "-Infinity"), asked.get("max", "Infinity")
        return Decimal(str(low)) <= Decimal(value) <= Decimal(str(high))
    return kind == "text"


def is_called_off(task: Task, item: ChecklistItem, at: datetime) -> bool:
    """Whether the item had left the task by then, because it is no longer admitted, while the task as such went on."""
    gone = Obligation.objects.filter(task=task, item=item, state=Obligation.State.WITHDRAWN)
    return gone.filter(admission__withdrawn_at__lte=at).exists()


def store_answer(
    answer: UUID, task: Task, item: ChecklistItem, given: Given, *, by: User, at: datetime, received_at: datetime
) -> Answer:
    """Keep one person's result, and settle with it whatever else it answers; what was withdrawn stays withdrawn."""
    values = {
        "task": task,
        "item": item,
        "patrol_uuid": given.patrol,
        "result": given.result,
        "reason": given.reason,
        "note": given.note,
        "value": given.value,
        "photos": list(given.photos),
        "answered_at": at,
        "received_at": received_at,
    }
    row, _ = Answer.objects.get_or_create(person=by, uuid=answer, defaults=values)
    settle_object(task.object_key)
    return row


def settle_object(key: str) -> None:
    """Bring obligations and tasks at an object to what its answers say, in whatever order they came.

    An obligation is done by an answer to it; one by rule also by an answer to the same item given at the same object inside
    its window. A task is done when all that is asked in it is. Two who answer at an object do so one after the other.
    """
    ask_after(ONE_AT_A_TIME, SETTLE, {"key": key})
