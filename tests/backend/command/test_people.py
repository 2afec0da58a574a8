from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.accounts.actions import enrol_device
from backend.accounts.models import Device, EnrolmentCode, User
from backend.places.models import GridDuty
from tests.backend.builders import (
    give_duty,
    give_post,
    make_operator,
    make_person,
    make_token,
    make_township,
    make_unit,
    make_village,
    make_worker,
)
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db


def dispatcher() -> Desk:
    return Desk(make_operator(role="centre_dispatcher"))


def test_a_code_turns_a_phone_into_that_persons_phone(settings: Any) -> None:
    settings.PATROL_URL = "https://xunge.example"
    lan = make_worker(make_village().grids[0])
    made = dispatcher().change(f"people/{lan.uuid}/enrolment-code")
    assert made["url"] == f"https://xunge.example/phone/#code={made['code']}" and made["qr_svg"].startswith("<svg")
    device, _ = enrol_device(made["code"], name="", address="127.0.0.1", at=timezone.now())
    assert device.user == lan


def test_a_lost_phone_dies_at_once() -> None:
    lan = make_worker(make_village().grids[0])
    make_token(lan)
    device, desk = Device.objects.get(user=lan), dispatcher()
    assert desk.change(f"devices/{device.uuid}/revoke")["revoked_at"]
    assert desk.read(f"people/{lan.uuid}")["has_phone"] is False


def test_a_grid_gets_its_person_and_loses_it_again() -> None:
    village = make_village()
    lan, desk = make_worker(village.grids[0]), dispatcher()
    given = desk.change("duties", {"grid": village.grids[1].code, "user": str(lan.uuid), "role": "worker"})
    assert given["grid"] == village.grids[1].code and given["to"] is None
    assert len(desk.read(f"people/{lan.uuid}")["duties"]) == 2
    assert desk.change(f"duties/{given['id']}/end")["to"]
    assert desk.post(f"duties/{given['id']}/end").json()["type"] == "/problems/duty_ended"
    detail = desk.read(f"people/{lan.uuid}")
    assert len(detail["duties"]) == 1 and len(detail["past_duties"]) == 1 and detail["may_manage"]


def test_somebody_whose_last_duty_has_ended_can_be_named_again() -> None:
    village = make_village()
    lan = make_worker(village.grids[0])
    GridDuty.objects.filter(user=lan).update(valid=(timezone.now() - timedelta(days=9), timezone.now() - timedelta(days=1)))
    desk = dispatcher()
    assert str(lan.uuid) in [row["id"] for row in desk.read("people")]
    desk.change("duties", {"grid": village.grids[0].code, "user": str(lan.uuid), "role": "worker"})


def test_people_are_found_by_name_number_and_grid() -> None:
    village = make_village()
    lan, wei = make_worker(village.grids[0]), make_worker(village.grids[1], name="魏强")
    desk = dispatcher()
    for words, person in (("小英", lan), (lan.number[:11], lan), (village.grids[1].code, wei), ("第2网格", wei)):
        assert [row["id"] for row in desk.read("people", q=words)] == [str(person.uuid)], words
    assert desk.read("people", q="不存在") == []


def test_nobody_figures_are_kept_of_a_person() -> None:
    lan = make_worker(make_village().grids[0])
    row = dispatcher().read(f"people/{lan.uuid}")
    assert not {"visits", "reports", "km", "score", "rank", "online", "tasks"} & set(row)


@pytest.mark.parametrize("role", ["centre_operator", "supervisor"])
def test_other_posts_manage_nobody(role: str) -> None:
    grid = make_village().grids[0]
    lan = make_worker(grid)
    make_token(lan)
    desk, duty = Desk(make_operator(role=role)), GridDuty.objects.get(user=lan)
    codes = EnrolmentCode.objects.count()
    assert desk.post(f"people/{lan.uuid}/enrolment-code").status_code == 403
    assert desk.post(f"devices/{Device.objects.get(user=lan).uuid}/revoke").status_code == 403
    assert desk.post(f"duties/{duty.pk}/end").status_code == 403
    assert desk.post("duties", {"grid": grid.code, "user": str(lan.uuid), "role": "chief"}).status_code == 403
    assert EnrolmentCode.objects.count() == codes and desk.read(f"people/{lan.uuid}")["may_manage"] is False


def test_a_township_makes_no_code_for_somebody_who_also_stands_above_it() -> None:
    grid = make_village().grids[0]
    both = make_person("两边人")
    give_duty(both, grid)
    give_post(both, "county_admin", make_unit("360829000000"))
    assert dispatcher().post(f"people/{both.uuid}/enrolment-code").status_code == 403


def test_a_person_of_another_township_is_not_there() -> None:
    far = make_worker(make_village(code="360829101201", name="外村").grids[0], name="远方人")
    make_village()
    desk = dispatcher()
    assert desk.post(f"people/{far.uuid}/enrolment-code").status_code == 404
    assert desk.get(f"people/{far.uuid}").status_code == 404


def test_a_switched_off_account_gets_neither_code_nor_grid() -> None:
    grid = make_village().grids[0]
    lan = make_worker(grid)
    User.objects.filter(pk=lan.pk).update(is_active=False)
    desk = dispatcher()
    assert desk.post(f"people/{lan.uuid}/enrolment-code").status_code == 404
    assert desk.post("duties", {"grid": grid.code, "user": str(lan.uuid), "role": "worker"}).status_code == 403


def test_units_are_found_by_name_and_code_within_ones_own_ground() -> None:
    make_village(name="石富村村委会")
    make_unit("360829101201", "别处村", parent=make_unit("360829101000", "平都镇"))
    desk = Desk(make_operator(make_township()))
    assert [row["short_name"] for row in desk.read("units", q="石富")] == ["石富村"]
    assert {row["code"] for row in desk.read("units", q="360829102")} == {"360829102000", "360829102201"}
    assert desk.read("units", q="别处") == []
    assert [row["level"] for row in desk.read("units", q="360829102", level="village")] == ["village"]
