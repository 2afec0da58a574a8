"""Tasks as the phone keeps them: far enough ahead to work for a week without a network, and where each is, if that may be told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q

from backend.accounts.models import User
from backend.patrols.models import Answer, Obligation, Task
from backend.phone.wire import epoch_ms
from backend.places.models import GridDuty, Route

DONE_FOR = timedelta(hours=36)
AHEAD_FOR, BEHIND_FOR = timedelta(days=14), timedelta(days=30)
#: What is due by rule comes again: what was missed longer ago than this is not called for any more.
MISSED_FOR = timedelta(days=7)


def task_bodies(user: User, at: datetime) -> Iterator[dict[str, Any]]:
    """The person's own tasks, and the open ones of grids they stand in for; done ones stay for a day and a half.

    Restricted ones only to the person asked.
    """
    duties = GridDuty.objects.valid_at(at).filter(user=user, role=GridDuty.Role.STAND_IN)
    stood_in = Task.objects.open().open_sight().filter(grid__in=duties.values("grid"))
    mine = Q(person=user) | Q(pk__in=stood_in.values("pk"))
    fresh = Q(state=Task.State.OPEN) | Q(state=Task.State.DONE, moved_at__gt=at - DONE_FOR)
    behind = Q(source=Task.Source.ORDER, window__endswith__gt=at - BEHIND_FOR) | Q(window__endswith__gt=at - MISSED_FOR)
    tasks = Task.objects.filter(mine & fresh & behind).filter(window__startswith__lt=at + AHEAD_FOR).order_by("uuid")
    items = Obligation.objects.exclude(state=Obligation.State.WITHDRAWN).select_related("item").order_by("position", "pk")
    answers = Answer.objects.order_by("answered_at", "pk")
    tasks = tasks.select_related("grid", "key_place", "household", "route")
    for task in tasks.prefetch_related(Prefetch("items", items), Prefetch("answers", answers)):
        yield _body(task)


def _body(task: Task) -> dict[str, Any]:
    results = {answer.item_id: answer.result for answer in task.answers.all()}
    return {
        "id": str(task.uuid),
        "source": task.source,
        "title": task.title,
        "ground": task.ground,
        "grid": task.grid.code,
        "grid_name": task.grid.name,
        "place": str(task.key_place.uuid) if task.key_place else None,
        "object": _object(task),
        "from": epoch_ms(task.window.lower),
        "to": epoch_ms(task.window.upper),
        "state": task.state,
        "items": [_item(row, results.get(row.item_id)) for row in task.items.all()],
    }


def _object(task: Task) -> dict[str, Any]:
    """What is visited. Where a household lives is told by its name alone."""
    if task.key_place:
        return {"kind": "key_place", "key": task.object_key, "name": task.key_place.name}
    if task.household:
        return {"kind": "household", "key": task.object_key, "name": task.household.name}
    if task.route:
        return {"kind": "route", "key": task.object_key, "name": task.route.name, "line": _line(task.route)}
    return {"kind": "grid", "key": task.object_key, "name": task.grid.name}


def _line(route: Route) -> list[list[float]]:
    return [[round(x, 6), round(y, 6)] for x, y in route.line.coords]


def _item(row: Obligation, result: str | None) -> dict[str, Any]:
    asked = row.item
    return {
        "item": asked.reference,
        "text": asked.text,
        "line": asked.line,
        "office": asked.office_name,
        "legal_ground": asked.legal_ground,
        "evidence": asked.evidence_policy,
        "necessity_ground": asked.necessity_ground,
        "answer_type": asked.answer_type,
        "minutes": asked.minutes,
        "is_settled": row.state == Obligation.State.DONE,
        "result": result,
    }
