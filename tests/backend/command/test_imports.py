"""Layers over the wire: a file goes up, the report comes back, choices are sent, the layer is taken in."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from backend.places.models import LayerImport
from backend.units.models import AdminUnit
from tests.backend.builders import make_operator, make_township, make_unit
from tests.backend.command.desk import BASE, Desk
from tests.backend.places.uploads import boxes, frame, write_geojson, write_gpkg

pytestmark = pytest.mark.django_db
CODES = ["360829102201", "360829102202"]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def admin() -> Desk:
    township = make_township()
    for code, name in zip(CODES, ["王屯村村民委员会", "毛田村村民委员会"], strict=True):
        make_unit(code, name, parent=township)
    return Desk(make_operator(make_unit("360829000000"), name="县管理", role="county_admin"))


def send(desk: Desk, path: Path, *, kind: str = "village", unit: str = "360829102000") -> Any:
    return desk.http.post(
        BASE + "imports", {"unit": unit, "kind": kind, "file": SimpleUploadedFile(path.name, path.read_bytes())}
    )


def test_a_file_goes_up_is_looked_over_settled_and_taken_in(admin: Desk, tmp_path: Path) -> None:
    path = write_gpkg(tmp_path, frame(boxes(), 村名=["王屯村村民委员会", "=毛甜村"]))
    said = send(admin, path).json()
    assert (said["state"], said["rows"], said["unsolved"]) == ("checked", 2, 1)
    assert said["fields"][1] == {"name": "name", "label": "名称", "otherwise": "按编码找村", "chosen": "村名"}
    assert said["preview"][0]["村名"] == "王屯村村民委员会"
    address = f"imports/{said['id']}"
    assert admin.post(f"{address}/take-in").json()["type"] == "/problems/import_not_ready"
    finding = next(one for one in said["findings"] if one["level"] == "error")
    said = admin.change(f"{address}/choose", {"answers": {finding["key"]: CODES[1]}})
    assert said["unsolved"] == 0 and len(admin.read(f"{address}/shapes")["layer"]["features"]) == 2
    assert admin.change(f"{address}/take-in")["result"]["villages"] == 2
    assert AdminUnit.objects.filter(code__in=CODES, boundary__isnull=False).count() == 2
    assert b"".join(admin.get(f"{address}/original").streaming_content) == path.read_bytes()  # type: ignore[attr-defined]
    assert admin.get(f"{address}/converted.geojson").status_code == 200
    sheet = load_workbook(io.BytesIO(admin.get(f"{address}/problems.xlsx").content)).active
    assert sheet is not None and sheet.max_row > 5
    assert admin.read("imports")[0]["state"] == "taken_in"


def test_a_file_that_cannot_be_read_is_kept_with_the_reason(admin: Desk, tmp_path: Path) -> None:
    path = tmp_path / "村界.geojson"
    path.write_text("<OGRVRTDataSource/>", "utf-8")
    said = send(admin, path).json()
    assert said["state"] == "refused" and "shp" in said["result"]["detail"]


@pytest.mark.parametrize("role", ["centre_operator", "supervisor", "duty_chief"])
def test_only_administrators_bring_layers(admin: Desk, tmp_path: Path, role: str) -> None:
    desk = Desk(make_operator(make_township(), role=role))
    assert send(desk, write_geojson(tmp_path, frame(boxes()))).status_code == 403
    assert LayerImport.objects.count() == 0
