"""Frequencies for supervisors: what was due, what was done in time, and the obligations behind each figure. No row is a person."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from openpyxl import Workbook
from pydantic import Field

from backend.accounts.models import User
from backend.audits.compliance import By, Compliance, State, behind, compliance, is_known
from backend.command.coverage import XLSX, Days, First, as_file
from backend.command.describe import page_of
from backend.command.exports import local, sheet
from backend.command.schemas import Day, PageOut
from backend.command.sign_in import StaffRequest
from backend.patrols.models import Obligation
from backend.problems import NotFound

router = Router(tags=["audit"], by_alias=True)
TITLES: dict[By, tuple[str, str, str]] = {
    "grid": ("网格编码", "网格", "村（社区）"),
    "line": ("条线", "名称", "条线名"),
    "item": ("事项编码", "事项", "条线"),
}
SHEETS: dict[By, str] = {"grid": "按网格", "line": "按条线", "item": "按事项"}


class ComplianceRowOut(Schema):
    key: str
    name: str
    within: str
    due: int
    done: int
    late: int
    missing: int


class ComplianceOut(Schema):
    due: int
    done: int
    late: int
    missing: int
    rows: list[ComplianceRowOut]


class DueOut(Schema):
    task: UUID
    item: str
    text: str
    line: str
    grid: str
    grid_name: str
    place: str
    ground: str
    from_: datetime = Field(serialization_alias="from")
    to: datetime
    settled_at: datetime | None
    state: State


class DuesOut(PageOut):
    items: list[DueOut]


@router.get("compliance", response=ComplianceOut, operation_id="compliance_of_days")
def figures(request: StaffRequest, by: By = "grid", first: First = None, to: Day | None = None) -> dict[str, Any]:
    at = timezone.now()
    days = Days.read(first, to, at)
    rows = compliance(request.auth, days.first, days.last, by, at=at)
    return totals(rows) | {"rows": rows}


@router.get("compliance/evidence", response=DuesOut, operation_id="compliance_evidence")
def evidence(
    request: StaffRequest,
    key: str,
    by: By = "grid",
    state: State | None = None,
    first: First = None,
    to: Day | None = None,
    page: int = 1,
) -> dict[str, Any]:
    at = timezone.now()
    days = Days.read(first, to, at)
    if not is_known(request.auth, by, key, at=at):
        raise NotFound
    head, rows = page_of(behind(request.auth, days.first, days.last, by, key, at=at, state=state), page)
    return head | {"items": [describe(row) for row in rows]}


@router.get("compliance/export.xlsx", response={200: bytes}, operation_id="export_compliance")
def export(request: StaffRequest, first: First = None, to: Day | None = None) -> HttpResponse:
    """Grids, lines and items as sheets."""
    at = timezone.now()
    days = Days.read(first, to, at)
    return as_file(compliance_xlsx(request.auth, days, at=at), XLSX, f"compliance-{days.first}-{days.last}.xlsx")


def compliance_xlsx(user: User, days: Days, *, at: datetime) -> bytes:
    book = Workbook()
    for empty in book.worksheets:
        book.remove(empty)
    head = [
        ("日期", f"{days.first} 至 {days.last}"),
        ("怎么算", "应办：按频次到期的事项；按时：在时间窗里办了；晚办另列。完成率 = 按时 ÷ 应办。"),
        ("导出", local(at)),
        ("说明", "一行是网格、条线或事项，不是一个人。撤回的和限定的不在内。"),
    ]
    for by, title in SHEETS.items():
        rows = compliance(user, days.first, days.last, by, at=at)
        titles = [*TITLES[by], "应办", "按时", "晚办", "没办", "完成率"]
        cells = [[row.key, row.name, row.within, row.due, row.done, row.late, row.missing, row.done / row.due] for row in rows]
        sheet(book, title, head, titles, cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def totals(rows: list[Compliance]) -> dict[str, int]:
    return {name: sum(getattr(row, name) for row in rows) for name in ("due", "done", "late", "missing")}


def describe(row: Obligation) -> dict[str, Any]:
    task, closes = row.task, row.task.window.upper
    return {
        "task": task.uuid,
        "item": f"{row.item.code}@{row.item.version}",
        "text": row.item.text,
        "line": row.item.line,
        "grid": task.grid.code,
        "grid_name": task.grid.name,
        "place": task.key_place.name if task.key_place else "",
        "ground": task.ground,
        "from_": task.window.lower,
        "to": closes,
        "settled_at": row.settled_at,
        "state": "missing" if row.settled_at is None else "done" if row.settled_at < closes else "late",
    }
