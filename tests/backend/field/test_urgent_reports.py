"""An urgent report rings whom it may, and nobody can speak in its place."""

from __future__ import annotations

import pytest

from backend.accounts.models import User
from notifications.jobs import fan_out
from notifications.models import Alert, Delivery
from tests.backend.builders import Village, give_duty, make_operator, make_person, make_report_kind, make_worker, middle
from tests.backend.phone_client import Phone, make_item

pytestmark = pytest.mark.django_db


def urgent(village: Village, text: str, *, item: str = "", kind: str = "0101") -> dict[str, object]:
    lon, lat = middle(village.grids[0])
    place = {"crs": "wgs84", "lon": round(lon * 1e7), "lat": round(lat * 1e7), "acc": 20}
    return make_item("report", {"kind": kind, "text": text, "urgent": 1, "place": place, "photos": []}, item=item)


def test_an_urgent_report_of_a_restricted_kind_rings_the_desks_only(village: Village, worker: User) -> None:
    make_report_kind("2503", name="传染病苗头", restricted=True)
    stand_in, operator = make_person("替小明"), make_operator()
    give_duty(stand_in, village.grids[0], "stand_in")
    Phone(worker).sync(urgent(village, "三组有两家发热", kind="2503"))
    fan_out(Alert.objects.get().pk)
    assert set(Delivery.objects.values_list("person", flat=True)) == {operator.pk}


def test_a_report_under_somebody_elses_id_leaves_their_alert_alone(village: Village, worker: User) -> None:
    operator = make_operator()
    first = urgent(village, "屋背山冒烟")
    Phone(worker).sync(first)
    Phone(make_worker(village.grids[1], name="魏强")).sync(urgent(village, "没事了，是炊烟", item=str(first["id"])))
    texts = list(Alert.objects.order_by("pk").values_list("text", flat=True))
    assert len(texts) == 2 and "屋背山冒烟" in texts[0] and "炊烟" in texts[1]
    for alert in Alert.objects.all():
        fan_out(alert.pk)
        assert Delivery.objects.filter(alert=alert, person=operator).exists()
