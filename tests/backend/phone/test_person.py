"""Enrolment, who am I, consent, health, and what the person sees: snapshot and changes."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from backend.accounts.actions import NOTICE_VERSION, make_enrolment_code, record_look
from backend.accounts.models import Device, User
from backend.accounts.tickets import redeem_ticket
from backend.field.models import LastPosition
from backend.places.models import GridDuty
from backend.units.models import AdminUnit
from tests.backend.builders import (
    Village,
    give_duty,
    give_post,
    make_checklist,
    make_key_place,
    make_operator,
    make_person,
    make_report_kind,
    make_task,
    make_worker,
    middle,
)
from tests.backend.phone_client import BASE, Phone, make_item, make_track, now_ms

pytestmark = pytest.mark.django_db


def end_duties(user: User, days_ago: float) -> None:
    since = timezone.now() - timedelta(days=300)
    GridDuty.objects.filter(user=user).update(valid=(since, timezone.now() - timedelta(days=days_ago)))


def test_a_code_makes_a_phone_once(worker: User) -> None:
    code = make_enrolment_code(worker, by=None, at=timezone.now())
    body = {"code": code.lower(), "device_name": "红米"}
    answer = Client().post(f"{BASE}enrol", body, content_type="application/json")
    assert answer.status_code == 200
    assert answer.json()["person"]["name"] == worker.name
    token = answer.json()["token"]
    assert Client(headers={"Authorization": f"Bearer {token}"}).get(f"{BASE}me").status_code == 200
    again = Client().post(f"{BASE}enrol", body, content_type="application/json")
    assert (again.status_code, again.json()["type"]) == (404, "/problems/code_unknown")


def test_guessing_codes_is_slowed_down(db: None) -> None:
    client = Client()
    statuses = [
        client.post(f"{BASE}enrol", {"code": f"WRONG{i:04d}"}, content_type="application/json").status_code for i in range(12)
    ]
    assert statuses[0] == 404
    assert statuses[-1] == 429


def test_a_grid_says_whether_its_border_is_made_up_or_a_draft(phone: Phone, village: Village) -> None:
    AdminUnit.objects.filter(pk=village.unit.pk).update(is_synthetic=False, is_unofficial=True)
    [grid] = phone.sees("grid").values()
    assert (grid["synthetic"], grid["unofficial"]) == (False, True)


def test_me_tells_duties_posts_limits_kinds_and_looks(phone: Phone, worker: User, village: Village) -> None:
    make_report_kind(urgent=True)
    boss = make_operator()
    record_look(worker, what="track", object_id="x", reason="群众反映，核对路线", by=boss, at=timezone.now())
    me = phone.get("me").json()
    assert me["grids"] == [{"code": village.grids[0].code, "name": village.grids[0].name, "role": "worker"}]
    assert me["consent"] == "given"
    assert not me["can_upload_only"]
    assert me["synthetic"]
    assert me["limits"]["max_fixes"] == 5000
    assert me["report_kinds"][0]["is_urgent"]
    assert [(look["by"], look["reason"]) for look in me["looks"]] == [(boss.name, "群众反映，核对路线")]


def test_consent_is_asked_once_and_can_be_taken_back(phone: Phone) -> None:
    for decision in ("refused", "given", "withdrawn"):
        answer = phone.post("consent", {"notice_version": NOTICE_VERSION, "decision": decision, "at": now_ms()})
        assert answer.json()["decision"] == decision
        assert phone.get("me").json()["consent"] == decision
    assert phone.post("consent", {"notice_version": NOTICE_VERSION, "decision": "maybe"}).status_code == 422


def test_whoever_takes_consent_back_is_not_shown_any_more(phone: Phone, village: Village) -> None:
    patrol = str(uuid.uuid4())
    phone.sync(make_item("patrol", {"patrol": patrol, "event": "start"}), make_track(patrol, *middle(village.grids[0])))
    assert LastPosition.objects.exists()
    phone.post("consent", {"notice_version": NOTICE_VERSION, "decision": "withdrawn", "at": now_ms()})
    assert not LastPosition.objects.exists()
    phone.sync(make_item("patrol", {"patrol": patrol, "event": "start"}))
    assert not LastPosition.objects.exists()


def test_a_phone_tells_of_itself_and_only_what_is_agreed_is_kept(phone: Phone) -> None:
    body = {
        "battery": 40,
        "storage_free": 10**9,
        "permissions": {"geolocation": "granted"},
        "app_version": "1",
        "contacts": ["x"],
    }
    assert phone.post("health", body).json() == {"ok": True}
    assert "contacts" not in Device.objects.get().health
    assert Device.objects.get().health["battery"] == 40


def test_the_person_sees_their_own_grids_places_and_tasks(phone: Phone, worker: User, village: Village) -> None:
    own, other = village.grids
    pond, foreign = make_key_place(own), make_key_place(other, name="别处")
    admissions = make_checklist(village.unit, "FH-01")
    task = make_task(own, worker, admissions, key_place=pond)
    make_task(other, make_worker(other, name="吴春"), admissions)
    assert set(phone.sees("grid")) == {own.code}
    outline = phone.sees("grid")[own.code]["outline"]
    assert outline["type"] == "MultiPolygon"
    assert set(phone.sees("key_place")) == {str(pond.uuid)} != {str(foreign.uuid)}
    shown = phone.sees("task")
    assert set(shown) == {str(task.uuid)}
    assert shown[str(task.uuid)]["place"] == str(pond.uuid)
    assert shown[str(task.uuid)]["items"][0]["item"] == "FH-01@1"


def apply(seen: dict[str, dict[str, Any]], changes: dict[str, Any]) -> None:
    for row in changes["put"]:
        seen.setdefault(row["kind"], {})[row["id"]] = row
    for row in changes["drop"]:
        del seen[row["kind"]][row["id"]]


def test_snapshot_and_changes_are_a_fresh_snapshot(phone: Phone, worker: User, village: Village) -> None:
    own, other = village.grids
    admissions = make_checklist(village.unit, "FH-01", "FH-02")
    seen: dict[str, dict[str, Any]] = {}

    def pull() -> None:
        have = {kind: {key: row["version"] for key, row in rows.items()} for kind, rows in seen.items()}
        apply(seen, phone.changes(have))
        fresh: dict[str, dict[str, Any]] = {}
        apply(fresh, phone.changes())
        assert {kind: rows for kind, rows in seen.items() if rows} == fresh

    pull()
    task = make_task(own, worker, admissions)
    pull()
    phone.sync(make_item("answer", {"task": str(task.uuid), "item": "FH-01@1", "result": "ok"}))
    pull()
    assert seen["task"][str(task.uuid)]["body"]["items"][0]["result"] == "ok"
    give_duty(worker, other)
    make_key_place(other)
    pull()
    type(task).objects.update(state="withdrawn")
    pull()
    assert not seen["task"]
    end_duties(worker, days_ago=1)
    pull()
    assert not any(seen.values())


def test_a_ticket_opens_one_stream_for_this_phone(phone: Phone, worker: User) -> None:
    answer = phone.post("live/ticket").json()
    assert answer["url"].endswith("/live/")
    ticket = redeem_ticket(answer["ticket"], at=timezone.now())
    assert (ticket.user_id, ticket.device_id, ticket.scope) == (worker.pk, Device.objects.get().pk, ())


def test_a_digest_alone_answers_that_nothing_changed(phone: Phone, worker: User, village: Village) -> None:
    digest = phone.changes()["digest"]
    assert phone.post("changes", {"digest": digest}).status_code == 304
    make_task(village.grids[0], worker, make_checklist(village.unit))
    answer = phone.post("changes", {"digest": digest})
    assert answer.status_code == 200
    assert answer.json()["digest"] != digest


def test_after_the_last_duty_a_phone_may_still_bring_what_it_holds_for_thirty_days(phone: Phone, worker: User) -> None:
    end_duties(worker, days_ago=29)
    assert phone.get("me").json()["can_upload_only"]
    assert phone.changes()["put"] == []
    item = make_item("report", {"kind": "0101", "text": "离任前看到的", "photos": []}, at=now_ms() - 30 * 86_400_000)
    assert phone.sync(item)[item["id"]]["status"] == "stored"
    end_duties(worker, days_ago=31)
    answer = phone.get("me")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/uploads_ended")


def test_a_post_holds_the_phone_open_too(village: Village) -> None:
    person = make_person("魏明")
    give_post(person, "duty_chief", village.unit)
    me = Phone(person).get("me").json()
    assert me["posts"] == [{"role": "duty_chief", "unit": village.unit.code, "unit_name": village.unit.name}]


def test_a_stranger_sees_nothing_of_ours(phone: Phone, stranger_phone: Phone, worker: User, village: Village) -> None:
    make_task(village.grids[0], worker, make_checklist(village.unit))
    ours = {(row["kind"], row["id"]) for row in phone.changes()["put"]}
    theirs = {(row["kind"], row["id"]) for row in stranger_phone.changes()["put"]}
    assert ours
    assert theirs
    assert not ours & theirs


def test_the_command_derives_everything_again(phone: Phone, worker: User) -> None:
    phone.sync(make_item("report", {"kind": "0101", "text": "一件事", "photos": []}))
    out = io.StringIO()
    call_command("rebuild", person=[worker.number], stdout=out)
    assert "1 items" in out.getvalue()
    assert worker.reports.get().text == "一件事"
