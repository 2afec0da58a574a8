"""An office sees its own line: its items, what was done of them, what was found; restricted ones of its own, nothing of others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from backend.patrols.models import Answer, ChecklistItem, Task
from tests.backend.builders import make_checklist, make_operator, make_task, make_township, make_village, make_worker
from tests.backend.cases.scene import make_handler, make_office
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def own() -> tuple[Desk, Task]:
    """The office of the items, a task of three days ago with one of two done and a problem found."""
    office = make_office("YJ", "应急办")
    grid = make_village().grids[0]
    admissions = make_checklist(make_township())
    ChecklistItem.objects.filter(code="FH-02").update(sight="restricted")
    lan, now = make_worker(grid), timezone.now()
    window = (now - timedelta(days=3), now - timedelta(days=1))
    task = make_task(grid, lan, admissions, source="rule", window=window, is_restricted=True)
    item = task.items.get(position=0)
    item.settled_at = window[0] + timedelta(hours=2)
    item.save()
    Answer.objects.create(
        uuid=uuid4(), person=lan, task=task, item=item.item, result="problem", note="山边有人烧草", answered_at=item.settled_at,
        received_at=now,
    )  # fmt: skip
    return Desk(make_handler(office, "易文")), task


def test_the_office_sees_its_items_with_figures_and_problems(own: tuple[Desk, Task]) -> None:
    seen = own[0].get("line").json()
    assert seen["offices"] == ["应急办"]
    assert [(row["code"], row["due"], row["done"], row["is_admitted"], row["is_restricted"]) for row in seen["items"]] == [
        ("FH-01", 1, 1, True, False),
        ("FH-02", 1, 0, True, True),
    ]
    assert seen["items"][0]["villages"] == [{"village": "洲湖村", "due": 1, "done": 1, "late": 0}]
    assert [row["note"] for row in seen["problems"]] == ["山边有人烧草"]
    assert "兰小英" not in str(seen)


@pytest.mark.parametrize("who", ["another_office", "operator"])
def test_nobody_else_sees_it_there(own: tuple[Desk, Task], who: str) -> None:
    person: Any = make_operator() if who == "operator" else make_handler(make_office("SL", "水利站"), "邹敏")
    seen = Desk(person).get("line").json()
    assert seen["items"] == seen["problems"] == []
