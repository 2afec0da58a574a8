"""What a foreign app says, as readings: integers in the units of our own track body. What makes no sense is counted, never guessed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from geo import looks_swapped
from geo.fixes import EARLIEST_MS

KNOT_MPS = 1852 / 3600
#: Metres of accuracy taken for one unit of horizontal dilution, where an app gives that instead.
METRES_PER_HDOP = 5.0
SECONDS_BELOW = 2**31  # a whole number smaller than this is seconds, else milliseconds
AHEAD = timedelta(minutes=5)
LARGEST_HALF_METRES = 2_000_000


class NoPosition(Exception):
    """A heartbeat, or another kind of message: nothing to keep, nothing wrong."""


class Senseless(Exception):
    """No number, no place on the globe, or a time that cannot be."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One fix in the units of a track body: epoch ms, 1e-7 degrees, half metres, dm/s, whole degrees; −1 unknown."""

    time_ms: int
    lon: int
    lat: int
    acc: int = -1
    speed: int = -1
    course: int = -1
    mock: int = 0

    def row(self) -> tuple[int, ...]:
        return (self.time_ms, self.lon, self.lat, self.acc, self.speed, self.course, self.mock)


@dataclass(frozen=True, slots=True)
class Said:
    """The readings of one request, and how many of its messages made no sense."""

    readings: tuple[Reading, ...] = ()
    unreadable: int = 0


def read_query(fields: Mapping[str, Any], *, at: datetime, is_osmand: bool = False) -> Said:
    """The query of OsmAnd and of older Traccar clients.

    OsmAnd fills ``hdop`` with the accuracy in metres and ``speed`` with metres a second; the protocol says dilution and knots.
    """
    knot, dilution = (1.0, 1.0) if is_osmand else (KNOT_MPS, METRES_PER_HDOP)
    lat, lon = fields.get("lat"), fields.get("lon")
    if fields.get("location"):
        lat, _, lon = str(fields["location"]).partition(",")
    return _one(
        fields.get("timestamp"),
        lon,
        lat,
        at=at,
        accuracy_m=_known(fields.get("accuracy")) or _scaled(_known(fields.get("hdop")), dilution),
        speed_mps=_scaled(_not_negative(fields.get("speed")), knot),
        course=fields.get("bearing") or fields.get("heading"),
        mock=fields.get("mock"),
    )


def read_traccar(raw: bytes, *, at: datetime) -> tuple[str, Said]:
    """The JSON of Traccar Client since version 9: the id it names and what it says. Raises `Senseless` without an id."""
    body = _json(raw)
    if not isinstance(body, dict) or not isinstance(body.get("device_id"), str | int):
        raise Senseless
    location = body.get("location")
    coords = location.get("coords") if isinstance(location, dict) else None
    if not isinstance(location, dict) or not isinstance(coords, dict):
        return str(body["device_id"]), Said()
    said = _one(
        location.get("timestamp"),
        coords.get("longitude"),
        coords.get("latitude"),
        at=at,
        accuracy_m=_known(coords.get("accuracy")),
        speed_mps=_not_negative(coords.get("speed")),
        course=coords.get("heading"),
        mock=location.get("mock"),
    )
    return str(body["device_id"]), said


def read_owntracks(raw: bytes, *, at: datetime) -> Said:
    """One message or a list of them. Everything but a location is acknowledged and left alone; encrypted ones cannot be read."""
    if not raw:
        return Said()
    try:
        body = _json(raw)
    except Senseless:
        return Said(unreadable=1)
    readings: list[Reading] = []
    unreadable = 0
    for message in body if isinstance(body, list) else [body]:
        if not isinstance(message, dict) or message.get("_type") == "encrypted":
            unreadable += 1
        elif message.get("_type") == "location":
            said = _owntracks_location(message, at)
            readings += said.readings
            unreadable += said.unreadable
    return Said(tuple(readings), unreadable)


def _owntracks_location(message: dict[str, Any], at: datetime) -> Said:
    return _one(
        message.get("tst"),
        message.get("lon"),
        message.get("lat"),
        at=at,
        accuracy_m=_known(message.get("acc")),
        speed_mps=_scaled(_not_negative(message.get("vel")), 1 / 3.6),
        course=message.get("cog"),
        mock=None,
    )


def _one(
    when: Any, lon: Any, lat: Any, *, at: datetime, accuracy_m: float | None, speed_mps: float | None, course: Any, mock: Any
) -> Said:
    try:
        return Said((_reading(when, lon, lat, at, accuracy_m, speed_mps, course, mock),))
    except NoPosition:
        return Said()
    except Senseless:
        return Said(unreadable=1)


def _reading(
    when: Any, lon: Any, lat: Any, at: datetime, accuracy_m: float | None, speed_mps: float | None, course: Any, mock: Any
) -> Reading:
    if lon in (None, "") and lat in (None, ""):
        raise NoPosition
    east, north = _number(lon), _number(lat)
    if east == north == 0.0:
        raise NoPosition
    if abs(east) > 180 or abs(north) > 90 or looks_swapped(east, north):
        raise Senseless
    time_ms = _time_ms(when, at)
    if not EARLIEST_MS <= time_ms <= (at + AHEAD).timestamp() * 1000:
        raise Senseless
    heading = _not_negative(course)
    return Reading(
        time_ms=time_ms,
        lon=round(east * 1e7),
        lat=round(north * 1e7),
        acc=-1 if accuracy_m is None else round(min(accuracy_m * 2, LARGEST_HALF_METRES)),
        speed=-1 if speed_mps is None else round(min(speed_mps * 10, LARGEST_HALF_METRES)),
        course=-1 if heading is None or heading > 360 else round(heading) % 360,
        mock=int(str(mock).lower() in ("true", "1")),
    )


def _time_ms(when: Any, at: datetime) -> int:
    """Seconds, milliseconds or a date; nothing said is now, and a date without a zone is UTC."""
    if when in (None, ""):
        return round(at.timestamp() * 1000)
    try:
        number = _number(when)
    except Senseless:
        try:
            moment = datetime.fromisoformat(str(when).strip())
        except ValueError as error:
            raise Senseless from error
        try:
            return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
        except (ValueError, OverflowError) as error:
            raise Senseless from error
    return round(number * 1000 if abs(number) < SECONDS_BELOW else number)


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise Senseless from error
    if isinstance(value, bool) or not math.isfinite(number):
        raise Senseless
    return number


def _not_negative(value: Any) -> float | None:
    """A figure that only adds to a fix: nonsense in it does not cost the fix."""
    try:
        number = _number(value)
    except Senseless:
        return None
    return number if number >= 0 else None


def _known(value: Any) -> float | None:
    """An accuracy; apps write 0 where they do not know it."""
    return _not_negative(value) or None


def _scaled(value: float | None, by: float) -> float | None:
    return None if value is None else value * by


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Senseless from error
