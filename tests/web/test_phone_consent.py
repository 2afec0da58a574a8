"""Taking consent back on the phone: the routes go at once, and the person is told what went and what a hold still keeps."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from backend.audits.holds import place_hold
from backend.field.models import TrackSegment
from tests.backend.builders import TOWNSHIP, make_operator, make_village, make_worker, middle
from tests.backend.phone_client import Phone, make_track
from tests.web.phone_page import PhonePage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def test_whoever_takes_consent_back_is_told_what_went_and_what_is_held(
    chromium: Browser, live_server: Any, tmp_path: Path
) -> None:
    grid = make_village().grids[0]
    worker = make_worker(grid)
    today = timezone.localdate()
    old = make_track(str(uuid4()), *middle(grid), start=round((timezone.now() - timedelta(days=4)).timestamp() * 1000))
    Phone(worker).sync(old, make_track(str(uuid4()), *middle(grid)))
    days = (today - timedelta(days=6), today - timedelta(days=2))
    supervisor = make_operator(role="supervisor")
    place_hold(
        worker,
        unit_code=TOWNSHIP,
        days=days,
        ground="dispute",
        reason="本人对那天的走访有异议",
        by=supervisor,
        at=timezone.now(),
    )
    with PhonePage(chromium, live_server.url, tmp_path / "phone") as phone:
        phone.enrol(worker)
        page = phone.open("me")
        expect(page.get_by_text("本人对那天的走访有异议")).to_be_visible()
        page.get_by_role("button", name="撤回同意").click()
        expect(page.get_by_text("镇里已删掉你的 1 段路线")).to_be_visible()
        expect(page.get_by_text("还有 1 段因争议或案件暂存")).to_be_visible()
        assert not phone.complaints
    assert list(TrackSegment.objects.values_list("item", flat=True)) != []
    assert TrackSegment.objects.get().item.hex == old["id"].replace("-", "")
