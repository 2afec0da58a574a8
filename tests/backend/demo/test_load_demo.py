"""The demo township: real codes, invented people, everything made up says so, loaded once."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import Sum

from backend.accounts.models import Office, Post, User
from backend.demo.loading import load_demo
from backend.field.models import ReportKind
from backend.patrols.models import CalendarDay, ChecklistItem, ItemAdmission, Task
from backend.places.models import Building, DepartmentLayer, Grid, GridDuty, GridPlan, Household, KeyPlace, Route
from backend.units.models import AdminUnit
from tests.house.tree import ROOT


@pytest.mark.parametrize("script", ["make_zhouhu.py", "make_people.py"])
def test_the_scripts_make_the_committed_bytes_again(tmp_path: Path, script: str) -> None:
    subprocess.run([sys.executable, ROOT / "fixtures" / script, tmp_path], check=True, timeout=120)
    made = list(tmp_path.iterdir())
    assert made
    for path in made:
        assert path.read_bytes() == (ROOT / "fixtures" / "zhouhu" / path.name).read_bytes()


@pytest.mark.django_db
def test_the_township_is_whole_and_loading_it_again_changes_nothing(tmp_path: Path) -> None:
    at = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    call_command("load_units")
    assert load_demo(at, tmp_path / "sign-ins.json")
    assert not load_demo(at, tmp_path / "again.json")
    assert not (tmp_path / "again.json").exists()
    made_up = AdminUnit.objects.below("360829102000")
    assert made_up.count() == 25
    assert not made_up.filter(is_synthetic=False).exists()
    assert all(unit.boundary_source.startswith("合成示意") for unit in made_up)
    assert Office.objects.count() == 10
    grids = Grid.objects.current()
    assert grids.count() == 72
    assert [grid.name for grid in grids.without_person(at)] == ["北山村第1网格"]
    assert GridDuty.objects.accountable(at).count() == 71
    assert grids.aggregate(all=Sum("households"))["all"] == Building.objects.aggregate(all=Sum("households"))["all"]
    assert all(plan.metrics["cut_buildings"] == 0 and plan.metrics["max_mean"] <= 1.10 for plan in GridPlan.objects.all())
    assert not KeyPlace.objects.filter(grid_code="").exists()
    assert Task.objects.filter(person__name="刘桂花").exists()
    assert ChecklistItem.objects.count() == ItemAdmission.objects.valid_on(at).count() == 25
    assert {item.line for item in ChecklistItem.objects.all()} <= set(ReportKind.objects.values_list("line", flat=True))
    assert CalendarDay.objects.filter(day__year=2026, kind="work").count() == 6
    for visited in (Household, Route):
        assert visited.objects.filter(is_synthetic=True).count() == visited.objects.exclude(grid_code="").count() > 20
    assert Household.objects.filter(kind="restricted").count() == 2
    layers = {layer.department: layer.cells.count() for layer in DepartmentLayer.objects.filter(is_synthetic=True)}
    assert set(layers) == {"消防", "林长"}
    assert 24 <= layers["消防"] <= 72
    assert layers["林长"] == 48
    roles = set(Post.objects.values_list("role", flat=True))
    assert roles == {"centre_operator", "duty_chief", "centre_dispatcher", "office_handler", "supervisor", "county_admin"}


@pytest.mark.django_db
def test_sign_ins_are_random_private_and_work(tmp_path: Path) -> None:
    call_command("load_units")
    path = tmp_path / "sign-ins.json"
    load_demo(datetime(2026, 11, 24, 2, 0, tzinfo=UTC), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = json.loads(path.read_text())
    assert len({row["password"] for row in rows}) == len(rows) == 10
    assert all(len(row["password"]) >= 12 for row in rows)
    assert all(User.objects.get(number=row["username"]).check_password(row["password"]) for row in rows)
