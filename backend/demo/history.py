"""The week before a demo is looked at: patrols taken in through the phone's own intake, with the clock of their day."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.gis.geos import Polygon
from django.db import transaction

from backend.accounts.actions import NOTICE_VERSION, enrol_device, make_enrolment_code, record_consent, revoke_device
from backend.accounts.models import Device
from backend.demo.outing import Outing, Stop, plan_outing
from backend.demo.receiver import Oddities
from backend.demo.scenes import SCENES
from backend.demo.streets import Streets
from backend.phone.intake import Envelope, take_in
from backend.places.models import Barrier, Grid, GridDuty, KeyPlace

DAYS = 7
STEP_S = 8
PIECE_MS = 40 * 60_000  # a phone uploads once in a while, not once a patrol
SEED = "洲湖镇"
AROUND = 0.0005
#: One grid in seven has a person who took no phone out this week: somebody has to ask why, and the map shows it.
UNSEEN = 7
#: Reports older than this were dealt with; outings of the time since that bring one.
FRESH, REPORTED = timedelta(hours=30), 0.3


@dataclass(frozen=True, slots=True)
class Walker:
    """A grid, its phone and its ways."""

    number: int
    grid: Grid
    device: Device
    streets: Streets
    places: list[dict[str, Any]]


def load_history(at: datetime) -> int:
    """Take in what the phones of the township would have brought in the days before ``at``; answers how many items."""
    return sum(_take_in_walker(walker, at) for walker in _walkers(at - timedelta(days=DAYS + 1)))


def _take_in_walker(walker: Walker, at: datetime) -> int:
    """One commit a walker: a disk that keeps its word would take longer for the commits than for all the rest."""
    count = 0
    with transaction.atomic():
        for start in _starts(walker, at):
            outing = _outing(walker, start, at)
            for received, entries in _uploads(outing, walker, at):
                envelope = Envelope(walker.device, received, sent_at=_ms(received))
                for entry in entries:
                    take_in(entry, envelope)
                    count += 1
        revoke_device(walker.device, at=at)  # nobody has it any more
    return count


def _walkers(since: datetime) -> Iterator[Walker]:
    duties = GridDuty.objects.filter(role=GridDuty.Role.WORKER, valid__contains=since)
    rows = duties.select_related("grid", "user").order_by("grid__code")
    for number, duty in enumerate(rows):
        if number % UNSEEN == 3:
            continue
        code = make_enrolment_code(duty.user, by=None, at=since)
        device, _ = enrol_device(code, name="模拟手机（上周）", address="127.0.0.1", at=since)
        record_consent(duty.user, notice_version=NOTICE_VERSION, decision="given", at=since)
        yield Walker(number, duty.grid, device, _streets(duty.grid), _places(duty.grid))


def _streets(grid: Grid) -> Streets:
    west, south, east, north = grid.polygon.extent
    box = Polygon.from_bbox((west - AROUND, south - AROUND, east + AROUND, north + AROUND))
    box.srid = 4326
    lines = [
        {"geometry": json.loads(row.line.geojson), "properties": {"kind": row.kind}}
        for row in Barrier.objects.filter(line__bboverlaps=box).order_by("pk")
    ]
    return Streets(json.loads(grid.polygon.geojson), lines)


def _places(grid: Grid) -> list[dict[str, Any]]:
    rows = KeyPlace.objects.filter(grid_code=grid.code).order_by("pk")
    return [{"id": str(row.uuid), "lon": row.point.x, "lat": row.point.y, "has_tag": bool(row.tag_hash)} for row in rows]


def _starts(walker: Walker, at: datetime) -> Iterator[datetime]:
    """On which days and when: some go out daily, some twice a week."""
    rng = random.Random(f"{SEED} {walker.number}")  # noqa: S311  a repeatable demo
    often = rng.choice((0.2, 0.35, 0.5, 0.7))
    zone = ZoneInfo(settings.COUNTY_TIME_ZONE)
    for back in range(DAYS, 0, -1):
        if rng.random() < often:
            hour, minute = rng.choice((8, 9, 10, 14, 15, 16)), rng.randrange(60)
            day = at.astimezone(zone) - timedelta(days=back)
            yield day.replace(hour=hour, minute=minute, second=0, microsecond=0).astimezone(UTC)


def _outing(walker: Walker, start: datetime, at: datetime) -> Outing:
    rng = random.Random(f"{SEED} {walker.number} {start.date()}")  # noqa: S311
    odd = Oddities(
        step_s=STEP_S, noise_m=rng.uniform(3, 6), silences=_silences(rng), jump_at=0.5 if rng.random() < 0.04 else None
    )
    stops = [
        Stop(place, has_tag=place["has_tag"]) for place in rng.sample(walker.places, min(len(walker.places), rng.randint(0, 2)))
    ]
    has_seen = rng.random() < REPORTED and at - start < FRESH
    scenes = [(rng.uniform(8, 25), replace(rng.choice(SCENES), thing=""))] if has_seen else []
    return plan_outing(
        walker.streets,
        start_ms=_ms(start),
        minutes=rng.uniform(28, 75),
        rng=rng,
        odd=odd,
        stops=stops,
        scenes=scenes,
    )


def _silences(rng: random.Random) -> list[tuple[float, int, str]]:
    if rng.random() > 0.08:
        return []
    return [(rng.uniform(0.2, 0.6), rng.randint(200, 620), rng.choice(("killed", "throttled", "no_fix", "off")))]


def _uploads(outing: Outing, walker: Walker, at: datetime) -> Iterator[tuple[datetime, list[dict[str, Any]]]]:
    """Mostly every 40 minutes; one phone in ten had no network until the evening, one was found in a drawer days later."""
    late_h = 90 if walker.number == 5 else 6 if walker.number % 10 == 8 else 0
    pieces = range(outing.start_ms, outing.end_ms + 1, PIECE_MS)
    for begin in pieces:
        end = min(begin + PIECE_MS, outing.end_ms + 1)
        received = datetime.fromtimestamp((end + 20_000) / 1000, UTC) + timedelta(hours=late_h)
        yield min(received, at), list(_entries(outing, walker, begin, end))


def _entries(outing: Outing, walker: Walker, begin: int, end: int) -> Iterable[dict[str, Any]]:
    for moment, kind, body in outing.items(begin, end):
        rng = random.Random(f"{SEED} {walker.number} {moment} {kind}")  # noqa: S311
        yield {"id": str(uuid.UUID(int=rng.getrandbits(128), version=4)), "kind": kind, "body": {"at": moment, **body}}


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
