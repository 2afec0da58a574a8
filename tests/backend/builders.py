"""Rows for tests: valid by default, nothing random that a test could depend on, made around 安福县洲湖镇.

A grid is a square of 0.01 degrees; grid ``i`` of a village begins at ``WEST + i * SIDE``, villages lie south of each other.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.gis.geos import MultiPolygon, Point, Polygon
from django.utils import timezone

from backend.accounts.actions import NOTICE_VERSION, enrol_device, make_enrolment_code, record_consent
from backend.accounts.models import Post, User
from backend.field.models import ReportKind
from backend.patrols.models import ChecklistItem, ItemAdmission, Obligation, Task
from backend.places.models import Grid, GridDuty, GridPlan, KeyPlace
from backend.units.models import AdminUnit

COUNTY, TOWNSHIP = "360829000000", "360829102000"
WEST, NORTH, SIDE = 114.50, 27.40, 0.01
EDITION = "2023-06-30"
_numbers = itertools.count(1)


@dataclass
class Village:
    unit: AdminUnit
    plan: GridPlan
    grids: list[Grid] = field(default_factory=list)


def make_unit(code: str, name: str = "", *, level: str = "", parent: AdminUnit | None = None, **more: Any) -> AdminUnit:
    """A unit, found again if it is there already. Level and kind follow from the zeros of the code."""
    level = level or ("county" if code.endswith("000000") else "township" if code.endswith("000") else "village")
    kind = {"county": "county", "township": "town", "village": "village"}.get(level, "other")
    defaults = {
        "level": level,
        "kind": kind,
        "name": name or f"单位{code[-6:]}",
        "parent": parent,
        "valid": (date(2020, 1, 1), None),
    }
    unit, _ = AdminUnit.objects.get_or_create(code=code, edition=EDITION, defaults=defaults | more)
    return unit


def make_township(code: str = TOWNSHIP) -> AdminUnit:
    county = make_unit(f"{code[:6]}000000", "安福县" if code.startswith("360829") else "", metric_srid=4547)
    return make_unit(code, "洲湖镇" if code == TOWNSHIP else "", parent=county)


def make_village(*, code: str = "360829102201", name: str = "洲湖村", grids: int = 2, since: datetime | None = None) -> Village:
    """A village with a published plan of squares in a row, west to east."""
    township = make_township(f"{code[:9]}000")
    since = since or timezone.now() - timedelta(days=400)
    north = NORTH - 0.02 * (int(code[9:]) - 201)
    whole = Polygon.from_bbox((WEST, north - SIDE, WEST + grids * SIDE, north))
    unit = make_unit(code, name, parent=township, boundary=MultiPolygon(whole, srid=4326), is_synthetic=True)
    plan = GridPlan.objects.create(unit=unit, state="published", made_at=since, published_at=since)
    village = Village(unit, plan)
    for i in range(grids):
        box = Polygon.from_bbox((WEST + i * SIDE, north - SIDE, WEST + (i + 1) * SIDE, north))
        village.grids.append(
            Grid.objects.create(
                plan=plan,
                village=unit,
                code=f"{code}{i + 1:03d}",
                name=f"{name}第{i + 1}网格",
                polygon=MultiPolygon(box, srid=4326),
                area_m2=1_100_000,
                households=300,
                valid=(since, None),
            )
        )
    return village


def middle(grid: Grid) -> tuple[float, float]:
    """A position well inside a grid, lon then lat."""
    centre = grid.polygon.centroid
    return centre.x, centre.y


def make_person(name: str = "兰小英", *, number: str = "", password: str | None = None) -> User:
    return User.objects.create_user(number or f"139{next(_numbers):08d}", name=name, password=password)


def give_post(user: User, role: str, unit: AdminUnit, *, since: datetime | None = None, until: datetime | None = None) -> Post:
    since = since or timezone.now() - timedelta(days=300)
    return Post.objects.create(user=user, role=role, unit=unit, valid=(since, until))


def give_duty(
    user: User, grid: Grid, role: str = "worker", *, since: datetime | None = None, until: datetime | None = None
) -> GridDuty:
    since = since or timezone.now() - timedelta(days=300)
    return GridDuty.objects.create(user=user, grid=grid, role=role, valid=(since, until))


def make_operator(unit: AdminUnit | None = None, *, name: str = "魏明", role: str = "centre_operator") -> User:
    """Somebody at a township's command centre."""
    user = make_person(name)
    give_post(user, role, unit or make_township())
    return user


def make_worker(*grids: Grid, name: str = "兰小英", consent: bool = True) -> User:
    """A grid worker with a duty in each grid; consent to tracks given unless told otherwise."""
    user = make_person(name)
    for grid in grids:
        give_duty(user, grid)
    if consent:
        record_consent(user, notice_version=NOTICE_VERSION, decision="given", at=timezone.now() - timedelta(days=200))
    return user


def make_token(user: User, *, name: str = "测试手机") -> str:
    """Enrol a phone for a person; the bearer token."""
    at = timezone.now()
    code = make_enrolment_code(user, by=None, at=at)
    return enrol_device(code, name=name, address="127.0.0.1", at=at)[1]


def make_checklist(unit: AdminUnit, *codes: str, evidence: str = "none") -> list[ItemAdmission]:
    """Checklist items of the unit's county, admitted for the unit."""
    county = make_unit(f"{unit.code[:6]}000000")
    admissions = []
    for code in codes or ("FH-01", "FH-02"):
        item = ChecklistItem.objects.create(
            county=county,
            code=code,
            line="森林防火",
            office_name="应急办",
            text=f"看一看{code}",
            object_kind="grid",
            evidence_policy=evidence,
            necessity_ground="" if evidence == "none" else "要凭据的理由",
            valid=(date(2020, 1, 1), None),
        )
        admissions.append(
            ItemAdmission.objects.create(
                item=item, unit=unit, ground="县网格办准入", valid=(date(2020, 1, 1), None), approved_at=timezone.now()
            )
        )
    return admissions


def make_task(grid: Grid, person: User, admissions: list[ItemAdmission], *, title: str = "走一遍山边", **more: Any) -> Task:
    now = timezone.now()
    window = more.pop("window", (now - timedelta(days=1), now + timedelta(days=6)))
    place = more.get("key_place")
    more.setdefault("object_key", str(place.uuid) if place else grid.code)
    more.setdefault("is_restricted", any(admission.item.sight == "restricted" for admission in admissions))
    task = Task.objects.create(
        grid=grid, person=person, title=title, ground="森林防火期", window=window, assigned_at=now, moved_at=now, **more
    )
    for position, admission in enumerate(admissions):
        Obligation.objects.create(task=task, admission=admission, item=admission.item, position=position)
    return task


def make_key_place(grid: Grid, *, name: str = "门前塘", tag_hash: str = "") -> KeyPlace:
    lon, lat = middle(grid)
    return KeyPlace.objects.create(
        village=grid.village,
        grid_code=grid.code,
        name=name,
        kind="pond",
        risk="high",
        point=Point(lon, lat, srid=4326),
        tag_hash=tag_hash,
    )


def make_report_kind(
    code: str = "0101", *, name: str = "垃圾堆放", urgent: bool = False, restricted: bool = False
) -> ReportKind:
    kind, _ = ReportKind.objects.get_or_create(
        county=make_unit(COUNTY, "安福县"),
        code=code,
        defaults={"name": name, "icon": "trash", "is_urgent": urgent, "is_restricted": restricted, "is_front": True},
    )
    return kind
