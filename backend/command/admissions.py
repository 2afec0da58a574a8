"""Applications to put an item on grid staff, their decisions with the load before and after, and withdrawals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, F, QuerySet, Value, When
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from backend.accounts.models import Office, Post, User
from backend.command.checklist_schemas import AdmissionOut, AdmissionsOut, ApplicationIn, DecisionIn, WithdrawalIn
from backend.command.checklist_words import describe_admissions
from backend.command.describe import page_of
from backend.command.rights import DIVIDE
from backend.command.sign_in import StaffRequest
from backend.patrols.admissions import apply_item, decide_application, withdraw_admission
from backend.patrols.guard import load_change
from backend.patrols.models import ChecklistItem, ItemAdmission
from backend.units.models import AdminUnit, AdminUnitQuerySet

router = Router(tags=["checklist"], by_alias=True)
State = ItemAdmission.State
PEOPLE = ("item", "item__county", "unit", "office", "applied_by", "approved_by", "withdrawn_by")
#: Offices apply for what they ask; the county's administrator decides.
APPLY = (*DIVIDE, Post.Role.HANDLER)


@router.get("admissions", response=AdmissionsOut, operation_id="list_admissions")
def admissions(request: StaffRequest, state: State | None = None, page: int = 1) -> dict[str, Any]:
    """Open applications first, the oldest on top; then the newest decisions. An office sees its own unit's."""
    at = timezone.now()
    rows = _visible(request.auth, at=at)
    rows = rows.filter(state=state) if state else rows
    waiting = Case(When(state=State.APPLIED, then=Value(0)), default=Value(1))
    head, found = page_of(rows.order_by(waiting, F("approved_at").desc(nulls_first=True), "applied_at", "pk"), page)
    loads = {row.pk: load_change(row.item, row.unit, at=at).told for row in found if row.state == State.APPLIED}
    return head | {"items": describe_admissions(found, loads, at=at)}


@router.post("admissions", response=AdmissionOut, operation_id="apply_item")
def apply(request: StaffRequest, body: ApplicationIn) -> dict[str, Any]:
    """For a county or a township; ``to`` is the last day. An application of an office goes by the office's name."""
    user, at = request.auth, timezone.now()
    unit = get_object_or_404(_units(user, at=at), code=body.unit)
    item = get_object_or_404(
        ChecklistItem.objects.select_related("county"), pk=body.entry, county__code=f"{unit.code[:6]}000000"
    )
    days = (body.from_, body.to + timedelta(days=1) if body.to else None)
    office = _office(user, unit, at=at)
    made = apply_item(item, unit, ground=body.ground, days=days, office=office, is_temporary=body.is_temporary, by=user, at=at)
    return _one(made.pk, at=at)


@router.post("admissions/{int:admission}/decide", response=AdmissionOut, operation_id="decide_application")
def decide(request: StaffRequest, admission: int, body: DecisionIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    found = _find(user, admission, at=at)
    load = load_change(found.item, found.unit, at=at) if body.is_admitted else None
    decide_application(found, is_admitted=body.is_admitted, note=body.note, reason=body.reason, load=load, by=user, at=at)
    return _one(found.pk, at=at)


@router.post("admissions/{int:admission}/withdraw", response=AdmissionOut, operation_id="withdraw_admission")
def withdraw(request: StaffRequest, admission: int, body: WithdrawalIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    found = _find(user, admission, at=at)
    withdraw_admission(found, since=body.from_, ground=body.ground, by=user, at=at)
    return _one(found.pk, at=at)


def _visible(user: User, *, at: datetime) -> QuerySet[ItemAdmission]:
    return ItemAdmission.objects.filter(unit__in=AdminUnit.objects.within(user.stems(at, APPLY))).select_related(*PEOPLE)


def _find(user: User, admission: int, *, at: datetime) -> ItemAdmission:
    """One the person may decide about."""
    rows = ItemAdmission.objects.filter(unit__in=AdminUnit.objects.within(user.stems(at, DIVIDE)))
    return get_object_or_404(rows.select_related(*PEOPLE), pk=admission)


def _units(user: User, *, at: datetime) -> AdminUnitQuerySet:
    levels = (AdminUnit.Level.COUNTY, AdminUnit.Level.TOWNSHIP)
    return AdminUnit.objects.current().within(user.stems(at, APPLY)).filter(level__in=levels)


def _office(user: User, unit: AdminUnit, *, at: datetime) -> Office | None:
    posts = user.posts.valid_at(at).filter(role=Post.Role.HANDLER, unit__code=unit.code, office__isnull=False)
    post = posts.select_related("office").order_by("pk").first()
    return post.office if post else None


def _one(pk: int, *, at: datetime) -> dict[str, Any]:
    return describe_admissions(ItemAdmission.objects.select_related(*PEOPLE).filter(pk=pk), {}, at=at)[0]
