"""Cases as the API shows them: rows, lanes, the whole of one. Takes only rows that came through `visible_to`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from backend.accounts.models import User, in_stems
from backend.cases.models import Case, Transition
from backend.cases.moves import MOVES, STATES
from backend.cases.nearby import NearLimits, cases_near, reports_near, undecided_reports
from backend.cases.rights import handlers_of
from backend.command.describe import describe_reports, grid_names
from backend.field.models import CENTRE_AND_SUPERVISOR, Attachment, Report

#: The lanes of a desk; the first one, reports nobody has decided on, comes before them.
LANES: dict[str, tuple[str, tuple[str, ...]]] = {
    "registered": ("待派遣", ("registered", "returned")),
    "assigned": ("待签收", ("assigned",)),
    "handling": ("处置中", ("handling", "rework")),
    "feedback": ("已反馈", ("feedback",)),
    "post_verify": ("待核查", ("post_verify",)),
}
#: The wall has less room: the same cases in fewer lanes.
WALL: dict[str, tuple[str, tuple[str, ...]]] = {
    "registered": ("待派遣", ("registered", "returned")),
    "handling": ("处置中", ("assigned", "handling", "rework")),
    "post_verify": ("待核查", ("feedback", "post_verify")),
}
NEAR = NearLimits()
#: (word, operations that finish it), in order; the state says which one comes next.
NODES = (
    ("上报", ("submit",)),
    ("立案", ("register",)),
    ("派遣", ("assign",)),
    ("签收", ("start",)),
    ("处置", ("feedback",)),
    ("核查", ("pass",)),
    ("结案", ("close",)),
)
COMES_NEXT = {"submitted": 1, "registered": 2, "returned": 2, "assigned": 3, "rework": 3, "handling": 4, "feedback": 5}


def whole(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.select_related("kind", "office", "handler", "reporter", "township", "kept").annotate(joined=Count("merged"))


def describe_cases(cases: Iterable[Any]) -> list[dict[str, Any]]:
    rows = list(cases)
    names = grid_names(case.grid_code or case.area_code for case in rows)
    return [
        {
            "id": case.uuid,
            "number": case.number,
            "title": case.title,
            "icon": case.kind.icon if case.kind else "flag",
            "place": case.place_name,
            "grid": case.grid_code,
            "grid_name": names.get(case.grid_code, ""),
            "state": case.state,
            "state_name": STATES[case.state],
            "office": case.office.name if case.office else "",
            "handler": case.handler.name if case.handler else "",
            "is_urgent": case.is_urgent,
            "is_restricted": bool(case.kind and case.kind.is_restricted),
            "lon": round(case.point.x, 6) if case.point else None,
            "lat": round(case.point.y, 6) if case.point else None,
            "occurred_at": case.occurred_at,
            "moved_at": case.moved_at,
            "merged": case.joined,
        }
        for case in rows
    ]


def lanes(
    cases: QuerySet[Case], reports: QuerySet[Report], names: dict[str, tuple[str, tuple[str, ...]]], *, most: int
) -> list[dict[str, Any]]:
    """Reports nobody has decided on, then cases by lane; the longest waiting first, urgent ones before them."""
    reports = reports.order_by("-is_urgent", "received_at", "pk")
    first = list(reports.select_related("kind", "person")[:most])
    found = [{"key": "submitted", "name": "待受理", "count": reports.count(), "cases": [], "reports": describe_reports(first)}]
    for key, (name, states) in names.items():
        rows = cases.filter(state__in=states)
        waiting = whole(rows).order_by("-is_urgent", "moved_at", "pk")[:most]
        found.append({"key": key, "name": name, "count": rows.count(), "cases": describe_cases(waiting), "reports": []})
    return found


def wall(user: User, *, at: datetime) -> list[dict[str, Any]]:
    """The lanes below the map: the same for everybody whose desk posts reach over the same units."""
    stems = user.stems(at, CENTRE_AND_SUPERVISOR)
    inside = in_stems("grid_code", stems) | (Q(grid_code="") & in_stems("home_code", stems))
    cases = Case.objects.visible_to(user).filter(in_stems("area_code", stems))
    return lanes(cases, undecided_reports(user).filter(inside), WALL, most=2)


def describe_near(report: Report, user: User) -> dict[str, Any]:
    """What may say the same, with how far and how long ago, and the limits that were used."""
    reports: Any = reports_near(report, user, limits=NEAR).select_related("person")[:10]
    return {
        "metres": NEAR.metres,
        "hours": NEAR.hours,
        "has_place": report.point is not None,
        "cases": [near_case(case) for case in cases_near(report, user, limits=NEAR)[:10]],
        "reports": [
            {
                "id": row.uuid,
                "text": row.text,
                "person": row.person.name,
                "metres": round(row.away.m),
                "occurred_at": row.occurred_at,
            }
            for row in reports
        ],
    }


def near_case(case: Any) -> dict[str, Any]:
    return {
        "id": case.uuid,
        "number": case.number,
        "title": case.title,
        "state_name": STATES[case.state],
        "place": case.place_name,
        "text": case.text,
        "metres": round(case.away.m),
        "occurred_at": case.occurred_at,
    }


def describe_offices(offices: Iterable[Any], *, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": office.pk,
            "name": office.name,
            "people": [{"id": one.uuid, "name": one.name} for one in handlers_of(office, at=at)],
        }
        for office in offices
    ]


def describe_steps(case: Case, steps: Sequence[Transition]) -> list[dict[str, Any]]:
    """The record, oldest first; photos of a step belong to whoever took it."""
    here = stored({(step.by_id, sha) for step in steps for sha in step.photos})
    return [
        {
            "operation": step.operation,
            "word": MOVES[step.operation].word,
            "by": step.by.name,
            "role": step.role,
            "office": step.office.name if step.office else "",
            "assignee": step.assignee.name if step.assignee else "",
            "note": step.note,
            "photos": [photo_of(case, sha) for sha in step.photos if (step.by_id, sha) in here],
            "by_phone": step.answer is not None,
            "at": step.at,
            "received_at": step.received_at,
        }
        for step in steps
    ]


def describe_nodes(case: Case, steps: Sequence[Transition]) -> list[dict[str, Any]]:
    """Where the case stands on its way. A failed check opens its nodes anew; what came to an end ahead of time has no way on."""
    ended = case.state in ("rejected", "merged")
    way = (*NODES[:1], (STATES[case.state], ("reject", "merge"))) if ended else NODES
    passed = bool(steps) and steps[-1].operation == "pass"
    following = len(way) if case.state == "closed" or ended else COMES_NEXT.get(case.state, 6 if passed else 5)
    times = {step.operation: step for step in steps}
    nodes: list[dict[str, Any]] = []
    before: datetime | None = None
    for place, (word, operations) in enumerate(way):
        step = next((times[name] for name in operations if name in times), None) if place < following else None
        state = "done" if place < following else "current" if place == following else "ahead"
        start = before if state != "ahead" and place else None
        who = f"{step.role} {step.by.name}".strip() if step else ""
        nodes.append({"word": word, "state": state, "from_": start, "to": step.at if step else None, "note": who})
        before = step.at if step else before
    if case.state in ("rework", "returned"):
        nodes[following]["note"] = STATES[case.state]
        nodes[following]["from_"] = steps[-1].at
    return nodes


def photos_of(case: Case) -> tuple[int, list[dict[str, str]]]:
    """How many photos the report announced, and those that are here."""
    report = Report.objects.filter(person=case.reporter_id, uuid=case.report).first()
    wanted = report.photos if report else []
    here = stored({(case.reporter_id, sha) for sha in wanted})
    return len(wanted), [photo_of(case, sha) for sha in wanted if (case.reporter_id, sha) in here]


def photo_of(case: Case, sha256: str) -> dict[str, str]:
    url = f"/api/command/cases/{case.uuid}/photos/{sha256}"
    return {"sha256": sha256, "url": url, "small_url": f"{url}/small"}


def stored(wanted: set[tuple[int, str]]) -> set[tuple[int, str]]:
    """Of these files of these people, those that are here."""
    rows = Attachment.objects.filter(sha256__in={sha for _, sha in wanted}, person__in={who for who, _ in wanted})
    return {*rows.filter(state=Attachment.State.STORED).values_list("person_id", "sha256")} & wanted


def owners_of(case: Case) -> list[tuple[int, str]]:
    """Every file that belongs to a case, with its owner: of its report, of those that joined it, of its steps."""
    own = Q(person=case.reporter_id, uuid=case.report)
    for joined in case.merged.all():
        own |= Q(person=joined.reporter_id, uuid=joined.report)
    files = [(row.person_id, sha) for row in Report.objects.filter(own) for sha in row.photos]
    return files + [(step.by_id, sha) for step in case.transitions.all() for sha in step.photos]
