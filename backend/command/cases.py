"""Cases at a desk: the lanes, one case whole, its photos, and what can be decided on a report."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from backend.cases.checks import check_item
from backend.cases.models import Case
from backend.cases.moves import ENDS, MOVES
from backend.cases.nearby import NearLimits, cases_like, undecided_reports
from backend.cases.rights import checkers_of, has_handled, offices_for, steps_for
from backend.command.case_rows import (
    LANES,
    describe_cases,
    describe_near,
    describe_nodes,
    describe_offices,
    describe_steps,
    lanes,
    near_case,
    owners_of,
    photos_of,
    whole,
)
from backend.command.case_schemas import BoardOut, CaseOut, CasesOut, DecisionOut
from backend.command.describe import page_of
from backend.command.rights import holds
from backend.command.sign_in import StaffRequest
from backend.field.links import Kind, link_for
from backend.field.models import CENTRE_AND_SUPERVISOR, Attachment, Report
from backend.problems import NotFound
from backend.units.models import AdminUnit

router = Router(tags=["cases"], by_alias=True)
A_LANE = 50  # cards of one lane in one answer; the rest stand in the list
RELATED = NearLimits(metres=200, hours=30 * 24)


@router.get("cases/board", response=BoardOut, operation_id="case_board")
def board(
    request: StaffRequest, q: str = "", kind: str = "", office: int | None = None, *, urgent: bool | None = None
) -> dict[str, Any]:
    seen, reports = Case.objects.visible_to(request.auth), undecided_reports(request.auth)
    choices = _choices(seen, reports)
    cases = _chosen(seen, q, kind, office, urgent=urgent)
    if office is not None:
        reports = reports.none()  # no office has anything to do with a report nobody has decided on
    if kind:
        reports = reports.filter(kind_code=kind)
    if urgent is not None:
        reports = reports.filter(is_urgent=urgent)
    if q.strip():
        reports = reports.filter(Q(text__contains=q.strip()) | Q(kind__name__contains=q.strip()))
    ended = dict.fromkeys(ENDS, 0)
    ended |= dict(cases.filter(state__in=ENDS).values_list("state").annotate(n=Count("pk")))
    found = lanes(cases, reports, LANES, most=A_LANE)
    is_desk = bool(request.auth.stems(timezone.now(), CENTRE_AND_SUPERVISOR))
    # An office is shown no queue of reports.
    return {"lanes": found if is_desk else found[1:], "ended": ended} | choices


@router.get("cases", response=CasesOut, operation_id="list_cases")
def cases(
    request: StaffRequest, state: str = "", q: str = "", kind: str = "", office: int | None = None, page: int = 1
) -> dict[str, Any]:
    rows = _chosen(Case.objects.visible_to(request.auth), q, kind, office)
    if state:
        rows = rows.filter(state=state)
    head, found = page_of(whole(rows).order_by("-moved_at", "-pk"), page)
    return head | {"items": describe_cases(found)}


@router.get("cases/{case}", response=CaseOut, operation_id="get_case")
def case(request: StaffRequest, case: UUID) -> dict[str, Any]:
    return show_case(request, case)


def show_case(request: StaffRequest, uuid: UUID) -> dict[str, Any]:
    """One case whole, as this person may see it and act on it now."""
    user, at = request.auth, timezone.now()
    case: Any = get_object_or_404(whole(Case.objects.visible_to(user)), uuid=uuid)
    steps = list(case.transitions.select_related("by", "office", "assignee"))
    may = steps_for(user, case, at=at)
    expected, photos = photos_of(case)
    return {
        **describe_cases([case])[0],
        "text": case.text,
        "line": case.kind.line if case.kind else "",
        "report": case.report,
        "reporter": {"id": case.reporter.uuid, "name": case.reporter.name},
        "reported_at": steps[0].received_at,
        "accuracy_m": case.accuracy_m,
        "photos_expected": expected,
        "photos": photos,
        "steps": describe_steps(case, steps),
        "nodes": describe_nodes(case, steps),
        "merged_reports": _merged(case),
        "kept": {"id": case.kept.uuid, "number": case.kept.number} if case.kept else None,
        "related": [near_case(row) for row in cases_like(case, user, limits=RELATED)[:5]],
        "may": may,
        "handled_by_me": has_handled(user, case),
        "offices": describe_offices(offices_for(case), at=at) if "assign" in may else [],
        "checkers": _checkers(case, at=at) if "ask_check" in may else [],
    }


def _merged(case: Case) -> list[dict[str, Any]]:
    rows = case.merged.select_related("reporter").order_by("occurred_at")
    return [
        {
            "id": row.uuid,
            "reporter": row.reporter.name,
            "text": row.text,
            "occurred_at": row.occurred_at,
            "photos": [photo | {} for photo in _photos_under(case, row)],
        }
        for row in rows
    ]


def _photos_under(kept: Case, joined: Case) -> list[dict[str, str]]:
    """Photos of a report that joined, shown through the case it joined."""
    return [
        {name: value.replace(str(joined.uuid), str(kept.uuid)) for name, value in photo.items()}
        for photo in photos_of(joined)[1]
    ]


def _checkers(case: Case, *, at: Any) -> list[dict[str, Any]]:
    if not check_item(case, at=at):
        return []
    return [{"id": one.uuid, "name": one.name} for one in checkers_of(case, at=at)]


@router.get("cases/{case}/photos/{sha256}", response={302: None}, operation_id="case_photo")
def photo(request: StaffRequest, case: UUID, sha256: str) -> HttpResponseRedirect:
    return _photo(request, case, sha256, kind="large")


@router.get("cases/{case}/photos/{sha256}/small", response={302: None}, operation_id="case_small_photo")
def small_photo(request: StaffRequest, case: UUID, sha256: str) -> HttpResponseRedirect:
    return _photo(request, case, sha256, kind="small")


def _photo(request: StaffRequest, uuid: UUID, sha256: str, *, kind: Kind) -> HttpResponseRedirect:
    """A file that belongs to a case one may see: who handles a case sees its photos without seeing every report."""
    case = get_object_or_404(Case.objects.visible_to(request.auth), uuid=uuid)
    owners = [who for who, sha in owners_of(case) if sha == sha256]
    found = Attachment.objects.filter(person__in=owners, sha256=sha256, state=Attachment.State.STORED).first()
    if found is None:
        raise NotFound
    link = link_for(request.auth, found, kind=kind, at=timezone.now())
    return HttpResponseRedirect(f"/api/command/files/{link.token}")


@router.get("reports/{report}/decision", response=DecisionOut, operation_id="get_report_decision")
def decision(request: StaffRequest, report: UUID) -> dict[str, Any]:
    """What was decided on a report; if nothing was, what may be the same and who could take it."""
    user, at = request.auth, timezone.now()
    found = report_of(request, report)
    case: Any = whole(Case.objects.visible_to(user)).filter(reporter=found.person_id, report=found.uuid).first()
    may: list[str] = []
    if case is None:
        area = found.grid_code or found.home_code
        names = ("register", "assign", "reject", "merge")
        may = [name for name in names if holds(user, MOVES[name].roles, over=[area], at=at)]
    last = case.transitions.order_by("-seq").first() if case else None
    township = AdminUnit.objects.current().filter(code=f"{(found.grid_code or found.home_code)[:9]}000").first()
    return {
        "case": describe_cases([case])[0] if case else None,
        "kept": {"id": case.kept.uuid, "number": case.kept.number} if case and case.kept else None,
        "reason": last.note if last and last.operation == "reject" else "",
        "may": may,
        "near": describe_near(found, user),
        "offices": describe_offices(township.offices.order_by("pk"), at=at) if township and "assign" in may else [],
    }


def report_of(request: StaffRequest, uuid: UUID) -> Report:
    """The newest report of an id: phones make the ids."""
    rows = Report.objects.visible_to(request.auth).filter(uuid=uuid).select_related("kind", "person", "key_place")
    newest = rows.order_by("-received_at").first()
    if newest is None:
        raise NotFound
    return newest


def _choices(cases: QuerySet[Case], reports: QuerySet[Report]) -> dict[str, list[dict[str, Any]]]:
    """By what cases and reports in sight can be narrowed: no choice that never finds anything."""
    kinds = {*cases.filter(kind__isnull=False).values_list("kind__code", "kind__name").order_by().distinct()}
    kinds |= {*reports.filter(kind__isnull=False).values_list("kind__code", "kind__name").order_by().distinct()}
    offices = cases.filter(office__isnull=False).values_list("office", "office__name").order_by().distinct()
    return {
        "kinds": [{"code": code, "name": name} for code, name in sorted(kinds)],
        "offices": [{"id": pk, "name": name} for pk, name in sorted(offices)],
    }


def _chosen(rows: QuerySet[Case], q: str, kind: str, office: int | None, *, urgent: bool | None = None) -> QuerySet[Case]:
    words = q.strip()
    if words:
        rows = rows.filter(
            Q(number__contains=words)
            | Q(title__contains=words)
            | Q(place_name__contains=words)
            | Q(text__contains=words)
            | Q(office__name__contains=words)
        )
    chosen = {"kind__code": kind, "office": office, "is_urgent": urgent}
    return rows.filter(**{name: value for name, value in chosen.items() if value not in (None, "")})
