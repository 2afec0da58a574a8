"""Which event becomes which alert: pure, no clock, no database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from notifications.events import (
    AlertLevelLifted,
    AlertLevelRaised,
    AreaMessageSent,
    CaseAssigned,
    Event,
    FlagRaised,
    GridWithoutPerson,
    HelpAnswered,
    HelpCalled,
    PhoneSilent,
    Severity,
    TaskAssigned,
    TaskDueSoon,
    TaskOverdue,
    TasksHandedOver,
    TaskWithdrawn,
    UrgentReported,
)

#: A report that arrives later than this is read in the list; a bell for it would only frighten.
STILL_URGENT = timedelta(hours=6)
URGENT_LIFE = timedelta(hours=12)
TASK_LIFE = timedelta(days=7)
#: A cause older than this when it is announced rings nobody.
STILL_OVERDUE = timedelta(days=2)
STILL_WITHOUT_PERSON = timedelta(days=7)
STILL_SILENT = timedelta(hours=3)
STILL_ASKED = timedelta(days=14)
#: Dangers of these colours ring at any hour.
LOUD_COLORS = frozenset({"橙色", "红色"})
CLOCK = ZoneInfo("Asia/Shanghai")
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
    if isinstance(event, TaskAssigned | TaskWithdrawn):
        return _task(event)
    maker: Callable[[Any], Draft | None] = _MAKERS[type(event)]
    return maker(event)


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


def _clock(at: datetime) -> str:
    local = at.astimezone(CLOCK)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def _due(event: TaskDueSoon | TaskOverdue) -> Draft | None:
    """Before and after the end of its time are two alerts; the later makes the earlier untrue."""
    is_over = isinstance(event, TaskOverdue)
    if (is_over and event.at - event.due_at >= STILL_OVERDUE) or (not is_over and event.at >= event.due_at):
        return None
    mine = f"task:{event.task}:{event.person}"
    when = f"{_clock(event.due_at)} 到期，还没办。" if is_over else f"{_clock(event.due_at)} 前要办。"
    return Draft(
        subject=f"{mine}:{'overdue' if is_over else 'soon'}",
        kind="task_overdue" if is_over else "task_due_soon",
        severity="normal",
        title="任务过了时间" if is_over else "任务快到时间了",
        text=f"{event.title}。{when}{event.ground}",
        about={"task": event.task, "grid": event.grid_code},
        codes=(event.grid_code,),
        made_by=None,
        expires_at=event.at + TASK_LIFE if is_over else event.due_at,
        people=(event.person,),
        closes=(f"{mine}:soon",) if is_over else (),
    )


def _nobody(event: GridWithoutPerson) -> Draft | None:
    if event.at - event.since >= STILL_WITHOUT_PERSON:
        return None
    return Draft(
        subject=f"nobody:{event.grid_code}",
        kind="grid_without_person",
        severity="normal",
        title="有网格没人管",
        text=f"{event.grid_name} 从 {_clock(event.since)} 起没有网格员。请安排人。",
        about={"grid": event.grid_code},
        codes=(event.grid_code,),
        made_by=None,
        expires_at=event.at + TASK_LIFE,
        roles=frozenset({"chief", "centre"}),
    )


def _raised(event: AlertLevelRaised) -> Draft | None:
    if event.at >= event.ends_at:
        return None
    is_loud = event.color in LOUD_COLORS
    reason = f"{event.hazard}{event.color}预警"
    return Draft(
        subject=f"level:{event.level}:raised",
        kind="alert_level",
        severity="urgent" if is_loud else "normal",
        title=reason[:TITLE_LENGTH],
        text=f"{event.unit_name}，到 {_clock(event.ends_at)}。{event.reason}",
        about={"level": event.level},
        codes=(event.unit_code,),
        made_by=event.by,
        expires_at=event.ends_at,
        roles=NEAR,
        reason=reason if is_loud else "",
    )


def _lifted(event: AlertLevelLifted) -> Draft:
    return Draft(
        subject=f"level:{event.level}:lifted",
        kind="alert_level",
        severity="normal",
        title=f"{event.hazard}预警解除"[:TITLE_LENGTH],
        text=f"{event.unit_name}的{event.hazard}预警解除了。",
        about={"level": event.level},
        codes=(event.unit_code,),
        made_by=event.by,
        expires_at=event.at + URGENT_LIFE,
        roles=NEAR,
        closes=(f"level:{event.level}:raised",),
    )


def _silent(event: PhoneSilent) -> Draft | None:
    if event.at - event.last_at >= STILL_SILENT:
        return None
    return Draft(
        subject=f"silent:{event.patrol}",
        kind="phone_silent",
        severity="normal",
        title=f"{event.name}的手机没有消息"[:TITLE_LENGTH],
        text=f"在巡查，{_clock(event.last_at)} 以后没有消息。可能没信号，先打个电话问问。",
        about={"patrol": event.patrol, "grid": event.grid_code},
        codes=(event.grid_code,) if event.grid_code else (),
        made_by=None,
        expires_at=event.at + URGENT_LIFE,
        roles=AT_DESKS,
        not_people=(event.person,),
    )


def _asked(event: FlagRaised) -> Draft | None:
    """Words that ask and do not judge."""
    if event.at.astimezone(CLOCK).date() - event.day >= STILL_ASKED:
        return None
    return Draft(
        subject=f"flag:{event.flag}",
        kind="flag_raised",
        severity="normal",
        title="想请你说明一下",
        text=f"{event.day.month}月{event.day.day}日：{event.rule_text}。这只是个问题，不是结论。",
        about={"flag": event.flag},
        codes=(event.grid_code,) if event.grid_code else (),
        made_by=None,
        expires_at=event.at + TASK_LIFE,
        people=(event.person,),
    )


def _handed(event: TasksHandedOver) -> Draft:
    """What was said before of these tasks to this person is untrue now."""
    side, other = ("given", "taken") if event.is_given else ("taken", "given")
    what = f"{event.title}等 {event.count} 件" if event.title and event.count > 1 else event.title or f"{event.count} 件事"
    return Draft(
        subject=f"handed:{event.hand_over}:{event.person}:{side}",
        kind="tasks_handed",
        severity="normal",
        title=f"转来 {event.count} 件任务" if event.is_given else f"{event.count} 件任务转给别人了",
        text=f"{what}，{'由你来办' if event.is_given else '不用你办了'}。{event.ground}",
        about={"grid": event.grid_codes[0]} if len(event.grid_codes) == 1 else {},
        codes=event.grid_codes,
        made_by=event.by,
        expires_at=event.at + TASK_LIFE,
        people=(event.person,),
        closes=tuple(f"task:{task}:{event.person}:{said}" for task in event.tasks for said in (other, "soon", "overdue")),
    )


_MAKERS: dict[type[Any], Callable[[Any], Draft | None]] = {
    CaseAssigned: _case,
    TasksHandedOver: _handed,
    HelpCalled: _help,
    HelpAnswered: _answered,
    TaskDueSoon: _due,
    TaskOverdue: _due,
    GridWithoutPerson: _nobody,
    AlertLevelRaised: _raised,
    AlertLevelLifted: _lifted,
    PhoneSilent: _silent,
    FlagRaised: _asked,
}
