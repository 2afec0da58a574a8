"""A person enrols and stops their own tracker apps; a desk may do it for them. The credential is told once."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.test import Client

from backend.accounts.models import Device, User
from backend.phone.models import SealedFix, Tracker
from tests.backend.builders import make_operator, make_township
from tests.backend.command.desk import Desk
from tests.backend.phone_client import Phone, now_ms

pytestmark = pytest.mark.django_db
HERE = {"lat": 27.395, "lon": 114.505}


def test_a_phone_enrols_traccar_client_by_a_link_that_carries_everything(phone: Phone) -> None:
    told = phone.post("trackers", {"app": "traccar"}).json()
    link = urlsplit(told["link"])
    assert (link.path, parse_qs(link.query)["id"]) == ("/t/osmand", [told["id"]])
    assert told["crs"] == "wgs84"
    assert told["qr_svg"].startswith("<svg")
    assert Client().get("/t/osmand", {"id": told["id"].lower(), **HERE, "timestamp": now_ms()}).status_code == 200
    assert SealedFix.objects.count() == 1
    shown = phone.get("trackers").json()
    assert [(one["app_name"], one["crs"]) for one in shown] == [("Traccar Client", "wgs84")]
    assert told["id"] not in json.dumps(shown)
    assert not Device.objects.filter(token_hash__contains=told["id"]).exists()


def test_osmand_gets_one_address_to_paste(phone: Phone) -> None:
    told = phone.post("trackers", {"app": "osmand", "crs": "gcj02"}).json()
    address = told["url"]
    for place, value in enumerate((27.395, 114.505, now_ms(), 5.0, 80.0, 1.2, 90.0)):
        address = address.replace(f"{{{place}}}", str(value))
    parts = urlsplit(address)
    assert Client().get(f"{parts.path}?{parts.query}").status_code == 200
    assert SealedFix.objects.get().tracker.crs == "gcj02"


def test_owntracks_gets_a_configuration_it_can_open(phone: Phone) -> None:
    told = phone.post("trackers", {"app": "owntracks"}).json()
    settings = json.loads(base64.b64decode(unquote(told["link"].partition("inline=")[2])))
    assert (settings["_type"], settings["mode"], settings["url"]) == ("configuration", 3, told["url"])
    word = base64.b64encode(f"{settings['username']}:{settings['password']}".encode()).decode()
    assert Client(headers={"Authorization": f"Basic {word}"}).post("/t/owntracks").status_code == 200


def test_an_interval_named_once_goes_into_the_settings_of_the_app(phone: Phone) -> None:
    told = phone.post("trackers", {"app": "traccar", "interval_s": 240}).json()
    assert (told["interval_s"], parse_qs(urlsplit(told["link"]).query)["interval"]) == (240, ["240"])
    told = phone.post("trackers", {"app": "owntracks", "interval_s": 60}).json()
    settings = json.loads(base64.b64decode(unquote(told["link"].partition("inline=")[2])))
    assert settings["moveModeLocatorInterval"] == 60
    assert {one["interval_s"] for one in phone.get("trackers").json()} == {60, 240}
    assert phone.post("trackers", {"app": "traccar", "interval_s": 0}).status_code == 422


def test_a_person_stops_a_tracker_and_nobody_elses(phone: Phone, stranger_phone: Phone) -> None:
    told = phone.post("trackers", {"app": "traccar"}).json()
    assert stranger_phone.post(f"trackers/{told['device']}/revoke").status_code == 404
    assert stranger_phone.get("trackers").json() == []
    assert phone.post(f"trackers/{told['device']}/revoke").status_code == 200
    assert phone.get("trackers").json() == []
    assert Client().get("/t/osmand", {"id": told["id"], **HERE}).status_code == 400


def test_a_sixth_tracker_is_one_too_many(phone: Phone) -> None:
    answers = [phone.post("trackers", {"app": "osmand"}).status_code for _ in range(6)]
    assert answers == [200] * 5 + [409]


def test_a_desk_enrols_and_stops_a_tracker_of_a_person(worker: User) -> None:
    desk = Desk(make_operator(make_township(), name="欧阳敏", role="duty_chief"))
    told = desk.change(f"people/{worker.uuid}/tracker", {"app": "owntracks"})
    assert told["password"]
    person = desk.read(f"people/{worker.uuid}")
    assert [(one["kind"], one["name"]) for one in person["devices"]] == [("owntracks", "OwnTracks")]
    assert not person["has_phone"]
    desk.change(f"devices/{told['device']}/revoke")
    assert not Tracker.objects.live().exists()
