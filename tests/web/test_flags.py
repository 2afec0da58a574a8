"""The supervisor's page of questions, in a real browser: the person's words, a reason before a way, a decision, keys."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from backend.accounts.models import AccessEntry, User
from backend.audits.make_ground import make_grounds
from backend.field.flags import answer_flag, mark_shown, raise_flag
from backend.field.models import Flag, FlagDecision
from backend.places.models import Grid
from tests.backend.audits.ground import computed, lay_lane, store_walk
from tests.backend.builders import Village, make_village, make_worker
from tests.web.desk_page import DeskPage, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]

WORDS = "那天我用的是儿子的旧手机。"


@pytest.fixture
def village(transactional_db: None) -> Village:
    """Two grids, each walked by somebody who was asked about it; one answered."""
    village = make_village(grids=2)
    now = timezone.now()
    for grid in village.grids:
        lay_lane(grid)
    make_grounds(Grid.objects.select_related("village"), at=now)
    for grid, name, rule in zip(village.grids, ("刘桂花", "康冬生"), ("mock", "low_accuracy"), strict=True):
        person, patrol = make_worker(grid, name=name), uuid.uuid4()
        store_walk(grid, person=person, patrol=patrol, start=now - timedelta(minutes=30))
        computed(grid)
        ask(grid, person, patrol, rule)
    asked = Flag.objects.get(rule="mock")
    answer_flag(asked.uuid, text=WORDS, item=uuid.uuid4(), by=asked.person, at=now, received_at=now)
    return village


def ask(grid: Grid, person: User, patrol: uuid.UUID, rule: str) -> None:
    now = timezone.now()
    facts = {"count": 3, "fixes": 60}
    flag = raise_flag(person, about="patrol", about_id=patrol, rule=rule, evidence=facts, unit_code=grid.code, at=now)
    mark_shown([flag.uuid], to=person, at=now)


@pytest.fixture
def desk(chromium: Browser, live_server: Any, transactional_db: None, settings: Any) -> Iterator[DeskPage]:
    """On one's own machine the demonstration asks a supervisor for no one-time code."""
    settings.IS_DEMO, settings.PATROL_URL = True, live_server.url
    with DeskPage(chromium, live_server.url) as desk:
        yield desk


def open_page(desk: DeskPage) -> Page:
    page = desk.sign_in(make_staff("supervisor", name="周明"), "/audit/flags/")
    desk.wait_for_map()
    return page


def test_the_list_names_grids_and_the_answered_question_is_open_in_the_persons_own_words(
    desk: DeskPage, village: Village
) -> None:
    page = open_page(desk)
    rows = page.locator(".flag-row")
    expect(rows).to_have_count(2)
    assert "刘桂花" not in page.locator("#list").inner_text() and "康冬生" not in page.locator("#list").inner_text()
    expect(rows.first).to_contain_text("已回答")
    expect(rows.first).to_have_attribute("aria-current", "true")
    expect(page.locator("#side blockquote")).to_contain_text(WORDS)
    expect(page.locator("#facts")).to_contain_text("60 个点里有 3 个")
    expect(page.locator("#facts")).to_contain_text("不算的话 2%")
    assert desk.complaints == []


def test_a_way_is_drawn_for_a_reason_and_everybody_can_see_that_it_is_looked_at(desk: DeskPage, village: Village) -> None:
    page = open_page(desk)
    expect(page.locator("#watching")).to_be_hidden()
    page.get_by_role("button", name="看路线（写理由）").click()
    page.get_by_role("textbox", name="理由").fill("核对一条标记")
    page.get_by_role("button", name="写好了，看路线").click()
    expect(page.locator("#watching")).to_contain_text("你正在看一个人的路线（刘桂花")
    expect(page.locator("#watching")).to_contain_text("理由：核对一条标记")
    expect(page.locator("#watching")).to_contain_text("本人看得到")
    expect(page.locator(".track-words")).to_contain_text("1 段路线")
    assert AccessEntry.objects.get().reason == "核对一条标记"
    page.get_by_role("button", name="不看了").click()
    expect(page.locator("#watching")).to_be_hidden()
    expect(page.get_by_role("button", name="看路线（写理由）")).to_be_visible()
    assert desk.complaints == []


def test_a_decision_is_stored_with_its_sentence_and_stands_on_the_page(desk: DeskPage, village: Village) -> None:
    page = open_page(desk)
    page.get_by_role("button", name="存下判断").click()
    assert not FlagDecision.objects.exists()
    page.get_by_label("说得通，但位置不算").check()
    page.get_by_label("写一句为什么").fill("位置对不上，扫码算数")
    page.get_by_role("button", name="存下判断").click()
    expect(page.locator(".decided")).to_contain_text("位置对不上，扫码算数")
    expect(page.locator(".flag-row").first).to_contain_text("已判断")
    expect(page.locator("#flag-head")).to_contain_text("已判断")
    expect(page.locator("#facts")).to_contain_text("算的话")
    made = FlagDecision.objects.get()
    assert (made.decision, made.note, made.by.name) == ("does_not_count", "位置对不上，扫码算数", "周明")
    assert desk.complaints == []


def test_questions_are_reached_by_keys_and_leaving_one_puts_the_way_away(desk: DeskPage, village: Village) -> None:
    page = open_page(desk)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="写好了，看路线").click()
    expect(page.locator("#watching")).to_be_visible()
    page.locator("#map canvas").focus()
    page.keyboard.press("j")
    expect(page.locator(".flag-row").nth(1)).to_have_attribute("aria-current", "true")
    expect(page.locator("#watching")).to_be_hidden()
    expect(page.locator("#answer-title")).to_have_text("康冬生的回答")
    expect(page.locator("#side")).to_contain_text("还没有回答")
    page.get_by_role("button", name="已判断").click()
    expect(page.locator("#list")).to_contain_text("这里没有标记")
    assert desk.complaints == []


def test_where_nothing_is_asked_the_page_says_that_all_is_well(desk: DeskPage) -> None:
    make_village(grids=1)
    page = desk.sign_in(make_staff("supervisor", name="周明"), "/audit/flags/")
    expect(page.locator("#facts")).to_contain_text("没有要判断的")
    assert desk.complaints == []
