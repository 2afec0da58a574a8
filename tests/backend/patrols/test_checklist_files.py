"""A county's list goes out as a workbook and comes back; faults are named by line, nothing is written in a trial."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from backend.accounts.models import User
from backend.patrols.checklist_files import COLUMNS, Taken, items_xlsx, newest_items, take_items
from backend.patrols.item_fields import DEFAULTS
from backend.patrols.items import create_item
from backend.patrols.models import ChecklistItem
from backend.problems import Unreadable
from backend.units.models import AdminUnit
from tests.backend.builders import make_person, make_unit
from tests.house.tree import ROOT

pytestmark = pytest.mark.django_db


def load_plan(county: AdminUnit) -> dict[str, ChecklistItem]:
    """The default plan of the fixtures, and one item that looks like a formula."""
    for row in json.loads((ROOT / "fixtures" / "checklist" / "items.json").read_text("utf-8")):
        fields = {**row, "office_name": row["office"], "evidence_policy": row["evidence"]}
        create_item(county, row["code"], fields, since=date(2026, 1, 1), by=None, at=timezone.now())
    formula = {"line": "党的建设", "text": "=HYPERLINK(“x”)", "legal_ground": "+1"}
    create_item(county, "GS-01", formula, since=date(2026, 1, 1), by=None, at=timezone.now())
    return newest_items(county)


def take(county: AdminUnit, book: bytes, *, is_trial: bool = False, by: User | None = None) -> Taken:
    at = timezone.now()
    return take_items(
        county, book, since=timezone.localdate() + timedelta(days=1), is_trial=is_trial, by=by or make_person(), at=at
    )


def fields_of(items: dict[str, ChecklistItem]) -> dict[str, dict[str, Any]]:
    return {code: {name: getattr(item, name) for name in DEFAULTS} for code, item in items.items()}


def change(book: bytes, cells: dict[str, Any]) -> bytes:
    opened = load_workbook(io.BytesIO(book))
    for place, value in cells.items():
        opened.active[place] = value
    out = io.BytesIO()
    opened.save(out)
    return out.getvalue()


def column(name: str) -> str:
    return chr(ord("A") + list(COLUMNS).index(name))


def test_a_list_comes_back_as_it_went_out() -> None:
    county, elsewhere = make_unit("360829000000"), make_unit("360830000000")
    items = load_plan(county)
    book = items_xlsx(items.values())
    again = take(county, book)
    assert {line.kind for line in again.lines} == {"same"} and len(again.lines) == 26 and not again.faults
    assert ChecklistItem.objects.filter(county=county).count() == 26
    taken = take(elsewhere, book)
    assert taken.is_written and {line.kind for line in taken.lines} == {"new"}
    assert fields_of(newest_items(elsewhere)) == fields_of(items)
    assert items_xlsx(newest_items(elsewhere).values())[:2] == b"PK"


def test_nothing_in_the_workbook_is_a_formula_and_no_formula_is_taken() -> None:
    county = make_unit("360829000000")
    book = items_xlsx(load_plan(county).values())
    assert b"<f>" not in b"".join(
        zipfile.ZipFile(io.BytesIO(book)).read(name) for name in zipfile.ZipFile(io.BytesIO(book)).namelist()
    )
    taken = take(county, change(book, {f"{column('text')}3": '=HYPERLINK("x")', f"{column('minutes')}4": "=1+1"}))
    assert [(fault.line, fault.column, fault.what) for fault in taken.faults] == [
        (3, "看什么", "是公式，只收写好的字"),
        (4, "分钟", "是公式，只收写好的字"),
    ]
    assert not taken.is_written


def test_a_trial_says_what_would_change_and_writes_nothing() -> None:
    county = make_unit("360829000000")
    book = items_xlsx(load_plan(county).values())
    code = load_workbook(io.BytesIO(book)).active["A2"].value
    changed = change(book, {f"{column('minutes')}2": 9, f"{column('frequency')}2": "每周2次"})
    trial = take(county, changed, is_trial=True)
    assert [(line.line, line.code, line.changed) for line in trial.lines if line.kind != "same"] == [
        (2, code, ("多久一次", "分钟"))
    ]
    assert not trial.is_written and newest_items(county)[code].version == 1
    assert take(county, changed).is_written
    newest = newest_items(county)[code]
    assert (newest.version, newest.minutes, newest.frequency) == (2, 9, [{"per": "week", "times": 2}])
    assert newest.valid.lower == timezone.localdate() + timedelta(days=1)


def test_every_fault_is_named_by_its_line_and_column_and_nothing_is_written() -> None:
    county = make_unit("360829000000")
    book = items_xlsx(load_plan(county).values())
    other = load_workbook(io.BytesIO(book)).active["A2"].value
    wrong = change(
        book,
        {
            "A3": other,
            f"{column('frequency')}4": "每两天1次",
            f"{column('object_kind')}5": "楼栋",
            f"{column('evidence_policy')}6": "照片",
            f"{column('necessity_ground')}6": None,
            f"{column('minutes')}7": "很快",
            f"{column('text')}8": "看新增的",
            "A9": "编号",
        },
    )
    before = fields_of(newest_items(county))
    taken = take(county, wrong)
    said = [(fault.line, fault.column, fault.what) for fault in taken.faults]
    assert said[0] == (3, "编码", "第 2 行已经有了") and (4, "多久一次", "读不懂“每两天1次”") in said
    assert (5, "对象", "不是网格、重点场所、住户、路线、案件之一") in said
    assert (6, "为什么要凭据", "没有写；要凭据就要说明为什么") in said
    assert (7, "分钟", "要是 1 到 480 的整数") in said
    assert said[-1] == (9, "编码", "要是 2 到 20 个大写字母、数字或短横") and 8 not in {line for line, _, _ in said}
    assert fields_of(newest_items(county)) == before and not taken.is_written


def test_what_is_no_list_is_refused_in_words() -> None:
    county = make_unit("360829000000")
    empty = io.BytesIO()
    Workbook().save(empty)
    for book, word in ((b"PK nonsense", "xlsx"), (empty.getvalue(), "编码"), (b"0" * 2_000_001, "2 MB")):
        with pytest.raises(Unreadable, match=word):
            take(county, book)
