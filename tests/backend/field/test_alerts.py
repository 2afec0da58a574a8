"""Who is told of what: the directory, urgent reports, what a phone shows and says it saw."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.accounts.models import User
from backend.field.directory import Directory
from backend.phone.rebuild import rebuild
from notifications.jobs import fan_out
from notifications.models import Acknowledgement, Address, Alert, Delivery
from tests.backend.builders import (
    Village,
    give_duty,
    give_post,
    make_operator,
    make_person,
    make_report_kind,
    make_township,
    make_village,
    make_worker,
    middle,
)
from tests.backend.phone_client import Phone, make_item, now_ms

pytestmark = pytest.mark.django_db

EVERYBODY = frozenset({"worker", "stand_in", "chief", "centre"})


def concerned(*codes: str, roles: frozenset[str] = EVERYBODY) -> set[int]:
    return Directory().concerned(codes, roles, timezone.now())


def test_the_people_of_a_grid_now_and_the_centre_of_its_township_are_concerned(village: Village, worker: User) -> None:
    own, other = village.grids
    stand_in, chief, gone = make_person("替小明"), make_person("长大山"), make_person("走了")
    give_duty(stand_in, own, "stand_in")
    give_duty(chief, own, "chief")
    give_duty(gone, own, "chief", until=timezone.now() - timedelta(days=1))
    neighbour = make_worker(other, name="吴春")
    operator, supervisor = make_operator(), make_operator(role="supervisor")
    make_operator(make_township("360829103000"), name="邻镇")
    county = make_operator(make_township().parent, name="县里")
    assert concerned(own.code) == {worker.pk, stand_in.pk, chief.pk, operator.pk, county.pk}
    assert concerned(own.code, roles=frozenset({"worker"})) == {worker.pk}
    assert neighbour.pk in concerned(village.unit.code)
    assert {worker.pk, neighbour.pk} <= concerned("360829102000") == concerned("360829102")
    assert supervisor.pk not in concerned("360829000000")
    assert concerned() == concerned("") == set()


def test_a_grid_that_was_divided_anew_is_stood_for_by_its_successors(village: Village, worker: User) -> None:
    old = village.grids[1]
    type(old).objects.filter(pk=old.pk).update(successors=[village.grids[0].code])
    type(old).objects.filter(pk=old.pk).update(code="360829102201777")
    new_plan = type(village.plan).objects.create(
        unit=village.unit, state="retired", made_at=timezone.now(), published_at=timezone.now()
    )
    type(old).objects.filter(pk=old.pk).update(plan=new_plan)
    assert concerned("360829102201777", roles=frozenset({"worker"})) == {worker.pk}


def urgent(village: Village, **more: object) -> dict[str, object]:
    make_report_kind("0901", name="山火", urgent=True)
    lon, lat = middle(village.grids[0])
    place = {"crs": "wgs84", "lon": round(lon * 1e7), "lat": round(lat * 1e7), "acc": 20, "source": "gps"}
    return {"kind": "0901", "text": "后山冒烟", "urgent": 0, "place": place, "photos": []} | more


def test_an_urgent_report_rings_the_others_once_however_often_it_is_sent_or_rebuilt(
    phone: Phone, worker: User, village: Village
) -> None:
    stand_in, operator = make_person("替小明"), make_operator()
    give_duty(stand_in, village.grids[0], "stand_in")
    item = make_item("report", urgent(village))
    for _ in range(3):
        phone.sync(item)
    rebuild(worker)
    alert = Alert.objects.get()
    assert (alert.severity, alert.title) == ("urgent", "山火")
    fan_out(alert_id=alert.pk)
    fan_out(alert_id=alert.pk)
    told = Delivery.objects.filter(channel="inbox").values_list("person", flat=True)
    assert sorted(told) == sorted([stand_in.pk, operator.pk])
    assert Phone(stand_in).sees("alert")[str(alert.uuid)]["text"].startswith(village.grids[0].name)
    assert not phone.sees("alert")


def test_a_report_marked_urgent_by_hand_and_without_a_place_rings_the_reporters_own_centre(
    phone: Phone, village: Village
) -> None:
    make_report_kind()
    operator = make_operator()
    phone.sync(make_item("report", {"kind": "0101", "text": "快来人", "urgent": 1, "place": None, "photos": []}))
    alert = Alert.objects.get()
    fan_out(alert_id=alert.pk)
    assert Delivery.objects.get().person == operator
    assert "上报人的网格" in alert.text


def test_what_happened_half_a_day_ago_rings_nobody(phone: Phone, village: Village) -> None:
    phone.sync(make_item("report", urgent(village), at=now_ms() - 12 * 3_600_000))
    assert not Alert.objects.exists()


def test_seen_on_the_phone_is_seen_for_the_sender(phone: Phone, village: Village) -> None:
    stand_in = make_person("替小明")
    give_duty(stand_in, village.grids[0], "stand_in")
    phone.sync(make_item("report", urgent(village)))
    alert = Alert.objects.get()
    fan_out(alert_id=alert.pk)
    other = Phone(stand_in)
    item = make_item("seen", {"alert": str(alert.uuid)})
    for _ in range(2):
        assert other.sync(item)[item["id"]]["code"] == "ok"
    assert Acknowledgement.objects.get().person == stand_in
    assert other.sees("alert")[str(alert.uuid)]["acknowledged_at"]
    stranger = make_item("seen", {"alert": str(alert.uuid)})
    assert phone.sync(stranger)[stranger["id"]]["code"] == "unknown_alert"


def test_a_phone_leaves_its_address_and_a_new_one_replaces_it(phone: Phone) -> None:
    for address in ("token-one-of-this-phone", "token-two-of-this-phone"):
        assert phone.put("address", {"channel": "fcm", "kind": "token", "address": address}).json() == {"ok": True}
    assert Address.objects.filter(state="live").get().address == "token-two-of-this-phone"
    assert phone.put("address", {"channel": "pigeon", "kind": "token", "address": "x" * 20}).status_code == 422


def test_a_post_at_the_village_itself_hears_of_its_village(village: Village) -> None:
    person = make_person("村里")
    give_post(person, "duty_chief", village.unit)
    make_village(code="360829102202", name="邻村")
    assert person.pk in concerned(village.grids[0].code)
    assert person.pk not in concerned("360829102202")
