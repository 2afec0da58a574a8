"""Moving a case: each step one transaction, one record, and the news to those concerned inside it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from backend.accounts.live import wake_desks, wake_phones
from backend.accounts.models import Office, User
from backend.cases.checks import call_off_check, order_check
from backend.cases.models import Case, Transition
from backend.cases.moves import MOVES, OPEN, REASONED, STATES, VERIFIED
from backend.cases.numbers import next_number
from backend.cases.problems import CaseMoved, HandlerCannotVerify, MergeNotPossible, MoveNotPossible, NotThatOffice
from backend.cases.rights import acting_post, begins_here, handlers_of, has_handled, last_step, offices_for
from backend.field.models import Attachment, Report
from backend.places.models import Grid
from backend.problems import NotFound, Unreadable
from backend.units.models import AdminUnit
from notifications.actions import announce
from notifications.events import CaseAssigned

logger = logging.getLogger(__name__)


def register_case(report: Report, *, by: User, at: datetime, note: str = "") -> Case:
    """A report becomes a case with a number of its township."""
    with transaction.atomic():
        case = _taken_up(report)
        must_begin(case, "register", expected="submitted")
        Case.objects.filter(pk=case.pk).update(number=next_number(case.township, at=at))
        return take_step(case, "register", by=by, at=at, note=note)


def reject_report(report: Report, *, reason: str, by: User, at: datetime) -> Case:
    """A report does not become a case; the reason is shown to the reporter."""
    with transaction.atomic():
        return take_step(_taken_up(report), "reject", by=by, at=at, note=reason, expected="submitted")


def merge_report(report: Report, kept: Case, *, by: User, at: datetime) -> Case:
    """A report says what an open case says already: it joins that case and hears what becomes of it."""
    with transaction.atomic():
        case, kept = _taken_up(report), Case.objects.select_for_update().get(pk=kept.pk)
        must_begin(case, "merge", expected="submitted")
        if kept.state not in OPEN or kept.township_id != case.township_id:
            raise MergeNotPossible
        Case.objects.filter(pk=case.pk).update(kept=kept)
        return take_step(case, "merge", by=by, at=at, note=kept.number)


def assign_case(
    case: Case, office: Office, *, by: User, at: datetime, handler: User | None = None, note: str = "", expected: str = ""
) -> Case:
    """Give a case to one office, and to a person in it if one is named."""
    with transaction.atomic():
        case = locked(case)
        must_begin(case, "assign", expected=expected)
        people = handlers_of(office, at=at)
        if not offices_for(case).filter(pk=office.pk).exists() or (handler and not people.filter(pk=handler.pk).exists()):
            raise NotThatOffice
        Case.objects.filter(pk=case.pk).update(office=office, handler=handler)
        case = take_step(case, "assign", by=by, at=at, note=note, office=office, assignee=handler)
        _tell_office(case, note=note, by=by, at=at)
        return case


def return_case(case: Case, *, reason: str, by: User, at: datetime, expected: str = "") -> Case:
    """The office says that it is not for them, and why."""
    return take_step(case, "return", by=by, at=at, note=reason, expected=expected)


def reject_case(case: Case, *, reason: str, by: User, at: datetime, expected: str = "") -> Case:
    """What an office returned turns out to be nothing to handle; the reason is shown to the reporter."""
    return take_step(case, "reject", by=by, at=at, note=reason, expected=expected)


def start_handling(case: Case, *, by: User, at: datetime, note: str = "", expected: str = "") -> Case:
    """Somebody of the office has it in hand."""
    return take_step(case, "start", by=by, at=at, note=note, expected=expected)


def give_feedback(case: Case, *, text: str, by: User, at: datetime, photos: Sequence[str] = (), expected: str = "") -> Case:
    """What was done, in words; photos are whole, readable files this person sent from a phone."""
    stored = by.attachments.filter(sha256__in=photos, state=Attachment.State.STORED).values_list("sha256", flat=True)
    if set(stored) != set(photos):
        raise Unreadable("有照片还没传完，或者打不开。等手机上显示“已传”再交；打不开的请重拍一张，也可以先不带照片交。")
    return take_step(case, "feedback", by=by, at=at, note=text, photos=list(photos), expected=expected)


def ask_check(case: Case, *, by: User, at: datetime, person: User | None = None, note: str = "", expected: str = "") -> Case:
    """Ask for a look at the result: by a worker of the grid on the phone if one is named, else at a desk."""
    with transaction.atomic():
        case = locked(case)
        must_begin(case, "ask_check", expected=expected)
        task = order_check(case, person, by=by, at=at) if person else None
        Case.objects.filter(pk=case.pk).update(check_task=task)
        return take_step(case, "ask_check", by=by, at=at, note=note, assignee=person)


def verify_case(case: Case, *, result: str, by: User, at: datetime, note: str = "", expected: str = "", **more: Any) -> Case:
    """Somebody who did not handle it says whether it is done: ``pass``, ``not_pass`` or ``unable``."""
    if result not in VERIFIED:
        raise Unreadable
    with transaction.atomic():
        case = locked(case)
        must_begin(case, result, expected=expected)
        if has_handled(by, case):
            raise HandlerCannotVerify
        case = take_step(case, result, by=by, at=at, note=note, **more)
        call_off_check(case, by=by, at=at)
        if result == "not_pass":
            _tell_office(case, note=note, by=by, at=at, is_rework=True)
        return case


def close_case(case: Case, *, by: User, at: datetime, note: str = "", expected: str = "") -> Case:
    """Done, and seen to be done."""
    return take_step(case, "close", by=by, at=at, note=note, expected=expected)


def take_step(case: Case, operation: str, *, by: User, at: datetime, note: str = "", expected: str = "", **more: Any) -> Case:
    """Write one step of the record; the database moves the case by it. Desks look again, the reporters' phones too."""
    note = note.strip()
    if operation in (*REASONED, "feedback") and not note:
        raise Unreadable("请写一句话，说明为什么。" if operation in REASONED else "请写一句话，说明办得怎样。")
    with transaction.atomic():
        case = locked(case)
        must_begin(case, operation, expected=expected)
        last, post = last_step(case), acting_post(by, case, operation, at=at)
        values = {"begins": case.state, "ends": MOVES[operation].ends, "role": _role(post), "at": at, "received_at": at}
        Transition.objects.create(
            case=case, seq=last.seq + 1 if last else 1, operation=operation, by=by, note=note, **values | more
        )
        case.refresh_from_db()
        wake_desks()
        wake_phones({case.reporter_id, *case.merged.values_list("reporter", flat=True)})
    logger.info("case.moved", extra={"case": str(case.uuid), "operation": operation, "by": by.pk})
    return case


