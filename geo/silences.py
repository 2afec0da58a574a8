"""When a track says nothing, and why. A silence is a fact about a phone, never an offence of a person."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from geo.fixes import Reason, is_evidence
from geo.limits import TrackLimits
from geo.tracks import breaks

_COARSE = Reason.LOW_ACCURACY | Reason.UNUSABLE_ACCURACY


class GapCause(StrEnum):
    """Why a phone recorded nothing, as phones say it."""

    KILLED = "killed"  # the system ended the app
    THROTTLED = "throttled"  # the app was not in sight and the system slowed it down
    NO_PERMISSION = "no_permission"  # positions were not allowed
    OFF = "off"  # the phone or its positioning was switched off
    NO_FIX = "no_fix"  # it listened, and no position good enough came
    PAUSED = "paused"  # the person paused the patrol
    UNKNOWN = "unknown"  # nobody said why

    @classmethod
    def of(cls, text: object) -> GapCause:
        """The cause a text names, `UNKNOWN` for any other.

        >>> GapCause.of("killed").value, GapCause.of("gremlins").value, GapCause.of(None).value
        ('killed', 'unknown', 'unknown')
        """
        return next((cause for cause in cls if cause.value == text), cls.UNKNOWN)


class Gap(NamedTuple):
    """A silence the phone declared: epoch milliseconds and why."""

    from_ms: int
    to_ms: int
    cause: GapCause = GapCause.UNKNOWN


class Silence(NamedTuple):
    """A time of which nothing was recorded, between two fixes that are evidence.

    ``before`` and ``after`` are the indices of those fixes, None at the ends of a patrol.
    """

    from_ms: int
    to_ms: int
    cause: GapCause
    before: int | None
    after: int | None

    @property
    def seconds(self) -> float:
        """How long nothing was recorded."""
        return (self.to_ms - self.from_ms) / 1000.0


def silences(
    time_ms: ArrayLike,
    reasons: ArrayLike,
    *,
    gaps: Sequence[Gap] = (),
    began_ms: int | None = None,
    ended_ms: int | None = None,
    limits: TrackLimits | None = None,
    interval_s: float | None = None,
) -> list[Silence]:
    """The silences of a track, in order of time: declared ones with their cause, and those nobody declared.

    Parameters
    ----------
    time_ms, reasons
        Epoch milliseconds in rising order, bits of `geo.fixes.Reason`.
    gaps
        What the phone declared; of several in one silence the longest names it.
    began_ms, ended_ms
        Start and end of the patrol, to have the silences before the first and after the last fix. None: not asked.
    limits, interval_s
        See `geo.limits.TrackLimits.gap_for`.

    Returns
    -------
    list of Silence
        An undeclared one is `GapCause.NO_FIX` if positions came and all were too coarse, else `GapCause.UNKNOWN`. A leg
        ends at every silence, see `geo.tracks.legs`.

    Examples
    --------
    >>> killed = Gap(10_000, 290_000, GapCause.KILLED)
    >>> [(s.seconds, s.cause.value) for s in silences([0, 300_000, 600_000], [0, 0, 0], gaps=[killed])]
    [(300.0, 'killed'), (300.0, 'unknown')]
    """
    when, bits = np.asarray(time_ms, dtype=np.int64), np.asarray(reasons, dtype=np.int64)
    used = np.flatnonzero(is_evidence(bits))
    starts = breaks(when[used], limits=limits, interval_s=interval_s, gaps=gaps)
    pairs: list[tuple[int | None, int | None]] = [(int(used[i - 1]), int(used[i])) for i in np.flatnonzero(starts)[1:]]
    longest_ms = (limits or TrackLimits()).gap_for(interval_s) * 1000.0
    first_ms, last_ms = (int(when[used[0]]), int(when[used[-1]])) if len(used) else (ended_ms, None)
    if began_ms is not None and first_ms is not None and first_ms - began_ms > longest_ms:
        pairs.insert(0, (None, int(used[0]) if len(used) else None))
    if ended_ms is not None and last_ms is not None and ended_ms - last_ms > longest_ms:
        pairs.append((int(used[-1]), None))
    found = []
    for before, after in pairs:
        begin = began_ms if before is None else int(when[before])
        end = ended_ms if after is None else int(when[after])
        if begin is not None and end is not None:
            between = bits[slice(0 if before is None else before + 1, after)]
            found.append(Silence(begin, end, _cause(begin, end, gaps, between), before, after))
    return found


def _cause(begin: int, end: int, gaps: Sequence[Gap], between: np.ndarray) -> GapCause:
    """The declared gap that covers most of a silence; else what the fixes in it tell."""
    covering = [
        (min(end, gap.to_ms) - max(begin, gap.from_ms), -gap.from_ms, gap.cause.value)
        for gap in gaps
        if gap.from_ms < end and gap.to_ms > begin
    ]
    if covering:
        return GapCause(max(covering)[2])
    return GapCause.NO_FIX if len(between) and bool(((between & int(_COARSE)) != 0).all()) else GapCause.UNKNOWN
