"""A piece of track: columns to fixes with the clock corrected, stored with its visits and the last position."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pydantic import StrictInt

from backend.audits.actions import marks_of_walk
from backend.field.located import PLANS_IN_FORCE, plans_known
from backend.field.questions import ask_about_patrol
from backend.field.silence import hear_again
from backend.field.tracks import cut, local_day, midnights, store_track
from backend.patrols.models import Patrol
from backend.phone.clock import EARLIEST, LARGEST_MS, Moment, judge_moment
from backend.phone.interpret.common import Arrived, TimedBody, Unfit, Verdict, clock_notes, geo_code, read, word
from backend.phone.interpret.imported import note_of_import
from backend.phone.terms import takes_tracks_of
from backend.places.rules import Rules, rules_at
from backend.statements import Asked, ask
from geo import Fixes, GeoError, Reason, decode_columns
from geo.errors import AxisSwapped, BadTrack
from geo.fixes import MAX_FIXES

Ints = NDArray[np.int64]
COLUMNS = ("lon", "lat", "acc")
OPTIONAL_COLUMNS = ("speed", "course", "mock")
# Whether the patrol has ended, and which plans are in force: one question before a piece is stored.
BEFORE = f"""
select exists (select 1 from patrols_patrol where uuid = %(patrol)s::uuid and person_id = %(person)s and ended_at is not null),
       plans.*
  from ({PLANS_IN_FORCE}) plans
