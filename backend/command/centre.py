"""The command centre: snapshot, reports, and the ticket for the live feed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone
from ninja import Router

from backend.accounts.tickets import issue_ticket, live_address
from backend.command.centre_schemas import DayOut
from backend.command.day import day_so_far
from backend.command.describe import describe_reports, page_of
from backend.command.schemas import CentreOut, Instant, ReportOut, ReportsOut, TicketOut
from backend.command.sign_in import StaffRequest
from backend.command.snapshot import scope_of, snapshot
from backend.field.models import Report
from backend.problems import NotFound

router = Router(tags=["centre"], by_alias=True)


@router.get("centre", response=CentreOut, operation_id="centre")
def centre(request: StaffRequest) -> dict[str, Any]:
    return snapshot(request.auth, at=timezone.now())


@router.get("centre/day", response=DayOut, operation_id="centre_day")
def centre_day(request: StaffRequest) -> dict[str, Any]:
    """Looking back over today. Positions and ways of persons are no part of it."""
    return day_so_far(request.auth, at=timezone.now())


@router.get("reports", response=ReportsOut, operation_id="list_reports")
def reports(
    request: StaffRequest,
    since: Instant | None = None,
    kind: str = "",
    grid: str = "",
    *,
    urgent: bool | None = None,
    page: int = 1,
) -> dict[str, Any]:
    wanted = {"received_at__gte": since, "kind_code": kind, "grid_code": grid, "is_urgent": urgent}
    chosen = {name: value for name, value in wanted.items() if value not in (None, "")}
    rows = Report.objects.visible_to(request.auth).filter(**chosen).select_related("kind", "person")
    head, found = page_of(rows.order_by("-received_at", "-pk"), page)
    return head | {"items": describe_reports(found)}


@router.get("reports/{report}", response=ReportOut, operation_id="get_report")
def report(request: StaffRequest, report: UUID) -> dict[str, Any]:
    # Ids are made by phones; should two people ever have made the same one, the newest is shown.
    found = Report.objects.visible_to(request.auth).filter(uuid=report).select_related("kind", "person")
    newest = found.order_by("-received_at").first()
    if newest is None:
        raise NotFound
    return describe_reports([newest])[0]


@router.post("live/ticket", response=TicketOut, operation_id="command_live_ticket")
def live_ticket(request: StaffRequest) -> dict[str, str]:
    at = timezone.now()
    return {"ticket": issue_ticket(request.auth, None, scope_of(request.auth, at=at), at=at), "url": live_address()}
