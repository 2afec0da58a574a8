"""The administrator's page of limits and holds, in a real browser."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from backend.audits.models import RetentionHold
from backend.places.models import RuleSet
from backend.places.rules import rules_at
from tests.backend.builders import COUNTY, make_village, make_worker
from tests.web.desk_page import DeskPage, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def demo(settings: Any, live_server: Any) -> None:
    settings.IS_DEMO, settings.PATROL_URL = True, live_server.url


def look(page: Page, name: str) -> None:
    """A picture for whoever asks for one."""
    if folder := os.environ.get("PATROL_LOOK"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def test_a_limit_is_changed_as_a_new_version_and_the_old_one_is_read(chromium: Browser, live_server: Any) -> None:
    make_village(grids=1)
    with DeskPage(chromium, live_server.url, size=(1920, 1080)) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True, name="欧阳敏"), "/admin/rules/")
        expect(page.locator("#limits[data-ready=true]")).to_be_visible()
        save = page.get_by_role("button", name="存成第 2 版")
        expect(save).to_be_disabled()
        gap, tracks = page.locator("[data-path='track.gap_s']"), page.locator("[data-path='retention.tracks']")
        gap.locator("input").fill("5")
        expect(gap).to_contain_text("要在 30 到 600 之间")
        gap.locator("input").fill("180")
        tracks.locator("input").fill("14")
        expect(save).to_be_disabled()  # what would be removed is confirmed first
        look(page, "rules-changed")
        page.locator("[name=sure]").check()
        save.click()
        expect(page.locator("#versions")).to_contain_text("多久没有点算断开：120 → 180 秒")
        expect(page.locator("#facts")).to_contain_text("现行第 2 版")
        now = rules_at(COUNTY, timezone.now())
        assert (now.version, now.track.gap_s, now.retention["tracks"]) == (2, 180, 14)
        page.get_by_role("button", name="看第 1 版").click()
        expect(gap.locator("input")).to_have_value("120")
        expect(gap.locator("input")).to_be_disabled()
        look(page, "rules-old")
        page.get_by_role("button", name="回到最新的一版").click()
        gap.locator("input").fill("150")
        page.locator("[name=from]").fill((timezone.localdate() + timedelta(days=3)).isoformat())
        page.get_by_role("button", name="存成第 3 版").click()
        expect(page.locator("#versions")).to_contain_text("还没起效")
        look(page, "rules-coming")
        assert RuleSet.objects.count() == 3 and rules_at(COUNTY, timezone.now()).version == 2
        assert desk.complaints == []


def test_two_limits_that_contradict_each_other_are_said_at_their_group(chromium: Browser, live_server: Any) -> None:
    make_village(grids=1)
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True, name="欧阳敏"), "/admin/rules/")
        page.locator("[data-path='place.radius_m'] input").fill("90")
        page.locator("[data-path='place.most_radius_m'] input").fill("50")
        page.get_by_role("button", name="存成第 2 版").click()
        expect(page.locator("#limits-foot")).to_contain_text("不能大于")
        look(page, "rules-crossed")
        page.set_viewport_size({"width": 390, "height": 844})
        look(page, "rules-narrow")
        assert not RuleSet.objects.exists()
        assert len(desk.complaints) == 1  # the refused request itself


def test_a_hold_is_placed_and_lifted_with_a_reason(chromium: Browser, live_server: Any) -> None:
    village = make_village(grids=1)
    worker = make_worker(village.grids[0], name="彭水生")
    with DeskPage(chromium, live_server.url, size=(1920, 1080)) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True, name="欧阳敏"), "/admin/rules/")
        expect(page.locator("#holds")).to_contain_text("没有保全")
        page.get_by_role("button", name="新的保全").click()
        page.fill("[name=about]", "水生")
        page.locator(".found").get_by_role("button", name="彭水生").click()
        page.fill("[name=hold-from]", (timezone.localdate() - timedelta(days=3)).isoformat())
        page.fill("[name=reason]", "本人对前天的路线有异议")
        look(page, "holds-form")
        page.get_by_role("button", name="保全", exact=True).click()
        expect(page.locator("#holds")).to_contain_text("本人对前天的路线有异议")
        hold = RetentionHold.objects.get()
        assert (hold.person, hold.placed_by.name, hold.unit_code) == (worker, "欧阳敏", village.grids[0].code)
        look(page, "holds-list")
        page.get_by_role("button", name="解除彭水生").click()
        page.fill("[name=release-reason]", "已说清")
        page.get_by_role("button", name="解除保全").click()
        expect(page.locator("#holds")).to_contain_text("欧阳敏解除：已说清")
        hold.refresh_from_db()
        assert hold.release_reason == "已说清"
        page.get_by_role("button", name="新的保全").click()
        page.fill("[name=about]", "洲湖")
        page.locator(".found").get_by_role("button", name="洲湖村").click()
        page.fill("[name=reason]", "案子要用")
        page.get_by_role("button", name="保全", exact=True).click()
        expect(page.locator("#holds li")).to_have_count(2)
        assert RetentionHold.objects.in_force().get().unit_code == village.unit.code
        assert desk.complaints == []


def test_nobody_but_the_administrator_opens_the_page(chromium: Browser, live_server: Any) -> None:
    make_village(grids=1)
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(make_staff("supervisor"), "/audit/")
        desk.wait_for_map()
        page.goto(f"{live_server.url}/admin/rules/")
        page.wait_for_url(f"{live_server.url}/audit/")
        desk.wait_for_map()
        expect(page.get_by_role("link", name="规则与保留")).to_have_count(0)
