"""Steps of a case at a desk: each is one action, from the post the table of moves asks for."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from backend.accounts.models import Office, User
from backend.cases import actions
from backend.cases.models import Case
from backend.cases.moves import MOVES
from backend.cases.problems import HandlerCannotVerify
from backend.cases.rights import acting_post, checkers_of, handlers_of, has_handled
from backend.command.case_schemas import (
    AssignIn,
    CaseOut,
    CheckIn,
    FeedbackIn,
    MergeIn,
    NoteIn,
    ReasonIn,
    RegisterIn,
    VerifyIn,
)
from backend.command.cases import report_of, show_case
from backend.command.rights import must_hold
from backend.command.sign_in import StaffRequest
from backend.field.models import Report
from backend.problems import NotAllowed

router = Router(tags=["cases"], by_alias=True)


@router.post("reports/{report}/register", response=CaseOut, operation_id="register_case")
def register(request: StaffRequest, report: UUID, body: RegisterIn) -> dict[str, Any]:
    """Register, and assign in the same transaction if an office is named."""
    user, at = request.auth, timezone.now()
    found = _decidable(request, report, "register", at=at)
    with transaction.atomic():
        case = actions.register_case(found, by=user, at=at, note=body.note)
        if body.office is not None:
            _must_act(user, case, "assign", at=at)
            office, handler = _office(case, body.office, body.handler, at=at)
            actions.assign_case(case, office, handler=handler, note=body.note, by=user, at=at)
    return show_case(request, case.uuid)


@router.post("reports/{report}/reject", response=CaseOut, operation_id="reject_report")
def reject_report(request: StaffRequest, report: UUID, body: ReasonIn) -> dict[str, Any]:
    at = timezone.now()
    found = _decidable(request, report, "reject", at=at)
    case = actions.reject_report(found, reason=body.reason, by=request.auth, at=at)
    return show_case(request, case.uuid)


@router.post("reports/{report}/merge", response=CaseOut, operation_id="merge_report")
def merge(request: StaffRequest, report: UUID, body: MergeIn) -> dict[str, Any]:
    at = timezone.now()
    found = _decidable(request, report, "merge", at=at)
    kept = get_object_or_404(Case.objects.visible_to(request.auth), uuid=body.case)
    case = actions.merge_report(found, kept, by=request.auth, at=at)
    return show_case(request, case.uuid)


@router.post("cases/{case}/assign", response=CaseOut, operation_id="assign_case")
def assign(request: StaffRequest, case: UUID, body: AssignIn) -> dict[str, Any]:
    found, user, at = _case(request, case, "assign")
    office, handler = _office(found, body.office, body.handler, at=at)
    actions.assign_case(found, office, handler=handler, note=body.note, by=user, at=at, expected=body.expected_state)
    return show_case(request, case)


@router.post("cases/{case}/return", response=CaseOut, operation_id="return_case")
def give_back(request: StaffRequest, case: UUID, body: ReasonIn) -> dict[str, Any]:
    found, user, at = _case(request, case, "return")
    actions.return_case(found, reason=body.reason, by=user, at=at, expected=body.expected_state)
    return show_case(request, case)


@router.post("cases/{case}/reject", response=CaseOut, operation_id="reject_case")
def reject_case(request: StaffRequest, case: UUID, body: ReasonIn) -> dict[str, Any]:
    found, user, at = _case(request, case, "reject")
    actions.reject_case(found, reason=body.reason, by=user, at=at, expected=body.expected_state)
    return show_case(request, case)


@router.post("cases/{case}/start", response=CaseOut, operation_id="start_handling")
def start(request: StaffRequest, case: UUID, body: NoteIn) -> dict[str, Any]:
    found, user, at = _case(request, case, "start")
    actions.start_handling(found, note=body.note, by=user, at=at, expected=body.expected_state)
    return show_case(request, case)


@router.post("cases/{case}/feedback", response=CaseOut, operation_id="give_feedback")
def feedback(request: StaffRequest, case: UUID, body: FeedbackIn) -> dict[str, Any]:
    found, user, at = _case(request, case, "feedback")
    actions.give_feedback(found, text=body.text, photos=body.photos, by=user, at=at, expected=body.expected_state)
    return show_case(request, case)


@router.post("cases/{case}/check", response=CaseOut, operation_id="ask_check")
def check(request: StaffRequest, case: UUID, body: CheckIn) -> dict[str, Any]:
    """Ask a worker of the grid, by phone, or nobody in particular: then a desk verifies."""
    found, user, at = _case(request, case, "ask_check")
    person = get_object_or_404(checkers_of(found, at=at), uuid=body.person) if body.person else None
    actions.ask_check(found, person=person, note=body.note, by=user, at=at, expected=body.expected_state)
    return show_case(request, case)


@router.post("cases/{case}/verify", response=CaseOut, operation_id="verify_case")
def verify(request: StaffRequest, case: UUID, body: VerifyIn) -> dict[str, Any]:
    found, user, at = _case(request, case, body.result)
    actions.verify_case(found, result=body.result, note=body.note, by=user, at=at, expected=body.expected_state)
    return show_case(request, case)


@router.post("cases/{case}/close", response=CaseOut, operation_id="close_case")
def close(request: StaffRequest, case: UUID, body: NoteIn) -> dict[str, Any]:
    found, user, at = _case(request, case, "close")
    actions.close_case(found, note=body.note, by=user, at=at, expected=body.expected_state)
    return show_case(request, case)


def _decidable(request: StaffRequest, report: UUID, operation: str, *, at: datetime) -> Report:
    found = report_of(request, report)
    must_hold(request.auth, MOVES[operation].roles, over=[found.grid_code or found.home_code], at=at)
    return found


def _case(request: StaffRequest, uuid: UUID, operation: str) -> tuple[Case, User, datetime]:
    user, at = request.auth, timezone.now()
    case = get_object_or_404(Case.objects.visible_to(user).select_related("township"), uuid=uuid)
    if operation in ("pass", "not_pass", "unable") and has_handled(user, case):
        raise HandlerCannotVerify  # said before the question of posts: the reason is the same from any post
    _must_act(user, case, operation, at=at)
    return case, user, at


def _must_act(user: User, case: Case, operation: str, *, at: datetime) -> None:
    if acting_post(user, case, operation, at=at) is None:
        raise NotAllowed


def _office(case: Case, office: int, handler: UUID | None, *, at: datetime) -> tuple[Office, User | None]:
    found = get_object_or_404(Office, pk=office, unit=case.township_id)
    return found, get_object_or_404(handlers_of(found, at=at), uuid=handler) if handler else None
