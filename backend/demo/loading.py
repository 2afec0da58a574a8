"""Fill an empty installation with the demo township, once, with passwords made at random."""

from __future__ import annotations

import json
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from backend.accounts.models import Post, User
from backend.audits.actions import make_ground_later
from backend.demo.departments import load_departments
from backend.demo.township import (
    COUNTY,
    divide_villages,
    load_ground,
    load_lists,
    load_offices,
    load_rules,
    load_staff,
    load_workers,
    read_people,
)
from backend.demo.visited import load_visited
from backend.patrols.actions import assign_task
from backend.patrols.models import ChecklistItem, ItemAdmission, Task
from backend.places.models import Building, Grid, GridDuty, KeyPlace

LOOKED_AFTER = timedelta(days=9)  # so long somebody has looked after the township
TASK_DAYS = 7  # a demo looked at some days later still has open tasks


def is_loaded() -> bool:
    return Building.objects.exists() and Post.objects.filter(unit__code=COUNTY).exists()


def load_demo(at: datetime, sign_ins: Path | None) -> bool:
    """Make the township in one transaction; False if it is there already. Passwords go to ``sign_ins`` (0600) and nowhere else."""
    if is_loaded():
        return False
    people = read_people()
    passwords = {row["number"]: secrets.token_urlsafe(9) for row in people["staff"]}
    since = at - LOOKED_AFTER  # posts and duties hold since then, so that last week's walks fall into them
    with transaction.atomic():
        township = load_ground()
        load_offices(township)
        staff = load_staff(people, passwords, since)
        admin = staff["AF002"]
        load_lists(since, admin)
        load_rules(admin, at)
        load_visited(township)
        grids = divide_villages(admin, since)
        load_workers(people, grids, admin, since)
        load_departments(township, grids, admin, since)
        give_tasks(staff["ZH004"], at)
        make_ground_later()
        if sign_ins is not None:
            rows = [
                {"username": row["number"], "password": passwords[row["number"]], "role": row["role"], "name": row["name"]}
                for row in people["staff"]
            ]
            write_private(sign_ins, json.dumps(rows, ensure_ascii=False, indent=1))
    return True


def give_tasks(by: User, at: datetime) -> int:
    """Every key place of a grid with a person becomes one task: what one visit there settles."""
    begin = at.astimezone(ZoneInfo(settings.COUNTY_TIME_ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    window = (begin, begin + timedelta(days=TASK_DAYS))
    accountable = {duty.grid_id: duty.user for duty in GridDuty.objects.accountable(at).select_related("user")}
    grids = {grid.code: grid for grid in Grid.objects.current() if grid.pk in accountable}
    admissions = list(ItemAdmission.objects.valid_on(at).select_related("item"))
    for place in KeyPlace.objects.order_by("pk"):
        items = [f"{a.item.code}@{a.item.version}" for a in admissions if _suits(a.item, place)]
        if items and place.grid_code in grids:
            assign_task(
                grids[place.grid_code], items=items, key_place=place, ground=_ground(place), window=window, by=by, at=at
            )
    rounds = [f"{a.item.code}@{a.item.version}" for a in admissions if a.item.object_kind == "grid"]
    for grid in grids.values():
        assign_task(grid, items=rounds, title="网格里走一圈", ground="日常巡查，路线自己定", window=window, by=by, at=at)
    return Task.objects.count()


def _suits(item: ChecklistItem, place: KeyPlace) -> bool:
    """Items of just this kind; those of every place of a risk come by their frequency."""
    return item.object_kind == "key_place" and place.kind in item.place_kinds


def _ground(place: KeyPlace) -> str:
    return {"high": "重点部位，每周看一次", "medium": "每月看两次", "low": "每季看一次"}[place.risk]


def write_private(path: Path, text: str) -> None:
    """Only the owner can read the file, from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text + "\n")
