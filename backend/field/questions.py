"""What a whole patrol gives cause to ask. Looked at when it is over, and again when more of it arrives: nobody is asked while walking.

Each question is about the patrol, once for each rule, whatever pieces it came in. A silence is a question about a phone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection

from backend.field.flags import settle_flag
from backend.field.shifts import shift_facts
from backend.field.whole_tracks import WholeTrack, track_of
from backend.patrols.models import Answer, Patrol, Task
from backend.places.rules import Rules, rules_at
from geo import GapCause, Reason, silences
from geo.fixes import distances_m

Facts = dict[str, Any]
COARSE = int(Reason.LOW_ACCURACY | Reason.UNUSABLE_ACCURACY)
# One job a patrol, however many pieces arrive; the index that keeps queueing locks unique is procrastinate's own.
ASK_LATER = """
insert into procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)
values ('default', 'backend.field.jobs.ask_whether_shifted', %(patrol)s, 'shift ' || %(patrol)s,
        jsonb_build_object('patrol', %(patrol)s::text, 'home', %(home)s::text))
on conflict (queueing_lock) where status = 'todo' do nothing
"""
FEWEST = 20  # a share of fewer fixes than this says nothing
FEWEST_JUMPS = 3  # one bad position is a leap there and a leap back


def ask_about_patrol(patrol: Patrol, *, home: str, at: datetime) -> None:
    """Raise what its track gives cause to ask, take back what it no longer does. A patrol whose track is gone keeps its questions."""
    if patrol.ended_at is None:
        return
    rules = rules_at(home, patrol.started_at)
    track = track_of(patrol.person, patrol=patrol.uuid, rules=rules)
    if track is None:
        return
    for rule, facts in judge_track(track, patrol, rules).items():
        _settle(patrol, rule, facts, rules, home=home, at=at)
    with connection.cursor() as cursor:
        cursor.execute(ASK_LATER, {"patrol": str(patrol.uuid), "home": home})


def ask_about_shift(patrol: Patrol, *, home: str, at: datetime) -> None:
    """Whether the whole patrol lies off. It needs the ground around it, so a job asks, not the phone's request."""
    rules = rules_at(home, patrol.started_at)
    track = track_of(patrol.person, patrol=patrol.uuid, rules=rules)
    if track is not None:
        _settle(patrol, "datum_shift", shift_facts(track, patrol, home=home), rules, home=home, at=at)


def _settle(patrol: Patrol, rule: str, facts: Facts, rules: Rules, *, home: str, at: datetime) -> None:
    items = {str(patrol.uuid): facts | {"rules": rules.version, "at": _ms(patrol.started_at)}} if facts else {}
    settle_flag(patrol.person, about="patrol", about_id=patrol.uuid, rule=rule, items=items, unit_code=home, at=at)


def ask_about_two_answers(task: Task, *, at: datetime) -> None:
    """Whoever found something else at an item than the person before is told; both are kept, and somebody at the centre decides.

    Two who shared the items of a task between them, or found the same, give no cause to ask. What one said last counts.
    """
    said: dict[int, dict[int, Answer]] = {}
    for answer in task.answers.select_related("person").order_by("answered_at", "uuid"):
        said.setdefault(answer.item_id, {})[answer.person_id] = answer
    people = {answer.person_id: answer.person for each in said.values() for answer in each.values()}
    if len(people) < 2:
        return
    apart: dict[int, list[Answer]] = {person: [] for person in people}
    for first, *others in (list(each.values()) for each in said.values()):
        for answer in others:
            if (answer.result, answer.value) != (first.result, first.value):
                apart[answer.person_id].append(answer)
    for person, answers in apart.items():
        settle_flag(
            people[person],
            about="task",
            about_id=task.uuid,
            rule="answered_by_two",
            items={str(row.uuid): {"text": task.title, "at": _ms(row.answered_at)} for row in answers},
            unit_code=task.grid.code,
            at=at,
        )


def judge_track(track: WholeTrack, patrol: Patrol, rules: Rules) -> dict[str, Facts]:
    """Facts for each rule; empty where there is nothing to ask."""
    bits = track.fixes.reasons.astype(np.int64)
    return {
        "mock": _counted(bits, int(Reason.MOCK), least=1),
        "jump": _jumps(track, bits),
        "gap": _gaps(track, patrol, rules),
        "low_accuracy": _low_accuracy(bits, rules),
    }


def _counted(bits: np.ndarray, reason: int, *, least: float) -> Facts:
    count = int(((bits & reason) != 0).sum())
    return {"count": count, "fixes": len(bits)} if count >= least else {}


def _jumps(track: WholeTrack, bits: np.ndarray) -> Facts:
    facts = _counted(bits, int(Reason.JUMP), least=FEWEST_JUMPS)
    if facts:
        after = np.flatnonzero((bits[1:] & int(Reason.JUMP)) != 0)
        seconds = np.maximum(np.diff(track.fixes.time_ms), 1)[after] / 1000.0
        facts["fastest_mps"] = round(float((distances_m(track.fixes.lon, track.fixes.lat)[after] / seconds).max()))
    return facts


def _low_accuracy(bits: np.ndarray, rules: Rules) -> Facts:
    return _counted(bits, COARSE, least=max(1.0, rules.low_accuracy_share * len(bits))) if len(bits) >= FEWEST else {}


def _gaps(track: WholeTrack, patrol: Patrol, rules: Rules) -> Facts:
    """Silences with their cause, if one of them is long. Those the person made by 暂停 are nobody's business."""
    found = silences(
        track.fixes.time_ms,
        track.fixes.reasons,
        gaps=track.gaps,
        began_ms=_ms(patrol.started_at),
        ended_ms=_ms(patrol.ended_at) if patrol.ended_at else None,
        limits=rules.track,
        interval_s=track.interval_s,
    )
    asked = [
        {"from": silence.from_ms, "to": silence.to_ms, "cause": silence.cause.value}
        for silence in found
        if silence.cause != GapCause.PAUSED and silence.seconds >= rules.gap_question_min * 60
    ]
    return {"gaps": asked} if asked else {}


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
