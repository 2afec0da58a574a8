"""A person's track as one: pieces in any order, overlapping or doubled, read together. Stored as they came, merged on read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np

from backend.accounts.models import User
from backend.field.models import TrackSegment
from backend.places.rules import DEFAULTS, Rules
from geo import Fixes, Gap, GapCause, decode_track, merge_tracks


@dataclass(frozen=True, slots=True)
class WholeTrack:
    """Fixes in order of time with what the phone said of its silences; ``items`` are the pieces, by their first fix."""

    fixes: Fixes
    gaps: list[Gap]
    items: tuple[UUID, ...]


def track_of(
    person: User, *, patrol: UUID | None = None, day: date | None = None, rules: Rules = DEFAULTS
) -> WholeTrack | None:
    """The track of a patrol, of a calendar day, or of what of a patrol lies on a day; None if nothing was recorded."""
    segments = TrackSegment.objects.filter(person=person)
    if patrol is not None:
        segments = segments.filter(patrol_uuid=patrol)
    if day is not None:
        segments = segments.filter(day=day)
    return merge_segments(segments.order_by("t0", "item", "seq"), rules=rules)


def merge_segments(segments: Iterable[TrackSegment], *, rules: Rules = DEFAULTS) -> WholeTrack | None:
    """Pieces of one person as one track. Speeds are judged anew, over the seams too."""
    pieces = list(segments)
    merged = merge_tracks([fixes_of(row) for row in pieces], limits=rules.track, fastest_mps=rules.ride_mps)
    if merged is None:
        return None
    gaps = [Gap(int(gap["from"]), int(gap["to"]), GapCause.of(gap.get("cause"))) for row in pieces for gap in row.gaps]
    return WholeTrack(merged, sorted(set(gaps)), tuple(dict.fromkeys(row.item for row in pieces)))


def fixes_of(segment: TrackSegment) -> Fixes:
    """A stored piece as it was judged when it came."""
    lon, lat, time_ms = decode_track(bytes(segment.twkb))
    return Fixes(
        time_ms,
        lon,
        lat,
        np.frombuffer(bytes(segment.acc), "<u2").astype(np.uint16),
        np.frombuffer(bytes(segment.speed), "<u2").astype(np.uint16),
        np.frombuffer(bytes(segment.reasons), np.uint8),
    )
