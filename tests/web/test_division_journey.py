"""A county administrator divides and publishes a whole township, following only what the screen says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Browser, Locator, expect

from backend.demo.township import TOWNSHIP, load_ground
from backend.places.models import Grid, GridPlan
from backend.units.models import AdminUnit
from tests.notifications.test_power_cuts import url_of_this_database
from tests.web.desk_page import DeskPage, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]
AT_MOST_ACTIONS = 12
SLOW_MS = 120_000


@pytest.fixture
def demo(settings: Any, live_server: Any) -> None:
    settings.IS_DEMO, settings.PATROL_URL = True, live_server.url


@pytest.fixture
def a_worker(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """One that works on the test's own database."""
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs cascade")
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "procrastinate", "worker", "-q", "division", "-p", "0.3"],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": url_of_this_database(), "DJANGO_SETTINGS_MODULE": "backend.settings"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        yield
        process.terminate()
        process.wait(30)
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs cascade")


class Hand:
    """Counts what a person does."""

    def __init__(self) -> None:
        self.actions = 0

    def click(self, what: Locator) -> None:
        self.actions += 1
        what.click()

    def choose(self, what: Locator, label: str) -> None:
        self.actions += 1
        what.select_option(label=label)


def test_the_demo_township_is_divided_and_published_in_a_few_steps(
    chromium: Browser, live_server: Any, demo: None, a_worker: None
) -> None:
    call_command("load_units", verbosity=0)
    load_ground()
    villages = AdminUnit.objects.current().below(TOWNSHIP).filter(level="village").exclude(boundary=None)
    count, hand = villages.count(), Hand()
    assert count == 24
    with DeskPage(chromium, live_server.url) as desk:
        page = desk.sign_in(make_staff("county_admin", county=True, name="欧阳敏"), "/admin/")
        empty = page.locator("#draft-form input, #draft-form select").evaluate_all(
            "all => all.filter(one => !one.value && !one.placeholder).map(one => one.id)"
        )
        assert empty == []
        hand.choose(page.get_by_label("哪个村"), f"洲湖镇（全镇 {count} 个村）")
        expect(page.locator("#town-changes")).to_contain_text("还没有草案")
        hand.click(page.get_by_role("button", name="算全镇草案"))
        expect(page.locator("#town-changes")).to_contain_text(f"{count} / {count} 个", timeout=SLOW_MS)
        expect(page.locator("#town-villages tbody tr")).to_have_count(count)
        expect(page.locator("#town-villages")).not_to_contain_text("有硬伤")
        hand.click(page.get_by_role("button", name="王屯村"))
        expect(page.locator("#draft-map .plate").first).to_be_visible(timeout=30_000)
        expect(page.locator("#metrics")).to_contain_text("0 / 0 平方米")
        expect(page.locator("#changes")).to_contain_text("没有责任人的网格")
        hand.choose(page.get_by_label("哪个村"), f"洲湖镇（全镇 {count} 个村）")
        hand.click(page.get_by_role("button", name="看清楚了，全镇发布"))
        expect(page.locator("#town-changes")).to_contain_text("已发布", timeout=60_000)
        expect(page.locator("#town-changes")).to_contain_text(re.compile(r"\d+ 个网格还没有责任人"))
        assert desk.complaints == []
    assert hand.actions <= AT_MOST_ACTIONS
    plans = GridPlan.objects.published().filter(unit__in=villages)
    assert plans.count() == count
    assert all(plan.metrics["cut_buildings"] == 0 and plan.metrics["gap_m2"] < 1 for plan in plans)
    assert Grid.objects.current().count() == sum(plan.grids.count() for plan in plans) >= count
