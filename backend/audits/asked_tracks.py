"""The track a question is about, for somebody who gave a reason: as it was sent, and beside it what the question says of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

import geo
from backend.accounts.actions import record_look
from backend.accounts.models import User
from backend.field.located import grids_at
from backend.field.models import Flag
from backend.field.sight import CENTRE_AND_SUPERVISOR
from backend.field.whole_tracks import WholeTrack, merge_segments, segments_about
from backend.places.rules import Rules, rules_at
from geo.shift import Mistake, undo_mistake

Floats = NDArray[np.float64]
Places = list[list[float]]
#: The fixes a question is about, by its rule.
MARKED = {
    "mock": geo.Reason.MOCK,
    "jump": geo.Reason.JUMP,
    "low_accuracy": geo.Reason.LOW_ACCURACY | geo.Reason.UNUSABLE_ACCURACY,
    "clock_wrong": geo.Reason.BAD_CLOCK,
}
MOST_MARKED = 400
MOVES = 3  # arrows from where a walk was said to be to where it likely was


@dataclass(slots=True)
class AskedTrack:
    """Legs of [lon, lat, epoch ms] as sent, no line across a gap; ``guess`` is what they would be, never what is counted."""

    person: User
    legs: list[Places] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    marked: Places = field(default_factory=list)
    mistake: str = ""
    guess: list[Places] = field(default_factory=list)
    moves: list[Places] = field(default_factory=list)


def look_at_flag(flag: Flag, *, reason: str, by: User, at: datetime) -> AskedTrack:
    """Write down who looks and why, then show the walk, without what of it lies in grids of others."""
    rules = rules_at(flag.unit_code, flag.raised_at)
    with transaction.atomic():
        record_look(flag.person, what="track", object_id=str(flag.about_id), reason=reason, by=by, at=at)
        track = merge_segments(segments_about(flag.person, flag.about_id).order_by("t0", "item", "seq"), rules=rules)
    found = AskedTrack(flag.person)
    if track is not None:
        _show(found, flag, track, rules, tuple(by.stems(at, CENTRE_AND_SUPERVISOR)))
    return found


def mistake_of(flag: Flag) -> Mistake | None:
    """The conversion that was likely missed or doubled, of a question about that."""
    named = [str(item.get("mistake", "")) for item in flag.evidence.get("items", {}).values()]
    known = {one.value: one for one in Mistake}
    return next((known[name] for name in named if flag.rule == "datum_shift" and name in known), None)


def _show(found: AskedTrack, flag: Flag, track: WholeTrack, rules: Rules, reach: tuple[str, ...]) -> None:
    fixes, mistake = track.fixes, mistake_of(flag)
    sent = np.column_stack([fixes.lon, fixes.lat])
    likely = np.column_stack(undo_mistake(fixes.lon, fixes.lat, mistake)) if mistake else sent
    shown = _in_sight(likely, int(fixes.time_ms[0]), reach)
    for leg in geo.legs(fixes.time_ms, fixes.reasons, limits=rules.track, interval_s=track.interval_s, gaps=track.gaps):
        for part in _runs(leg, shown[leg]):
            found.legs.append(_places(sent, fixes.time_ms, part))
            if mistake:
                found.guess.append(_places(likely, fixes.time_ms, part))
    asked = np.flatnonzero(shown & ((fixes.reasons & int(MARKED.get(flag.rule, 0))) != 0))
    found.marked = _places(sent, fixes.time_ms, _thinned(asked, MOST_MARKED))
    ends = [int(at) for at in fixes.time_ms[shown][[0, -1]]] if shown.any() else []
    silent = geo.silences(fixes.time_ms, fixes.reasons, gaps=track.gaps, limits=rules.track, interval_s=track.interval_s)
    found.gaps = [
        {"from": one.from_ms, "to": one.to_ms, "cause": one.cause.value}
        for one in silent
        if ends and one.from_ms <= ends[1] and one.to_ms >= ends[0]
    ]
    if mistake and found.guess:
        whole = (
            np.concatenate([np.asarray(leg)[:, :2] for leg in found.legs]),
            np.concatenate([np.asarray(leg)[:, :2] for leg in found.guess]),
        )
        found.mistake = mistake.value
        for i in _thinned(np.arange(len(whole[0])), MOVES):
            found.moves.append([whole[0][i].tolist(), whole[1][i].tolist()])


def _in_sight(xy: Floats, ms: int, reach: tuple[str, ...]) -> NDArray[np.bool_]:
    """Not what lies in grids of others; what lies in no grid is nobody's and may be the very question."""
    grids = grids_at(datetime.fromtimestamp(ms / 1000, UTC))
    where = np.asarray(grids.locate(xy[:, 0], xy[:, 1]))
    allowed = {int(one) for one in np.unique(where) if one == geo.NOWHERE or grids.code(int(one)).startswith(reach)}
    return np.isin(where, list(allowed))


def _runs(leg: NDArray[np.int64], shown: NDArray[np.bool_]) -> Iterable[NDArray[np.int64]]:
    pieces = np.split(np.arange(len(leg)), np.flatnonzero(np.diff(shown.astype(np.int8))) + 1)
    return [leg[piece] for piece in pieces if len(piece) and shown[piece[0]]]


def _places(xy: Floats, time_ms: NDArray[np.int64], which: NDArray[np.int64]) -> Places:
    return [[round(float(xy[i, 0]), 6), round(float(xy[i, 1]), 6), int(time_ms[i])] for i in which]


def _thinned(which: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    return which if len(which) <= most else which[np.linspace(0, len(which) - 1, most).astype(np.int64)]
