"""Changing a draft by hand in a real browser: by mouse and by keys, looked at before it is kept, and taken back."""

from __future__ import annotations

import math
import os
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from backend.places.drafting import draft_plan
from backend.places.editing import Step, edit_plan, head_of, read_draft
from backend.places.models import Grid, GridPlan, PlanEdit
from tests.backend.places.ground import make_ground
from tests.web.desk_page import DeskPage, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]
# The page says a refused step in words; the browser also writes the status of the answer.
REFUSED = "the server responded with a status of"


@pytest.fixture(autouse=True)
def demo(settings: Any, live_server: Any) -> None:
    settings.IS_DEMO, settings.PATROL_URL = True, live_server.url


def drafted(k: int = 2) -> GridPlan:
    return draft_plan(make_ground(), by=None, at=timezone.now(), k=k)


def opened(desk: DeskPage) -> Page:
    page = desk.sign_in(make_staff("county_admin", county=True, name="欧阳敏"), "/admin/")
    expect(page.locator("#draft-map[data-ready=true]")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="移边界")).to_be_visible()
    return page


def households(plan: GridPlan) -> list[int]:
    return list(Grid.objects.filter(plan=plan).order_by("code").values_list("households", flat=True))


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def test_a_border_is_dragged_looked_at_kept_and_taken_back(chromium: Browser, live_server: Any) -> None:
    plan = drafted()
    before = households(plan)
    with DeskPage(chromium, live_server.url) as desk:
        page = opened(desk)
        page.get_by_role("button", name="移边界").click()
        page.locator(".edit-list button").first.click()
        corners = page.locator("#draft-map .handle:not(.is-fixed)")
        expect(corners.first).to_be_visible()
        box = corners.nth(corners.count() // 2).bounding_box()
        assert box
        page.mouse.move(box["x"] + 12, box["y"] + 12)
        page.mouse.down()
        page.mouse.move(box["x"] + 15, box["y"] + 15, steps=3)
        page.mouse.up()
        expect(page.locator(".edit-card")).to_contain_text("这一步会")
        expect(page.locator(".edit-card")).to_contain_text("没有缝隙，没有重叠")
        picture(page, "edit-card")
        assert not PlanEdit.objects.exists()
        page.get_by_role("button", name="就这样").click()
        expect(page.locator("#edit-tools")).to_contain_text("改过 1 处")
        assert PlanEdit.objects.get().by.name == "欧阳敏"
        page.get_by_role("button", name="撤销").click()
        expect(page.get_by_role("button", name="撤销")).to_be_disabled()
        assert households(plan) == before and PlanEdit.objects.count() == 2
        assert desk.complaints == []


def test_a_house_goes_to_the_other_grid_and_the_plates_say_so(chromium: Browser, live_server: Any) -> None:
    plan = drafted()
    draft = read_draft(plan)
    border = next(border for _, border in draft.borders())
    near = min(draft.layers.buildings.geometry, key=lambda house: house.distance(border.line))
    spot = draft.stored(near.centroid)
    with DeskPage(chromium, live_server.url) as desk:
        page = opened(desk)
        page.get_by_role("button", name="移房屋").click()
        where = page.locator("#draft-map canvas").bounding_box()
        village = plan.unit.boundary.extent
        assert where
        at = on_screen(where, village, (spot.x, spot.y))
        page.mouse.click(*at)
        expect(page.locator(".edit-card")).to_contain_text("10 户")
        page.locator(".edit-list button").first.click()
        expect(page.locator(".edit-card")).to_contain_text("720 → 730 户")
        picture(page, "edit-house")
        page.get_by_role("button", name="就这样").click()
        expect(page.locator("#edit-tools")).to_contain_text("改过 1 处")
        expect(page.locator("#draft-map .plate").filter(has_text="730 户")).to_have_count(1)
        assert sorted(households(plan)) == [710, 730]
        assert desk.complaints == []


def on_screen(box: Any, bounds: Any, at: tuple[float, float]) -> tuple[float, float]:
    """Where a place is drawn while the map shows the whole village, 30 px from its edges."""

    def north(lat: float) -> float:
        return math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))

    west, south, east, top = bounds
    wide, high = math.radians(east - west), north(top) - north(south)
    scale = min((box["width"] - 60) / wide, (box["height"] - 60) / high)
    x = box["x"] + box["width"] / 2 + math.radians(at[0] - (west + east) / 2) * scale
    y = box["y"] + box["height"] / 2 - (north(at[1]) - (north(top) + north(south)) / 2) * scale
    return x, y


