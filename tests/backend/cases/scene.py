"""A township with a centre, an office with two people, a grid with a worker, and reports in it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.utils import timezone

from backend.accounts.models import Office, Post, User
from backend.cases import actions
from backend.cases.models import Case
from backend.field.models import Report
from backend.places.models import Grid
from tests.backend.builders import (
    make_operator,
    make_person,
    make_report_kind,
    make_township,
    make_village,
    make_worker,
    middle,
)


@dataclass
class Scene:
    grid: Grid
    worker: User
    operator: User
    dispatcher: User
    chief: User
    office: Office
    handler: User
    colleague: User


def make_office(code: str = "JS", name: str = "司法所") -> Office:
    return Office.objects.create(unit=make_township(), code=code, name=name, kind="stationed", control="stationed")


def make_handler(office: Office, name: str) -> User:
    person = make_person(name)
    since = timezone.now() - timedelta(days=300)
    Post.objects.create(user=person, role="office_handler", unit=office.unit, office=office, valid=(since, None))
    return person


def make_scene() -> Scene:
    grid = make_village().grids[0]
    office = make_office()
    return Scene(
        grid=grid,
        worker=make_worker(grid, name="兰小英"),
        operator=make_operator(name="吴敏"),
        dispatcher=make_operator(name="邓丽", role="centre_dispatcher"),
        chief=make_operator(name="罗建平", role="duty_chief"),
        office=office,
        handler=make_handler(office, "胡志强"),
        colleague=make_handler(office, "曾小军"),
    )


def make_report(
    person: User, grid: Grid, *, text: str = "路边一堆垃圾", east_m: float = 0, at: datetime | None = None, **more: Any
) -> Report:
    now = at or timezone.now()
    lon, lat = middle(grid)
    values = {"kind": more.pop("kind", None) or make_report_kind(), "kind_code": "0101", "text": text, **more}
    return Report.objects.create(
        uuid=uuid.uuid4(), person=person, point=Point(lon + east_m / 98_800, lat, srid=4326), grid_code=grid.code,
        home_code=grid.code, occurred_at=now, received_at=now, **values,
    )  # fmt: skip


def case_at(scene: Scene, state: str, report: Report | None = None) -> Case:
    """A case brought to a state by those whose work it is."""
    now = timezone.now()
    case = actions.register_case(report or make_report(scene.worker, scene.grid), by=scene.operator, at=now)
    steps = {
        "assigned": lambda c: actions.assign_case(c, scene.office, by=scene.dispatcher, at=now),
        "handling": lambda c: actions.start_handling(c, by=scene.handler, at=now),
        "feedback": lambda c: actions.give_feedback(c, text="清走了", by=scene.handler, at=now),
        "post_verify": lambda c: actions.ask_check(c, by=scene.operator, at=now),
        "rework": lambda c: actions.verify_case(c, result="not_pass", note="还有一半", by=scene.operator, at=now),
    }
    if state == "closed":
        case = actions.verify_case(_walk(case, steps, "post_verify"), result="pass", by=scene.operator, at=now)
        return actions.close_case(case, by=scene.operator, at=now)
    return case if state == "registered" else _walk(case, steps, state)


def _walk(case: Case, steps: dict[str, Any], state: str) -> Case:
    for name, step in steps.items():
        case = step(case)
        if name == state:
            break
    return case
