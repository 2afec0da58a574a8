"""Tracks as bytes and as legs.

A track is stored as one TWKB line with measures: 7 decimals of a degree, the measure is epoch milliseconds. A single fix
is a TWKB point, because PostGIS, which reads both with ``ST_GeomFromTWKB``, knows no line of one vertex. A leg is a stretch of a track without a gap or a jump: nothing between two legs was seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import BadTrack, BadTwkb
from geo.fixes import Reason, is_evidence
from geo.limits import TrackLimits

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
    return _LINE + _varints(np.r_[np.uint64(len(when)), zigzag])


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
    gaps: Sequence[tuple[int, int]] = (),
) -> NDArray[np.bool_]:
    """Which fixes begin a new leg, because of a gap in time, a jump, or a gap the phone declared.

    Parameters
    ----------
    time_ms
        Epoch milliseconds in rising order.
    reasons
        Bits of `geo.fixes.Reason`, or None.
    limits, interval_s
        See `TrackLimits.gap_for`.
    gaps
        Declared gaps, (from, to) in epoch milliseconds.

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
        starts |= (np.asarray(reasons, dtype=np.int64) & int(Reason.JUMP)) != 0
    for begin, _ in gaps:
        after = int(np.searchsorted(when, begin, side="right"))
        if after < len(when):
            starts[after] = True
    return starts


def legs(
    time_ms: ArrayLike,
    reasons: ArrayLike,
    *,
    limits: TrackLimits | None = None,
    interval_s: float | None = None,
    gaps: Sequence[tuple[int, int]] = (),
) -> list[Ints]:
    """The legs of a track as arrays of indices of its fixes, in order of time.

    Only fixes that are evidence are part of a leg (see `geo.fixes.NOT_EVIDENCE`); a leg may be a single fix. A jump cuts
    even where the fix that jumped is no evidence. Parameters as `breaks`.

    >>> [leg.tolist() for leg in legs([0, 1000, 200_000, 201_000, 202_000], [0, 0, 0, 32, 0])]
    [[0, 1], [2, 4]]
    """
    when, bits = np.asarray(time_ms, dtype=np.int64), np.asarray(reasons, dtype=np.int64)
    cuts = np.cumsum(breaks(when, bits, limits=limits, interval_s=interval_s, gaps=gaps))
    used = np.flatnonzero(is_evidence(bits))
    if not len(used):
        return []
    starts = breaks(when[used], limits=limits, interval_s=interval_s)
    starts[1:] |= np.diff(cuts[used]) > 0
    return np.split(used, np.flatnonzero(starts)[1:])


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
