"""Which open tasks a new plan would hand over, told before it is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from backend.accounts.models import User
from backend.patrols.models import Task
from backend.places.models import Grid, GridDuty


@dataclass(frozen=True, slots=True)
class MovingTask:
    """An open task that would lie in a grid of another code, or be another person's."""

    task: Task
    grid: Grid
    person: User | None


def tasks_that_move(heirs: Mapping[int, Grid], *, at: datetime) -> list[MovingTask]:
    """What `backend.patrols.actions.move_tasks` would hand over if the plan of these heirs were published now."""
    duties = GridDuty.objects.valid_at(at).filter(grid__in=heirs).select_related("user", "grid")
    here = {(duty.grid.code, duty.user_id) for duty in duties}
    accountable = {duty.grid.code: duty.user for duty in duties if duty.role == GridDuty.Role.WORKER}
    orders = Task.objects.open().filter(grid__in=heirs, source=Task.Source.ORDER)
    rows = orders.select_related("key_place", "grid", "person").order_by("grid__code", "pk")
    found = []
    for task in rows:
        heir = heirs[task.grid_id]
        if task.key_place and not heir.polygon.covers(task.key_place.point):
            heir = next((grid for grid in heirs.values() if grid.polygon.covers(task.key_place.point)), heir)
        person = task.person if (heir.code, task.person_id) in here else accountable.get(heir.code, task.person)
        if heir.code != task.grid.code or (person and person.pk) != task.person_id:
            found.append(MovingTask(task, heir, person))
    return found
