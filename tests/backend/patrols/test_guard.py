"""Who decides sees what an item would add, and says why above the county's cap."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.patrols.admissions import OverCap, apply_item, decide_application
from backend.patrols.generate import generate_obligations
from backend.patrols.guard import load_change
from backend.patrols.models import ChecklistItem
from tests.backend.builders import Village, give_duty, make_operator, make_person, make_village
from tests.backend.patrols.test_generate import admit, township

MIDNIGHT = datetime(2026, 6, 1, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def village(db: None) -> Village:
    village = make_village(since=MIDNIGHT - timedelta(days=900))
    busy, other = make_person("甲"), make_person("乙")
    give_duty(busy, village.grids[0], since=MIDNIGHT - timedelta(days=9))
    give_duty(other, village.grids[1], since=MIDNIGHT - timedelta(days=9))
    return village


def item_of(village: Village, minutes: int) -> ChecklistItem:
    admission = admit(township(village), f"N-{minutes}", [{"per": "day", "times": 2}], minutes=minutes)
    admission.delete()
    return ChecklistItem.objects.get(pk=admission.item_id)


def test_the_minutes_a_day_are_told_with_the_item_and_without(village: Village) -> None:
    admit(township(village), "WG-01", [{"per": "day"}], minutes=30)
    generate_obligations(township(village), (MIDNIGHT.date(), date(2026, 7, 1)), at=MIDNIGHT)
    load = load_change(item_of(village, 20), township(village), at=MIDNIGHT)
    assert (load.before, load.after, load.over, load.is_over) == (30.0, 70.0, 0, False)


def test_above_the_cap_an_admission_says_why(village: Village) -> None:
    desk, item = make_operator(township(village)), item_of(village, 130)
    load = load_change(item, township(village), at=MIDNIGHT)
    assert (load.before, load.after, load.over) == (0.0, 260.0, 2)
    asked = apply_item(item, township(village), ground="防汛", days=(MIDNIGHT.date(), None), by=desk, at=MIDNIGHT)
    with pytest.raises(OverCap):
        decide_application(asked, is_admitted=True, load=load, by=desk, at=MIDNIGHT)
    kept = decide_application(asked, is_admitted=True, load=load, reason="汛期只有两周", by=desk, at=MIDNIGHT)
    assert kept.load_note == {"before": 0.0, "after": 260.0, "cap": 240.0, "over": 2}
