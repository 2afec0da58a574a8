"""The demo township: the synthetic ground of 洲湖镇, its offices, items and people, made through the apps' own actions."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.utils import timezone

from backend.accounts.models import Office, Post, User
from backend.demo.outing import tag_of
from backend.field.actions import tag_hash
from backend.field.models import ReportKind
from backend.patrols.actions import admit_item, move_tasks
from backend.patrols.items import create_item
from backend.patrols.workdays import YearUnknown, take_year
from backend.places.drafting import draft_plan
from backend.places.duties import assign_duty
from backend.places.models import Barrier, Building, Grid, GridDuty, KeyPlace, LandCover, PlaceGroup
from backend.places.publishing import publish_plan
from backend.places.rules import DEFAULTS, limits_of, set_rules
from backend.units.models import AdminUnit

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
COUNTY, TOWNSHIP = "360829000000", "360829102000"
SYNTHETIC = "合成示意，不代表真实界线"
CENTRE_PHONE = "0796-0000000（24 小时）"  # nobody's: no local number begins with a nought
OFFICE_KINDS = {"party_government": "party_gov", "institutions": "institution"}
STATIONED = (("PS", "派出所"), ("JS", "司法所"))


def load_ground() -> AdminUnit:
    """Boundaries, houses, lines, water, fields and places; answers the township."""
    units = {unit.code: unit for unit in AdminUnit.objects.current().below(TOWNSHIP)}
    township = units[TOWNSHIP]
    rows = _features("villages")
    for row in rows:
        AdminUnit.objects.filter(code=row["code"]).update(
            boundary=MultiPolygon(row["shape"], srid=4326), boundary_source=SYNTHETIC, is_synthetic=True
        )
    whole = MultiPolygon(*(row["shape"] for row in rows), srid=4326).unary_union
    whole = whole if isinstance(whole, MultiPolygon) else MultiPolygon(whole, srid=4326)
    AdminUnit.objects.filter(code=TOWNSHIP).update(boundary=whole, boundary_source=SYNTHETIC, is_synthetic=True)
    Building.objects.bulk_create(
        Building(village=units[row["village"]], outline=row["shape"], households=row["households"])
        for row in _features("buildings")
    )
    Barrier.objects.bulk_create(
        Barrier(unit=township, line=row["shape"], kind=row["kind"], name=row["name"], strength=row["strength"])
        for row in _features("barriers")
    )
    covers = [(row["kind"], row) for row in _features("water")]
    covers += [(kind, row) for kind, name in (("field", "fields"), ("contour", "contours")) for row in _features(name)]
    LandCover.objects.bulk_create(LandCover(unit=township, kind=kind, shape=row["shape"]) for kind, row in covers)
    PlaceGroup.objects.bulk_create(
        PlaceGroup(village=units[row["village"]], name=row["name"], point=row["shape"]) for row in _features("place_groups")
    )
    KeyPlace.objects.bulk_create(_key_place(row, units[row["village"]]) for row in _features("key_places"))
    return township


def _key_place(row: dict[str, Any], village: AdminUnit) -> KeyPlace:
    """A place to be reached; those that matter most carry a tag to read."""
    place = KeyPlace(
        village=village,
        name=row["name"],
        kind=row["kind"],
        risk=row["risk"],
        radius_m=row["radius_m"],
        point=row["shape"],
        is_synthetic=True,
    )
    if row["risk"] == "high":
        place.tag_hash = tag_hash(tag_of(str(place.uuid)))
    return place


def load_offices(township: AdminUnit) -> None:
    """The 5+2 offices, the governance centre, and what the county stations in the township."""
    data = json.loads((FIXTURES / "units" / "jian_township_offices.json").read_text("utf-8"))
    rows = [
        (f"{kind}-{i}", name, OFFICE_KINDS[kind], "local", data["alias"].get(name, []))
        for kind, names in data["models"]["5+2"].items()
        for i, name in enumerate(names, 1)
    ]
    rows += [(code, name, "stationed", "stationed", []) for code, name in STATIONED]
    rows.append(("GC", data["grid"]["centre"], "centre", "local", []))
    Office.objects.bulk_create(
        Office(
            unit=township,
            code=code,
            name=name,
            kind=kind,
            control=control,
            plates=plates,
            phone=CENTRE_PHONE if kind == "centre" else "",
        )
        for code, name, kind, control, plates in rows
    )


def load_lists(at: datetime, by: User) -> None:
    """Checklist items with their admission for the county, its working days as far as announced, and the kinds of report."""
    county = AdminUnit.objects.current().get(code=COUNTY)
    since = timezone.localtime(at).date()
    for row in json.loads((FIXTURES / "checklist" / "items.json").read_text("utf-8")):
        fields = {**row, "office_name": row["office"], "evidence_policy": row["evidence"]}
        item = create_item(county, row["code"], fields, since=since, by=by, at=at)
        admit_item(item, county, ground="县网格办准入（演示）", by=by, at=at)
    for year in (at.year, at.year + 1):
        with suppress(YearUnknown):
            take_year(county, year, by=by, at=at)
    kinds = json.loads((FIXTURES / "checklist" / "report_kinds.json").read_text("utf-8"))
    ReportKind.objects.bulk_create(
        ReportKind(
            county=county,
            code=row["code"],
            name=row["name"],
            line=row["line"],
            icon=row["icon"],
            is_urgent=row.get("urgent", False),
            is_front=row.get("front", False),
            is_restricted=row.get("restricted", False),
            position=position,
        )
        for position, row in enumerate(kinds)
    )


def load_staff(people: dict[str, Any], passwords: dict[str, str], at: datetime) -> dict[str, User]:
    """Staff of the desks with their posts; answers them by staff number."""
    staff = {}
    offices = {office.code: office for office in Office.objects.filter(unit__code=TOWNSHIP)}
    for row in people["staff"]:
        unit = AdminUnit.objects.current().get(code=row["unit"])
        user = User.objects.create_user(row["number"], name=row["name"], password=passwords[row["number"]])
        office = offices[row.get("office", "GC")] if unit.code == TOWNSHIP else None
        Post.objects.create(user=user, role=row["role"], unit=unit, office=office, valid=(at, None))
        staff[row["number"]] = user
    return staff


def divide_villages(by: User, at: datetime) -> list[Grid]:
    """Divide and publish every village; answers the grids in order of their codes."""
    for row in _features("villages"):
        unit = AdminUnit.objects.current().get(code=row["code"])
        plan = draft_plan(unit, by=by, at=at, k=row["grids"])
        publish_plan(plan, by=by, at=at, on_moved=lambda heirs: move_tasks(heirs, by=by, at=at))
    return list(Grid.objects.current().filter(code__startswith=TOWNSHIP[:9]).order_by("code"))


def load_rules(admin: User, at: datetime) -> None:
    """The county's limits as data: the defaults as its first version."""
    set_rules(AdminUnit.objects.current().get(code=COUNTY), limits_of(DEFAULTS), by=admin, at=at)


