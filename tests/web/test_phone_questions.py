"""A question on the phone: asked in plain words, answered or left, offline too; what somebody decided is shown."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from backend.accounts.models import User
from backend.field.flags import decide_flag, settle_flag
from backend.field.models import Flag, FlagAnswer
from tests.backend.builders import make_operator, make_village, make_worker
from tests.web.phone_page import PhonePage

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]
MINUTE = 60_000


def ask(person: User, rule: str, facts: dict[str, Any], code: str) -> Flag:
    patrol = uuid.uuid4()
    flag = settle_flag(
        person, about="patrol", about_id=patrol, rule=rule, items={str(patrol): facts}, unit_code=code, at=timezone.now()
    )
    assert flag is not None
    return flag


def picture(page: Any, name: str) -> None:
    """Kept only where somebody wants to look at them."""
    folder = os.environ.get("PATROL_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def test_a_question_is_answered_without_a_network_or_left_and_the_decision_is_shown(
    chromium: Browser, live_server: Any, tmp_path: Path
) -> None:
    grid = make_village(grids=1).grids[0]
    worker = make_worker(grid)
    now = round(timezone.now().timestamp() * 1000)
    silence = {"from": now - 26 * 60 * MINUTE, "to": now - 26 * 60 * MINUTE + 6 * MINUTE, "cause": "killed"}
    gap = ask(worker, "gap", {"gaps": [silence], "at": silence["from"]}, grid.code)
    ask(worker, "mock", {"count": 12, "fixes": 640, "at": now - 3 * 60 * MINUTE}, grid.code)
    with PhonePage(chromium, live_server.url, tmp_path / "phone") as phone:
        page = phone.enrol(worker)
        phone.is_kept()
        expect(page.locator("#nav .n")).to_have_text("2")
        assert Flag.objects.filter(shown_at=None).count() == 0
        phone.open("inbox")
        card = page.locator(f"[data-flag='{gap.uuid}']")
        expect(card).to_contain_text("6 分钟路线空白。可以不答")
        expect(card).to_contain_text("空白 6 分钟：手机把巡格关掉了")
        picture(page, "questions")
        page.locator(".question").filter(has_text="模拟").get_by_role("button", name="不答").click()
        expect(page.locator("#nav .n")).to_have_text("1")
        phone.context.set_offline(True)
        field = card.get_by_role("textbox")
        field.fill("手机没电了")
        page.reload()
        expect(card.get_by_role("textbox")).to_have_value("手机没电了")
        card.get_by_role("button", name="存下").click()
        expect(card).to_contain_text("你说：手机没电了")
        expect(page.locator("#nav .n")).to_have_count(0)
        assert not FlagAnswer.objects.exists()
        phone.context.set_offline(False)
        expect(page.locator(".sync.on")).to_contain_text("已全部上传", timeout=20_000)
        gap.refresh_from_db()
        assert gap.answer == "手机没电了"
        decide_flag(gap, decision="counts", note="说得通，照旧走就好", by=make_operator(name="周明"), at=timezone.now())
        page.reload()
        expect(card).to_contain_text("周明：说得通，照算。说得通，照旧走就好", timeout=20_000)
        expect(card.get_by_role("textbox")).to_have_count(0)
        picture(page, "questions-decided")
        assert phone.complaints == []