"""
# What a row can hold and a calendar can name; anything outside has a bad clock and is in the inbox as it was sent.
FIRST_MS, LAST_MS = 0, 4_102_444_800_000
LONGEST_INTERVAL_S = 3600


class TrackBody(TimedBody):
    """All but the columns, which are checked as arrays."""

    patrol: UUID
    crs: str | None = None
    t0: StrictInt


def interpret_track(body: Any, arrived: Arrived) -> Verdict:
    said = read(TrackBody, body)
    columns = _columns(body)
    gaps, interval_s = _gaps(body.get("gaps")), _interval(body.get("interval_s"))
    moment = _middle_of(said, _times(said, columns["dt"]), arrived)
    rules = rules_at(arrived.home, moment.at)
    fixes = _still_kept(_fixes(said, columns, moment, arrived, rules), arrived)
    if fixes is None:
        return Verdict(("track_expired",), is_expired=True)
    shifted = [{**gap, "from": gap["from"] + moment.shift_ms, "to": gap["to"] + moment.shift_ms} for gap in gaps]
    is_over, *plans = arrived.foreknown or ask(BEFORE, {"patrol": said.patrol, "person": arrived.person.pk})[0]
    over = _ended(said.patrol, fixes, arrived, rules) if is_over else None
    with plans_known(tuple(plans)):
        store_track(
            arrived.item,
            fixes,
            patrol=said.patrol,
            person=arrived.person,
            device=arrived.device,
            gaps=shifted,
            interval_s=interval_s,
            course_deg=_last_course(columns),
            home_code=arrived.home,
            limits=rules.track,
        )
        marks = marks_of_walk(fixes, interval_s=interval_s, at=arrived.sent.received_at)
    if over is not None and over.ended_at is not None:  # a late piece may change what there is to ask
        ask_about_patrol(over, home=arrived.home, at=arrived.sent.received_at)
    notes = clock_notes(moment)
    imported, words = note_of_import(body.get("imported"))
    codes = (*notes, "imported") if imported else notes
    evidence = {"shift_ms": moment.shift_ms, "at": moment.at_ms} | words
    return Verdict(codes, (*notes, *imported), patrol=said.patrol, evidence=evidence, after=tuple(marks))


def asked_of_track(body: Any, person: int) -> list[Asked]:
    """What will be asked about a piece of track, as soon as it is known which patrol it is of; nothing if it does not say."""
    try:
        return [(BEFORE, {"patrol": UUID(body["patrol"]), "person": person})]
    except (KeyError, TypeError, ValueError, AttributeError):
        return []


def _ended(patrol: UUID, fixes: Fixes, arrived: Arrived, rules: Rules) -> Patrol:
    """The patrol, which has ended; one that had only fallen silent may go on."""
    over = Patrol.objects.select_related("person").get(uuid=patrol)
    until = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(fixes.time_ms[-1]))
    hear_again(over, until=until, at=arrived.sent.received_at, rules=rules)
    return over


def _columns(body: Any) -> dict[str, list[int]]:
    dt = body.get("dt")
    if not isinstance(dt, list) or any(not isinstance(body.get(name), list) for name in COLUMNS):
        raise Unfit("body_invalid")
    columns = {"dt": dt} | {name: body[name] for name in COLUMNS}
    for name in OPTIONAL_COLUMNS:
        if body.get(name) is not None:
            if not isinstance(body[name], list):
                raise Unfit("body_invalid")
            columns[name] = body[name]
    if not dt:
        raise Unfit("no_fixes")
    if len(dt) > MAX_FIXES:
        raise Unfit("too_many_fixes")
    if any(len(column) != len(dt) for column in columns.values()):
        raise Unfit("columns_unequal")
    return columns


def _gaps(gaps: Any) -> list[dict[str, Any]]:
    """What the phone says of its own silences; nonsense in it does not cost the track."""
    found = []
    for gap in gaps if isinstance(gaps, list) else []:
        begin, end = (gap.get("from"), gap.get("to")) if isinstance(gap, dict) else (None, None)
        if type(begin) is int and type(end) is int and abs(begin) < LAST_MS and abs(end) < LAST_MS:
            found.append({"from": begin, "to": end, "cause": word(gap.get("cause"), 40)})
    return found


def _interval(said: Any) -> int | None:
    """How often the device says it records; whatever else stands there says nothing."""
    return said if type(said) is int and 1 <= said <= LONGEST_INTERVAL_S else None


def _middle_of(said: TrackBody, times: Ints, arrived: Arrived) -> Moment:
    """The moment of the middle fix, from which the shift of the clock follows for all; one wild fix does not move it."""
    middle = int(np.sort(times)[len(times) // 2])
    mono = None if said.mono is None or said.at is None else said.mono - (said.at - middle)
    moment = judge_moment(arrived.sent, middle, boot=said.boot, mono=mono, rules=arrived.rules)
    if moment.is_guess:
        return replace(moment, shift_ms=arrived.sent.received_ms - int(times.max()))
    return moment


def _times(said: TrackBody, dt: list[int]) -> Ints:
    if abs(said.t0) > LARGEST_MS:
        raise Unfit("body_invalid")
    try:
        return said.t0 + np.cumsum(np.array(dt, dtype=np.int64))
    except (ValueError, TypeError, OverflowError) as error:
        raise Unfit("not_a_number") from error


def _fixes(said: TrackBody, columns: dict[str, list[int]], moment: Moment, arrived: Arrived, rules: Rules) -> Fixes:
    try:
        fixes = decode_columns(
            crs=said.crs,
            t0=said.t0,
            dt=columns["dt"],
            lon=columns["lon"],
            lat=columns["lat"],
            acc=columns["acc"],
            speed=columns.get("speed"),
            mock=columns.get("mock"),
            clock_offset_ms=moment.shift_ms,
            received_ms=arrived.sent.received_ms,
            limits=rules.track,
            fastest_mps=rules.ride_mps,
        )
    except AxisSwapped as error:
        raise Unfit("axes_swapped") from error
    except BadTrack as error:
        is_whole = all(type(value) is int for column in columns.values() for value in column)
        raise Unfit("body_invalid" if is_whole else "not_a_number") from error
    except GeoError as error:
        raise Unfit(geo_code(error)) from error
    reasons = fixes.reasons | np.uint8(Reason.BAD_CLOCK) if moment.is_guess else fixes.reasons
    times = np.clip(fixes.time_ms, FIRST_MS, LAST_MS)
    return Fixes(times, fixes.lon, fixes.lat, fixes.accuracy, fixes.speed, reasons)


def _still_kept(fixes: Fixes, arrived: Arrived) -> Fixes | None:
    """Without the days whose time was over before they came; nothing, if that is all of them."""
    cuts = midnights(fixes.time_ms)
    days = [local_day(int(fixes.time_ms[begin])) for begin in cuts[:-1]]
    at = arrived.sent.received_at
    takes = [
        # A day before there was anything like us is a clock gone wrong, and says nothing about time.
        day < EARLIEST.date() or takes_tracks_of(arrived.person, arrived.home, day, at=at, is_replay=arrived.is_replay)
        for day in days
    ]
    if all(takes):
        return fixes
    kept = np.repeat(takes, np.diff(cuts))
    return cut(fixes, kept) if kept.any() else None


def _last_course(columns: dict[str, list[int]]) -> int | None:
    course = columns.get("course")
    return course[-1] if course and type(course[-1]) is int and 0 <= course[-1] < 360 else None
