"""A person's track as one: pieces in any order, overlapping or doubled, read together. Stored as they came, merged on read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy as np
from django.db.models import Q, QuerySet

from backend.accounts.models import User
from backend.field.models import TrackSegment
from backend.places.rules import DEFAULTS, Rules
from geo import Fixes, Gap, GapCause, decode_track, merge_tracks


@dataclass(frozen=True, slots=True)
class WholeTrack:
    """Fixes in order of time with what the phone said of its silences; ``spans`` says when each piece began and ended.

    ``interval_s`` is how often they were to come, by the slowest device that declares it: what it promised is no gap.
    """

    fixes: Fixes
    gaps: list[Gap]
    spans: tuple[tuple[int, int, UUID], ...]
    interval_s: int | None = None

    def item_at(self, ms: int) -> UUID:
        """The piece an instant lies in; between two of them, the one before."""
        before = [item for begin, _, item in self.spans if begin <= ms]
        within = [item for begin, end, item in self.spans if begin <= ms <= end]
        return (within or before[-1:] or [self.spans[0][2]])[0]


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


def segments_about(person: User, about: UUID) -> QuerySet[TrackSegment]:
    """Pieces of a person's track that belong to a patrol, or are one upload."""
    return TrackSegment.objects.filter(Q(patrol_uuid=about) | Q(item=about), person=person)


def merge_segments(segments: Iterable[TrackSegment], *, rules: Rules = DEFAULTS) -> WholeTrack | None:
    """Pieces of one person as one track. Speeds are judged anew, over the seams too."""
    pieces = list(segments)
    merged = merge_tracks([fixes_of(row) for row in pieces], limits=rules.track, fastest_mps=rules.ride_mps)
    if merged is None:
        return None
    gaps = [Gap(int(gap["from"]), int(gap["to"]), GapCause.of(gap.get("cause"))) for row in pieces for gap in row.gaps]
    spans = sorted((_ms(row.t0), _ms(row.t1), row.item) for row in pieces)
    interval_s = max((row.interval_s for row in pieces if row.interval_s), default=None)
    return WholeTrack(merged, sorted(set(gaps)), tuple(spans), interval_s)


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


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
