"""Who sees what, at every endpoint of the contract: a new endpoint fails here until somebody says who may read it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from backend.accounts.actions import revoke_device
from backend.accounts.models import User
from backend.api import api
from backend.command.shares import codes_digest
from backend.field.links import link_to_copy
from backend.places.models import Grid
from tests.backend.builders import (
    give_duty,
    give_post,
    make_operator,
    make_person,
    make_token,
    make_township,
    make_unit,
    make_village,
)
from tests.backend.command.desk import Desk
from tests.backend.command.world import SHA, World, make_world

pytestmark = pytest.mark.django_db

FIELDS = {"line": "防溺水", "text": "救生圈在不在"}
GPX = '<gpx version="1.1"><trk><trkseg/></trk></gpx>'

#: Reading of oneself only: every signed-in person gets an answer, which must name nothing of others.
OWN = {"issue_phone_ticket", "command_live_ticket"}
#: Answered with a short-lived link made for the person.
LED_ON = {"command_photo", "command_small_photo", "case_photo", "case_small_photo"}


@dataclass(frozen=True)
class Endpoint:
    method: str
    path: str
    name: str
    needs: tuple[str, ...]
    is_open: bool

    @property
    def is_phone(self) -> bool:
        return self.path.startswith("/api/phone/")


def endpoints() -> list[Endpoint]:
    found = []
    for path, methods in api.get_openapi_schema(path_prefix="/api/")["paths"].items():
        for method, operation in methods.items():
            required = tuple(row["name"] for row in operation.get("parameters", []) if row["required"] and row["in"] == "query")
            found.append(Endpoint(method, path, operation["operationId"], required, not operation.get("security")))
    return found


ALL = endpoints()
COMMAND = [one for one in ALL if not one.is_phone]
PHONE = [one for one in ALL if one.is_phone and not one.is_open]


def thing(world: World, endpoint: Endpoint) -> dict[str, Any]:
    """A value for every parameter in paths and queries; a new name has to be added here."""
    return {
        "unit": world.grid.village.code,
        "key": world.grid.code,
        "grid": world.grid.code,
        "report": world.report.uuid,
        "task": world.task.uuid,
        "plan": world.plan.pk,
        "run": world.run.pk,
        "person": world.worker.uuid,
        "device": world.device.uuid,
        "duty": world.duty.pk,
        "alert": world.alert.uuid,
        "call": world.call.uuid,
        "case": world.case.uuid,
        "sha256": SHA,
        "item": uuid.uuid4(),
        "upload": uuid.uuid4(),
        "hold": world.hold.uuid,
        "layer": world.department.pk,
        "layer_import": world.layer_import.uuid,
        "flag": world.flag.uuid,
        "county": "360829000000",
        "entry": world.task.items.all()[0].item_id,
        "admission": world.task.items.all()[0].admission_id,
        "level": world.level.uuid,
        "digest": codes_digest(list(Grid.objects.current().order_by("code").values_list("code", flat=True))),
        "link": link_to_copy(world.admin, SHA, kind="small", at=timezone.now()).token,
    }


def body_of(world: World, endpoint: Endpoint) -> dict[str, Any]:
    """A body that would be accepted from somebody who may."""
    now = timezone.now()
    window = {"from": now.isoformat(), "to": (now + timedelta(days=1)).isoformat()}
    bodies: dict[str, dict[str, Any]] = {
        "look_at_track": {"visit": str(world.visit.item), "reason": "核对一段路线"},
        "assign_task": {"grid": world.grid.code, "ground": "森林防火期", "items": ["FH-01@1"], **window},
        "withdraw_task": {"ground": "不用了"},
        "hand_over_tasks": {"tasks": [str(world.task.uuid)], "to": str(world.worker.uuid), "ground": "请假"},
        "look_at_original": {"reason": "看清裂缝"},
        "set_rules": {"county": "360829000000", "version": 1, "limits": {"late_h": 48}},
        "divide_units": {"unit": world.plan.unit.code},
        "publish_division_run": {"township": "360829102000"},
        "draft_plan": {"unit": world.plan.unit.code, "k": 2},
        "preview_plan_edit": {"kind": "move_border", "border": "1", "line": [[114.5, 27.3], [114.51, 27.3]]},
        "edit_plan": {"kind": "move_border", "border": "1", "line": [[114.5, 27.3], [114.51, 27.3]], "head": 0},
        "undo_plan_edit": {"head": 0},
        "draw_village_border": {"head": 0, "ring": [[114.5, 27.3], [114.51, 27.3], [114.51, 27.31]]},
        "split_village_border": {"head": 0, "to": world.grid.village.code, "line": [[114.5, 27.3], [114.51, 27.3]]},
        "draft_village_borders": {"head": 0, "places": [{"unit": world.grid.village.code, "at": [114.5, 27.3]}]},
        "undo_village_borders": {"head": 0},
        "assign_duty": {"grid": world.grid.code, "user": str(world.worker.uuid), "role": "stand_in"},
        "preview_message": {"areas": [world.grid.code], "severity": "normal"},
        "send_message": {"areas": [world.grid.code], "title": "通知", "text": "内容"},
        "place_hold": {
            "person": str(world.worker.uuid),
            "ground": "dispute",
            "reason": "本人有异议",
            "from": now.date().isoformat(),
            "to": now.date().isoformat(),
        },
        "end_help_call": {"word": "人已找到"},
        "set_sms_number": {"number": "13900000000"},
        "release_hold": {"reason": "已说清"},
        "choose_for_import": {"answers": {"AxisSwapped": "swap"}},
        "reject_report": {"reason": "不归镇里管"},
        "merge_report": {"case": str(world.case.uuid)},
        "assign_case": {"office": 1},
        "return_case": {"reason": "不归我们"},
        "reject_case": {"reason": "不归镇里管"},
        "give_feedback": {"text": "办好了"},
        "verify_case": {"result": "pass"},
        "look_at_flag": {"reason": "核对一条标记"},
        "decide_flag": {"decision": "counts", "note": "说得通"},
        "list_held_items": {"ids": [str(world.visit.item)]},
        "list_changes": {"have": {}},
        "enrol_tracker": {"app": "osmand", "crs": "wgs84"},
        "enrol_persons_tracker": {"app": "owntracks", "crs": "gcj02"},
        "import_gpx": {"gpx": GPX, "crs": "wgs84"},
        "import_persons_gpx": {"gpx": GPX, "crs": "wgs84", "reason": "手机坏了，文件拿来了"},
    }
    return (bodies | list_bodies(world)).get(endpoint.name, {})


def list_bodies(world: World) -> dict[str, dict[str, Any]]:
    """Items, admissions, days and alert levels."""
    day = timezone.now() + timedelta(days=1)
    tomorrow = day.date().isoformat()
    return {
        "create_item": {"county": "360829000000", "code": "XX-01", "from": tomorrow, "fields": FIELDS},
        "revise_item": {"from": tomorrow, "fields": FIELDS},
        "end_item": {"from": tomorrow, "ground": "不用了"},
        "apply_item": {
            "entry": world.task.items.all()[0].item_id,
            "unit": "360829000000",
            "ground": "全县都要看",
            "from": tomorrow,
        },
        "decide_application": {"is_admitted": True},
        "withdraw_admission": {"from": tomorrow, "ground": "不用了"},
        "take_calendar_year": {"county": "360829000000", "year": 2026},
        "set_calendar_day": {"county": "360829000000", "day": tomorrow, "kind": "rest"},
        "raise_alert_level": {
            "unit": "360829000000",
            "hazard": "fire",
            "level": "red",
            "ground": "县森防指 3 号",
            "to": day.isoformat(),
        },
    }


def call(client: Client, world: World, endpoint: Endpoint) -> HttpResponse:
    values = thing(world, endpoint)
    address = endpoint.path.format(**values)
    if endpoint.needs:
        address += "?" + "&".join(f"{name}={values[name]}" for name in endpoint.needs)
    if endpoint.method in ("get", "head"):
        return getattr(client, endpoint.method)(address)
    if endpoint.name == "begin_import":
        file = SimpleUploadedFile("村界.geojson", b'{"type":"FeatureCollection","features":[]}')
        return client.post(address, {"unit": world.grid.village.code, "kind": "village", "file": file})
    if endpoint.name == "import_items":
        book = SimpleUploadedFile("事项.xlsx", b"PK")
        return client.post(address, {"county": "360829000000", "is_trial": "true", "file": book})
    return getattr(client, endpoint.method)(address, json.dumps(body_of(world, endpoint)), content_type="application/json")


def leaks(world: World, said: str) -> list[str]:
    return [word for word in world.canaries if word in said]


def text_of(answer: HttpResponse) -> str:
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return raw.decode("utf-8", "replace")


def neighbour_township() -> User:
    return make_operator(make_unit("360829101000", "平都镇"), name="邻镇人", role="centre_dispatcher")


def other_county() -> User:
    return make_operator(make_unit("360830000000", "永新县"), name="外县人", role="county_admin")


def ended_post() -> User:
    gone = make_person("旧人")
    give_post(gone, "county_admin", make_unit("360829000000"), until=timezone.now() - timedelta(days=1))
    return gone


def future_post() -> User:
    soon = make_person("后任")
    give_post(soon, "county_admin", make_unit("360829000000"), since=timezone.now() + timedelta(days=1))
    return soon


def worker_elsewhere() -> User:
    person = make_person("外村网格员")
    give_duty(person, make_village(code="360829101201", name="外村", grids=1).grids[0])
    return person


STRANGERS: list[Callable[[], User]] = [neighbour_township, other_county, ended_post, future_post, worker_elsewhere]


def test_every_endpoint_has_a_name_of_its_own() -> None:
    names = [one.name for one in ALL]
    assert len(names) == len(set(names)) > 30


def test_nobody_reads_or_changes_anything_without_signing_in() -> None:
    world, wrong = make_world(), {}
    before = fingerprint()
    for endpoint in ALL:
        if not endpoint.is_open:
            answer = call(Client(), world, endpoint)
            if answer.status_code != 401 or leaks(world, text_of(answer)):
                wrong[endpoint.name] = (answer.status_code, text_of(answer)[:200])
    assert not wrong
    assert fingerprint() == before


def test_whoever_has_the_county_reads_everything_in_it(media_root: Path) -> None:
    world, wrong = make_world(), {}
    for kind in ("large", "small"):
        path = media_root / kind / SHA[:2] / SHA[2:4] / SHA
        path.parent.mkdir(parents=True)
        path.write_bytes(b"a picture")
    path = media_root / "imports" / SHA[:2] / SHA
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a layer")
    desk = Desk(world.admin)
    for endpoint in COMMAND:
        if endpoint.method == "get":
            answer = call(desk.http, world, endpoint)
            if answer.status_code != (302 if endpoint.name in LED_ON else 200):
                wrong[endpoint.name] = (answer.status_code, text_of(answer)[:200])
    assert not wrong


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda one: one.__name__)
def test_a_stranger_sees_and_changes_nothing_of_it(stranger: Callable[[], User]) -> None:
    world, wrong = make_world(), {}
    desk = Desk(stranger())
    before = fingerprint()
    for endpoint in COMMAND:
        answer = call(desk.http, world, endpoint)
        points_at_something = "{" in endpoint.path or endpoint.needs or endpoint.method != "get"
        expected = 404 if points_at_something and endpoint.name not in OWN else 200
        if answer.status_code != expected or leaks(world, text_of(answer)):
            wrong[endpoint.name] = (answer.status_code, leaks(world, text_of(answer)))
    assert not wrong
    assert fingerprint() == before


def test_another_persons_phone_sees_nothing_of_it() -> None:
    world, wrong = make_world(), {}
    phone = Client(headers={"Authorization": f"Bearer {make_token(worker_elsewhere())}"})
    for endpoint in PHONE:
        answer = call(phone, world, endpoint)
        said = text_of(answer).replace(str(world.visit.item), "asked for")  # held repeats what was asked
        is_refused = "{" not in endpoint.path or answer.status_code in (400, 404, 412, 415)
        if answer.status_code >= 500 or not is_refused or leaks(world, said):
            wrong[endpoint.name] = (answer.status_code, leaks(world, said))
    assert not wrong


def test_no_cache_keeps_what_is_said_of_people() -> None:
    world, wrong = make_world(), {}
    desk, phone = Desk(world.admin).http, Client(headers={"Authorization": f"Bearer {world.token}"})
    for endpoint in ALL:
        kept = call(phone if endpoint.is_phone else desk, world, endpoint).headers.get("Cache-Control", "")
        if "no-store" not in kept and not (
            "private" in kept and endpoint.name in {"basemap", "plan_picture", "coverage_codes"}
        ):
            wrong[endpoint.name] = kept
    assert not wrong


def test_a_revoked_phone_is_told_so_everywhere() -> None:
    world, wrong = make_world(), {}
    revoke_device(world.device, at=timezone.now())
    phone = Client(headers={"Authorization": f"Bearer {world.token}"})
    for endpoint in PHONE:
        answer = call(phone, world, endpoint)
        if answer.status_code != 401 or (endpoint.method != "head" and answer.json()["retry"] != "login"):
            wrong[endpoint.name] = answer.status_code
    assert not wrong


def test_an_operator_of_the_township_sees_what_lies_in_it_and_the_supervisor_too() -> None:
    world = make_world()
    for role in ("centre_operator", "supervisor"):
        desk = Desk(make_operator(make_township(), name="镇上人", role=role))
        assert desk.read("centre")["reports"][0]["text"] == "暗号内容"
        assert desk.read("centre")["people"][0]["name"] == "暗号员"
        assert world.grid.code in [row["code"] for row in desk.read("grids")]
        assert desk.read("visits")["grids"][0]["visited"]


def test_a_draft_is_the_county_administrators_alone() -> None:
    world = make_world()
    operator = Desk(make_operator(make_township(), name="镇上人"))
    assert operator.get(f"plans/{world.plan.pk}").status_code == 404
    assert [row["state"] for row in operator.read("plans")] == ["published"]


def fingerprint() -> list[int]:
    """How many rows there are of everything somebody could have made or taken away."""
    from django.apps import apps

    quiet = {"Session", "TOTPDevice", "AccessLog", "AccessAttempt"}
    models = [model for model in apps.get_models() if model.__name__ not in quiet and model._meta.managed]
    return [model._default_manager.count() for model in models]
