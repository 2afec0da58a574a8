"""Coverage as a workbook for desks, with the sight of whoever asks for it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from backend.accounts.models import User
from backend.audits.days import CoverageDay
from backend.audits.ranges import Coverage, coverage_between
from backend.command.coverage_words import describe_coverage, rule_text
from backend.places.models import GridPlan
from backend.units.models import border_note

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
GRID_COLUMNS = {
    "code": "网格编码",
    "name": "网格",
    "village": "村（社区）",
    "share": "走到的比例",
    "seen_m2": "走到（平方米）",
    "ground_m2": "要走的地（平方米）",
    "is_whole_area": "没有图层，按全部面积",
    "roads_seen_m": "走到的路（米）",
    "roads_m": "路（米）",
    "banks_seen_m": "走到的水边（米）",
    "banks_m": "水边（米）",
    "places_reached": "到了的必到点",
    "places_due": "必到点",
    "longest_gap_days": "最长空档（天）",
    "last_visit_at": "最近到访",
    "visits": "到访次数",
    "duration_s": "停留（秒）",
    "A": "A 扫码",
    "B": "B 停留",
    "C": "C 照片",
    "D": "D 说明",
    "open_flags": "待核对",
    "has_person": "有网格员",
}


def coverage_xlsx(user: User, first: date, last: date, *, at: datetime) -> bytes:
    """A workbook of four sheets, each under the lines that say by which rule and when it was made."""
    found = coverage_between(user, first, last, at=at)
    said = describe_coverage(found, at=at)
    book = Workbook()
    for empty in book.worksheets:
        book.remove(empty)
    head = head_of(found, at)
    grids = [{**row, **row["evidence"]} for row in said["grids"]]
    sheet(book, "网格", head, list(GRID_COLUMNS.values()), [[row[name] for name in GRID_COLUMNS] for row in grids])
    sheet(book, "每天", head, *_days(user, found))
    blind = [[row["grid"], row["grid_name"], row["days"], row["last_at"], row["note"]] for row in said["blind"]]
    sheet(book, "没人到的地方", head, ["网格编码", "网格", "天数", "最近到访", "说明"], blind)
    late = [[row["name"], row["grid"], row["grid_name"], row["days"], row["last_at"]] for row in said["overdue"]]
    sheet(book, "过期未到的场所", head, ["重点场所", "网格编码", "网格", "天数", "最近到过"], late)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def head_of(found: Coverage, at: datetime) -> list[tuple[str, str]]:
    """What a reader must know: which days, rule and plans, when computed, and that borders are made up where they are."""
    plans = GridPlan.objects.filter(pk__in={row.grid.plan_id for row in found.grids})
    since = sorted({local(plan.published_at)[:10] for plan in plans if plan.published_at})
    lines = [
        ("日期", f"{found.first} 至 {found.last}"),
        ("规则", f"第 {found.rules.version} 版：{rule_text(found.rules)}"),
        ("边界方案", f"{len(plans)} 个村的方案，发布于 {'、'.join(since[-6:]) or '—'}"),
        ("算到", local(found.computed_at) or "还没有算过"),
        ("还没算完", f"{found.pending} 个网格的一天"),
        ("导出", local(at)),
        ("说明", "一行是一个网格，不是一个人。空白不算违反什么。"),
    ]
    note = border_note(row.grid.village for row in found.grids)
    return [*lines, ("边界", note)] if note else lines


def local(moment: datetime | None) -> str:
    return f"{moment.astimezone(ZoneInfo(settings.COUNTY_TIME_ZONE)):%Y-%m-%d %H:%M}" if moment else ""


def plain(value: Any) -> Any:
    """A value no spreadsheet takes for a formula; times in the county's clock."""
    if isinstance(value, datetime):
        return local(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return round(value, 4)
    if value is None or isinstance(value, int):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value))
    return f"'{text}" if text.startswith(DANGEROUS) else text


def _days(user: User, found: Coverage) -> tuple[list[str], list[list[Any]]]:
    shown = CoverageDay.objects.visible_to(user).current().between(found.first, found.last)
    names = ("day", "grid__code", "grid__name", "seen_m2", "ground_m2", "visits", "duration_s", "rule_version", "computed_at")
    rows = shown.order_by("day", "grid__code").values_list(*names)
    titles = [
        "日期",
        "网格编码",
        "网格",
        "走到（平方米）",
        "要走的地（平方米）",
        "到访次数",
        "停留（秒）",
        "规则版本",
        "算于",
        "走到的比例",
    ]
    return titles, [[str(row[0]), *row[1:], row[3] / row[4] if row[4] else None] for row in rows]


def sheet(
    book: Workbook, title: str, head: Sequence[tuple[str, str]], titles: Sequence[str], rows: Iterable[list[Any]]
) -> None:
    """One sheet under the lines that say what it is."""
    page = book.create_sheet(title)
    for line in head:
        page.append([plain(part) for part in line])
    page.append([])
    page.append(list(titles))
    for cell in page[page.max_row]:
        cell.font = Font(bold=True)
    page.freeze_panes = f"A{page.max_row + 1}"  # asking for that cell would make it, and leave its row empty
    for row in rows:
        page.append([plain(value) for value in row])
    for column in range(1, len(titles) + 1):
        page.column_dimensions[get_column_letter(column)].width = 18
