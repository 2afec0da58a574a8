"""A GPX file becomes ordinary items of its person's inbox: a track within a patrol, and the patrol itself if it is made for it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from backend.accounts.actions import has_consented, record_look
from backend.accounts.live import wake_desks
from backend.accounts.models import Device, User
from backend.patrols.models import Patrol
from backend.phone.intake import Answered, Envelope, take_in
from backend.phone.trackers.columns import Row, columns_of
from backend.phone.trackers.gpx import GpxTrack, read_gpx
from backend.phone.trackers.readings import Reading
from backend.phone.trackers.sealing import credential_hash
from backend.phone.wire import canonical, epoch_ms, sha256
from backend.problems import Conflict, NotFound, Problem, TooLarge
from geo.fixes import MAX_FIXES

DEVICE_KIND = "gpx"
#: A silence longer than this ends an outing.
NIGHT_MS = 12 * 3_600_000
MOST_OUTINGS = 100


class ConsentNeeded(Conflict):
    """Tracks of this person are not kept: there is no consent."""

    slug = "consent_needed"
    zh, en = (
        "没有同意记录路线，路线不能存。本人可以在手机“我的”里改成同意，再来导入。",
        "Without consent no track is kept. Consent can be given on the phone.",
    )


class GpxOutsidePatrol(Problem):
    """No fix of the file lies within the patrol that was named."""

    slug, status = "gpx_outside_patrol", 422
    zh, en = (
        "文件里的路线不在这次巡查的时间里。请选对巡查，或者选“算作一次新的巡查”。",
        "The track does not lie within the patrol. Choose another, or make a new one of it.",
    )


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: how many fixes were taken, how many lay outside the patrol and were not."""

    patrols: tuple[UUID, ...]
    taken: int
    outside: int
    assumed: int
    outcomes: tuple[Answered, ...]

    @property
    def patrol(self) -> UUID:
        """The first of them."""
        return self.patrols[0]


def import_gpx(
    person: User, text: str, *, crs: str, patrol: UUID | None, device: Device | None, by: User, reason: str = "", at: datetime
) -> Imported:
    """Take in a file for a person; without a patrol one is made of each outing in it. The same file again changes nothing.

    Raises
    ------
    ConsentNeeded, NotFound, GpxOutsidePatrol, GpxUnreadable, GpxWithoutTime, GpxTimeWrong, TooLarge
    """
    if not has_consented(person):
        raise ConsentNeeded
    track = read_gpx(text, at=at)
    named = Patrol.objects.filter(uuid=patrol, person=person).first() if patrol else None
    if patrol and named is None:
        raise NotFound
    note = {"by": "" if by == person else by.name, "reason": reason, "assumed": track.assumed}
    head = {"crs": crs, "source": "gpx", "imported": note}
    entries: list[dict[str, Any]] = []
    patrols: list[UUID] = []
    taken = 0
    for outing in [track] if named else outings_of(track):
        begin, end = outing.from_ms, outing.to_ms
        if named is not None:
            begin, end = epoch_ms(named.started_at), epoch_ms(named.ended_at or at)
        uuid = named.uuid if named else uuid5(person.uuid, f"gpx {begin} {end}")
        rows, gaps = _rows(outing, begin, end)
        if not rows:
            raise GpxOutsidePatrol
        entries += [] if named else _patrol_entries(uuid, begin, end)
        entries += _track_entries(rows, gaps, {"patrol": str(uuid), **head}, person)
        patrols.append(uuid)
        taken += len(rows)
    if by != person:
        for uuid in patrols:
            record_look(person, what="gpx", object_id=str(uuid), reason=reason, by=by, at=at)
    envelope = Envelope(device or _files_of(person, at=at), at)
    outcomes = tuple(take_in(entry, envelope) for entry in entries)
    wake_desks()
    return Imported(tuple(patrols), taken, sum(map(len, track.legs)) - taken, track.assumed, outcomes)


def outings_of(track: GpxTrack) -> list[GpxTrack]:
    """The file cut where nothing was recorded for longer than a night: nobody patrols that long without a word."""
    outings: list[list[tuple[Reading, ...]]] = []
    end = 0
    for leg in sorted((piece for whole in track.legs for piece in _pieces(whole)), key=lambda piece: piece[0].row()):
        if not outings or leg[0].time_ms - end > NIGHT_MS:
            outings.append([])
        outings[-1].append(leg)
        end = max(end, leg[-1].time_ms)
    if len(outings) > MOST_OUTINGS:
        raise TooLarge(f"文件里有 {len(outings)} 次出门的路线，一次最多 {MOST_OUTINGS} 次。请按月分开导出。")
    return [GpxTrack(tuple(legs), track.assumed) for legs in outings]


def _pieces(leg: tuple[Reading, ...]) -> Iterator[tuple[Reading, ...]]:
    cuts = [i for i in range(1, len(leg)) if leg[i].time_ms - leg[i - 1].time_ms > NIGHT_MS]
    for first, last in pairwise([0, *cuts, len(leg)]):
        yield leg[first:last]


def _rows(track: GpxTrack, begin: int, end: int) -> tuple[list[Row], list[dict[str, Any]]]:
    """Fixes within the patrol in order of time, and the silences between the segments of the file."""
    rows: list[Row] = []
    gaps = []
    for leg in track.legs:
        inside = [fix.row() for fix in leg if begin <= fix.time_ms <= end]
        if rows and inside and inside[0][0] > rows[-1][0]:
            gaps.append({"from": rows[-1][0], "to": inside[0][0], "cause": "segment"})
        rows += inside
    return rows, gaps


def _track_entries(rows: list[Row], gaps: list[dict[str, Any]], head: dict[str, Any], person: User) -> Iterator[dict[str, Any]]:
    for first in range(0, len(rows), MAX_FIXES):
        piece = rows[first : first + MAX_FIXES]
        own = [gap for gap in gaps if piece[0][0] <= gap["to"] <= piece[-1][0]]
        body = head | columns_of(piece) | {"gaps": own}
        yield {"id": str(uuid5(person.uuid, sha256(canonical(body)))), "kind": "track", "body": body}


def _patrol_entries(patrol: UUID, begin: int, end: int) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = [{"event": "start", "at": begin}, {"event": "end", "at": end, "reason": "person"}]
    return [{"id": str(uuid5(patrol, one["event"])), "kind": "patrol", "body": {"patrol": str(patrol), **one}} for one in said]


def _files_of(person: User, *, at: datetime) -> Device:
    """What stands for the phone where somebody at a desk brings the file: nobody holds its token."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        nobodys = {"token_hash": credential_hash("gpx", secrets.token_hex(32)), "name": "镇里导入的文件", "enrolled_at": at}
        return Device.objects.get_or_create(user=person, kind=DEVICE_KIND, defaults=nobodys)[0]
