"""The supervisor's page of coverage, in a real browser: a figure opened to what made it, keys, files to take along, paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect

from backend.accounts.models import AccessEntry
from backend.audits.make_ground import make_grounds
from backend.places.models import Grid
from tests.backend.audits.ground import computed, lay_lane, store_walk
from tests.backend.builders import Village, make_village, make_worker
from tests.web.desk_page import DeskPage, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def village(transactional_db: None) -> Village:
    """Three grids with a lane each: all but the whole of the first was walked, some of the second, nothing of the third."""
    village = make_village(grids=3)
    person = make_worker(*village.grids, name="走路人")
    for grid in village.grids:
        lay_lane(grid)
    make_grounds(Grid.objects.select_related("village"), at=timezone.now())
    for grid, along in zip(village.grids, ((0.0, 0.95), (0.2, 0.6)), strict=False):
        store_walk(grid, along=along, person=person, start=timezone.now() - timedelta(minutes=30))
        computed(grid)
    return village


@pytest.fixture
def desk(chromium: Browser, live_server: Any, village: Village, settings: Any) -> Iterator[DeskPage]:
    """On one's own machine the demonstration asks a supervisor for no one-time code."""
    settings.IS_DEMO, settings.PATROL_URL = True, live_server.url
    with DeskPage(chromium, live_server.url) as desk:
        yield desk


def open_page(desk: DeskPage) -> Page:
    page = desk.sign_in(make_staff("supervisor", name="周明"), "/audit/")
    desk.wait_for_map()
    expect(page.locator("#list tr[data-key]")).to_have_count(3)
    return page


def shown_rows(page: Page) -> list[str]:
    return [row.get_attribute("data-key") or "" for row in page.locator("#list tr[data-key]").all()]


def test_a_row_pressed_opens_its_evidence(desk: DeskPage, village: Village) -> None:
    page = open_page(desk)
    grid = village.grids[2]
    page.locator(f'#list tr[data-key="{grid.code}"] td').nth(2).click()
    expect(page.locator("#evidence h2")).to_contain_text(f"{grid.name}为什么是")


def test_a_figure_opens_to_the_parts_that_add_up_to_its_ground(desk: DeskPage, village: Village) -> None:
    page = open_page(desk)
    first, second, third = (grid.code for grid in village.grids)
    assert shown_rows(page) == [third, second, first]
    figure = page.locator(f'#list tr[data-key="{second}"] .fig-link').first
    share = figure.inner_text()
    figure.click()
    proof = page.locator("#evidence")
    expect(proof.locator("h2")).to_have_text(f"{village.grids[1].name}为什么是 {share}？")
    expect(proof.locator(".parts li")).to_have_count(4)
    parts = [int(words.replace(",", "")) for words in proof.locator(".parts b.num").all_inner_texts()]
    total = proof.get_by_text("合计").inner_text()
    assert len(parts) == 4 and parts[0] > 0
    assert f"合计 {sum(parts):,} 平方米" in total
    assert int(share.rstrip("%")) == int(100 * parts[0] / sum(parts))
    expect(proof).to_contain_text("规则第 1 版")
    expect(proof.locator("#why-lengths")).to_contain_text("路走到")
    expect(proof).to_contain_text("只算看到约 67%")
    expect(proof.locator(".why-map path.part.seen")).to_have_count(1)
    expect(proof.locator(".why-map path.part.none")).to_have_count(1)
    expect(proof.locator("#why-legs li")).to_have_count(1)
    assert "走路人" not in page.content()
    assert desk.complaints == []


def test_the_legend_counts_grids_and_the_map_selects_what_the_table_selects(desk: DeskPage, village: Village) -> None:
    page = open_page(desk)
    counts = page.locator(".map-legend li .num").all_inner_texts()
    assert sum(int(words.split()[0]) for words in counts) == 3
    page.locator("#map canvas").click()
    chosen = page.locator("#list tr[aria-selected=true]")
    expect(chosen).to_have_count(1)
    expect(page.locator("#evidence h2")).to_contain_text(chosen.locator("b").first.inner_text())
    assert desk.complaints == []


def test_everything_is_reached_by_keys(desk: DeskPage, village: Village) -> None:
    page = open_page(desk)
    codes = shown_rows(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#list tr[aria-selected=true]")).to_have_attribute("data-key", codes[1])
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("#evidence h2")).to_contain_text("为什么")
    page.keyboard.press("Escape")
    expect(page.locator("#evidence h2")).to_have_text("怎么算走到")
    page.keyboard.press("t")
    expect(page.locator("#map")).to_be_hidden()
    page.keyboard.press("t")
    expect(page.locator("#map")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type(village.grids[2].name[-4:])
    expect(page.locator("#list tr[data-key]")).to_have_count(1)


def test_a_persons_way_is_shown_for_a_reason_that_is_written_down(desk: DeskPage, village: Village) -> None:
    page = open_page(desk)
    page.locator(f'#list tr[data-key="{village.grids[1].code}"] .fig-link').first.click()
    before = AccessEntry.objects.count()
    page.get_by_role("button", name="看路线（写理由）").click()
    page.get_by_label("理由").fill("核对一段路线")
    page.get_by_role("button", name="写好了，看路线").click()
    expect(page.locator(".watching")).to_contain_text("本人会看到")
    assert AccessEntry.objects.count() == before + 1
    page.keyboard.press("Escape")
    expect(page.locator(".watching")).to_have_count(0)


def test_other_days_are_asked_for_and_a_day_nobody_came_says_so(desk: DeskPage, village: Village) -> None:
    page = open_page(desk)
    page.get_by_role("button", name="昨天").click()
    expect(page.locator("#sum .fig-link")).to_have_text("0%")
    page.get_by_role("button", name="今天").click()
    expect(page.locator("#sum .fig-link")).not_to_have_text("0%")
    assert desk.complaints == []


def test_the_table_and_the_map_are_taken_along_for_the_days_that_are_shown(
    desk: DeskPage, village: Village, tmp_path: Path
) -> None:
    page = open_page(desk)
    page.get_by_role("button", name="今天").click()
    expect(page.locator("#words")).not_to_contain_text("–")
    with page.expect_download() as found:
        page.get_by_role("link", name="导出表格").click()
    found.value.save_as(tmp_path / "table.xlsx")
    assert village.grids[1].code in [row[0].value for row in load_workbook(tmp_path / "table.xlsx")["网格"].iter_rows()]
    with page.expect_download() as found:
        page.get_by_role("link", name="导出地图").click()
    found.value.save_as(tmp_path / "map.gpkg")
    assert sorted(pyogrio.read_dataframe(tmp_path / "map.gpkg", layer="grids")["code"]) == sorted(g.code for g in village.grids)


def test_paper_holds_the_map_and_every_row(desk: DeskPage, village: Village) -> None:
    page = open_page(desk)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator("#print-rows tbody tr")).to_have_count(3)
    expect(page.locator("#print-rows")).to_be_visible()
    expect(page.locator("#picture img")).to_be_visible()
    drawn = "image => new Promise(done => { const c = document.createElement('canvas'); c.width = c.height = 64;"
    drawn += "const p = c.getContext('2d'); p.drawImage(image, 0, 0, 64, 64);"
    drawn += "done(new Set(new Uint32Array(p.getImageData(0, 0, 64, 64).data.buffer)).size) })"
    assert page.locator("#picture img").evaluate(drawn) > 3
    expect(page.locator(".head")).to_be_hidden()
    expect(page.get_by_text("边界为合成示意")).to_be_visible()
