"""One person's result for one item of a task."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from backend.accounts.live import wake_phones
from backend.audits.actions import mark_place
from backend.cases.answers import verify_by_answer
from backend.field.questions import ask_about_two_answers
from backend.field.reached import reach_by_answer
from backend.patrols.models import ChecklistItem, Task
from backend.patrols.results import Given, answerable_task, asked_item, is_called_off, is_fit, store_answer
from backend.phone.interpret.common import Arrived, Sha256, ShortText, Text, TimedBody, Unfit, Verdict, clock_notes, read


class AnswerBody(TimedBody):
    task: UUID
    item: ShortText
    result: Literal["ok", "problem", "no_entry"]
    reason: Text | None = None
    note: Text | None = None
    value: Text | None = None
    photos: Annotated[list[Sha256], Field(max_length=60)] = []
    patrol: UUID | None = None


def interpret_answer(body: Any, arrived: Arrived) -> Verdict:
    said = read(AnswerBody, body)
    moment = arrived.moment(said)
    task = answerable_task(said.task, by=arrived.person)
    if task is None:
        raise Unfit("unknown_task")
    item = asked_item(task, said.item)
    if item is None:
        raise Unfit("unknown_item")
    value = (said.value or "").strip()
    if value and not is_fit(item.answer_type, value):
        raise Unfit("value_unfit")
    notes = clock_notes(moment) + _task_notes(task, item, arrived)
    given = Given(said.result, (said.reason or "")[:40], said.note or "", value[:200], said.patrol, tuple(said.photos))
    answer = store_answer(
        arrived.item, task, item, given, by=arrived.person, at=moment.at, received_at=arrived.sent.received_at
    )
    reach_by_answer(answer, photos=said.photos)
    if task.key_place is not None:
        mark_place(task.key_place, moment.at, at=arrived.sent.received_at)
    ask_about_two_answers(task, at=arrived.sent.received_at)
    verify_by_answer(answer)
    if task.person_id not in (None, arrived.person.pk):
        wake_phones([task.person_id])
    flagged = tuple(note for note in notes if note != "task_done_by_other")
    facts = {"task": str(task.uuid), "item": said.item, "text": task.title, "shift_ms": moment.shift_ms, "at": moment.at_ms}
    return Verdict(notes, flagged, patrol=said.patrol, evidence=facts)


def _task_notes(task: Task, item: ChecklistItem, arrived: Arrived) -> tuple[str, ...]:
    # Withdrawn later is no question: the person answered what was asked.
    if task.state == Task.State.WITHDRAWN and task.moved_at <= arrived.sent.received_at:
        return ("task_withdrawn",)
    if is_called_off(task, item, arrived.sent.received_at):
        return ("task_withdrawn",)
    if task.state == Task.State.DONE and task.answers.exclude(person=arrived.person).exists():
        return ("task_done_by_other",)
    return ()