def load_workers(people: dict[str, Any], grids: list[Grid], by: User, at: datetime) -> None:
    """One accountable worker a grid, but one; one chief a village."""
    by_code = {grid.code: grid for grid in grids}
    for row in people["workers"]:
        user = User.objects.create_user(row["number"], name=row["name"])
        assign_duty(by_code[row["grid"]], user, role=GridDuty.Role.WORKER, by=by, at=at)
    staffed = {row["grid"] for row in people["workers"]}
    for row in people["chiefs"]:
        user = User.objects.create_user(row["number"], name=row["name"])
        for grid in grids:
            if grid.code.startswith(row["village"]) and grid.code in staffed:
                assign_duty(grid, user, role=GridDuty.Role.CHIEF, by=by, at=at)


def read_people() -> dict[str, Any]:
    people: dict[str, Any] = json.loads((FIXTURES / "zhouhu" / "people.json").read_text("utf-8"))
    return people


def _features(name: str) -> list[dict[str, Any]]:
    """Rows of one layer: its properties, and ``shape``."""
    features = json.loads((FIXTURES / "zhouhu" / f"{name}.geojson").read_text("utf-8"))["features"]
    return [{**row["properties"], "shape": GEOSGeometry(json.dumps(row["geometry"]), srid=4326)} for row in features]
