"""What was due by frequency and what was done of it: equal to a plain count, restricted and withdrawn left out, each figure with its evidence."""

from __future__ import annotations

import io
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from backend.patrols.models import Obligation, Task
from tests.backend.builders import (
    give_post,
    make_checklist,
    make_operator,
    make_person,
    make_task,
    make_township,
    make_unit,
    make_village,
    make_worker,
)
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db
CLOCK = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def noon() -> datetime:
    return timezone.now().astimezone(CLOCK).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def desk() -> Desk:
    person = make_person("欧阳敏")
    give_post(person, "supervisor", make_township())
    return Desk(person)


def scatter(noon: datetime, seed: int) -> None:
    """Tasks of many kinds over ten days, some answered in time, late, never, withdrawn, restricted or given by hand."""
    dice = random.Random(seed)  # noqa: S311  a made-up scene, not a secret
    grids = make_village(grids=3).grids
    admissions = make_checklist(make_township(), "FH-01", "FH-02", "FN-01")
    lan = make_worker(*grids)
    for number in range(60):
        begin = noon - timedelta(days=dice.randrange(10), hours=dice.randrange(24), minutes=number)
        end = begin + timedelta(hours=dice.choice((1, 12, 24, 48)))
        chosen = dice.sample(admissions, dice.randrange(1, 4))
        kinds = {"source": dice.choice(("rule", "rule", "rule", "order")), "is_restricted": dice.random() < 0.15}
        state = dice.choice(("open", "open", "done", "withdrawn"))
        task = make_task(dice.choice(grids), lan, chosen, window=(begin, end), state=state, **kinds)
        for row in task.items.all():
            row.settled_at = dice.choice((None, begin, begin + (end - begin) / 2, end, end + timedelta(hours=3)))
            row.state = "withdrawn" if dice.random() < 0.1 else "open"
            row.save()


def counted(noon: datetime, at: datetime, key: Any, back: int) -> dict[str, list[int]]:
    """The same by looking at each row."""
    first = (noon - timedelta(days=back)).replace(hour=0)
    found: dict[str, list[int]] = {}
    for row in Obligation.objects.select_related("task__grid", "item"):
        task, closes = row.task, row.task.window.upper
        if task.source != "rule" or task.is_restricted or "withdrawn" in (task.state, row.state):
            continue
        if not first < closes <= min(at, noon.replace(hour=0) + timedelta(days=1)):
            continue
        figures = found.setdefault(key(row), [0, 0, 0])
        figures[0] += 1
        if row.settled_at is not None:
            figures[1 if row.settled_at < closes else 2] += 1
    return found


@pytest.mark.parametrize("seed", range(4))
def test_every_figure_equals_a_count_row_by_row(desk: Desk, noon: datetime, seed: int) -> None:
    scatter(noon, seed)
    keys: dict[str, Any] = {
        "grid": lambda row: row.task.grid.code, "line": lambda row: row.item.line, "item": lambda row: row.item.code,
    }  # fmt: skip
    days = f"from={(noon - timedelta(days=6)).date()}&to={noon.date()}"
    for by, key in keys.items():
        at = timezone.now()
        seen = desk.get(f"compliance?by={by}&{days}").json()
        wanted = counted(noon, at, key, 6)
        assert {row["key"]: [row["due"], row["done"], row["late"]] for row in seen["rows"]} == wanted
        for row in seen["rows"]:
            behind = desk.get(f"compliance/evidence?by={by}&key={row['key']}&{days}").json()
            states = Counter(one["state"] for one in behind["items"])
            if behind["pages"] == 1:
                assert states == Counter({name: row[name] for name in ("done", "late", "missing") if row[name]})
            assert behind["count"] == row["due"] == row["done"] + row["late"] + row["missing"]


def test_a_window_still_open_is_not_due_yet(desk: Desk) -> None:
    grid = make_village().grids[0]
    make_task(grid, make_worker(grid), make_checklist(make_township()), source="rule")
    assert desk.get("compliance").json()["due"] == 0


def test_a_grid_divided_anew_and_a_new_version_of_an_item_keep_one_row_each(desk: Desk, noon: datetime) -> None:
    scatter(noon, 1)
    rows = desk.get("compliance?by=item").json()["rows"]
    assert len({row["key"] for row in rows}) == len(rows)


def test_no_figure_and_no_evidence_names_a_person(desk: Desk, noon: datetime) -> None:
    scatter(noon, 2)
    line = desk.get("compliance?by=line").json()["rows"][0]
    said = desk.get(f"compliance/evidence?by=line&key={line['key']}").content.decode()
    assert "兰小英" not in said


def test_another_township_and_a_worker_see_nothing(noon: datetime) -> None:
    scatter(noon, 3)
    elsewhere = Desk(make_operator(make_unit("360829101000", "平都镇"), name="外人"))
    for by in ("grid", "line", "item"):
        assert elsewhere.get(f"compliance?by={by}").json()["rows"] == []
    code = Task.objects.first().grid.code  # type: ignore[union-attr]
    assert elsewhere.get(f"compliance/evidence?by=grid&key={code}").status_code == 404


def test_the_workbook_has_the_figures_of_the_page(desk: Desk, noon: datetime) -> None:
    scatter(noon, 1)
    seen = desk.get("compliance?by=grid").json()
    book = load_workbook(io.BytesIO(desk.get("compliance/export.xlsx").content))
    assert book.sheetnames == ["按网格", "按条线", "按事项"]
    rows = list(book["按网格"].iter_rows(min_row=7, values_only=True))
    assert [row[3:7] for row in rows] == [(row["due"], row["done"], row["late"], row["missing"]) for row in seen["rows"]]
