"""The ground under a grid, for the phone's map."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import LineString, Polygon

from backend.places.models import Barrier, Building
from tests.backend.builders import WEST, Village
from tests.backend.phone_client import Phone

pytestmark = pytest.mark.django_db


def test_a_phone_gets_the_ground_of_its_own_grid_without_households(village: Village, phone: Phone) -> None:
    west, _, _, north = village.grids[0].polygon.extent
    Barrier.objects.create(
        unit=village.unit, kind="lane", strength=0.6, line=LineString((west, north), (west + 0.004, north - 0.004))
    )
    house = Polygon.from_bbox((west + 0.001, north - 0.002, west + 0.0011, north - 0.0019))
    Building.objects.create(village=village.unit, households=3, outline=house)
    answer = phone.get(f"ground/{village.grids[0].code}")
    assert answer.status_code == 200
    body = answer.json()
    assert [line["properties"] for line in body["lines"]] == [{"kind": "lane"}]
    assert [home["properties"] for home in body["houses"]] == [{}]
    assert body["synthetic"] and WEST <= body["houses"][0]["geometry"]["coordinates"][0][0][0] < WEST + 0.01


def test_the_ground_of_somebody_elses_grid_is_not_found(village: Village, phone: Phone, stranger_phone: Phone) -> None:
    assert phone.get(f"ground/{village.grids[1].code}").status_code == 404
    assert stranger_phone.get(f"ground/{village.grids[0].code}").status_code == 404
