"""Rows as the API shows them. Takes only rows that came through `visible_to`; asks the database once for each kind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, FloatField, Func, OuterRef, QuerySet, Subquery

from backend.accounts.models import Post, User
from backend.field.flag_rules import title_of
from backend.field.models import Attachment, Flag, LastPosition, Report
from backend.field.witness import RULE_OF, place_text, time_text
from backend.patrols.models import Answer, Patrol, Task
from backend.places.models import Grid, GridDuty
from backend.units.models import AdminUnit, short_name

PER_PAGE = 50
EDGES = ("XMin", "YMin", "XMax", "YMax")
STALE_S = 600  # a position older than this is shown as old
FLAG_WORDS = {
    "late": "补传较晚",
    "clock_wrong": "手机时间不准",
    "outside_grids": "不在网格里",
    "unknown_kind": "类别不在表里",
    "task_withdrawn": "任务已撤",
    "tag_mismatch": "标签不是这里的",
}


def page_of(rows: QuerySet[Any], number: int) -> tuple[dict[str, int], list[Any]]:
    pages = Paginator(rows, PER_PAGE)
    page = pages.get_page(number)
    return {"page": page.number, "pages": pages.num_pages, "count": pages.count}, list(page.object_list)


def describe_posts(user: User, *, at: datetime) -> list[dict[str, str]]:
    posts = user.posts.valid_at(at).select_related("unit").order_by("unit__code", "role")
    return [
        {
            "role": post.role,
            "role_name": Post.Role(post.role).label,
            "unit": post.unit.code,
            "unit_name": post.unit.short_name,
        }
        for post in posts
    ]


def describe_grids(grids: QuerySet[Grid], *, at: datetime) -> list[dict[str, Any]]:
    """A county has tens of thousands: read as plain values, with what is measured of a shape measured where it lies."""
    duties = GridDuty.objects.valid_at(at).filter(grid__in=grids).order_by("role", "user__number")
    persons: dict[int, list[dict[str, Any]]] = {}
    for grid, pk, uuid, name, role, number in duties.values_list(
        "grid", "pk", "user__uuid", "user__name", "role", "user__number"
    ):
        persons.setdefault(grid, []).append({"duty": pk, "id": uuid, "name": name, "role": role, "phone": number})
    inside = Func(F("polygon"), function="ST_PointOnSurface")
    measured = {"lon": Func(inside, function="ST_X", output_field=FloatField())}
    measured["lat"] = Func(inside, function="ST_Y", output_field=FloatField())
    for edge in EDGES:
        measured[edge] = Func(F("polygon"), function=f"ST_{edge}", output_field=FloatField())
    columns = ("pk", "code", "name", "village__name", "village__code", "households", "area_m2")
    rows = grids.order_by("code").annotate(**measured).values_list(*columns, *measured)
    return [_grid(row, persons.get(row[0], [])) for row in rows]


def _grid(row: tuple[Any, ...], persons: list[dict[str, Any]]) -> dict[str, Any]:
    _, code, name, village, village_code, households, area_m2, lon, lat, *box = row
    return {
        "code": code,
        "name": name,
        "village": short_name(village),
        "village_code": village_code,
        "households": households,
        "area_m2": round(area_m2),
        "persons": persons,
        "has_person": any(person["role"] == GridDuty.Role.WORKER for person in persons),
        "centre": [round(lon, 6), round(lat, 6)],
        "bbox": [round(value, 6) for value in box],
    }


def grid_names(codes: Iterable[str]) -> dict[str, str]:
    """Names of grids as they are now, or as they last were."""
    rows = Grid.objects.filter(code__in=set(codes), valid__isnull=False).order_by("valid").values_list("code", "name")
    return dict(rows)


def describe_reports(reports: Sequence[Report]) -> list[dict[str, Any]]:
    owners, here = {report.person_id for report in reports}, photos_here(reports)
    flags: dict[tuple[int, Any], list[Flag]] = {}
    for flag in Flag.objects.told().filter(about_id__in=[report.uuid for report in reports], person__in=owners):
        flags.setdefault((flag.person_id, flag.about_id), []).append(flag)
    names = grid_names(report.grid_code or report.home_code for report in reports)

    def photos_of(report: Report) -> dict[str, Any]:
        asked = {flag.rule for flag in flags.get((report.person_id, report.uuid), [])}
        return describe_photos(report, here, asked)

    return [
        {
            "id": report.uuid,
            "kind": report.kind_code,
            "kind_name": report.kind.name if report.kind else "",
            "icon": report.kind.icon if report.kind else "flag",
            "text": report.text,
            "is_urgent": report.is_urgent,
            "lon": round(report.point.x, 6) if report.point else None,
            "lat": round(report.point.y, 6) if report.point else None,
            "accuracy_m": report.accuracy_m,
            "grid": report.grid_code,
            "grid_name": names.get(report.grid_code, ""),
            "person": {"id": report.person.uuid, "name": report.person.name},
            "occurred_at": report.occurred_at,
            "received_at": report.received_at,
            "flags": [flag_words(flag) for flag in flags.get((report.person_id, report.uuid), [])],
        }
        | photos_of(report)
        for report in reports
    ]


def photos_here(rows: Sequence[Report] | Sequence[Answer]) -> dict[tuple[int, str], Attachment]:
    """Photos these reports or answers announced and their own person sent, by person and SHA-256."""
    wanted, owners = {sha for row in rows for sha in row.photos}, {row.person_id for row in rows}
    arrived = Attachment.objects.filter(sha256__in=wanted, person__in=owners).exclude(state=Attachment.State.RECEIVING)
    return {(photo.person_id, photo.sha256): photo for photo in arrived}


def describe_photos(
    row: Report | Answer, here: dict[tuple[int, str], Attachment], asked: Collection[str] = ()
) -> dict[str, Any]:
    found = [here[key] for sha in row.photos if (key := (row.person_id, sha)) in here]
    shown = [photo for photo in found if photo.state == Attachment.State.STORED]
    return {
        "photos_expected": len(row.photos),
        "photos": [describe_photo(photo, asked) for photo in shown],
        "photos_closed": [describe_closed(photo) for photo in found if photo not in shown],
    }


def flag_words(flag: Flag) -> str:
    return FLAG_WORDS.get(flag.rule) or title_of(flag.rule, flag.evidence)


def describe_photo(photo: Attachment, asked: Collection[str] = ()) -> dict[str, str]:
    """What contradicts its report is said at a desk once the person was asked about it, and not before."""
    url = f"/api/command/photos/{photo.sha256}"
    place, time = (
        "" if word == "differs" and RULE_OF[kind] not in asked else word
        for kind, word in (("place", photo.place_word), ("time", photo.time_word))
    )
    return {
        "sha256": photo.sha256,
        "url": url,
        "small_url": f"{url}/small",
        "place_word": place,
        "place_text": place_text(place, photo.judged),
        "time_word": time,
        "time_text": time_text(time, photo.judged),
    }


def describe_closed(photo: Attachment) -> dict[str, str]:
    if photo.state == Attachment.State.EXPIRED:
        return {"sha256": photo.sha256, "state": photo.state, "text": "这张照片过了保存期，已经删了"}
    why = Attachment.Trouble(photo.trouble).label if photo.trouble else "打不开"
    text = f"照片打不开：{why}。原件还留着，手机上已请本人重拍或不要"
    return {"sha256": photo.sha256, "state": photo.state, "text": text}


def describe_walkers(positions: QuerySet[LastPosition], *, at: datetime) -> list[dict[str, Any]]:
    """Each second for every scope that is looked at: plain values in one statement."""
    there = Grid.objects.filter(code=OuterRef("grid_code"), valid__isnull=False).order_by("-valid")
    patrol = Patrol.objects.filter(uuid=OuterRef("patrol_uuid"))
    more: dict[str, Any] = {
        name: Func(F("point"), function=f"ST_{name.upper()}", output_field=FloatField()) for name in ("x", "y")
    }
    more |= {"grid_name": Subquery(there.values("name")[:1]), "started": Subquery(patrol.values("started_at")[:1])}
    columns = ("person__uuid", "person__name", "grid_code", "accuracy_m", "course_deg", "t")
    return [
        {
            "id": uuid,
            "name": name,
            "grid": grid,
            "grid_name": grid_name or "",
            "lon": round(lon, 6),
            "lat": round(lat, 6),
            "accuracy_m": accuracy_m,
            "course": course,
            "t": t,
            "patrol_started_at": started,
            "is_stale": (at - t).total_seconds() > STALE_S,
        }
        for uuid, name, grid, accuracy_m, course, t, lon, lat, grid_name, started in positions.annotate(**more).values_list(
            *columns, *more
        )
    ]


def describe_tasks(tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """Tasks with their items and what was answered; the newest answer to an item stands."""
    answers: dict[tuple[int, int], Answer] = {}
    for answer in Answer.objects.filter(task__in=tasks).select_related("item").order_by("answered_at"):
        answers[answer.task_id, answer.item_id] = answer
    here = photos_here(list(answers.values()))
    return [
        {
            "id": task.uuid,
            "title": task.title,
            "ground": task.ground,
            "state": task.state,
            "state_name": Task.State(task.state).label,
            "grid": task.grid.code,
            "grid_name": task.grid.name,
            "key_place": task.key_place.name if task.key_place else "",
            "withdrawal_ground": task.withdrawal_ground,
            "person": {"id": task.person.uuid, "name": task.person.name} if task.person else None,
            "from_": task.window.lower,
            "to": task.window.upper,
            "assigned_at": task.assigned_at,
            "assigned_by": task.assigned_by.name if task.assigned_by else "",
            "items": [_task_item(row.item, answers.get((task.pk, row.item_id)), here) for row in task.items.all()],
        }
        for task in tasks
    ]


def _task_item(item: Any, answer: Answer | None, here: dict[tuple[int, str], Attachment]) -> dict[str, Any]:
    photos: dict[str, Any] = {"photos_expected": 0, "photos": [], "photos_closed": []}
    return (describe_photos(answer, here) if answer else photos) | {
        "item": f"{item.code}@{item.version}",
        "text": item.text,
        "line": item.line,
        "result": answer.result if answer else None,
        "result_name": answer.get_result_display() if answer else "",
        "note": answer.words if answer else "",
        "answered_at": answer.answered_at if answer else None,
    }


def describe_duty(duty: GridDuty) -> dict[str, Any]:
    return {
        "id": duty.pk,
        "grid": duty.grid.code,
        "grid_name": duty.grid.name,
        "role": duty.role,
        "role_name": GridDuty.Role(duty.role).label,
        "from_": duty.valid.lower,
        "to": duty.valid.upper,
    }


def describe_unit(unit: AdminUnit) -> dict[str, Any]:
    return {
        "code": unit.code,
        "name": unit.name,
        "short_name": unit.short_name,
        "level": unit.level,
        "kind": unit.kind,
        "parent_name": unit.parent.name if unit.parent else "",
        "has_boundary": unit.boundary is not None,
        "unofficial": unit.is_unofficial,
    }
