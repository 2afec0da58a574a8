"""Bringing a layer in at a desk: a shifted village layer is found, converted when asked, and taken in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser, expect

from backend.places.models import Building
from backend.units.models import AdminUnit
from geo.crs import from_wgs84
from tests.backend.builders import make_township, make_unit
from tests.backend.places.uploads import frame, write_shape_zip
from tests.web.desk_page import DeskPage, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]

WEST, SOUTH = 114.50, 27.30
NAMES = {"360829102206": "王屯村村民委员会", "360829102211": "花门村村民委员会", "360829102212": "毛田村村民委员会"}


@pytest.fixture(autouse=True)
def demo(settings: Any, live_server: Any, tmp_path: Path) -> None:
    settings.IS_DEMO, settings.PATROL_URL = True, live_server.url
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def shifted(tmp_path: Path) -> Path:
    """Three villages as an office sends them: GBK, GCJ-02 under a .prj that says WGS 84, two of them overlapping, one misspelt."""
    township = make_township()
    for code, name in NAMES.items():
        make_unit(code, name, parent=township)
    home = AdminUnit.objects.get(code="360829102206")
    for i in range(20):
        x, y = WEST + 0.0004 + (i % 5) * 0.002, SOUTH + 0.0004 + (i // 5) * 0.0025
        Building.objects.create(village=home, outline=shapely.box(x, y, x + 0.0001, y + 0.0001).wkt, households=4)
    grounds = [
        shapely.box(WEST, SOUTH, WEST + 0.0125, SOUTH + 0.0085),
        shapely.box(WEST + 0.0120, SOUTH, WEST + 0.026, SOUTH + 0.0085),
        shapely.box(WEST, SOUTH + 0.0085, WEST + 0.026, SOUTH + 0.02),
    ]
    moved = [shapely.transform(one, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], crs="gcj02"))) for one in grounds]
    layer = frame(moved, 行政村=["王屯村村民委员会", "花门村民委", "毛田村村民委员会"])
    return write_shape_zip(tmp_path, layer, "洲湖镇村界_2026", encoding="GBK")


def look(page: Any, name: str) -> None:
    """A picture for a person, where a folder for them is named."""
    if folder := os.environ.get("PATROL_PICTURES"):
        page.wait_for_timeout(800)
        page.screenshot(path=f"{folder}/{name}.png")


def test_a_shifted_village_layer_is_settled_and_taken_in(chromium: Browser, live_server: Any, shifted: Path) -> None:
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True, name="欧阳敏"), "/admin/units/")
        page.get_by_role("link", name="导入图层").click()
        page.select_option("[name=unit]", "360829102000")
        page.set_input_files("[name=file]", str(shifted))
        look(page, "import-start")
        page.get_by_role("button", name="读文件，做体检").click()
        expect(page.locator(".import-datum")).to_contain_text("GCJ-02", timeout=30_000)
        expect(page.locator(".import-datum")).to_contain_text("米")
        expect(page.get_by_role("button", name="入库")).to_be_disabled()
        desk.wait_for_map()
        look(page, "import-report")
        page.get_by_role("button", name="按 GCJ-02 换算（原文件保留）").click()
        expect(page.locator(".import-report")).to_contain_text("“花门村民委”对不上")
        expect(page.locator(".import-report")).to_contain_text("两村重叠")
        desk.wait_for_map()
        page.get_by_role("button", name="全部照建议").click()
        expect(page.get_by_role("button", name="入库")).to_be_enabled(timeout=20_000)
        desk.wait_for_map()
        look(page, "import-settled")
        page.locator(".steps").get_by_role("button", name="对字段").click()
        expect(page.locator("[name=name]")).to_have_value("行政村")
        look(page, "import-fields")
        page.get_by_role("button", name="入库").click()
        expect(page.locator(".import-bar")).to_contain_text("3 个村的边界已换", timeout=20_000)
        desk.wait_for_map()
        look(page, "import-done")
        assert AdminUnit.objects.filter(code__in=NAMES, boundary__isnull=False).count() == 3
        assert desk.complaints == []


def test_a_telephone_shows_the_report_too(chromium: Browser, live_server: Any, shifted: Path) -> None:
    with DeskPage(chromium, live_server.url, size=(360, 740)) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True, name="欧阳敏"), "/admin/imports/")
        page.select_option("[name=unit]", "360829102000")
        page.set_input_files("[name=file]", str(shifted))
        look(page, "import-start-small")
        page.get_by_role("button", name="读文件，做体检").click()
        expect(page.locator(".import-datum")).to_contain_text("GCJ-02", timeout=30_000)
        desk.wait_for_map()
        look(page, "import-report-small")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator(".import-bar").scroll_into_view_if_needed()
        look(page, "import-report-small-end")


def test_a_file_that_is_no_layer_is_told_what_would_be(chromium: Browser, live_server: Any, tmp_path: Path) -> None:
    make_township()
    path = tmp_path / "照片.geojson"
    path.write_bytes(b"\x89PNG")
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True, name="欧阳敏"), "/admin/imports/")
        page.set_input_files("[name=file]", str(path))
        page.get_by_role("button", name="读文件，做体检").click()
        expect(page.locator(".empty")).to_contain_text("GeoPackage", timeout=30_000)
        page.get_by_role("link", name="换一个文件").click()
        expect(page.locator("#before")).to_contain_text("没收下")
