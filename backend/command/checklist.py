"""A county's checklist items: the list with its versions, new ones, revisions, ends, and the whole as a workbook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Form, Router
from ninja.files import UploadedFile

from backend.accounts.models import Office, User
from backend.command.checklist_schemas import (
    CountyListOut,
    EndItemIn,
    ImportOut,
    ItemFieldsIn,
    ItemHistoryOut,
    ItemVersionOut,
    NewItemIn,
    NewVersionIn,
)
from backend.command.checklist_words import WORDS, describe_admissions, describe_item
from backend.command.rights import DIVIDE
from backend.command.schemas import Day
from backend.command.sign_in import StaffRequest
from backend.field.models import ReportKind
from backend.patrols.checklist_files import items_xlsx, newest_items, take_items
from backend.patrols.item_fields import DEFAULTS
from backend.patrols.items import create_item, end_item, revise_item
from backend.patrols.models import ChecklistItem, ItemAdmission
from backend.units.models import AdminUnit, AdminUnitQuerySet

router = Router(tags=["checklist"], by_alias=True)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("checklist", response=list[CountyListOut], operation_id="list_checklists")
def lists(request: StaffRequest) -> list[dict[str, Any]]:
    """Of each county the person writes the list of."""
    at = timezone.now()
    return [_list(county, at=at) for county in counties(request.auth, at=at).order_by("code")]


@router.post("checklist", response=ItemVersionOut, operation_id="create_item")
def create(request: StaffRequest, body: NewItemIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    county = get_object_or_404(counties(user, at=at), code=body.county)
    item = create_item(county, body.code, _fields(body.fields), since=body.from_, by=user, at=at)
    return describe_item(item, at=at)


@router.get("checklist/{int:entry}", response=ItemHistoryOut, operation_id="get_item")
def history(request: StaffRequest, entry: int) -> dict[str, Any]:
    """All versions of the item this one belongs to, the newest first, and every admission of them."""
    at = timezone.now()
    item = _find(request.auth, entry, at=at)
    versions = ChecklistItem.objects.filter(county=item.county, code=item.code).order_by("-version")
    rows = ItemAdmission.objects.filter(item__county=item.county, item__code=item.code).order_by("-pk")
    people = ("item", "unit", "office", "applied_by", "approved_by", "withdrawn_by")
    return {
        "versions": [describe_item(version, at=at) for version in versions],
        "admissions": describe_admissions(rows.select_related(*people), {}, at=at),
    }


@router.post("checklist/{int:entry}/revise", response=ItemVersionOut, operation_id="revise_item")
def revise(request: StaffRequest, entry: int, body: NewVersionIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    item = _find(user, entry, at=at)
    return describe_item(revise_item(item, _fields(body.fields), since=body.from_, by=user, at=at), at=at)


@router.post("checklist/{int:entry}/end", response=ItemVersionOut, operation_id="end_item")
def end(request: StaffRequest, entry: int, body: EndItemIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    item = _find(user, entry, at=at)
    return describe_item(end_item(item, since=body.from_, ground=body.ground, by=user, at=at), at=at)


@router.get("checklist.xlsx", response={200: bytes}, operation_id="export_items")
def export(request: StaffRequest, county: str) -> HttpResponse:
    """The newest version of each item that has not ended."""
    at = timezone.now()
    found = get_object_or_404(counties(request.auth, at=at), code=county)
    today = timezone.localtime(at).date()
    rows = [item for item in newest_items(found).values() if item.valid.upper is None or item.valid.upper > today]
    disposition = f"attachment; filename*=UTF-8''{quote(f'{found.short_name}事项清单.xlsx')}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return HttpResponse(items_xlsx(rows), content_type=XLSX, headers=headers)


@router.post("checklist/import", response=ImportOut, operation_id="import_items")
def take(
    request: StaffRequest,
    file: File[UploadedFile],
    county: Form[str],
    from_: Form[Day | None] = None,
    is_trial: Form[bool] = True,  # noqa: FBT002  a field of a form
) -> Any:
    """Look a workbook over; written down only where ``is_trial`` is false and nothing is wrong. From tomorrow if no day is said."""
    user, at = request.auth, timezone.now()
    found = get_object_or_404(counties(user, at=at), code=county)
    since = from_ or timezone.localtime(at).date() + timedelta(days=1)
    return take_items(found, file.read(), since=since, is_trial=is_trial, by=user, at=at)


def counties(user: User, *, at: datetime) -> AdminUnitQuerySet:
    """Counties whose list the person writes."""
    return AdminUnit.objects.current().filter(level=AdminUnit.Level.COUNTY).within(user.stems(at, DIVIDE))


def known_lines(county: AdminUnit, used: Iterable[str]) -> list[str]:
    """Lines in the order of the county's kinds of report, then those only items know."""
    known = ReportKind.objects.filter(county=county).order_by("code").values_list("line", flat=True)
    return list(dict.fromkeys([*known, *sorted(used)]))


def _find(user: User, entry: int, *, at: datetime) -> ChecklistItem:
    rows = ChecklistItem.objects.select_related("county").filter(county__in=counties(user, at=at))
    return get_object_or_404(rows, pk=entry)


def _fields(said: ItemFieldsIn) -> dict[str, Any]:
    return said.model_dump(mode="json")


def _list(county: AdminUnit, *, at: datetime) -> dict[str, Any]:
    newest = newest_items(county)
    where: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    admissions = ItemAdmission.objects.filter(item__county=county).exclude(state=ItemAdmission.State.REJECTED)
    today = timezone.localtime(at).date()
    for row in admissions.select_related("item", "unit").order_by("unit__code"):
        is_now = not row.valid.isempty and (row.valid.upper is None or row.valid.upper > today)
        names = where[row.item.code][row.state]
        if is_now and row.unit.short_name not in names:
            names.append(row.unit.short_name)
    used = {item.line for item in newest.values()}
    lines = known_lines(county, used)
    offices = Office.objects.filter(unit__code__startswith=county.code[:6]).values_list("name", flat=True)
    return {
        "county": county.code,
        "county_name": county.name,
        "may_change": True,
        "lines": lines,
        "offices": sorted({*offices, *(item.office_name for item in newest.values() if item.office_name)}),
        "words": WORDS,
        "defaults": DEFAULTS,
        "items": [
            {
                **describe_item(item, at=at),
                "versions": item.version,
                "admitted_in": where[code]["admitted"],
                "applied_in": where[code]["applied"],
            }
            for code, item in sorted(newest.items(), key=lambda pair: (lines.index(pair[1].line), pair[0]))
        ],
    }
