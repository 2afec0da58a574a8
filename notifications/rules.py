"""Which event becomes which alert: pure, no clock, no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from notifications.events import (
    AreaMessageSent,
    CaseAssigned,
    Event,
    HelpAnswered,
    HelpCalled,
    Severity,
    TaskAssigned,
    TaskWithdrawn,
    UrgentReported,
)

#: A report that arrives later than this is read in the list; a bell for it would only frighten.
STILL_URGENT = timedelta(hours=6)
URGENT_LIFE = timedelta(hours=12)
TASK_LIFE = timedelta(days=7)
#: Who hears of an urgent report in a grid, and of a message to an area.
NEAR = frozenset({"worker", "stand_in", "chief", "centre"})
ON_THE_GROUND = frozenset({"worker", "stand_in", "chief"})
AT_DESKS = frozenset({"centre"})
TITLE_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Draft:
    """An alert before it knows its people.

    ``subject`` names what it is about: one open alert for each. ``closes`` names subjects it makes untrue.
    """

    subject: str
    kind: str
    severity: Severity
    title: str
    text: str
    about: dict[str, str]
    codes: tuple[str, ...]
    made_by: int | None
    expires_at: datetime
    roles: frozenset[str] = frozenset()
    people: tuple[int, ...] = ()
    not_people: tuple[int, ...] = ()
    closes: tuple[str, ...] = ()
    reason: str = ""


def draft_of(event: Event) -> Draft | None:
    """The alert an event makes, or None if it should ring nobody."""
    if isinstance(event, UrgentReported):
        return _urgent(event)
    if isinstance(event, AreaMessageSent):
        return Draft(
            subject=f"message:{event.message}",
            kind="message",
            severity=event.severity,
            title=event.title[:TITLE_LENGTH],
            text=event.text,
            about={"message": event.message},
            codes=event.codes,
            made_by=event.by,
            expires_at=event.expires_at,
            roles=ON_THE_GROUND,
            reason=event.reason,
        )
    if isinstance(event, HelpCalled | HelpAnswered):
        return _help(event) if isinstance(event, HelpCalled) else _answered(event)
    return _case(event) if isinstance(event, CaseAssigned) else _task(event)


def _urgent(event: UrgentReported) -> Draft | None:
    if event.at - event.occurred_at >= STILL_URGENT:
        return None
    where = event.place or "位置不明"
    return Draft(
        subject=f"report:{event.reporter}:{event.report}",  # phones make the ids: another person's is another report
        kind="urgent_report",
        severity="urgent",
        title=event.kind[:TITLE_LENGTH],
        text=f"{where}：{(event.text or event.kind).rstrip('。')}。先顾自己安全，再去看。",
        about={"report": event.report, "grid": event.grid_code},
        codes=(event.grid_code,) if event.grid_code else (),
        made_by=None,
        expires_at=event.at + URGENT_LIFE,
        roles=AT_DESKS if event.is_restricted else NEAR,
        not_people=(event.reporter,),
    )


def help_subject(person: int, call: str) -> str:
    """What an alert of a call for help is about: phones make the ids."""
    return f"help:{person}:{call}"


def _help(event: HelpCalled) -> Draft | None:
    if event.at - event.occurred_at >= STILL_URGENT:
        return None
    return Draft(
        subject=help_subject(event.person, event.call),
        kind="help_call",
        severity="urgent",
        title=f"{event.name}求助"[:TITLE_LENGTH],
        text=f"{event.place or '位置不明'}。电话 {event.phone}。先打电话，再派人去。",
        about={"help": event.call, "grid": event.grid_code},
        codes=(event.grid_code,) if event.grid_code else (),
        made_by=None,
        expires_at=event.at + URGENT_LIFE,
        roles=NEAR,
        not_people=(event.person,),
    )


def _answered(event: HelpAnswered) -> Draft:
    return Draft(
        subject=f"help:{event.person}:{event.call}:seen",
        kind="help_answered",
        severity="normal",
        title="指挥中心看到了你的求助",
        text="保持电话畅通，待在安全的地方。",
        about={"help": event.call},
        codes=(),
        made_by=event.by,
        expires_at=event.at + URGENT_LIFE,
        people=(event.person,),
    )


def _task(event: TaskAssigned | TaskWithdrawn) -> Draft:
    """Given and taken are two alerts of one person: having seen the one says nothing about the other."""
    given = isinstance(event, TaskAssigned)
    mine = f"task:{event.task}:{event.person}"
    return Draft(
        subject=f"{mine}:{'given' if given else 'taken'}",
        kind="task_assigned" if given else "task_withdrawn",
        severity="normal",
        title="新任务" if given else "任务撤了",
        text=f"{event.title}。{event.ground}" if given else f"{event.title} 不用办了。{event.ground}",
        about={"task": event.task, "grid": event.grid_code},
        codes=(event.grid_code,),
        made_by=event.by,
        expires_at=event.at + TASK_LIFE,
        people=(event.person,),
        closes=(f"{mine}:{'taken' if given else 'given'}",),
    )


def _case(event: CaseAssigned) -> Draft | None:
    """Each time a case comes to an office is a bell of its own; without people it rings nobody."""
    if not event.people:
        return None
    said = "核查没通过，要返工" if event.is_rework else "请签收"
    what = f"{event.place}：{event.title}。" if event.title else ""
    return Draft(
        subject=f"case:{event.case}:{event.step}",
        kind="case_assigned",
        severity="normal",
        title=f"案件 {event.number}"[:TITLE_LENGTH],
        text=f"{what}{said}。{event.note if event.title else ''}".strip(),
        about={"case": event.case},
        codes=(event.grid_code,),
        made_by=event.by,
        expires_at=event.at + TASK_LIFE,
        people=event.people,
    )
