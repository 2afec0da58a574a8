"""Tracks as bytes, as one from many, and as legs.

A track is stored as one TWKB line with measures: 7 decimals of a degree, the measure is epoch milliseconds. A single fix
is a TWKB point, because PostGIS, which reads both with ``ST_GeomFromTWKB``, knows no line of one vertex. A leg is a stretch
of a track without a gap or a jump: nothing between two legs was seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import BadTrack, BadTwkb
from geo.fixes import NOT_EVIDENCE, TOO_FAST, UNKNOWN, Fixes, Reason, is_evidence, judge_speeds
from geo.limits import RIDE_MPS, TrackLimits

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

PRECISION = 7
# Type and zigzag precision; flags: extended dimensions follow; extended dimensions: M, no decimals.
_POINT = bytes([(PRECISION << 5 | 1) & 0xFF, 0x08, 0x02])
_LINE = bytes([(PRECISION << 5 | 2) & 0xFF, 0x08, 0x02])
_SCALE = 10.0**PRECISION


def encode_track(lon: ArrayLike, lat: ArrayLike, time_ms: ArrayLike) -> bytes:
    """Fixes as a TWKB line with measures; a single fix as a point.

    Parameters
    ----------
    lon, lat
        Degrees of WGS 84, rounded to 1e-7 (1 cm).
    time_ms
        Epoch milliseconds, integers; any order, any year.

    Raises
    ------
    BadTrack
        No fix, lengths differ, or a position that is no number.

    Examples
    --------
    >>> encode_track([114.5], [27.4], [1]).hex()
    'e1080280c1fac30880a2a7850202'
    """
    east, north = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    when = np.asarray(time_ms, dtype=np.int64)
    if east.ndim != 1 or not east.shape == north.shape == when.shape or not len(east):
        raise BadTrack("a track needs lon, lat and time of one length, at least one fix")
    if not (np.isfinite(east).all() and np.isfinite(north).all()):
        raise BadTrack("a position of the track is no number")
    columns = np.column_stack([np.rint(east * _SCALE).astype(np.int64), np.rint(north * _SCALE).astype(np.int64), when])
    deltas = np.diff(columns, axis=0, prepend=np.zeros((1, 3), dtype=np.int64)).ravel()
    zigzag = ((deltas << 1) ^ (deltas >> 63)).view(np.uint64)
    if len(when) == 1:
        return _POINT + _varints(zigzag)
    return _LINE + _varints(np.concatenate([np.array([len(when)], dtype=np.uint64), zigzag]))


def decode_track(twkb: bytes) -> tuple[Floats, Floats, Ints]:
    """Longitudes, latitudes (degrees) and epoch milliseconds of bytes written by `encode_track`.

    Raises `BadTwkb` if the bytes are anything else or are cut off.

    >>> lon, lat, time_ms = decode_track(encode_track([114.5, 114.6], [27.4, 27.5], [1, 2]))
    >>> lon.tolist(), lat.tolist(), time_ms.tolist()
    ([114.5, 114.6], [27.4, 27.5], [1, 2])
    """
    header, body = bytes(twkb[:3]), np.frombuffer(twkb, dtype=np.uint8)[3:]
    if header not in (_POINT, _LINE) or not len(body) or body[-1] >= 128:
        raise BadTwkb("these bytes are no TWKB line or point with a measure and 7 decimals, or they are cut off")
    values = _from_varints(body)
    count, zigzag = (1, values) if header == _POINT else (int(values[0]), values[1:])
    if len(zigzag) != 3 * count or not count:
        raise BadTwkb(f"the line announces {count} fixes and holds {len(zigzag) / 3:g}")
    deltas = (zigzag >> np.uint64(1)).view(np.int64) ^ -(zigzag & np.uint64(1)).view(np.int64)
    columns = deltas.reshape(-1, 3).cumsum(axis=0)
    return columns[:, 0] / _SCALE, columns[:, 1] / _SCALE, columns[:, 2]


def breaks(
    time_ms: ArrayLike,
    reasons: ArrayLike | None = None,
    *,
    limits: TrackLimits | None = None,
    interval_s: float | None = None,
    gaps: Sequence[Sequence] = (),
) -> NDArray[np.bool_]:
    """Which fixes begin a new leg: after a gap in time, too far for the time, or after a gap the phone declared.

    Parameters
    ----------
    time_ms
        Epoch milliseconds in rising order.
    reasons
        Bits of `geo.fixes.Reason`, or None.
    limits, interval_s
        See `TrackLimits.gap_for`.
    gaps
        Declared gaps, from and to in epoch milliseconds first: pairs or `geo.silences.Gap`.

    Returns
    -------
    ndarray of bool
        The first is always True; empty for no fixes.
    """
    when = np.asarray(time_ms, dtype=np.int64)
    starts = np.zeros(len(when), dtype=np.bool_)
    if not len(when):
        return starts
    longest_ms = (limits or TrackLimits()).gap_for(interval_s) * 1000.0
    starts[0] = True
    starts[1:] = np.diff(when) > longest_ms
    if reasons is not None:
        starts |= (np.asarray(reasons, dtype=np.int64) & int(TOO_FAST)) != 0
    for gap in gaps:
        after = int(np.searchsorted(when, gap[0], side="right"))
        if after < len(when):
            starts[after] = True
    return starts


def legs(
    time_ms: ArrayLike,
    reasons: ArrayLike,
    *,
    limits: TrackLimits | None = None,
    interval_s: float | None = None,
    gaps: Sequence[Sequence] = (),
) -> list[Ints]:
    """The legs of a track as arrays of indices of its fixes, in order of time.

    Only fixes that are evidence are part of a leg (see `geo.fixes.NOT_EVIDENCE`); a leg may be a single fix. A jump cuts
    even where the fix that jumped is no evidence. A lone fix, too fast to reach and too fast to leave, is a bad position
    or a glance from a car: it is in no leg. Parameters as `breaks`.

    >>> [leg.tolist() for leg in legs([0, 1000, 200_000, 201_000, 202_000], [0, 0, 0, 32, 0])]
    [[0, 1], [2, 4]]
    >>> [leg.tolist() for leg in legs([0, 1000, 2000, 3000], [0, 4, 4, 0])]
    [[0], [2, 3]]
    """
    when, bits = np.asarray(time_ms, dtype=np.int64), np.asarray(reasons, dtype=np.int64)
    begins = breaks(when, bits, limits=limits, interval_s=interval_s, gaps=gaps)
    used = np.flatnonzero(is_evidence(bits))
    if not len(used):
        return []
    starts = breaks(when[used], limits=limits, interval_s=interval_s)
    starts[1:] |= np.diff(np.cumsum(begins)[used]) > 0
    # Leaps so far at each fix, not counting those across a gap: a leap there says little about speed.
    leaps = np.cumsum(begins & ~breaks(when, limits=limits, interval_s=interval_s, gaps=gaps))[used]
    leapt = np.zeros(len(used) + 1, dtype=np.bool_)
    leapt[1:-1] = np.diff(leaps) > 0
    is_lone = leapt[:-1] & leapt[1:]
    found = np.split(np.arange(len(used)), np.flatnonzero(starts)[1:])
    return [used[leg] for leg in found if len(leg) > 1 or not is_lone[leg[0]]]


def merge_tracks(tracks: Sequence[Fixes], *, limits: TrackLimits | None = None, fastest_mps: float = RIDE_MPS) -> Fixes | None:
    """One person's pieces of track as one, whatever their order, overlaps and repetitions; None if there are none.

    Of several fixes of one instant the one that is evidence stays, then the more accurate one, then the same whatever came
    first. Speeds are judged anew over the whole; every other reason stays with its fix.

    Parameters
    ----------
    tracks
        Pieces as `geo.fixes.decode_columns` gave them or as they were stored.
    limits, fastest_mps
        See `geo.fixes.judge_fixes`.

    Examples
    --------
    >>> one, two = (Fixes(*(np.array(column) for column in zip(*rows))) for rows in [
    ...     [(0, 114.5, 27.4, 10, 0, 0), (5000, 114.5, 27.4, 10, 0, 0)], [(5000, 114.5, 27.4, 8, 0, 0)]])
    >>> merged = merge_tracks([two, one, two])
    >>> merged.time_ms.tolist(), merged.accuracy.tolist()
    ([0, 5000], [10, 8])
    """
    if not tracks:
        return None
    when = np.concatenate([track.time_ms for track in tracks])
    lon, lat = np.concatenate([track.lon for track in tracks]), np.concatenate([track.lat for track in tracks])
    accuracy = np.concatenate([track.accuracy for track in tracks])
    speed = np.concatenate([track.speed for track in tracks])
    reasons = np.concatenate([track.reasons for track in tracks]).astype(np.uint8)
    reasons &= np.uint8(255 - (TOO_FAST | Reason.REPEATED))
    spoiled = (reasons & int(NOT_EVIDENCE)) != 0
    order = np.lexsort((speed, lat, lon, reasons, accuracy, spoiled, when))
    order = order[np.diff(when[order], prepend=when[order[0]] - 1) > 0]
    when, lon, lat, reasons = when[order], lon[order], lat[order], reasons[order]
    accuracy_m = np.where(accuracy[order] == UNKNOWN, np.inf, accuracy[order] / 2.0)
    reasons |= judge_speeds(when, lon, lat, accuracy_m, reasons, limits=limits or TrackLimits(), fastest_mps=fastest_mps)
    return Fixes(when, lon, lat, accuracy[order], speed[order], reasons)


def _varints(values: NDArray[np.uint64]) -> bytes:
    """Unsigned integers in base 128, low groups first, the high bit set where another byte follows."""
    sizes = np.ones(len(values), dtype=np.int64)
    for group in range(1, 10):
        sizes += values >= np.uint64(1 << (7 * group))
    ends = np.cumsum(sizes)
    out = np.zeros(int(ends[-1]), dtype=np.uint8)
    for group in range(int(sizes.max())):
        has = sizes > group
        low = ((values[has] >> np.uint64(7 * group)) & np.uint64(127)).astype(np.uint8)
        out[(ends - sizes)[has] + group] = low | np.where(sizes[has] > group + 1, 128, 0).astype(np.uint8)
    return out.tobytes()


def _from_varints(body: NDArray[np.uint8]) -> NDArray[np.uint64]:
    ends = np.flatnonzero(body < 128)
    starts = np.r_[0, ends[:-1] + 1]
    lengths = ends - starts + 1
    if lengths.max() > 10:
        raise BadTwkb("an integer of the line is longer than 64 bits")
    group = np.arange(len(body)) - np.repeat(starts, lengths)
    shifted = (body & 127).astype(np.uint64) << (7 * group).astype(np.uint64)
    return np.add.reduceat(shifted, starts)
