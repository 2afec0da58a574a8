"""Which key places were reached, and by what evidence: A tag, B stay on the track, C photo taken there, D declared with a reason.

Derived from what was sent and from where the place stands now: a place that is moved was wrong before, so its visits are
derived again. Nothing is refused for being short or for having a weak grade.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Polygon

from backend.accounts.models import User
from backend.field.located import grid_code_at
from backend.field.models import PlaceCheck, PlaceVisit, Report
from backend.patrols.models import Answer
from backend.places.models import KeyPlace
from backend.places.rules import Rules, rules_at
from geo.fixes import distances_m

Grade = PlaceVisit.Grade
METRES_A_DEGREE = 111_320.0
# Degrees of longitude are shorter than those of latitude; in China never by more than this.
NARROWEST = 0.55


def reach_by_check(check: PlaceCheck) -> PlaceVisit | None:
    """A for a code that is the place's own, D for words with a reason; a foreign code alone shows nothing."""
    if check.how != PlaceCheck.How.DECLARED and check.is_genuine:
        grade, evidence = Grade.TAG, {"how": check.how}
    elif check.reason:
        grade, evidence = Grade.DECLARED, {"how": check.how, "reason": check.reason}
    else:
        return None
    return _keep(
        check.key_place, grade, check.uuid, check.person, check.at, evidence, patrol=check.patrol_uuid, task=check.task_id
    )


def reach_by_answer(answer: Answer, *, photos: Sequence[str]) -> list[PlaceVisit]:
    """C for a photo with the answer of a task at a key place; D for “could not enter” with a reason: that is a result too."""
    place = answer.task.key_place
    if place is None:
        return []
    found: list[tuple[str, dict[str, Any]]] = []
    if photos:
        found.append((Grade.PHOTO, {"kind": "answer", "photos": list(photos), "named": True}))
    if answer.result == Answer.Result.NO_ENTRY and answer.reason:
        found.append((Grade.DECLARED, {"kind": "answer", "result": answer.result, "reason": answer.reason}))
    return [
        _keep(place, grade, answer.uuid, answer.person, answer.answered_at, evidence, answer.patrol_uuid, answer.task_id)
        for grade, evidence in found
    ]


def reach_by_photo(report: Report) -> list[PlaceVisit]:
    """C for each key place that a report with photos names, or that lies where the phone said it was."""
    if not report.photos:
        return []
    visits = []
    for place, metres in _places_of(report):
        evidence: dict[str, Any] = {"kind": "report", "photos": report.photos, "named": metres is None}
        if metres is not None:
            evidence["metres"] = round(metres)
        visits.append(
            _keep(
                place, Grade.PHOTO, report.uuid, report.person, report.occurred_at, evidence, report.patrol_uuid, report.task_id
            )
        )
    return visits


def places_near(west: float, south: float, east: float, north: float, *, metres: float) -> list[KeyPlace]:
    """Key places in a box of degrees, grown by some metres to every side."""
    high = metres / METRES_A_DEGREE
    wide = high / NARROWEST
    box = Polygon.from_bbox((west - wide, south - high, east + wide, north + high))
    box.srid = 4326
    return list(KeyPlace.objects.filter(point__bboverlaps=box).order_by("pk"))


def _places_of(report: Report) -> Iterable[tuple[KeyPlace, float | None]]:
    """Key places a report is at; the distance where the position says so, None where the report names it."""
    named = {place.pk: place for place in (report.key_place, report.task.key_place if report.task else None) if place}
    yield from ((place, None) for place in named.values())
    if report.point is None or report.raw_place.get("source") != "gps":
        return
    x, y = report.point.x, report.point.y
    limits = rules_at(report.grid_code or report.home_code, report.occurred_at).place
    for place in places_near(x, y, x, y, metres=limits.most_radius_m):
        metres = float(distances_m([x, place.point.x], [y, place.point.y])[0])
        if place.pk not in named and metres <= min(place.radius_m + (report.accuracy_m or 0.0), limits.most_radius_m):
            yield place, metres


def _keep(
    place: KeyPlace,
    grade: str,
    item: UUID,
    person: User,
    at: datetime,
    evidence: dict[str, Any],
    patrol: UUID | None = None,
    task: int | None = None,
) -> PlaceVisit:
    rules = rules_of(place, at)
    values = {
        "patrol_uuid": patrol,
        "task_id": task,
        "t1": at,
        "rule_version": rules.version,
        "evidence": evidence,
        "grid_code": grid_code_at(place.point.x, place.point.y, at),
    }
    row, _ = PlaceVisit.objects.update_or_create(person=person, item=item, key_place=place, grade=grade, t0=at, defaults=values)
    return row


def rules_of(place: KeyPlace, at: datetime) -> Rules:
    """The rules of the place's county on a day; a place's village has their code."""
    return rules_at(place.grid_code or place.village.code, at)
