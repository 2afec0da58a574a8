"""Two people bring the houses of one village at the same moment: what is there afterwards is one layer, not both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier as Gate
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from backend.places.imports import ImportClosed, take_in_import
from backend.places.models import Building, LayerImport
from backend.units.models import AdminUnit
from tests.backend.builders import make_township, make_unit
from tests.backend.places.test_imports import CODES, NAMES, bring, house_boxes, settle, with_boundaries
from tests.backend.places.uploads import frame, write_gpkg

pytestmark = pytest.mark.django_db(transaction=True)


def read_rows(folder: Path, count: int) -> list[LayerImport]:
    unit: AdminUnit = make_township()
    for code, name in zip(CODES, NAMES, strict=True):
        make_unit(code, name, parent=unit)
    with_boundaries(unit)
    path = write_gpkg(folder, frame(house_boxes(6), households=[1] * 6))
    return [settle(bring(unit, "building", path)) for _ in range(count)]


def take_in_at_once(rows: list[LayerImport]) -> list[bool]:
    gate = Gate(len(rows))

    def act(row: LayerImport) -> bool:
        try:
            gate.wait(10)
            take_in_import(row, by=None, at=timezone.now())
        except ImportClosed:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(rows)) as pool:
        return sorted(pool.map(act, rows))


def test_two_layers_of_the_same_houses_leave_each_house_once(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    assert take_in_at_once(read_rows(tmp_path, 2)) == [True, True]
    assert Building.objects.count() == 6


def test_one_layer_taken_in_twice_at_once_is_taken_in_once(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    [row] = read_rows(tmp_path, 1)
    assert take_in_at_once([row, row]) == [False, True]
    assert Building.objects.count() == 6
