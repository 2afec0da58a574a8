from __future__ import annotations

import pytest

from backend.units.models import AdminUnit
from notifications.models import Address
from tests.backend.builders import make_operator, make_unit, make_village, make_worker
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db


def test_the_county_sets_a_number_and_nobody_reads_it_whole() -> None:
    lan = make_worker(make_village().grids[0])
    county = AdminUnit.objects.filter(code="360829000000").first() or make_unit("360829000000")
    admin, desk = Desk(make_operator(county, name="管理员", role="county_admin")), Desk(make_operator(role="centre_dispatcher"))
    path = f"people/{lan.uuid}/sms-number"
    assert admin.change(path, {"number": "139 0000 0001"})["number"] == "139****0001"
    assert desk.read(path)["number"] == "139****0001" and not desk.read(path)["may_set"]
    assert desk.post(path, {"number": ""}).status_code == 403
    assert admin.post(path, {"number": "12345"}).status_code == 422
    assert Address.objects.get().address == "13900000001"
    assert admin.change(path, {"number": ""})["number"] == "" and not Address.objects.exists()
