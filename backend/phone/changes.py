"""What a person sees now, as rows with versions, and the difference to what their phone has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q

from backend.accounts.models import User
from backend.field.models import Attachment
from backend.patrols.models import grids_of
from backend.phone.auth import has_duty
from backend.phone.codes import TEXTS
from backend.phone.helped import help_rows
from backend.phone.models import InboxItem, Outcome
from backend.phone.questions import question_bodies
from backend.phone.reported import reported_rows
from backend.phone.tasks import task_bodies
from backend.phone.wire import canonical, epoch_ms
from backend.places.models import GridDuty, KeyPlace
from notifications.reach import alert_bodies

OUTCOMES_FOR = timedelta(days=30)
Have = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing the person sees; its version is a hash of its body."""

    kind: str
    id: str
    body: dict[str, Any]

    @property
    def version(self) -> str:
        return hashlib.sha256(canonical(self.body)).hexdigest()[:16]


def visible_rows(user: User, *, at: datetime) -> list[Row]:
    """Everything, computed from now. Without a duty or post nothing is left to see but what became of a call for help."""
    helped = [Row("help", body["id"], body) for body in help_rows(user, at)]
    if not has_duty(user, at=at):
        return helped
    return [
        *helped,
        *_grids(user, at),
        *_key_places(user, at),
        *(Row("task", body["id"], body) for body in task_bodies(user, at)),
        *_alerts(user, at),
        *_questions(user, at),
        *(Row("report", body["id"], body) for body in reported_rows(user, at)),
        *_outcomes(user, at),
    ]


def difference(rows: list[Row], have: Have) -> dict[str, Any]:
    """What to put and what to drop so that the phone sees exactly ``rows``."""
    there = {(row.kind, row.id): row for row in rows}
    put = [
        {"kind": row.kind, "id": row.id, "version": row.version, "body": row.body}
        for row in rows
        if have.get(row.kind, {}).get(row.id) != row.version
    ]
    drop = [{"kind": kind, "id": key} for kind, known in have.items() for key in known if (kind, key) not in there]
    return {"put": put, "drop": drop, "digest": digest(rows)}


def digest(rows: list[Row]) -> str:
    lines = sorted(f"{row.kind} {row.id} {row.version}" for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def _grids(user: User, at: datetime) -> Iterator[Row]:
    roles = dict(GridDuty.objects.valid_at(at).filter(user=user).values_list("grid", "role"))
    for grid in grids_of(user, at).current().select_related("village"):
        yield Row(
            "grid",
            grid.code,
            {
                "code": grid.code,
                "name": grid.name,
                "village": grid.village.name,
                "role": roles.get(grid.pk, ""),
                "households": grid.households,
                "since": epoch_ms(grid.valid.lower),
                "outline": _outline(grid.polygon),
                "bbox": [round(edge, 6) for edge in grid.polygon.extent],
                "synthetic": grid.village.is_synthetic,
                "unofficial": grid.village.is_unofficial,
            },
        )


def _outline(polygon: Any) -> dict[str, Any]:
    coordinates = [[[[round(x, 6), round(y, 6)] for x, y in ring] for ring in part] for part in polygon.coords]
    return {"type": "MultiPolygon", "coordinates": coordinates}


def _key_places(user: User, at: datetime) -> Iterator[Row]:
    codes = list(grids_of(user, at).current().values_list("code", flat=True))
    for place in KeyPlace.objects.filter(grid_code__in=codes).order_by("uuid"):
        yield Row(
            "key_place",
            str(place.uuid),
            {
                "id": str(place.uuid),
                "name": place.name,
                "kind": place.kind,
                "risk": place.risk,
                "lon": round(place.point.x, 6),
                "lat": round(place.point.y, 6),
                "radius_m": place.radius_m,
                "grid": place.grid_code,
                "synthetic": place.is_synthetic,
            },
        )


def _alerts(user: User, at: datetime) -> Iterator[Row]:
    for body in alert_bodies(user, at):
        yield Row("alert", body["id"], body)


def _questions(user: User, at: datetime) -> Iterator[Row]:
    for body in question_bodies(user, at):
        yield Row("flag", body["id"], body)


def _outcomes(user: User, at: datetime) -> Iterator[Row]:
    """Only what needs the person: unreadable, doubled ids, answers that changed later, photos that do not open."""
    recent = InboxItem.objects.filter(person=user, received_at__gt=at - OUTCOMES_FOR).select_related("outcome")
    needing = Q(outcome__status__in=[Outcome.Status.QUARANTINED, Outcome.Status.ID_REUSED])
    changed = Q(state=InboxItem.State.INTERPRETED, outcome__at__gt=F("received_at"))
    rows = recent.filter(needing | changed).order_by("item", "pk")
    for row in rows:
        outcome = row.outcome
        yield Row("outcome", str(row.item), _outcome(str(row.item), outcome.status, outcome.code, outcome.at))
    broken = Attachment.objects.filter(person=user, state=Attachment.State.UNREADABLE, stored_at__gt=at - OUTCOMES_FOR)
    for photo in broken.order_by("uuid"):
        body = _outcome(str(photo.uuid), Outcome.Status.QUARANTINED, "photo_unreadable", photo.stored_at)
        yield Row("outcome", str(photo.uuid), body | {"sha256": photo.sha256})


def _outcome(key: str, status: str, code: str, at: datetime | None) -> dict[str, Any]:
    return {"id": key, "status": status, "code": code, "text": TEXTS.get(code, ""), "at": epoch_ms(at) if at else 0}
