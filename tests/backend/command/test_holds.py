"""Who may keep something longer than its time, and that it says why; what is kept of days that are gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.audits.models import RetentionHold
from backend.phone.retention import expire_tracks
from tests.backend.builders import TOWNSHIP, make_operator, make_unit
from tests.backend.command.desk import Desk
from tests.backend.command.world import make_world
from tests.backend.phone_client import Phone, make_track

pytestmark = pytest.mark.django_db


def supervisor() -> Desk:
    return Desk(make_operator(role="supervisor", name="督查员"))


def wanted(**more: Any) -> dict[str, Any]:
    today = timezone.now().date()
    days = {"from": (today - timedelta(days=2)).isoformat(), "to": (today + timedelta(days=1)).isoformat()}
    return {"ground": "dispute", "reason": "本人有异议", **days, **more}


def test_a_hold_on_a_person_is_placed_seen_and_released_once() -> None:
    world, desk = make_world(), supervisor()
    made = desk.change("holds", wanted(person=str(world.worker.uuid)))
    assert (made["person"]["name"], made["ground_name"], made["placed_by"]) == ("暗号员", "争议", "督查员")
    assert made["id"] == desk.read("holds")["items"][0]["id"]
    released = desk.change(f"holds/{made['id']}/release", {"reason": "已说清"})
    assert (released["released_by"], released["release_reason"]) == ("督查员", "已说清")
    assert made["id"] == desk.read("holds")["items"][-1]["id"]  # what is in force stands first
    assert desk.post(f"holds/{made['id']}/release", {"reason": "再说一遍"}).json()["type"] == "/problems/hold_released"


def test_a_hold_is_about_a_person_or_a_unit_and_not_both_or_neither() -> None:
    world, desk = make_world(), supervisor()
    assert desk.post("holds", wanted()).status_code == 422
    assert desk.post("holds", wanted(person=str(world.worker.uuid), unit=TOWNSHIP)).status_code == 422
    assert desk.change("holds", wanted(unit=world.grid.code))["unit"] == world.grid.code
    named = {row["unit"]: row["unit_name"] for row in desk.read("holds")["items"]}
    assert named[world.grid.code] == world.grid.name  # the village is named once
    assert desk.post("holds", wanted(unit="360829999999")).status_code == 404


def test_a_hold_needs_a_reason_a_right_order_and_the_right_post() -> None:
    world, desk = make_world(), supervisor()
    assert desk.post("holds", wanted(unit=TOWNSHIP, reason="   ")).status_code == 422
    backwards = wanted(unit=TOWNSHIP) | {"from": "2026-11-02", "to": "2026-11-01"}
    assert desk.post("holds", backwards).status_code == 422
    dispatcher = Desk(make_operator(role="centre_dispatcher"))
    assert dispatcher.post("holds", wanted(person=str(world.worker.uuid))).status_code == 403
    make_unit("360830000000")
    assert desk.post("holds", wanted(unit="360830000000")).status_code == 403
    assert RetentionHold.objects.count() == 1  # the world's own


def test_what_was_sealed_is_shown_with_its_digest() -> None:
    world = make_world()
    RetentionHold.objects.all().delete()
    expire_tracks(timezone.now() + timedelta(days=40))
    seals = supervisor().read("seals")["items"]
    assert [seal["unit"] for seal in seals] == [TOWNSHIP]
    assert seals[0]["is_intact"] and len(seals[0]["sha256"]) == 64
    assert seals[0]["grids"][world.grid.code]["visits"] == 1


def test_the_person_sees_what_is_held_of_them_and_why(phone: Phone) -> None:
    supervisor().change("holds", wanted(person=str(phone.user.uuid)))
    phone.sync(make_track("2f3c2f0e-54a3-4c4e-9d3e-0d3d6a2b8d21", 114.505, 27.395))
    said = phone.get("me").json()["holds"]
    assert [(row["ground"], row["reason"]) for row in said] == [("争议", "本人有异议")]