def locked(case: Case) -> Case:
    return Case.objects.select_for_update(of=("self",)).select_related("township", "kind", "office").get(pk=case.pk)


def must_begin(case: Case, operation: str, *, expected: str = "") -> None:
    """Refuse a step of somebody who saw another state, and one that does not begin here."""
    last = last_step(case)
    if expected and expected != case.state:
        who = f"{last.by.name}刚" if last else "有人"
        raise CaseMoved(f"{who}改过这里，现在是“{STATES[case.state]}”。先看看改了什么，你写的还留着。", state=case.state)
    if not begins_here(case, operation, last):
        raise MoveNotPossible(f"案件现在是“{STATES[case.state]}”，不能{MOVES[operation].word}。", state=case.state)


def _taken_up(report: Report) -> Case:
    """The case of a report, begun by its reporter's own words; whoever comes second gets the same row, locked."""
    area = report.grid_code or report.home_code
    township = AdminUnit.objects.current().filter(code=f"{area[:9]}000", level=AdminUnit.Level.TOWNSHIP).first()
    if township is None:
        raise NotFound("这条上报不属于哪个乡镇，立不了案。")
    grid = Grid.objects.filter(code=area, valid__isnull=False).order_by("-valid").first()
    values = {
        "township": township,
        "kind": report.kind,
        "title": report.kind.name if report.kind else "其他",
        "text": report.text,
        "is_urgent": report.is_urgent,
        "point": report.point,
        "accuracy_m": report.accuracy_m,
        "area_code": area,
        "grid_code": report.grid_code,
        "place_name": report.key_place.name if report.key_place else grid.name if grid and report.grid_code else "",
        "occurred_at": report.occurred_at,
        "moved_at": report.received_at,
    }
    case, is_new = Case.objects.get_or_create(reporter=report.person, report=report.uuid, defaults=values)
    if is_new:
        Transition.objects.create(
            case=case, seq=1, begins="", ends="submitted", operation="submit", by=report.person, role="上报人",
            at=report.occurred_at, received_at=report.received_at,
        )  # fmt: skip
    return locked(case)


def _role(post: Any) -> str:
    """A post in words: 派遣员, or the office's own name for those who handle."""
    if post is None:
        return ""
    return str(post.office.name if post.office and post.role == "office_handler" else post.get_role_display())


def _tell_office(case: Case, *, note: str, by: User, at: datetime, is_rework: bool = False) -> None:
    if case.office is None:
        return
    people = [case.handler] if case.handler else list(handlers_of(case.office, at=at))
    last = last_step(case)
    event = CaseAssigned(
        case=str(case.uuid),
        step=last.seq if last else 0,
        number=case.number,
        title="" if case.kind and case.kind.is_restricted else case.title,
        place=case.place_name,
        note=note,
        grid_code=case.area_code,
        people=tuple(person.pk for person in people if person.pk != by.pk),
        by=by.pk,
        at=at,
        is_rework=is_rework,
    )
    announce(event, at=at)
