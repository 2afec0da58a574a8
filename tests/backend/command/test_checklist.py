"""The administrator's lists: items and their versions, the workbook, admissions, days, alert levels, and the public page."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from backend.accounts.models import Office, Post
from backend.patrols.models import CalendarDay, ChecklistItem, ItemAdmission
from tests.backend.builders import COUNTY, make_checklist, make_operator, make_person, make_township, make_unit, make_village
from tests.backend.command.desk import BASE, Desk

pytestmark = pytest.mark.django_db

FIELDS: dict[str, Any] = {
    "line": "防溺水",
    "text": "救生圈在不在",
    "object_kind": "key_place",
    "place_kinds": ["pond"],
    "risks": ["high"],
    "frequency": [{"per": "week", "times": 1}, {"per": "day", "times": 2, "season": ["07-01", "08-31"]}],
    "evidence_policy": "checkpoint",
    "necessity_ground": "要知道人到过水边",
}


def admin() -> Desk:
    make_township()
    return Desk(make_operator(make_unit(COUNTY), name="林晓", role="county_admin"))


def day(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def make_item(desk: Desk, code: str = "FN-01", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = desk.change("checklist", {"county": COUNTY, "code": code, "from": day(0), "fields": FIELDS | more})
    return made


def admit(desk: Desk, entry: int, **more: Any) -> dict[str, Any]:
    body = {"entry": entry, "unit": COUNTY, "ground": "汛期到了", "from": day(0), **more}
    made = desk.change("admissions", body)
    return desk.change(f"admissions/{made['admission']}/decide", {"is_admitted": True, "note": "同意"})  # type: ignore[no-any-return]


def test_an_item_is_written_revised_and_its_history_kept() -> None:
    desk = admin()
    made = make_item(desk)
    assert made["said"]["frequency"] == "每周1次；07-01至08-31 每天2次" and made["said"]["object"] == "重点场所（山塘，高风险）"
    again = desk.post("checklist", {"county": COUNTY, "code": "FN-01", "from": day(0), "fields": FIELDS})
    assert again.json()["type"] == "/problems/item_exists"
    admission = admit(desk, made["entry"])
    assert (admission["standing"], admission["decided_by"]) == ("in_force", "林晓")
    after = desk.change(f"checklist/{made['entry']}/revise", {"from": day(2), "fields": FIELDS | {"text": "“四个一”齐不齐"}})
    assert (after["version"], after["standing"]) == (2, "coming")
    history = desk.read(f"checklist/{made['entry']}")
    assert [one["version"] for one in history["versions"]] == [2, 1]
    assert sorted((one["item"], one["from"], one["to"]) for one in history["admissions"]) == [
        ("FN-01@1", day(0), day(1)),
        ("FN-01@2", day(2), None),
    ]
    listed = desk.read("checklist")[0]["items"]
    assert [(one["code"], one["version"], one["admitted_in"]) for one in listed] == [("FN-01", 2, ["安福县"])]
    ended = desk.change(f"checklist/{after['entry']}/end", {"from": day(5), "ground": "有监控了"})
    assert ended["to"] == day(4)


def test_faults_of_a_form_are_said_at_their_fields() -> None:
    desk = admin()
    answer = desk.post(
        "checklist",
        {"county": COUNTY, "code": "fn", "from": day(0), "fields": {"line": "防溺水", "text": "看"}},
    )
    assert answer.status_code == 422 and answer.json()["fields"][0]["where"] == "code"
    answer = desk.post(
        "checklist",
        {"county": COUNTY, "code": "FN-02", "from": day(0), "fields": FIELDS | {"necessity_ground": "", "object_kind": "grid"}},
    )
    assert {row["where"] for row in answer.json()["fields"]} == {"place_kinds", "risks", "necessity_ground"}
    assert not ChecklistItem.objects.exists()


def test_a_workbook_is_tried_first_and_written_only_when_asked() -> None:
    desk = admin()
    make_item(desk)
    book = desk.get("checklist.xlsx", county=COUNTY)
    assert book["Cache-Control"] == "no-store" and "attachment" in book["Content-Disposition"]
    opened = load_workbook(io.BytesIO(book.content))
    opened.active["A3"], opened.active["B3"], opened.active["D3"] = "FN-02", "防溺水", "护栏坏没坏"
    out = io.BytesIO()
    opened.save(out)

    def send(trial: str) -> dict[str, Any]:
        file = SimpleUploadedFile("事项.xlsx", out.getvalue())
        answer = desk.http.post(f"{BASE}checklist/import", {"county": COUNTY, "is_trial": trial, "file": file})
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()  # type: ignore[no-any-return]

    trial = send("true")
    assert [(one["line"], one["kind"]) for one in trial["lines"]] == [(2, "same"), (3, "new")] and not trial["is_written"]
    assert ChecklistItem.objects.count() == 1
    assert send("false")["is_written"] and ChecklistItem.objects.count() == 2


def test_an_office_applies_and_only_the_administrator_decides() -> None:
    desk = admin()
    made = make_item(desk)
    township = make_township()
    office = Office.objects.create(unit=township, code="party_gov-5", name="应急管理办公室", kind="party_gov", control="local")
    handler = make_person("宋应龙")
    Post.objects.create(
        user=handler, role="office_handler", unit=township, office=office, valid=(timezone.now() - timedelta(days=1), None)
    )
    theirs = Desk(handler)
    body = {
        "entry": made["entry"],
        "unit": township.code,
        "ground": "暑假到了",
        "from": day(0),
        "to": day(40),
        "is_temporary": True,
    }
    applied = theirs.change("admissions", body)
    assert (applied["state"], applied["office"], applied["to"]) == ("applied", "应急管理办公室", day(40))
    assert theirs.post("admissions", body | {"unit": COUNTY}).status_code == 404
    assert theirs.post(f"admissions/{applied['admission']}/decide", {"is_admitted": True}).status_code == 404
    assert desk.read("admissions", state="applied")["count"] == 1
    refused = desk.change(f"admissions/{applied['admission']}/decide", {"is_admitted": False, "note": "水利站已经在查"})
    assert refused["decision_note"] == "水利站已经在查"
    again = desk.post(f"admissions/{applied['admission']}/decide", {"is_admitted": True})
    assert again.json()["type"] == "/problems/application_decided"


def test_an_admission_is_withdrawn_from_a_day_on() -> None:
    desk = admin()
    admission = admit(desk, make_item(desk)["entry"])
    path = f"admissions/{admission['admission']}/withdraw"
    assert desk.post(path, {"from": day(-1), "ground": "不用了"}).status_code == 422
    gone = desk.change(path, {"from": day(1), "ground": "部门自己查"})
    assert (gone["to"], gone["withdrawal_ground"], gone["withdrawn_by"]) == (day(0), "部门自己查", "林晓")
    assert desk.post(path, {"from": day(1), "ground": "不用了"}).json()["type"] == "/problems/admission_not_in_force"


def test_a_year_is_taken_over_a_day_is_set_and_an_unknown_year_says_so() -> None:
    desk = admin()
    assert [(one["is_set"], one["is_known"]) for one in desk.read("calendars", year=2026)] == [(False, True)]
    taken = desk.change("calendars/year", {"county": COUNTY, "year": 2026})
    assert (
        taken["is_set"]
        and {"day": "2026-10-10", "kind": "work"}.items()
        <= [one for one in taken["days"] if one["day"] == "2026-10-10"][0].items()
    )
    changed = desk.change("calendars/day", {"county": COUNTY, "day": "2026-03-12", "kind": "work", "festival": "植树节"})
    assert [one["festival"] for one in changed["days"] if one["by_hand"]] == ["植树节"]
    desk.change("calendars/day", {"county": COUNTY, "day": "2026-03-12"})
    assert not CalendarDay.objects.filter(day="2026-03-12").exists()
    assert [(one["is_set"], one["is_known"]) for one in desk.read("calendars", year=2098)] == [(False, False)]
    assert desk.post("calendars/year", {"county": COUNTY, "year": 2098}).json()["type"] == "/problems/year_unknown"


def test_an_alert_level_is_raised_with_an_end_seen_below_and_lifted() -> None:
    desk = admin()
    make_item(desk, frequency=[{"per": "day", "times": 4, "alert": {"hazard": "storm", "from": "yellow"}}])
    until = (timezone.now() + timedelta(hours=30)).isoformat()
    body = {"unit": COUNTY, "hazard": "storm", "level": "orange", "ground": "县气象台 12 号", "to": until}
    raised = desk.change("alert-levels", body)
    assert raised["is_on"] and raised["raises"] == ["救生圈在不在"]
    operator = Desk(make_operator(make_township()))
    seen = operator.read("alert-levels")["items"]
    assert [(one["level_name"], one["may_lift"]) for one in seen] == [("橙色", False)]
    assert operator.post("alert-levels", body).status_code == 404
    assert operator.post(f"alert-levels/{raised['id']}/lift").status_code == 404
    lifted = desk.change(f"alert-levels/{raised['id']}/lift")
    assert not lifted["is_on"] and lifted["ended_by"] == "林晓"
    assert desk.post(f"alert-levels/{raised['id']}/lift").json()["type"] == "/problems/alert_level_over"


def test_anybody_reads_the_published_list_but_no_restricted_item() -> None:
    village = make_village()
    shown, hidden = make_checklist(village.unit.parent or make_township(), "A-01", "A-02", evidence="photo")
    ChecklistItem.objects.filter(pk=hidden.item_id).update(
        sight="restricted", line="特殊人群服务", text="秘密事项", legal_ground="密"
    )
    waiting = ItemAdmission.objects.create(
        item=shown.item, unit=make_unit(COUNTY), state="applied", ground="申请的理由", valid=shown.valid
    )
    said = Client().get(f"/items/{COUNTY}/")
    text = said.content.decode()
    assert said.status_code == 200 and "看一看A-01" in text and "要凭据的理由" in text and "洲湖镇" in text
    assert "特殊人群服务（应急办）1 项" in text and "秘密事项" not in text and "密<" not in text
    assert waiting.ground not in text and "县网格办准入" not in text
    assert Client().get("/items/360829102000/").status_code == 404
    assert Client().post(f"/items/{COUNTY}/").status_code == 405


def test_restricted_items_are_told_to_the_administrator_alone() -> None:
    desk = admin()
    make_item(desk, text="秘密事项", sight="restricted", object_kind="grid", place_kinds=[], risks=[])
    assert "秘密事项" in str(desk.read("checklist"))
    for role in ("centre_operator", "supervisor"):
        assert Desk(make_operator(make_township(), role=role)).read("checklist") == []