def test_keys_move_a_corner_and_a_cut_house_is_said_in_words(chromium: Browser, live_server: Any) -> None:
    drafted()
    with DeskPage(chromium, live_server.url) as desk:
        page = opened(desk)
        page.get_by_role("button", name="移边界").click()
        page.locator(".edit-list button").first.press("Enter")
        corner = page.locator("#draft-map .handle:not(.is-fixed)").nth(1)
        corner.focus()
        for _ in range(2):
            corner.press("Shift+ArrowRight")
            corner.press("Shift+ArrowUp")
        expect(page.locator(".edit-card")).to_contain_text("栋房屋切成两半，所以没移。可以绕到屋后")
        picture(page, "edit-refused")
        page.locator(".edit-card").get_by_role("button", name="不要").click()
        expect(page.locator("#draft-map .handle")).to_have_count(0)
        assert not PlanEdit.objects.exists()
        assert not [said for said in desk.complaints if REFUSED not in said]


def test_somebody_was_first_and_what_one_drew_stays(chromium: Browser, live_server: Any) -> None:
    plan = drafted()
    with DeskPage(chromium, live_server.url) as desk:
        page = opened(desk)
        page.get_by_role("button", name="移边界").click()
        page.locator(".edit-list button").first.click()
        corner = page.locator("#draft-map .handle:not(.is-fixed)").nth(1)
        corner.focus()
        corner.press("ArrowRight")
        expect(page.locator(".edit-card")).to_contain_text("这一步会")
        meanwhile(plan)
        page.get_by_role("button", name="就这样").click()
        expect(page.locator(".edit-card")).to_contain_text("罗建平 刚刚改过这里。先看看他改了什么，你的还留着")
        expect(page.locator("#draft-map .handle").first).to_be_visible()
        assert PlanEdit.objects.count() == 1


def meanwhile(plan: GridPlan) -> None:
    """Somebody else gives a house beside the border to the other grid."""
    draft = read_draft(plan)
    _, border = next(draft.borders())
    house = min(draft.layers.buildings.geometry, key=lambda one: one.distance(border.line))
    own = next(i for i, cell in enumerate(draft.cells) if cell.intersects(house.centroid))
    spot = draft.stored(house.centroid)
    step = Step("move_building", house=(spot.x, spot.y), to=draft.grids[1 - own].code)
    edit_plan(plan, step, head=head_of(plan), by=make_staff("county_admin", county=True), at=timezone.now())


def test_a_grid_is_split_where_the_line_is_put_and_made_one_again(chromium: Browser, live_server: Any) -> None:
    plan = drafted()
    with DeskPage(chromium, live_server.url) as desk:
        page = opened(desk)
        page.get_by_role("button", name="拆开").click()
        page.locator(".edit-list button").first.click()
        card = page.locator(".edit-card")
        expect(card.locator("[role=status], [role=alert]")).to_be_visible()
        grip = page.locator("#draft-map .handle").nth(1)
        for _ in range(30):  # off the houses, as the page says
            if card.locator("[role=status]").count():
                break
            grip.focus()
            page.keyboard.press("ArrowUp")
            page.keyboard.press("ArrowRight")
            page.wait_for_timeout(250)
        expect(card).to_contain_text("没有缝隙，没有重叠")
        expect(page.locator("#draft-map .plate")).to_have_count(3)
        picture(page, "edit-split")
        page.get_by_role("button", name="就这样").click()
        expect(page.locator("#edit-tools")).to_contain_text("改过 1 处")
        assert len(households(plan)) == 3 and sum(households(plan)) == 1440
        page.get_by_role("button", name="合并").click()
        page.locator(".edit-list button").first.click()
        expect(page.locator("#draft-map .plate")).to_have_count(2)
        page.get_by_role("button", name="就这样").click()
        expect(page.locator("#edit-tools")).to_contain_text("改过 2 处")
        assert len(households(plan)) == 2
        assert [said for said in desk.complaints if REFUSED not in said] == []
