"""One county in which everything exists once, with words by which a leak is recognised."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import shapely
from django.contrib.gis.geos import Point, Polygon
from django.utils import timezone

from backend.accounts.actions import record_look
from backend.accounts.models import AccessEntry, Device, User
from backend.audits.holds import place_hold
from backend.audits.models import RetentionHold
from backend.cases.actions import register_case
from backend.cases.models import Case
from backend.field.flags import answer_flag, mark_shown, raise_flag
from backend.field.models import Attachment, Flag, HelpCall, LastPosition, Report, TrackSegment, Visit
from backend.patrols.alert_levels import raise_level
from backend.patrols.models import AlertLevel, Answer, Task
from backend.places.departments import Cell, take_in_department
from backend.places.division_runs import divide_units
from backend.places.drafting import draft_plan
from backend.places.models import DepartmentLayer, DivisionRun, Grid, GridDuty, GridPlan, KeyPlace, LayerImport
from geo import encode_track
from notifications.actions import announce
from notifications.events import AreaMessageSent
from notifications.models import Alert, Delivery
from tests.backend.builders import (
    make_checklist,
    make_key_place,
    make_operator,
    make_report_kind,
    make_task,
    make_token,
    make_township,
    make_unit,
    make_village,
    make_worker,
    middle,
)
from tests.backend.places.ground import make_ground

SHA = "ab" * 32


@dataclass
class World:
    grid: Grid
    worker: User
    admin: User
    device: Device
    token: str
    report: Report
    task: Task
    plan: GridPlan
    run: DivisionRun
    visit: Visit
    alert: Alert
    place: KeyPlace
    duty: GridDuty
    look: AccessEntry
    hold: RetentionHold
    case: Case
    call: HelpCall
    flag: Flag
    layer_import: LayerImport
    department: DepartmentLayer
    level: AlertLevel
    ground: Any = None
    #: Words that name something of this county and stand in no other.
    canaries: list[str] = field(default_factory=list)


def make_world() -> World:
    now = timezone.now()
    grid = make_village(name="暗号村").grids[0]
    worker = make_worker(grid, name="暗号员")
    admin = make_operator(make_unit("360829000000"), name="县管理", role="county_admin")
    token = make_token(worker, name="暗号手机")
    task = make_task(grid, worker, make_checklist(make_township()), title="暗号任务")
    place = make_key_place(grid, name="暗号塘")
    report = _report(worker, grid)
    visit = _walk(worker, grid)
    world = World(
        grid=grid,
        worker=worker,
        admin=admin,
        device=Device.objects.get(user=worker),
        token=token,
        report=report,
        task=task,
        plan=draft_plan(make_ground(name="暗号沟村"), by=None, at=now, k=2),
        run=divide_units(make_township(), by=admin, at=now),
        visit=visit,
        flag=_question(worker, grid, visit),
        alert=_alert(worker, grid, admin),
        place=place,
        duty=GridDuty.objects.get(user=worker),
        hold=place_hold(
            worker, unit_code=grid.code, days=(now.date(), now.date()), ground="dispute", reason="暗号保全", by=admin, at=now
        ),
        case=register_case(report, by=admin, at=now),
        call=_call(worker, grid),
        department=take_in_department(
            make_township(),
            "暗号部门",
            [Cell("AH-1", "暗号片", shapely.box(114.5, 27.3, 114.51, 27.31))],
            by=admin,
            at=now,
        ),
        layer_import=LayerImport.objects.create(
            unit=make_township(),
            kind="village",
            file_name="暗号村界.zip",
            sha256=SHA,
            converted_sha256=SHA,
            size=1,
            made_by=admin,
            made_at=now,
        ),
        level=raise_level(
            make_township(), hazard="flood", level="red", ground="暗号令", until=now + timedelta(days=1), by=admin, at=now
        ),
        look=record_look(worker, what="track", object_id="x", reason="暗号理由", by=admin, at=now),
    )
    Answer.objects.create(
        uuid=uuid.uuid4(), person=worker, task=task, item=task.items.all()[0].admission.item, result="problem",
        note="暗号答复", answered_at=now, received_at=now,
    )  # fmt: skip
    world.canaries = _canaries(world)
    return world


def _canaries(world: World) -> list[str]:
    grid = world.grid
    return [
        "暗号", grid.code, grid.village.code, world.plan.unit.code, world.worker.number, SHA,
        *(str(thing.uuid) for thing in (world.worker, world.device, world.report, world.task, world.alert, world.place, world.case, world.call, world.flag)), str(world.visit.item),
    ]  # fmt: skip


def _report(worker: User, grid: Grid) -> Report:
    now = timezone.now()
    Attachment.objects.create(
        sha256=SHA, person=worker, media_type="image/jpeg", length=10, offset=10, state="stored", created_at=now, stored_at=now
    )
    return Report.objects.create(
        uuid=uuid.uuid4(), person=worker, kind=make_report_kind(), kind_code="0101", text="暗号内容", photos=[SHA],
        point=Point(*middle(grid), srid=4326), grid_code=grid.code, home_code=grid.code, occurred_at=now, received_at=now,
    )  # fmt: skip


def _call(worker: User, grid: Grid) -> HelpCall:
    now = timezone.now()
    return HelpCall.objects.create(
        uuid=uuid.uuid4(), person=worker, called_at=now, received_at=now, note="暗号求助", grid_code=grid.code,
        home_code=grid.code,
    )  # fmt: skip


def _walk(worker: User, grid: Grid) -> Visit:
    now, patrol, item = timezone.now(), uuid.uuid4(), uuid.uuid4()
    lon, lat = middle(grid)
    start = now - timedelta(minutes=10)
    times = [round(start.timestamp() * 1000) + i * 5000 for i in range(60)]
    lons, lats = [lon + i * 1e-5 for i in range(60)], [lat] * 60
    box = Polygon.from_bbox((lon, lat, lon + 6e-4, lat + 1e-7))
    box.srid = 4326
    TrackSegment.objects.create(
        item=item, person=worker, patrol_uuid=patrol, t0=start, t1=start + timedelta(seconds=295), n=60, bbox=box,
        twkb=encode_track(lons, lats, times), acc=b"\x10\x00" * 60, speed=b"\x0c\x00" * 60, reasons=b"\x00" * 60, day=now.date(),
    )  # fmt: skip
    LastPosition.objects.create(person=worker, patrol_uuid=patrol, t=now, point=Point(lon, lat, srid=4326), grid_code=grid.code)
    return Visit.objects.create(
        grid=grid, person=worker, item=item, patrol_uuid=patrol, t0=start, t1=start + timedelta(seconds=295), n=60
    )


def _question(worker: User, grid: Grid, visit: Visit) -> Flag:
    """About the walk, told to its person, and answered."""
    now = timezone.now()
    flag = raise_flag(
        worker, about="patrol", about_id=visit.patrol_uuid, rule="mock", evidence={"count": 3, "fixes": 60},
        unit_code=grid.code, at=now,
    )  # fmt: skip
    mark_shown([flag.uuid], to=worker, at=now)
    answered = answer_flag(flag.uuid, text="暗号解释", item=uuid.uuid4(), by=worker, at=now, received_at=now)
    assert answered is not None
    return answered


def _alert(worker: User, grid: Grid, admin: User) -> Alert:
    now = timezone.now()
    said = AreaMessageSent(
        message=str(uuid.uuid4()), severity="normal", title="暗号通知", text="暗号通知内容", codes=(grid.code,), by=admin.pk,
        expires_at=now + timedelta(hours=4), at=now,
    )  # fmt: skip
    alert = announce(said, at=now)
    assert alert is not None
    Delivery.objects.create(alert=alert, person=worker, channel="inbox", state="sent", changed_at=now)
    return alert
