"""A county's items as a workbook, out and in: looked over first, every fault with its line, formulas never read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from backend.accounts.models import User
from backend.patrols.item_fields import DEFAULTS, LENGTHS, NAMES, code_faults, faults
from backend.patrols.item_words import (
    KINDS,
    RISKS,
    read_answer,
    read_frequency,
    read_list,
    say_answer,
    say_frequency,
    say_list,
)
from backend.patrols.items import create_item, revise_item
from backend.patrols.models import ChecklistItem
from backend.problems import Unreadable
from backend.units.models import AdminUnit

COLUMNS = {"code": NAMES["code"], **{name: NAMES[name] for name in DEFAULTS}}
WIDE = {"text", "frequency", "necessity_ground", "legal_ground"}
CHOICES: dict[str, dict[str, str]] = {
    "object_kind": dict(ChecklistItem.ObjectKind.choices),
    "sight": dict(ChecklistItem.Sight.choices),
    "evidence_policy": dict(ChecklistItem.Evidence.choices),
}
MOST_BYTES, MOST_UNPACKED, MOST_ROWS = 2_000_000, 30_000_000, 2_000
SHEET = "事项"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one cell; ``line`` as the spreadsheet numbers it."""

    line: int
    column: str
    what: str


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the workbook means: a new item, a new version, or nothing new."""

    line: int
    code: str
    text: str
    kind: str
    changed: tuple[str, ...] = ()


@dataclass
class Taken:
    """What a workbook says, and whether it was written down."""

    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    is_written: bool = False


def items_xlsx(items: Iterable[ChecklistItem]) -> bytes:
    """One line an item. Text stays text, also where it looks like a formula."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101  a new workbook has one
    sheet.title = SHEET
    sheet.append(list(COLUMNS.values()))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "B2"
    for line, item in enumerate(items, 2):
        for column, value in enumerate(_said(item), 1):
            cell = sheet.cell(row=line, column=column, value=value)
            if isinstance(value, str):
                cell.data_type = "s"
    for column, name in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(column)].width = 36 if name in WIDE else 14
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def take_items(county: AdminUnit, book: bytes, *, since: date, is_trial: bool, by: User, at: datetime) -> Taken:
    """Look a workbook over and, unless it is a trial or has a fault, write all of it down: new items, and new versions of
    those that differ, in force from ``since``. Items that the workbook leaves out stay as they are.
    """
    taken = Taken()
    wanted: dict[str, tuple[int, dict[str, Any]]] = {}
    newest = newest_items(county)
    for line, said, found in _read(book):
        code = said["code"]
        if code in wanted:
            found.append(Fault(line, COLUMNS["code"], f"第 {wanted[code][0]} 行已经有了"))
        taken.faults += found
        if found:
            continue
        wanted[code] = (line, said)
        before = newest.get(code)
        changed = tuple(NAMES[name] for name in DEFAULTS if before and getattr(before, name) != said[name])
        kind = "new" if before is None else "revised" if changed else "same"
        taken.lines.append(Line(line, code, said["text"], kind, changed))
    if is_trial or taken.faults:
        return taken
    with transaction.atomic():
        for row in taken.lines:
            said = wanted[row.code][1]
            if row.kind == "new":
                create_item(county, row.code, said, since=since, by=by, at=at)
            elif row.kind == "revised":
                revise_item(newest[row.code], said, since=since, by=by, at=at)
    taken.is_written = True
    return taken


def newest_items(county: AdminUnit) -> dict[str, ChecklistItem]:
    """The newest version of each item of a county, by its code."""
    rows = ChecklistItem.objects.filter(county=county).order_by("code", "version").select_related("county")
    return {row.code: row for row in rows}


def _said(item: ChecklistItem) -> list[Any]:
    words = {
        "place_kinds": say_list(item.place_kinds, KINDS[item.object_kind]),
        "risks": say_list(item.risks, RISKS),
        "frequency": say_frequency(item.frequency),
        "answer_type": say_answer(item.answer_type),
        **{name: choices[getattr(item, name)] for name, choices in CHOICES.items()},
    }
    values = [words.get(name, getattr(item, name)) for name in COLUMNS]
    return [ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value for value in values]


def _read(book: bytes) -> Iterable[tuple[int, dict[str, Any], list[Fault]]]:
    """Every line with what it says and what is wrong with it."""
    rows = _rows(book)
    head = {str(cell.value or "").strip(): place for place, cell in enumerate(next(rows, (0, ()))[1])}
    if missing := [name for name in COLUMNS.values() if name not in head]:
        raise Unreadable(f"第 1 行要有这些列：{'、'.join(missing)}。可以先导出一份，在上面改。")
    places = {name: head[title] for name, title in COLUMNS.items()}
    for count, (line, cells) in enumerate(rows):
        if count >= MOST_ROWS:
            raise Unreadable(f"最多 {MOST_ROWS} 行。")
        found = {name: cells[place] if place < len(cells) else None for name, place in places.items()}
        if any(cell is not None and cell.value not in (None, "") for cell in found.values()):
            yield line, *_read_line(line, found)


def _rows(book: bytes) -> Iterator[Any]:
    unreadable = Unreadable("这不是能读的 .xlsx 表格。")
    if len(book) > MOST_BYTES:
        raise Unreadable(f"表格最大 {MOST_BYTES // 1_000_000} MB。")
    try:
        with zipfile.ZipFile(io.BytesIO(book)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise unreadable
        sheets = load_workbook(io.BytesIO(book), read_only=True, data_only=False, keep_links=False)
        sheet = sheets[SHEET] if SHEET in sheets.sheetnames else sheets.worksheets[0]
        yield from enumerate(sheet.iter_rows(), 1)
    except Unreadable:
        raise
    except Exception as error:  # whatever a broken file does to the reader
        raise unreadable from error


def _read_line(line: int, cells: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    said: dict[str, Any] = {}
    wrong: list[Fault] = []
    for name, cell in cells.items():
        value = getattr(cell, "value", None)
        if getattr(cell, "data_type", "") == "f":
            wrong.append(Fault(line, COLUMNS[name], "是公式，只收写好的字"))
            value = None
        said[name] = _whole(value) if name == "minutes" else "" if value is None else str(value).strip()
    for name, choices in CHOICES.items():
        said[name] = read_list(said[name], choices)[0] if said[name] else DEFAULTS[name]
    said["place_kinds"] = read_list(said["place_kinds"], KINDS.get(said["object_kind"], {}))
    said["risks"] = read_list(said["risks"], RISKS)
    said["minutes"] = DEFAULTS["minutes"] if said["minutes"] is None else said["minutes"]
    for name, read in (("frequency", read_frequency), ("answer_type", read_answer)):
        try:
            said[name] = read(said[name])
        except ValueError as error:
            wrong.append(Fault(line, COLUMNS[name], f"读不懂“{str(error)[:40]}”"))
            said[name] = DEFAULTS[name]
    for name in LENGTHS:
        said[name] = said[name].strip()
    told = {fault.column for fault in wrong}
    wrong += [
        Fault(line, COLUMNS[name], what)
        for name, what in [*code_faults(said["code"]), *faults(said)]
        if COLUMNS[name] not in told
    ]
    return said, wrong


def _whole(value: Any) -> Any:
    """A spreadsheet's number or a number typed as text; anything else as it is, for the check to find."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return int(value) if value.strip().isascii() and value.strip().isdigit() else value.strip() or None
    return value
